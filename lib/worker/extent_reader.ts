// Fetches and decodes one extent at a time, for one thread, in memory that it keeps.
import { nowNs } from "../base/clock.ts";
import type { ChunkTable } from "../format/parquet/chunk_table.ts";
import { RowGroupDecoder, type RowGroupPlace } from "../format/parquet/decode.ts";
import type { WantedColumn } from "../format/parquet/columns.ts";
import { MAX_KEPT_BYTES, planRanges, type RangeRules, ReadRanges } from "../plan/read_ranges.ts";
import { alignedBuffer } from "../storage/aligned_buffer.ts";
import type { ReaderStorage } from "../storage/storage.ts";
import { ChunkStream } from "./chunk_stream.ts";
import type { OpenFiles } from "./open_files.ts";
import type { DecodeMode } from "./protocol.ts";

export interface ExtentReaderOptions {
  readonly storage: ReaderStorage;
  readonly files: OpenFiles;
  readonly columns: readonly WantedColumn[];
  readonly decode: DecodeMode;
  readonly rules: RangeRules;
  /** Any table: what is read is named by each call. */
  readonly table: ChunkTable;
  /** Whether storage times its reads: else the time to decode counts as time to fetch. */
  readonly timesReads: boolean;
}

/** Bytes of a file from some byte to its end. */
export interface FetchedBytes {
  readonly buffer: Uint8Array;
  readonly bufferStartByte: number;
}

/** One thread's reading and decoding of extents. */
export class ExtentReader {
  /** What the extent read last took: time to fetch (opening its file included) and to decode, bytes returned. */
  readNs = 0;
  decodeNs = 0;
  returnedBytes = 0;
  /** When it was complete. */
  endNs = 0;
  readonly ranges: ReadRanges;
  readonly decoder: RowGroupDecoder | undefined;
  /** Bytes asked of storage by the last read. */
  requestedBytes = 0;
  readonly #options: ExtentReaderOptions;
  readonly #place: RowGroupPlace;
  readonly #stream: ChunkStream;
  #buffer = alignedBuffer(0);
  /** How far the decoder's `valueBytes` may come with values that are kept. */
  #keptValueBytes = 0;

  constructor(options: ExtentReaderOptions) {
    const { columns, decode, table } = options;
    this.#options = options;
    this.ranges = new ReadRanges(columns.length);
    this.decoder = decode === "none" ? undefined : new RowGroupDecoder({ columns, mode: decode });
    this.#place = { path: "", table, rowGroup: 0 };
    this.#stream = new ChunkStream({ ...options, decoder: this.decoder });
  }

  /** Computes which bytes the row group needs; to be called before `read`. */
  plan(table: ChunkTable, rowGroup: number): void {
    planRanges(this.ranges, table, rowGroup * table.numColumns, this.#options.rules);
    this.#place.table = table;
    this.#place.rowGroup = rowGroup;
    if (this.#buffer.length < this.ranges.bufferBytes) this.#buffer = alignedBuffer(this.ranges.bufferBytes);
  }

  /** Fetches and decodes what `plan` computed, piece by piece. @throws {FileError} */
  read(file: number): void {
    const { ranges, decoder } = this, place = this.#place;
    const { storage, files, rules, timesReads } = this.#options, stream = this.#stream;
    this.#beginDecoding();
    const extentBeginNs = nowNs();
    let beginNs = extentBeginNs, readNs = 0, decodeNs = 0, returnedBytes = 0, range = 0, chunk = 0;
    const handle = files.open(file);
    place.path = handle.path;
    let readBeginNs = timesReads ? nowNs() : beginNs; // the first read does not count the opening
    for (let piece = 0; piece < ranges.numPieces; piece++) {
      const rangeEnd = ranges.pieceRangeEnd[piece], chunkEnd = ranges.pieceChunkEnd[piece];
      if (ranges.isLong(range, rules)) {
        stream.read(handle, place, chunk);
        readNs += stream.readNs;
        decodeNs += stream.decodeNs;
        returnedBytes += stream.returnedBytes;
        range = rangeEnd;
        chunk = chunkEnd;
        beginNs = readBeginNs = nowNs();
        continue;
      }
      returnedBytes += storage.readRanges(handle, ranges, this.#buffer, range, rangeEnd, readBeginNs);
      if (!timesReads) {
        if (decoder !== undefined) this.#decode(decoder, this.#buffer, chunk, chunkEnd);
      } else {
        const fetchedNs = storage.endNs;
        readNs += fetchedNs - beginNs;
        beginNs = fetchedNs;
        if (decoder !== undefined) {
          this.#decode(decoder, this.#buffer, chunk, chunkEnd);
          beginNs = nowNs();
          decodeNs += beginNs - fetchedNs;
        }
        readBeginNs = beginNs;
      }
      range = rangeEnd;
      chunk = chunkEnd;
    }
    this.endNs = timesReads ? beginNs : nowNs();
    this.readNs = timesReads ? readNs : this.endNs - extentBeginNs;
    this.decodeNs = timesReads ? decodeNs : 0;
    this.requestedBytes = ranges.totalBytes;
    this.returnedBytes = returnedBytes;
  }

  /**
   * Decodes what `plan` computed from the bytes that came with the file's footer, which was asked for at `beginNs`;
   * fetches what they lack. @throws {FileError}
   */
  readBehind(fetched: FetchedBytes, file: number, beginNs: number): void {
    const { ranges, decoder } = this;
    if (ranges.firstByte < fetched.bufferStartByte) {
      const fetchedNs = nowNs();
      this.read(file);
      this.readNs += fetchedNs - beginNs;
      return;
    }
    const fetchedNs = nowNs();
    this.#place.path = this.#options.files.open(file).path;
    const { startByte } = this.#place.table;
    for (let chunk = 0; chunk < ranges.chunkAt.length; chunk++) {
      ranges.chunkAt[chunk] = startByte[chunk] - fetched.bufferStartByte;
    }
    this.#beginDecoding();
    if (decoder !== undefined) this.#decode(decoder, fetched.buffer, 0, ranges.chunkAt.length);
    this.endNs = nowNs();
    this.readNs = fetchedNs - beginNs;
    this.decodeNs = this.endNs - fetchedNs;
    this.requestedBytes = this.returnedBytes = 0;
  }

  #beginDecoding(): void {
    const { usefulBytes } = this.ranges;
    const keptBytes = usefulBytes <= MAX_KEPT_BYTES ? MAX_KEPT_BYTES : 0;
    this.#keptValueBytes = (this.decoder?.valueBytes ?? 0) + keptBytes;
  }

  /** Decodes chunks that are whole in `buffer`; those for whose values there is no memory left are not kept. */
  #decode(decoder: RowGroupDecoder, buffer: Uint8Array, slotStart: number, slotEnd: number): void {
    const place = this.#place, { table, rowGroup } = place, { chunkAt } = this.ranges;
    const { columns } = this.#options, rows = table.rows[rowGroup];
    for (let slot = slotStart; slot < slotEnd; slot++) {
      // A row may have more than one value or none: what the chunk came to is known behind it.
      const isKept = decoder.valueBytes + rows * columns[slot].valueBytes <= this.#keptValueBytes;
      if (isKept) {
        decoder.decode(buffer, chunkAt, place, slot, slot + 1);
        continue;
      }
      decoder.beginChunk(slot, place);
      decoder.decodePages(
        buffer,
        chunkAt[slot],
        chunkAt[slot] + table.bytes[rowGroup * table.numColumns + slot],
      );
      decoder.endChunk();
    }
  }
}
