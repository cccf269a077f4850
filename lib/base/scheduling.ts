// How a reader thread asks the kernel to schedule it. Both calls are hints that need no privilege; where the kernel
// refuses, the run is only a little less even.
import { ptr } from "bun:ffi";
import { libc } from "./libc.ts";

const PR_SET_TIMERSLACK = 29; // linux/prctl.h
const SYS_SCHED_SETATTR = process.arch === "arm64" ? 274n : 314n; // asm/unistd.h
const SCHED_BATCH = 3; // linux/sched.h
/** struct sched_attr (linux/sched/types.h): its first version's size, and where policy and runtime stand. */
const SCHED_ATTR_BYTES = 48, POLICY_AT = 4, RUNTIME_AT = 24;
/** The longest turn that the kernel grants. */
const TURN_NS = 100_000_000n;

/** Makes this thread's timed waits end within some 10 us of their instant; the kernel's default slack is 50 us. */
export function sharpenTimers(): void {
  libc.prctl(PR_SET_TIMERSLACK, 1n, 0n, 0n, 0n);
}

/**
 * Asks that this thread keeps its core until it waits, and takes none from others when it wakes up (the length of turns
 * since Linux 6.12). With more readers than cores, a reader that loses its core in the middle of a row group holds up
 * the batch that all others wait for.
 */
export function askForLongTurns(): void {
  const attributes = new DataView(new ArrayBuffer(SCHED_ATTR_BYTES));
  attributes.setUint32(0, SCHED_ATTR_BYTES, true);
  attributes.setUint32(POLICY_AT, SCHED_BATCH, true);
  attributes.setBigUint64(RUNTIME_AT, TURN_NS, true);
  libc.syscall(SYS_SCHED_SETATTR, 0n, BigInt(ptr(attributes)), 0n, 0n, 0n, 0n);
}
