// One monotonic nanosecond clock for all threads. In Bun every worker has its own origin for performance.now(),
// Bun.nanoseconds() and process.hrtime, so each thread measures its distance to CLOCK_MONOTONIC once, at start.
import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const CLOCK_MONOTONIC = 1; // linux/time.h
const CALIBRATION_ROUNDS = 200;

const threadOriginNs = calibrate();

/** Returns the nanoseconds of CLOCK_MONOTONIC: the same instant reads the same on every thread (within 1 us). */
export function nowNs(): number {
  return threadOriginNs + Bun.nanoseconds();
}

/** Returns the offset from this thread's Bun.nanoseconds() to CLOCK_MONOTONIC, from the least disturbed reading. */
function calibrate(): number {
  const timespec = new BigInt64Array(2);
  const timespecAddress = ptr(timespec);
  let bestOffsetNs = 0;
  let bestSpanNs = Infinity;
  for (let round = 0; round < CALIBRATION_ROUNDS; round++) {
    const beforeNs = Bun.nanoseconds();
    libc.clock_gettime(CLOCK_MONOTONIC, timespecAddress);
    const spanNs = Bun.nanoseconds() - beforeNs;
    if (spanNs < bestSpanNs) {
      bestSpanNs = spanNs;
      bestOffsetNs = Number(timespec[0]) * 1e9 + Number(timespec[1]) - beforeNs - spanNs / 2;
    }
  }
  return Math.round(bestOffsetNs);
}
