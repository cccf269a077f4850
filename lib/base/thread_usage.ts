// What the kernel counts for the calling thread.
import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const RUSAGE_THREAD = 1; // linux/resource.h
const NAP_MS = 1;
/** struct rusage (linux/resource.h): two timevals, then longs; the 13th counts the voluntary context switches. */
const RUSAGE_BYTES = 144, VOLUNTARY_SWITCHES_AT = 128;

/** Counts how often the calling thread gave up its core to wait for something: storage, a lock, a timer. */
export class SleepCounter {
  readonly #usage = new DataView(new ArrayBuffer(RUSAGE_BYTES));
  readonly #usageAddress = ptr(this.#usage);

  /**
   * Returns whether sleeps are counted at all, which takes a short one: a kernel that only looks like Linux (gVisor, WSL 1)
   * may leave the count at 0.
   */
  isCounting(): boolean {
    const before = this.count();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP_MS);
    return this.count() !== before;
  }

  /** Returns the sleeps since the thread began. */
  count(): number {
    libc.getrusage(RUSAGE_THREAD, this.#usageAddress);
    return this.#usage.getUint32(VOLUNTARY_SWITCHES_AT, true);
  }
}
