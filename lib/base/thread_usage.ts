// What the kernel counts for the calling thread.
import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const RUSAGE_THREAD = 1; // linux/resource.h
/** struct rusage (linux/resource.h): two timevals, then longs; the 13th counts the voluntary context switches. */
const RUSAGE_BYTES = 144, VOLUNTARY_SWITCHES_AT = 128;

/** Counts how often the calling thread gave up its core to wait for something: storage, a lock, a timer. */
export class SleepCounter {
  readonly #usage = new DataView(new ArrayBuffer(RUSAGE_BYTES));
  readonly #usageAddress = ptr(this.#usage);

  /** Returns the sleeps since the thread began. */
  count(): number {
    libc.getrusage(RUSAGE_THREAD, this.#usageAddress);
    return this.#usage.getUint32(VOLUNTARY_SWITCHES_AT, true);
  }
}
