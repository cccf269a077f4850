// Reads a file from its beginning to its end in large pieces and shows any part of it that is not far from the last:
// for checks that look at every byte and never need a whole file in memory.
import { ReadRanges } from "../plan/read_ranges.ts";
import { MIB } from "../base/units.ts";
import { alignedBuffer } from "./aligned_buffer.ts";
import { directBlockBytes } from "./direct_probe.ts";
import { PosixStorage } from "./posix.ts";
import type { FileHandle } from "./storage.ts";

const READ_BYTES = 4 * MIB;

/** A window on one open file at a time. */
export class FileWindow {
  /** Bytes that storage returned, over all files. */
  returnedBytes = 0;
  readonly #direct: boolean;
  readonly #storage: PosixStorage;
  readonly #range = new ReadRanges(1);
  #file: FileHandle | undefined;
  #buffer = alignedBuffer(READ_BYTES);
  /** Direct reads begin and end on a block. */
  #blockBytes = 1;
  /** The part of the file that the buffer holds; it begins on a block. */
  #start = 0;
  #end = 0;

  constructor({ direct }: { direct: boolean }) {
    this.#direct = direct;
    this.#storage = new PosixStorage({ direct, onRead: () => {} });
  }

  /** Opens a file in the place of the last one and returns its size. @throws {FileError} */
  open(path: string): number {
    this.close();
    this.#start = this.#end = 0;
    this.#file = this.#storage.open(path);
    if (this.#direct) this.#blockBytes = directBlockBytes(path);
    return this.#file.fileBytes;
  }

  close(): void {
    if (this.#file !== undefined) this.#storage.close(this.#file);
    this.#file = undefined;
  }

  /**
   * Returns `bytes` bytes of the file from `startByte` on, which lie in the file; they change with the next call.
   *
   * @throws {FileError} When a read fails or the file has become shorter.
   */
  view(startByte: number, bytes: number): Uint8Array {
    if (startByte < this.#start || startByte + bytes > this.#end) this.#moveTo(startByte, bytes);
    return this.#buffer.subarray(startByte - this.#start, startByte - this.#start + bytes);
  }

  /** Fills the window from `startByte` on; what it holds of that already is kept. */
  #moveTo(startByte: number, bytes: number): void {
    const file = this.#file!;
    const blockBytes = this.#blockBytes, start = Math.floor(startByte / blockBytes) * blockBytes;
    const wantedEnd = Math.min(file.fileBytes, Math.max(start + READ_BYTES, startByte + bytes));
    const end = Math.ceil(wantedEnd / blockBytes) * blockBytes;
    const keptBytes = start >= this.#start && start < this.#end ? this.#end - start : 0;
    const kept = this.#buffer.subarray(start - this.#start, start - this.#start + keptBytes);
    if (this.#buffer.length < end - start) {
      this.#buffer = alignedBuffer(end - start);
      this.#buffer.set(kept);
    } else if (keptBytes > 0) {
      this.#buffer.set(kept);
    }
    this.#start = start;
    this.#end = start + keptBytes;
    const range = this.#range;
    range.count = 1;
    range.fileOffset[0] = this.#end;
    range.bytes[0] = end - this.#end;
    range.bufferOffset[0] = keptBytes;
    this.returnedBytes += this.#storage.readRanges(file, range, this.#buffer, 0, 1);
    this.#end = Math.min(end, file.fileBytes);
  }
}
