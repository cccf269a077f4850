// Files of a mounted filesystem, read by one pread after the other, through the page cache or around it (O_DIRECT).
import fs from "node:fs";
import { nowNs } from "../base/clock.ts";
import { FileError, reasonOf } from "../base/errors.ts";
import type { ReadRanges } from "../plan/read_ranges.ts";
import type { FileHandle, OnRead, ReaderStorage } from "./storage.ts";

/** Direct I/O wants offsets, lengths and memory in multiples of the device's block: a multiple of all common ones. */
export const DIRECT_BLOCK_BYTES = 4096;

/** Reads files by pread. `onRead` hears of every read; without it reads are not timed. */
export class PosixStorage implements ReaderStorage {
  endNs = 0;
  readonly #flags: number;
  readonly #resumeBytes: number;
  readonly #onRead: OnRead | undefined;

  /** `blockBytes` is what direct reads of these files are aligned to. */
  constructor(
    { direct, onRead, blockBytes = DIRECT_BLOCK_BYTES }: {
      readonly direct: boolean;
      readonly onRead?: OnRead;
      readonly blockBytes?: number;
    },
  ) {
    this.#flags = fs.constants.O_RDONLY | (direct ? fs.constants.O_DIRECT : 0);
    this.#resumeBytes = direct ? blockBytes : 1;
    this.#onRead = onRead;
  }

  open(path: string, file = 0): FileHandle {
    try {
      const fd = fs.openSync(path, this.#flags);
      return { path, file, fd, fileBytes: fs.fstatSync(fd).size };
    } catch (cause) {
      throw new FileError({ action: "open", path, reason: reasonOf(cause) }, { cause });
    }
  }

  close(file: FileHandle): void {
    fs.closeSync(file.fd);
  }

  readRanges(
    file: FileHandle,
    ranges: ReadRanges,
    into: Uint8Array,
    rangeStart: number,
    rangeEnd: number,
    beginNs = nowNs(),
  ): number {
    let returnedBytes = 0;
    for (let range = rangeStart; range < rangeEnd; range++) {
      const offset = ranges.fileOffset[range];
      const bytes = ranges.bytes[range];
      const wanted = Math.min(bytes, file.fileBytes - offset);
      const at = ranges.bufferOffset[range];
      let got = readOnce(file, into, at, bytes, offset);
      // A signal or the kernel's 2 GiB limit may cut a read short; the rest is asked for until the file ends.
      while (got < wanted) {
        const kept = got - got % this.#resumeBytes; // a direct read goes on at a block
        const more = readOnce(file, into, at + kept, bytes - kept, offset + kept);
        if (kept + more <= got) throw endOfFile(file, offset + got, wanted - got);
        got = kept + more;
      }
      if (wanted <= 0 && bytes > 0) throw endOfFile(file, offset, bytes);
      returnedBytes += got;
      if (this.#onRead === undefined) continue;
      this.endNs = nowNs();
      this.#onRead(file.file, offset, got, beginNs, this.endNs - beginNs);
      beginNs = this.endNs;
    }
    return returnedBytes;
  }
}

/** How often in a row storage may answer "try again" before the read has failed, and the wait in between. */
export const MAX_BUSY_ANSWERS = 100, BUSY_WAIT_MS = 1;

function readOnce(file: FileHandle, into: Uint8Array, at: number, bytes: number, offset: number): number {
  for (let busyAnswers = 0;;) {
    try {
      return fs.readSync(file.fd, into, at, bytes, offset);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === "EINTR") continue;
      if (code === "EAGAIN" && ++busyAnswers < MAX_BUSY_ANSWERS) {
        Bun.sleepSync(BUSY_WAIT_MS);
        continue;
      }
      throw readFailure(file, offset, cause);
    }
  }
}

/** Returns the error that tells why a read at `offsetBytes` failed for good. */
export function readFailure({ path }: FileHandle, offsetBytes: number, cause: unknown): FileError {
  const reason = (cause as NodeJS.ErrnoException).code === "EAGAIN"
    ? `the storage was busy ${MAX_BUSY_ANSWERS} times in a row (EAGAIN)`
    : reasonOf(cause);
  return new FileError({ action: "read", path, offsetBytes, reason }, { cause });
}

/** Returns the error that tells that a file ends at `offsetBytes`, before a range does. */
export function endOfFile(file: FileHandle, offsetBytes: number, missingBytes: number): FileError {
  return new FileError({
    action: "read",
    path: file.path,
    offsetBytes,
    reason:
      `the file ends there, ${missingBytes} more bytes were expected: it was truncated. Generate it anew`,
  });
}
