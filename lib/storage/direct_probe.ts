// Whether direct I/O works on a file, asked by one read, for a filesystem may accept the flag and refuse the read; and
// which blocks it wants, asked of the kernel.
import { ptr } from "bun:ffi";
import fs from "node:fs";
import { PreflightError, reasonOf } from "../base/errors.ts";
import { libc } from "../base/libc.ts";
import { alignedBuffer } from "./aligned_buffer.ts";
import { DIRECT_BLOCK_BYTES } from "./posix.ts";

const SYS_STATX = process.arch === "arm64" ? 291n : 332n; // asm/unistd.h
const AT_FDCWD = -100n; // linux/fcntl.h
const STATX_DIOALIGN = 0x2000; // linux/stat.h, since Linux 6.1
/** struct statx (linux/stat.h): its size, and where the mask and the alignments of memory and of offsets stand. */
const STATX_BYTES = 256, MASK_AT = 0, MEMORY_ALIGN_AT = 152, OFFSET_ALIGN_AT = 156;

/**
 * Returns the block size in bytes that offsets, lengths and memory of direct reads of a file must be multiples of: a
 * power of two, 4096 where the kernel does not tell.
 */
export function directBlockBytes(path: string): number {
  const name = Buffer.from(`${path}\0`), stat = new DataView(new ArrayBuffer(STATX_BYTES));
  const failed = libc.syscall(
    SYS_STATX,
    AT_FDCWD,
    BigInt(ptr(name)),
    0n,
    BigInt(STATX_DIOALIGN),
    BigInt(ptr(stat)),
    0n,
  );
  const isTold = Number(failed) === 0 && (stat.getUint32(MASK_AT, true) & STATX_DIOALIGN) !== 0;
  const toldBytes = Math.max(stat.getUint32(MEMORY_ALIGN_AT, true), stat.getUint32(OFFSET_ALIGN_AT, true));
  return isTold && toldBytes > 0 ? toldBytes : DIRECT_BLOCK_BYTES;
}

/** Reads one block of a file with O_DIRECT. @throws {PreflightError} When the filesystem refuses. */
export function probeDirectRead(path: string): void {
  try {
    const fd = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_DIRECT);
    try {
      fs.readSync(fd, alignedBuffer(DIRECT_BLOCK_BYTES), 0, DIRECT_BLOCK_BYTES, 0);
    } finally {
      fs.closeSync(fd);
    }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const reason = code === "EINVAL" ? "its filesystem does not support it" : reasonOf(cause);
    throw new PreflightError(
      `Cannot read "${path}" with direct I/O: ${reason}. Use --set reader.odirect=false, with ` +
        `reader.page_cache=evict to keep the page cache out`,
      { cause },
    );
  }
}
