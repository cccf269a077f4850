// A file that mlps makes for a measurement and removes again, of bytes that no storage can compress or deduplicate.
import { randomBytes, randomFillSync } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { breathe } from "../base/breathe.ts";
import { FileError, reasonOf } from "../base/errors.ts";
import { MIB } from "../base/units.ts";
import { alignedBuffer } from "./aligned_buffer.ts";

const BLOCK_BYTES = MIB;

export interface TemporaryFileOptions {
  /** A multiple of 1 MiB. */
  readonly bytes: number;
  /** Whether it is written around the page cache (O_DIRECT). */
  readonly direct?: boolean;
  /** The file is shorter where writing it takes longer; absent: as long as it takes. */
  readonly maxMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs `use` with the path and size of a new file in `folder`, whose bytes the storage has, and removes it.
 *
 * @throws {FileError} When it cannot be made.
 */
export async function withTemporaryFile<T>(
  folder: string,
  options: TemporaryFileOptions,
  use: (path: string, fileBytes: number) => T | Promise<T>,
): Promise<T> {
  // A pid is not enough: containers on several hosts that share a folder may all have the same.
  const path = join(folder, `.mlps-doctor-${process.pid}-${randomBytes(4).toString("hex")}`);
  const remove = () => fs.rmSync(path, { force: true }); // a second Ctrl-C exits at once
  let fd: number | undefined;
  try {
    try {
      // Made without O_DIRECT: where that is refused, some filesystems leave the new file behind.
      fd = fs.openSync(path, "wx", 0o600);
      process.once("exit", remove);
      await fill(path, options);
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw new FileError({ action: "write", path, reason: reasonOf(cause) }, { cause });
    }
    return await use(path, fs.fstatSync(fd).size);
  } finally {
    if (fd !== undefined) {
      fs.closeSync(fd);
      process.off("exit", remove);
      remove();
    }
  }
}

/** Writes block after block, then waits until the storage has them. */
async function fill(
  path: string,
  { bytes, maxMs = Infinity, direct = false, signal }: TemporaryFileOptions,
): Promise<void> {
  const fd = fs.openSync(path, fs.constants.O_WRONLY | (direct ? fs.constants.O_DIRECT : 0));
  try {
    const block = alignedBuffer(BLOCK_BYTES), endMs = performance.now() + maxMs;
    for (let at = 0; at < bytes && performance.now() < endMs; at += BLOCK_BYTES) {
      await breathe(signal);
      randomFillSync(block);
      let done = 0;
      while (done < BLOCK_BYTES) done += fs.writeSync(fd, block, done, BLOCK_BYTES - done, at + done);
    }
    fs.fdatasyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}
