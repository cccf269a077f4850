// Fetches a file's footer through the run's own storage path (direct I/O included) and fills a chunk table from it.
import { type ChunkTable, FOOTER_TAIL_BYTES, parseFooterTail, scanChunks } from "../format/parquet/footer.ts";
import { type RangeRules, ReadRanges } from "../plan/read_ranges.ts";
import type { FileHandle, ReaderStorage } from "../storage/storage.ts";
import { alignedBuffer } from "../storage/aligned_buffer.ts";

/** The first read of a footer: most footers fit, and a second read fetches the rest of one that does not. */
const FIRST_READ_BYTES = 64 * 1024;

/** Loads footers for one reader thread, with one reused buffer. */
export class FooterLoader {
  /** Bytes that the footer loaded last asked of storage and got. */
  requestedBytes = 0;
  returnedBytes = 0;
  readonly #storage: ReaderStorage;
  readonly #leafToSlot: Int32Array;
  readonly #alignBytes: number;
  readonly #range = new ReadRanges(1);
  #buffer = alignedBuffer(2 * FIRST_READ_BYTES);

  constructor(storage: ReaderStorage, leafToSlot: Int32Array, { alignBytes }: RangeRules) {
    this.#storage = storage;
    this.#leafToSlot = leafToSlot;
    this.#alignBytes = alignBytes;
  }

  /** Fills `table` from the footer of an open file. @throws {FileError} When it cannot be read or is not valid. */
  load(file: FileHandle, table: ChunkTable): void {
    const { fileBytes, path } = file;
    this.requestedBytes = this.returnedBytes = 0;
    const tail = this.#fetch(file, Math.max(0, fileBytes - FIRST_READ_BYTES));
    const metadataBytes = parseFooterTail(tail.subarray(-FOOTER_TAIL_BYTES), path, fileBytes);
    const wantedBytes = metadataBytes + FOOTER_TAIL_BYTES;
    const footer = wantedBytes <= tail.length
      ? tail.subarray(tail.length - wantedBytes)
      : this.#fetch(file, fileBytes - wantedBytes);
    scanChunks(footer.subarray(0, metadataBytes), this.#leafToSlot, table, { path, fileBytes });
  }

  /** Returns the bytes of the file from `start` to its end. */
  #fetch(file: FileHandle, start: number): Uint8Array {
    const range = this.#range;
    const first = Math.floor(start / this.#alignBytes) * this.#alignBytes;
    range.count = 1;
    range.fileOffset[0] = first;
    range.bytes[0] = Math.ceil((file.fileBytes - first) / this.#alignBytes) * this.#alignBytes;
    range.bufferOffset[0] = 0;
    if (this.#buffer.length < range.bytes[0]) this.#buffer = alignedBuffer(range.bytes[0]);
    this.requestedBytes += range.bytes[0];
    this.returnedBytes += this.#storage.readRanges(file, range, this.#buffer);
    return this.#buffer.subarray(start - first, file.fileBytes - first);
  }
}
