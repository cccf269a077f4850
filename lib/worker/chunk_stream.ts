// Fetches a column chunk that is longer than one read, and has its pages decoded as they come: memory holds one read and
// the beginning of the page that the next read completes, whatever the chunk's size.
import { nowNs } from "../base/clock.ts";
import type { RowGroupDecoder, RowGroupPlace } from "../format/parquet/decode.ts";
import { type RangeRules, ReadRanges } from "../plan/read_ranges.ts";
import { alignedBuffer } from "../storage/aligned_buffer.ts";
import type { FileHandle, ReaderStorage } from "../storage/storage.ts";

/** One thread's reading of long chunks, one after another. */
export class ChunkStream {
  /** What the chunk read last took: time to fetch and to decode (of no meaning where storage times no read), bytes returned. */
  readNs = 0;
  decodeNs = 0;
  returnedBytes = 0;
  readonly #storage: ReaderStorage;
  readonly #decoder: RowGroupDecoder | undefined;
  readonly #rules: RangeRules;
  readonly #range = new ReadRanges(1);
  #buffer: Uint8Array = new Uint8Array(0);
  /**
   * Where in the buffer each read goes; what is left of the read before lies in front of it. The room for that is wide from
   * the beginning: it takes no memory before something is written there, while a buffer that was too small takes its own
   * until it is collected.
   */
  #readAt: number;

  constructor(
    { storage, decoder, rules }: {
      readonly storage: ReaderStorage;
      readonly decoder: RowGroupDecoder | undefined;
      readonly rules: RangeRules;
    },
  ) {
    this.#storage = storage;
    this.#decoder = decoder;
    this.#rules = rules;
    this.#readAt = rules.maxReadBytes;
  }

  /** Fetches the whole chunk of column `slot` and decodes its pages. @throws {FileError} */
  read(file: FileHandle, place: RowGroupPlace, slot: number): void {
    const { table, rowGroup } = place;
    const { alignBytes, maxReadBytes } = this.#rules, range = this.#range, decoder = this.#decoder;
    const chunk = rowGroup * table.numColumns + slot;
    const chunkStart = table.startByte[chunk], chunkEnd = chunkStart + table.bytes[chunk];
    if (this.#buffer.length === 0) this.#buffer = alignedBuffer(this.#readAt + maxReadBytes);
    this.readNs = this.decodeNs = this.returnedBytes = 0;
    range.count = 1;
    decoder?.beginChunk(slot, place);
    let carriedBytes = 0, beginNs = nowNs();
    for (let at = Math.floor(chunkStart / alignBytes) * alignBytes; at < chunkEnd; at += maxReadBytes) {
      range.fileOffset[0] = at;
      range.bytes[0] = Math.min(maxReadBytes, Math.ceil((chunkEnd - at) / alignBytes) * alignBytes);
      range.bufferOffset[0] = this.#readAt;
      this.returnedBytes += this.#storage.readRanges(file, range, this.#buffer, 0, 1, beginNs);
      const fetchedNs = this.#storage.endNs;
      this.readNs += fetchedNs - beginNs;
      beginNs = fetchedNs;
      if (decoder === undefined) continue;
      const start = this.#readAt - carriedBytes + Math.max(0, chunkStart - at);
      const end = this.#readAt + Math.min(range.bytes[0], chunkEnd - at);
      carriedBytes = end - start - decoder.decodePages(this.#buffer, start, end);
      this.#carry(end - carriedBytes, end);
      beginNs = nowNs();
      this.decodeNs += beginNs - fetchedNs;
    }
    decoder?.endChunk();
  }

  /** Moves what is left of a read in front of the place of the next. */
  #carry(start: number, end: number): void {
    const bytes = end - start, old = this.#buffer;
    if (bytes > this.#readAt) {
      const { maxReadBytes } = this.#rules;
      this.#readAt = 2 * Math.ceil(bytes / maxReadBytes) * maxReadBytes;
      this.#buffer = alignedBuffer(this.#readAt + maxReadBytes);
      this.#buffer.set(old.subarray(start, end), this.#readAt - bytes);
    } else {
      old.copyWithin(this.#readAt - bytes, start, end);
    }
  }
}
