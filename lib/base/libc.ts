// The C library calls that JavaScript runtimes do not offer, loaded once per thread (0.3 us a call).
// Linux only: mlps runs where training storage is mounted.
import { dlopen, FFIType } from "bun:ffi";

const { i32, i64, i64_fast, u32, u64, ptr } = FFIType;

const SYMBOLS = {
  __errno_location: { args: [], returns: ptr },
  clock_getres: { args: [i32, ptr], returns: i32 },
  clock_gettime: { args: [i32, ptr], returns: i32 },
  getpagesize: { args: [], returns: i32 },
  getrusage: { args: [i32, ptr], returns: i32 },
  mincore: { args: [ptr, u64, ptr], returns: i32 },
  mmap: { args: [ptr, u64, i32, i32, i32, i64], returns: ptr },
  munmap: { args: [ptr, u64], returns: i32 },
  prctl: { args: [i32, u64, u64, u64, u64], returns: i32 },
  posix_fadvise: { args: [i32, i64, i64, i32], returns: i32 },
  sync: { args: [], returns: FFIType.void },
  sync_file_range: { args: [i32, i64, i64, u32], returns: i32 },
  syscall: { args: [i64, i64, i64, i64, i64, i64, i64], returns: i64_fast },
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
