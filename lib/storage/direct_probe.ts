// Whether direct I/O works on a filesystem, asked by one read or write, for it may accept the flag and refuse those; and
// which blocks a file wants, asked of the kernel.
import { ptr } from "bun:ffi";
import fs from "node:fs";
import { join, relative } from "node:path";
import { PreflightError, reasonOf } from "../base/errors.ts";
import { libc } from "../base/libc.ts";
import { alignedBuffer } from "./aligned_buffer.ts";
import { nearestExisting } from "./free_space.ts";
import { filesystemName, mountOf } from "./mounts.ts";
import { DIRECT_BLOCK_BYTES } from "./posix.ts";

const SYS_STATX = process.arch === "arm64" ? 291n : 332n; // asm/unistd.h
const AT_FDCWD = -100n; // linux/fcntl.h
const STATX_DIOALIGN = 0x2000; // linux/stat.h, since Linux 6.1
/** struct statx (linux/stat.h): its size, and where the mask and the alignments of memory and of offsets stand. */
const STATX_BYTES = 256, MASK_AT = 0, MEMORY_ALIGN_AT = 152, OFFSET_ALIGN_AT = 156;

/**
 * Returns the block size in bytes that offsets, lengths and memory of direct I/O on a file must be multiples of: a
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

/** What is asked for, as a message names it. */
export interface DirectRequest {
  readonly action: "read" | "write";
  /** The setting that does without, as in "reader.odirect=false". */
  readonly wayOut: string;
}

/** Reads one block of a file with O_DIRECT. @throws {PreflightError} When that cannot be, naming the filesystem. */
export function probeDirectRead(path: string, wayOut = "reader.odirect=false"): void {
  refuseUnless({ path, action: "read", wayOut }, () => readDirectBlock(path));
}

/** Returns why a file cannot be read with O_DIRECT, as the end of a sentence; undefined where it can. */
export function findDirectRefusal(path: string): string | undefined {
  try {
    readDirectBlock(path);
    return undefined;
  } catch (cause) {
    return refusalReason(path, cause);
  }
}

function readDirectBlock(path: string): void {
  refuseMemory(path);
  const blockBytes = directBlockBytes(path);
  withDirectFile(path, fs.constants.O_RDONLY, (fd) => {
    fs.readSync(fd, alignedBuffer(blockBytes), 0, blockBytes, 0);
  });
}

/**
 * Writes and reads one block of a file of its own with O_DIRECT, in the folder or, where that is still to be made, the
 * nearest one above; nothing of it stays.
 *
 * @throws {PreflightError} When that cannot be, naming the filesystem.
 */
export function probeDirectFolder(folder: string, request: DirectRequest): void {
  refuseUnless({ path: folder, ...request }, () => {
    const existing = nearestExisting(folder);
    refuseMemory(existing);
    const path = join(existing, `.mlps-direct-${process.pid}`);
    // Made without O_DIRECT: where that is refused, some filesystems leave the new file behind.
    const made = fs.openSync(path, "wx", 0o600);
    try {
      refuseMemory(path); // what the folder does not tell: an overlay has the new file in its writable layer
      const blockBytes = directBlockBytes(path), block = alignedBuffer(blockBytes);
      withDirectFile(path, fs.constants.O_RDWR, (fd) => {
        fs.writeSync(fd, block, 0, blockBytes, 0);
        fs.readSync(fd, block, 0, blockBytes, 0);
      });
    } finally {
      fs.closeSync(made);
      fs.rmSync(path, { force: true });
    }
  });
}

function withDirectFile(path: string, flags: number, use: (fd: number) => void): void {
  const fd = fs.openSync(path, flags | fs.constants.O_DIRECT);
  try {
    use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Filesystems that accept O_DIRECT (since Linux 6.6) although they have nothing but memory (linux/magic.h). */
const MEMORY_FILESYSTEMS: readonly number[] = [0x01021994, 0x858458f6]; // tmpfs, ramfs

class MemoryRefusal extends Error {}

function refuseMemory(path: string): void {
  if (isInMemory(path) || isInMemory(findUpperLayer(path) ?? path)) throw new MemoryRefusal();
}

function isInMemory(path: string): boolean {
  return MEMORY_FILESYSTEMS.includes(fs.statfsSync(path).type);
}

/**
 * Returns where a path of an overlay lies in its writable layer; undefined for others, and where that is not to be seen,
 * as from inside a container.
 */
function findUpperLayer(path: string): string | undefined {
  const mount = mountOf(path);
  const upperFolder = mount?.fstype === "overlay" && mount.options.match(/(?:^|,)upperdir=(\/[^,]*)/)?.[1];
  if (!upperFolder) return undefined;
  const layerPath = join(upperFolder, mount.root, relative(mount.mountPoint, fs.realpathSync(path)));
  return fs.existsSync(layerPath) ? layerPath : undefined;
}

function refuseUnless(
  { path, action, wayOut }: DirectRequest & { readonly path: string },
  probe: () => void,
): void {
  try {
    probe();
  } catch (cause) {
    const reason = refusalReason(path, cause);
    const instead = action === "read" && !(cause instanceof MemoryRefusal)
      ? ", with reader.page_cache=evict to keep the page cache out"
      : "";
    throw new PreflightError(
      `Cannot ${action} "${path}" with direct I/O: ${reason}. Use --set ${wayOut}${instead}`,
      { cause },
    );
  }
}

function refusalReason(path: string, cause: unknown): string {
  if (cause instanceof MemoryRefusal) {
    return `its filesystem, ${filesystemName(path)}, keeps files in memory and has no device behind it`;
  }
  const { code } = cause as NodeJS.ErrnoException;
  return code === "EINVAL" || code === "EOPNOTSUPP"
    ? `its filesystem, ${filesystemName(path)}, does not support it`
    : reasonOf(cause);
}
