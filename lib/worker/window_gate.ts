// The prefetch window: a batch may be fetched once the accelerator has started the batch that lies one window before
// it. That start is an instant which is known before it comes, so a reader sleeps until precisely then.
import { nowNs } from "../base/clock.ts";
import { NS_PER_MS } from "../base/units.ts";
import type { Timeline } from "../metrics/timeline.ts";
import { type SharedMemory, STOP } from "./shared_memory.ts";

const PATIENCE_MS = 100; // how long a wait goes without a look at the stop word

/** The window of one accelerator, as one reader sees it. */
export class WindowGate {
  /** How long this reader has waited for the window, in all and for the latest batch. */
  waitedNs = 0;
  latestWaitNs = 0;
  readonly #memory: SharedMemory;
  readonly #timeline: Timeline;
  readonly #accelerator: number;

  constructor(memory: SharedMemory, timeline: Timeline, accelerator: number) {
    this.#memory = memory;
    this.#timeline = timeline;
    this.#accelerator = accelerator;
  }

  /** Returns true as soon as `batch` may be fetched, false when the run is stopped. */
  waitForBatch(batch: number): boolean {
    const step = batch - this.#memory.shape.timeline.windowBatches;
    this.latestWaitNs = 0;
    if (step < 0) return true;
    const beginNs = nowNs();
    const open = this.#waitUntilKnown(step) &&
      this.#waitUntil(this.#timeline.startNs(this.#accelerator, step));
    this.latestWaitNs = nowNs() - beginNs;
    this.waitedNs += this.latestWaitNs;
    return open;
  }

  /** Returns whether `batch`, which no extent was claimed of before, may be fetched by now. */
  isOpenFor(batch: number): boolean {
    const step = batch - this.#memory.shape.timeline.windowBatches;
    if (step < 0) return true;
    const known = Atomics.load(this.#memory.control, this.#memory.startsKnownAt(this.#accelerator));
    return known > step && this.#timeline.startNs(this.#accelerator, step) <= nowNs();
  }

  /** Tells all readers which starts are known now; called under the lock. */
  publish(): void {
    const { control, shape } = this.#memory;
    for (let accelerator = 0; accelerator < shape.timeline.numAccelerators; accelerator++) {
      const at = this.#memory.startsKnownAt(accelerator);
      const known = this.#timeline.startsKnown(accelerator);
      if (Atomics.load(control, at) === known) continue;
      Atomics.store(control, at, known);
      Atomics.notify(control, at);
    }
  }

  #waitUntilKnown(step: number): boolean {
    const { control } = this.#memory;
    const at = this.#memory.startsKnownAt(this.#accelerator);
    let known: number;
    while ((known = Atomics.load(control, at)) <= step) {
      if (Atomics.load(control, STOP) !== 0) return false;
      Atomics.wait(control, at, known, PATIENCE_MS);
    }
    return true;
  }

  #waitUntil(instantNs: number): boolean {
    const { control } = this.#memory;
    let leftNs: number;
    while ((leftNs = instantNs - nowNs()) > 0) {
      if (Atomics.wait(control, STOP, 0, leftNs / NS_PER_MS) !== "timed-out") return false;
    }
    return true;
  }
}
