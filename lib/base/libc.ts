// The C library calls that JavaScript runtimes do not offer, loaded once per thread (0.3 us a call).
// Linux only: mlps runs where training storage is mounted.
import { dlopen, FFIType } from "bun:ffi";

const { i32, i64, u32, u64, ptr } = FFIType;

const SYMBOLS = {
  clock_gettime: { args: [i32, ptr], returns: i32 },
  getrusage: { args: [i32, ptr], returns: i32 },
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  posix_fadvise: { args: [i32, i64, i64, i32], returns: i32 },
  sync_file_range: { args: [i32, i64, i64, u32], returns: i32 },
  syscall: { args: [i64, i64, i64, i64, i64, i64, i64], returns: i64 },
} as const;

const LIBRARY_NAMES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

/** The C library of this host: glibc, or musl where that is what there is. */
export const libc = loadLibc();

function loadLibc() {
  const failures: string[] = [];
  for (const name of LIBRARY_NAMES) {
    try {
      return dlopen(name, SYMBOLS).symbols;
    } catch (cause) {
      failures.push(`${name}: ${(cause as Error).message}`);
    }
  }
  throw new Error(`Cannot load the C library (mlps runs on Linux): ${failures.join("; ")}`);
}
