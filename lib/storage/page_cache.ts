// What the kernel's page cache holds of a file, and how to drop exactly that without being root.
import fs from "node:fs";
import { ptr } from "bun:ffi";
import { breathe } from "../base/breathe.ts";
import { libc } from "../base/libc.ts";
import { FileError, reasonOf } from "../base/errors.ts";

const SYS_CACHESTAT = 451; // since Linux 6.5, the same number on every architecture
const POSIX_FADV_DONTNEED = 4; // linux/fadvise.h
const PAGE_BYTES = 4096;

const range = new BigUint64Array(2); // struct cachestat_range: offset, length (0: to the end)
const counts = new BigUint64Array(5); // struct cachestat: cached, dirty, under writeback, evicted, recently evicted
const rangeAddress = BigInt(ptr(range)), countsAddress = BigInt(ptr(counts));

/** Returns the bytes of an open file that lie in the page cache, or undefined where the kernel does not tell. */
export function cachedBytes(fd: number): number | undefined {
  const failed = libc.syscall(BigInt(SYS_CACHESTAT), BigInt(fd), rangeAddress, countsAddress, 0n, 0n, 0n);
  return failed === 0n || Number(failed) === 0 ? Number(counts[0]) * PAGE_BYTES : undefined;
}

/** What the page cache holds of a set of files. */
export interface CacheResidency {
  readonly fileBytes: number;
  /** Absent where the kernel does not tell (before Linux 6.5). */
  readonly cachedBytes?: number;
}

/**
 * Returns what the page cache holds of the files.
 *
 * @throws {FileError} When one cannot be opened.
 * @throws {InterruptedError} When `signal` is raised.
 */
export async function measureResidency(
  paths: Iterable<string>,
  signal?: AbortSignal,
): Promise<CacheResidency> {
  let fileBytes = 0;
  let cached: number | undefined = 0;
  for (const path of paths) {
    await breathe(signal);
    withFile(path, "ask the page cache about", (fd) => {
      const size = fs.fstatSync(fd).size;
      const bytes = cachedBytes(fd);
      fileBytes += size;
      cached = bytes === undefined || cached === undefined ? undefined : cached + Math.min(bytes, size);
    });
  }
  return { fileBytes, cachedBytes: cached };
}

/**
 * Writes back and drops the files' pages from the page cache.
 *
 * @throws {FileError} When the kernel refuses.
 * @throws {InterruptedError} When `signal` is raised.
 */
export async function evictFiles(paths: Iterable<string>, signal?: AbortSignal): Promise<void> {
  for (const path of paths) {
    await breathe(signal);
    withFile(path, "drop the page cache of", (fd) => {
      dropPages(fd, path);
      // Only clean pages are dropped. Syncing a file costs a flush of the device even where all are clean.
      if (cachedBytes(fd) === 0) return;
      try {
        fs.fdatasyncSync(fd);
      } catch { /* a file that cannot be synced (a read-only mount) has no dirty pages */ }
      dropPages(fd, path);
    });
  }
}

function dropPages(fd: number, path: string): void {
  const error = libc.posix_fadvise(fd, 0n, 0n, POSIX_FADV_DONTNEED);
  if (error === 0) return;
  const reason = `posix_fadvise gave error ${error}. Use --set reader.page_cache=keep`;
  throw new FileError({ action: "drop the page cache of", path, reason });
}

function withFile(path: string, action: string, use: (fd: number) => void): void {
  let fd: number;
  try {
    fd = fs.openSync(path, "r");
  } catch (cause) {
    throw new FileError({ action, path, reason: reasonOf(cause) }, { cause });
  }
  try {
    use(fd);
  } finally {
    fs.closeSync(fd);
  }
}
