// Preprocessing, emulated: after decoding an extent the reader waits for as long as its samples would take. It waits once
// for all of them, as a wait costs more than most preprocessing of one sample does.
import { nowNs } from "../base/clock.ts";
import { NS_PER_MS, NS_PER_US } from "../base/units.ts";
import { preprocessNs, type PreprocessTime } from "../metrics/preprocess_time.ts";
import { type SharedMemory, STOP } from "./shared_memory.ts";

/** What is shorter cannot be waited for precisely, and is added to the next wait. */
const SHORTEST_NS = 50 * NS_PER_US;
/**
 * How soon reads under way are looked at meanwhile, as they are timed until they are seen, and after which share of the
 * wait again: a read looks longer than it was by no more than that, and a long wait keeps no core busy.
 */
const FIRST_POLL_NS = 200 * NS_PER_US, POLL_SHARE = 1 / 16;

/** Reads that go on while their reader waits. */
export interface ReadsUnderWay {
  readonly isUnderWay: boolean;
  readonly poll: () => void;
}

/** The preprocessing of one reader. */
export class Preprocessing {
  /** How long the reader waited after the last extent. */
  waitedNs = 0;
  readonly #control: Int32Array;
  readonly #time: PreprocessTime;
  /** Asked for and not waited yet; below 0 where waits took too long. */
  #owedNs = 0;

  constructor({ control }: SharedMemory, time: PreprocessTime) {
    this.#control = control;
    this.#time = time;
  }

  /**
   * Waits for the samples of an extent, and returns when that was over; undefined when the run was stopped before: then
   * they are not ready.
   */
  wait(accelerator: number, ordinal: number, samples: number, reads?: ReadsUnderWay): number | undefined {
    this.#owedNs += preprocessNs(this.#time, { accelerator, ordinal, samples });
    const beginNs = nowNs(), endNs = beginNs + this.#owedNs;
    let now = beginNs;
    if (this.#owedNs >= SHORTEST_NS) {
      while (now < endNs) {
        const isUnderWay = reads !== undefined && reads.isUnderWay;
        const pollNs = isUnderWay ? Math.max(FIRST_POLL_NS, (now - beginNs) * POLL_SHARE) : Infinity;
        const sliceNs = Math.min(endNs - now, pollNs);
        if (Atomics.wait(this.#control, STOP, 0, sliceNs / NS_PER_MS) !== "timed-out") break;
        if (isUnderWay) reads.poll();
        now = nowNs();
      }
      now = nowNs();
    }
    this.waitedNs = now - beginNs;
    this.#owedNs -= this.waitedNs;
    return now < endNs && this.waitedNs > 0 ? undefined : now;
  }
}
