// Gathers what goes to a file and writes it in batches, as one sequential stream. Large pieces are not copied: a batch
// is one system call that takes them from where they are.
import fs from "node:fs";
import { ByteWriter } from "hyparquet-writer";
import { FileError, reasonOf } from "../../base/errors.ts";
import { libc } from "../../base/libc.ts";
import { KIB, MIB } from "../../base/units.ts";

/** A write of what still lies in the core's second-level cache: a sixth faster to memory than writes of 1 MiB. */
const WRITE_BYTES = 256 * KIB;
/** From here on a piece is taken from where it is: a batch has fewer pieces than a system call may have (1024). */
const LARGE_BYTES = 4 * KIB;
/** How much is written before the disk is told to begin. */
const SYNC_BYTES = 4 * MIB;
const SYNC_FILE_RANGE_WRITE = 2; // linux/fs.h

/** The end of one file after another that grows, in memory that is kept. The descriptors stay the caller's. */
export class WriteSink {
  /** Takes small things, such as headers, in the order of the file. */
  readonly small = new ByteWriter(WRITE_BYTES);
  #fd = -1;
  #path = "";
  #pieces: Uint8Array[] = [];
  /** Bytes of the pieces that are not in `small`. */
  #largeBytes = 0;
  /** Up to where `small` is among the pieces already. */
  #takenIndex = 0;
  #writtenBytes = 0;
  /** Up to where the disk was told to begin. */
  #syncedBytes = 0;

  /** Begins a file; what waits in memory for the one before is dropped. */
  begin(fd: number, path: string): void {
    this.#fd = fd;
    this.#path = path;
    this.#dropWaiting();
    this.#writtenBytes = this.#syncedBytes = 0;
  }

  /** Returns the bytes of the file so far, those that wait in memory included. */
  get fileBytes(): number {
    return this.#writtenBytes + this.#largeBytes + this.small.index;
  }

  /** Appends bytes that stay as they are until they are written. */
  append(bytes: Uint8Array): void {
    if (bytes.length < LARGE_BYTES) {
      this.small.appendBytes(bytes);
    } else {
      this.#takeSmall();
      this.#pieces.push(bytes);
      this.#largeBytes += bytes.length;
    }
    if (this.#largeBytes + this.small.index >= WRITE_BYTES) this.flush();
  }

  /** Appends bytes that may change after the call. */
  appendCopy(bytes: Uint8Array): void {
    if (bytes.length >= WRITE_BYTES) {
      this.append(bytes); // which writes them
    } else {
      this.small.appendBytes(bytes);
      if (this.#largeBytes + this.small.index >= WRITE_BYTES) this.flush();
    }
  }

  /** Writes what waits in memory. @throws {FileError} */
  flush(): void {
    this.#takeSmall();
    for (let pieces = this.#pieces; pieces.length > 0;) {
      const bytes = this.#write(pieces);
      this.#writtenBytes += bytes;
      pieces = dropBytes(pieces, bytes);
    }
    this.#dropWaiting();
    if (this.#writtenBytes - this.#syncedBytes >= SYNC_BYTES) this.#startSync();
  }

  /** Writes what waits in memory and tells the disk to begin with all that it has not begun. @throws {FileError} */
  finish(): void {
    this.flush();
    this.#startSync();
  }

  #dropWaiting(): void {
    this.#pieces = [];
    this.#largeBytes = 0;
    this.#takenIndex = 0;
    this.small.index = 0;
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

  #write(pieces: Uint8Array[]): number {
    try {
      return fs.writevSync(this.#fd, pieces);
    } catch (cause) {
      const place = { path: this.#path, offsetBytes: this.#writtenBytes };
      throw new FileError({ action: "write", ...place, reason: reasonOf(cause) }, { cause });
    }
  }

  /** Puts what came to `small` since the last time among the pieces. A view stays right when `small` grows. */
  #takeSmall(): void {
    const { index } = this.small;
    if (index === this.#takenIndex) return;
    this.#pieces.push(new Uint8Array(this.small.buffer, this.#takenIndex, index - this.#takenIndex));
    this.#takenIndex = index;
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
