// How a reader thread asks the kernel to schedule it. Both calls are hints that need no privilege; where the kernel
// refuses, the run is only a little less even.
import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const PR_SET_TIMERSLACK = 29; // linux/prctl.h
const SCHED_BATCH = 3; // linux/sched.h

/** Makes this thread's timed waits end within some 10 us of their instant; the kernel's default slack is 50 us. */
export function sharpenTimers(): void {
  libc.prctl(PR_SET_TIMERSLACK, 1n, 0n, 0n, 0n);
}

/**
 * Keeps this thread from interrupting others when it wakes up: with more readers than cores, a reader that is
 * interrupted in the middle of a row group holds up the batch that all are waiting for.
 */
export function yieldToOthers(): void {
  const parameters = new Int32Array(1); // struct sched_param: priority 0
  libc.sched_setscheduler(0, SCHED_BATCH, ptr(parameters));
}
