// Where the bytes of a file go that is written as one sequential stream: here through the page cache, in write_direct.ts
// around it.
import fs from "node:fs";
import { FileError, reasonOf } from "../../base/errors.ts";
import { libc } from "../../base/libc.ts";
import { MIB } from "../../base/units.ts";

/** The end of one file after another that grows. The descriptors stay the caller's. */
export interface WriteOutput {
  /** Begins a file; what was kept in memory of the one before is dropped. */
  begin(fd: number, path: string): void;
  /** Takes the next bytes of the file; the pieces are the caller's again afterwards. @throws {FileError} */
  write(pieces: Uint8Array[]): void;
  /** Ends the file: it has its bytes and its size, though not yet on the device. @throws {FileError} */
  finish(): void;
}

/** How much is written before the disk is told to begin. */
const SYNC_BYTES = 4 * MIB;
const SYNC_FILE_RANGE_WRITE = 2; // linux/fs.h

/** Writes through the page cache: a batch is one system call that takes the pieces from where they are. */
export class CachedOutput implements WriteOutput {
  #fd = -1;
  #path = "";
  #writtenBytes = 0;
  /** Up to where the disk was told to begin. */
  #syncedBytes = 0;

  begin(fd: number, path: string): void {
    this.#fd = fd;
    this.#path = path;
    this.#writtenBytes = this.#syncedBytes = 0;
  }

  write(pieces: Uint8Array[]): void {
    while (pieces.length > 0) {
      const bytes = this.#writeOnce(pieces);
      this.#writtenBytes += bytes;
      pieces = dropBytes(pieces, bytes);
    }
    if (this.#writtenBytes - this.#syncedBytes >= SYNC_BYTES) this.#startSync();
  }

  finish(): void {
    this.#startSync();
  }

  /**
   * Has the disk begin, and waits for nothing. Without it the kernel lets gigabytes gather in the page cache first; a
   * filesystem that does not know it says so, which changes no result.
   */
  #startSync(): void {
    const unsyncedBytes = this.#writtenBytes - this.#syncedBytes;
    libc.sync_file_range(this.#fd, this.#syncedBytes, unsyncedBytes, SYNC_FILE_RANGE_WRITE);
    this.#syncedBytes = this.#writtenBytes;
  }

  #writeOnce(pieces: Uint8Array[]): number {
    try {
      return fs.writevSync(this.#fd, pieces);
    } catch (cause) {
      const place = { path: this.#path, offsetBytes: this.#writtenBytes };
      throw new FileError({ action: "write", ...place, reason: reasonOf(cause) }, { cause });
    }
  }
}

/** Returns the pieces without their first `bytes` bytes, which a system call has written. */
function dropBytes(pieces: Uint8Array[], bytes: number): Uint8Array[] {
  let whole = 0;
  for (; whole < pieces.length && bytes >= pieces[whole].length; whole++) bytes -= pieces[whole].length;
  const rest = pieces.slice(whole);
  if (rest.length > 0) rest[0] = rest[0].subarray(bytes);
  return rest;
}
