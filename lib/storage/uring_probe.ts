// Whether this host lets mlps use io_uring, and if not, why.
import { ptr } from "bun:ffi";
import fs from "node:fs";
import { libc } from "../base/libc.ts";
import { Uring, UringError } from "./uring.ts";
import {
  IO_URING_OP_SUPPORTED,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_READ,
  IORING_REGISTER_PROBE,
  PROBE_BYTES,
  PROBE_OP_FLAGS_AT,
  PROBE_OPS,
  SYS_IO_URING_REGISTER,
} from "./uring_layout.ts";

/** The kernel's own switch, since Linux 6.6: 0 everybody, 1 administrators and one group, 2 nobody. */
const DISABLED_SWITCH = "/proc/sys/kernel/io_uring_disabled";

/**
 * Returns why io_uring cannot be used here, as the end of a sentence, or undefined where it can: a ring is made, its
 * operations are looked up, and one goes through it.
 */
export function probeUring(): string | undefined {
  let ring: Uring;
  try {
    ring = new Uring(1);
  } catch (error) {
    return refusalText(error);
  }
  try {
    const missing = missingOperation(ring);
    if (missing !== undefined) return missing;
    ring.prepareNop(0);
    ring.enter(1);
    return ring.numCompleted() === 1 && ring.resultAt(0) === 0 ? undefined : "nothing comes back from a ring";
  } catch (error) {
    return refusalText(error);
  } finally {
    ring.close();
  }
}

function missingOperation(ring: Uring): string | undefined {
  const probe = new Uint8Array(PROBE_BYTES);
  const failed = libc.syscall(
    SYS_IO_URING_REGISTER,
    ring.fd,
    IORING_REGISTER_PROBE,
    ptr(probe),
    PROBE_OPS,
    0,
    0,
  );
  // Who may not ask (a filter of system calls), or cannot yet (5.5), has no operation.
  const isSupported = (opcode: number) =>
    Number(failed) === 0 && (probe[PROBE_OP_FLAGS_AT + 8 * opcode] & IO_URING_OP_SUPPORTED) !== 0;
  return isSupported(IORING_OP_READ) && isSupported(IORING_OP_ASYNC_CANCEL)
    ? undefined
    : "the kernel's io_uring cannot read files yet (Linux 5.6 is needed)";
}

/** Returns why a ring was refused, as the end of a sentence; throws what is no refusal. */
export function refusalText(error: unknown): string {
  if (!(error instanceof UringError)) throw error;
  switch (error.code) {
    case "ENOSYS":
      return "the kernel has no io_uring (Linux 5.6 is needed), or a container hides it";
    case "EPERM":
    case "EACCES":
      return isSwitchedOff()
        ? "kernel.io_uring_disabled forbids it"
        : "a filter of system calls (seccomp, as in a container) forbids it";
    case "ENOMEM":
      return "it may lock no more memory (raise `ulimit -l`)";
    case "EMFILE":
    case "ENFILE":
      return "too many open files (raise `ulimit -n`)";
    default:
      return error.message;
  }
}

function isSwitchedOff(): boolean {
  try {
    return fs.readFileSync(DISABLED_SWITCH, "utf8").trim() !== "0";
  } catch {
    return false; // before Linux 6.6
  }
}
