// What the page cache holds of files: asked of cachestat, else of mincore.
import fs from "node:fs";
import { ptr } from "bun:ffi";
import { breathe } from "../base/breathe.ts";
import { FileError, reasonOf } from "../base/errors.ts";
import { libc } from "../base/libc.ts";
import type { CacheShare } from "../metrics/epoch_record.ts";

/** Files by their number, so that of millions a few can be asked for. */
export interface FileSet {
  readonly numFiles: number;
  /** Returns undefined where the file is not there, or not to be asked about. */
  path(index: number): string | undefined;
}

/** An open file. */
export interface OpenFile {
  readonly path: string;
  readonly fd: number;
  readonly fileBytes: number;
}

/** What the page cache holds of a file. */
export interface CachedBytes {
  readonly cachedBytes: number;
  /** Not yet written back, or under way; absent where mincore was asked, which does not tell. */
  readonly dirtyBytes?: number;
}

/** Opening every file of millions would take minutes before and after each epoch, and warm the server's metadata. */
const MAX_ASKED_FILES = 4096;

/**
 * Returns what the page cache holds of the files, in bytes.
 *
 * Of more than 4096 files as many evenly spaced ones are asked, and the answer is scaled up. To ask is to open: the
 * inodes of the files that were asked are in memory afterwards, those of the others are left as they are.
 *
 * @throws {FileError} When one cannot be opened.
 * @throws {InterruptedError} When `signal` is raised.
 */
export async function measureResidency(files: FileSet, signal?: AbortSignal): Promise<CacheShare> {
  const { numFiles } = files;
  const wantedFiles = Math.min(numFiles, MAX_ASKED_FILES);
  let askedFiles = 0, fileBytes = 0;
  let cachedBytes: number | undefined = 0, dirtyBytes: number | undefined = 0;
  for (let wanted = 0; wanted < wantedFiles; wanted++) {
    await breathe(signal);
    const path = files.path(Math.floor((wanted + 0.5) * numFiles / wantedFiles));
    if (path === undefined) continue;
    withOpenFile(path, "ask the page cache about", (file) => {
      const cached = askPageCache(file);
      askedFiles++;
      fileBytes += file.fileBytes;
      cachedBytes = sumOf(cachedBytes, cached && Math.min(cached.cachedBytes, file.fileBytes));
      dirtyBytes = sumOf(dirtyBytes, cached?.dirtyBytes);
    });
  }
  const scaled = (bytes?: number) => bytes && Math.round(bytes * numFiles / askedFiles);
  return {
    fileBytes: scaled(fileBytes) ?? 0,
    cachedBytes: scaled(cachedBytes),
    dirtyBytes: scaled(dirtyBytes),
    askedFiles,
    numFiles,
  };
}

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}

/** Filesystems that keep file data in caches of their own, where the kernel's page cache has none (linux/magic.h). */
const OWN_CACHE_FILESYSTEMS = new Set([
  0x2fc12fc1, // ZFS
  0x47504653, // GPFS
]);
/** Its files have no pages: the page cache has those of the files below, which a mapping shows and cachestat does not. */
const OVERLAY_FILESYSTEM = 0x794c7630;

/** Returns what the page cache holds of an open file; undefined where the kernel does not tell. */
export function askPageCache(file: OpenFile): CachedBytes | undefined {
  const type = fs.statfsSync(file.path).type;
  if (OWN_CACHE_FILESYSTEMS.has(type)) return undefined;
  const told = type === OVERLAY_FILESYSTEM ? undefined : askCachestat(file.fd);
  return told ?? askMincore(file);
}

const PAGE_BYTES = libc.getpagesize();

const SYS_CACHESTAT = 451n; // since Linux 6.5, the same number on every architecture
const range = new BigUint64Array(2); // struct cachestat_range: offset, length (0: to the end)
const counts = new BigUint64Array(5); // struct cachestat: cached, dirty, under writeback, evicted, recently evicted
const rangeAddress = BigInt(ptr(range)), countsAddress = BigInt(ptr(counts));

/** Returns undefined before Linux 6.5, and where the file belongs to another user (newer kernels). */
function askCachestat(fd: number): CachedBytes | undefined {
  const failed = libc.syscall(SYS_CACHESTAT, BigInt(fd), rangeAddress, countsAddress, 0n, 0n, 0n);
  if (Number(failed) !== 0) return undefined;
  return {
    cachedBytes: Number(counts[0]) * PAGE_BYTES,
    dirtyBytes: Number(counts[1] + counts[2]) * PAGE_BYTES,
  };
}

const PROT_READ = 1, MAP_SHARED = 1; // asm-generic/mman-common.h
/** (void *) -1: more than a pointer has as a number, so that it may come as a bigint. */
const MAP_FAILED = 2 ** 64;
/** A file is mapped window by window, so that the vector of mincore, a byte for each page, stays small. */
const WINDOW_BYTES = 2 ** 30;

/** Returns what a mapping of the file finds in memory; mapping reads nothing. */
export function askMincore(file: OpenFile): CachedBytes | undefined {
  if (!mayAskMincore(file)) return undefined;
  const { fd, fileBytes } = file;
  const vector = new Uint8Array(Math.ceil(Math.min(fileBytes, WINDOW_BYTES) / PAGE_BYTES));
  let numPages = 0;
  for (let offset = 0; offset < fileBytes; offset += WINDOW_BYTES) {
    const bytes = Math.min(WINDOW_BYTES, fileBytes - offset);
    const address = libc.mmap(null, bytes, PROT_READ, MAP_SHARED, fd, offset);
    if (Number(address) === MAP_FAILED) return undefined;
    const failed = libc.mincore(address, bytes, vector);
    libc.munmap(address, bytes);
    if (failed !== 0) return undefined;
    const windowPages = Math.ceil(bytes / PAGE_BYTES);
    for (let page = 0; page < windowPages; page++) numPages += vector[page] & 1;
  }
  return { cachedBytes: numPages * PAGE_BYTES };
}

/** Since Linux 5.2 mincore says "all in memory" of a file that the caller neither owns nor may write (mm/mincore.c). */
function mayAskMincore({ path, fd }: OpenFile): boolean {
  const user = process.geteuid?.();
  if (user === 0 || user === fs.fstatSync(fd).uid) return true;
  try {
    fs.accessSync(path, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs `use` with a file open for reading. @throws {FileError} When it cannot be opened; `action` is what failed. */
export function withOpenFile(path: string, action: string, use: (file: OpenFile) => void): void {
  let fd: number;
  try {
    fd = fs.openSync(path, "r");
  } catch (cause) {
    throw new FileError({ action, path, reason: reasonOf(cause) }, { cause });
  }
  try {
    use({ path, fd, fileBytes: fs.fstatSync(fd).size });
  } finally {
    fs.closeSync(fd);
  }
}
