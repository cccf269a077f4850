// More readers than cores are there to keep storage busy while others wait for it. When reads come from memory nobody
// waits for storage, and the readers beyond the cores only take them from those that hold the batch which is needed
// next. So they are spare: they pause while no read sleeps, and come back at once when reads begin to. A run begins with them
// at work, as its first extents may be seconds long. Where the kernel does not count sleeps none pauses. The same count
// tells a reader that may choose between one read after another and many in flight (ring_choice.ts) which is faster.
import { nowNs } from "../base/clock.ts";
import { SleepCounter } from "../base/thread_usage.ts";
import { type SharedMemory, SLEEPINESS, SPARES, STOP } from "./shared_memory.ts";

/** States of the word SPARES. OVER stays until the next epoch: a spare that read the last extent must not pause again. */
const PAUSED = 0, CALLED = 1, OVER = 2;
/** What an extent adds whose reads slept, and the bounds: two call the spares, one sleeping in 16 keeps them. */
const SLEPT = 16, CALL_AT = 2 * SLEPT, MOST = 16 * SLEPT;
const PATIENCE_MS = 100; // how long a pause goes without a look at the stop word

/** Lets the first epoch of a run begin with the spares at work; a few extents that are in memory let them pause. */
export function callSpares(control: Int32Array): void {
  control[SLEEPINESS] = CALL_AT;
}

/** Lets an epoch begin with the spares at work if reads slept at the end of the one before; called between epochs. */
export function resetSpares(control: Int32Array): void {
  control[SPARES] = control[SLEEPINESS] >= CALL_AT ? CALLED : PAUSED;
}

/** The spare readers of a run, as one reader sees them. */
export class SpareReaders {
  /** How long this reader has paused. */
  pausedNs = 0;
  readonly #control: Int32Array;
  readonly #isSpare: boolean;
  /** Whether anybody wants to know if reads sleep. */
  readonly #isWatching: boolean;
  readonly #sleeps = new SleepCounter();
  #sleepsBefore = 0;

  /**
   * `numNeeded` readers of each accelerator keep the cores busy; `place` is this one's among those of its accelerator. With
   * `watchesReads` they learn also where none is spare.
   */
  constructor(
    memory: SharedMemory,
    { place, numReaders, numNeeded, watchesReads = false }: {
      readonly place: number;
      readonly numReaders: number;
      readonly numNeeded: number;
      readonly watchesReads?: boolean;
    },
  ) {
    this.#control = memory.control;
    this.#isWatching = (watchesReads || numReaders > numNeeded) && this.#sleeps.isCounting();
    this.#isSpare = this.#isWatching && place >= numNeeded;
  }

  /** Whether this reader is to pause until it is called. */
  get isToPause(): boolean {
    return this.#isSpare && Atomics.load(this.#control, SPARES) === PAUSED;
  }

  /** Returns when this reader is needed, or the epoch is over. */
  waitForCall(): void {
    const control = this.#control;
    if (!this.isToPause) return;
    const beginNs = nowNs();
    while (Atomics.load(control, SPARES) === PAUSED && Atomics.load(control, STOP) === 0) {
      Atomics.wait(control, SPARES, PAUSED, PATIENCE_MS);
    }
    this.pausedNs += nowNs() - beginNs;
  }

  /** To be called before the reads of an extent. */
  beginExtent(): void {
    if (this.#isWatching) this.#sleepsBefore = this.#sleeps.count();
  }

  /** Learns from the reads of an extent whether the spares are needed; returns whether one slept. */
  endExtent(): boolean {
    if (!this.#isWatching) return false;
    const slept = this.#sleeps.count() !== this.#sleepsBefore;
    this.learn(slept);
    return slept;
  }

  /** Learns that reads of an extent slept, or that none did. */
  learn(slept: boolean): void {
    if (!this.#isWatching) return;
    const control = this.#control;
    // Two readers may write at once, and one of the two be lost: the next extent says the same.
    const sleepiness = Math.max(0, Math.min(MOST, Atomics.load(control, SLEEPINESS) + (slept ? SLEPT : -1)));
    Atomics.store(control, SLEEPINESS, sleepiness);
    if (sleepiness >= CALL_AT) this.#move(PAUSED, CALLED);
    else if (sleepiness === 0) this.#move(CALLED, PAUSED);
  }

  /** Lets the spares see for themselves that nothing is left to read. */
  endEpoch(): void {
    if (this.#isWatching && Atomics.exchange(this.#control, SPARES, OVER) === PAUSED) this.#wake();
  }

  #move(from: number, to: number): void {
    if (Atomics.compareExchange(this.#control, SPARES, from, to) === from && to === CALLED) this.#wake();
  }

  #wake(): void {
    Atomics.notify(this.#control, SPARES);
  }
}
