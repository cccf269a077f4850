// Fetches and decodes one extent at a time, for one thread, in memory that it keeps. Extents that were fetched ahead
// (extents_ahead.ts) it decodes alone.
import { nowNs } from "../base/clock.ts";
import { KIB } from "../base/units.ts";
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

/** A row group, and where in memory its chunks are to be or are. */
export interface ExtentPlace {
  readonly ranges: ReadRanges;
  readonly place: RowGroupPlace;
  buffer: Uint8Array;
}

/** A row group of which all bytes are there. */
export interface FetchedExtent extends ExtentPlace {
  readonly returnedBytes: number;
  /** When it was asked for. */
  readonly beginNs: number;
  /** How long the reader did nothing but ask and wait for it. */
  readonly readNs: number;
}

/** How much is decoded between two looks at what else is under way. */
const PART_BYTES = 256 * KIB;

/** One thread's reading and decoding of extents. */
export class ExtentReader {
  /** What the extent read last took: time to fetch (opening its file included) and to decode. */
  readNs = 0;
  decodeNs = 0;
  /** When it was complete, and how long that was after it was asked for. */
  endNs = 0;
  elapsedNs = 0;
  /** Of its chunks alone, asked of storage, and returned. */
  usefulBytes = 0;
  requestedBytes = 0;
  returnedBytes = 0;
  readonly ranges: ReadRanges;
  readonly decoder: RowGroupDecoder | undefined;
  /** Whether `decodeNs` tells anything. */
  readonly timesDecoding: boolean;
  readonly #options: ExtentReaderOptions;
  readonly #stream: ChunkStream;
  readonly #extent: ExtentPlace;
  /** The same with the bytes that came with a footer. */
  readonly #behind: ExtentPlace;
  /** How far the decoder's `valueBytes` may come with values that are kept. */
  #keptValueBytes = 0;

  constructor(options: ExtentReaderOptions) {
    const { columns, decode, table } = options;
    this.#options = options;
    this.ranges = new ReadRanges(columns.length);
    this.decoder = decode === "none" ? undefined : new RowGroupDecoder({ columns, mode: decode });
    this.timesDecoding = options.timesReads && this.decoder !== undefined;
    const place = { path: "", table, rowGroup: 0 };
    this.#extent = { ranges: this.ranges, place, buffer: alignedBuffer(0) };
    this.#behind = { ...this.#extent };
    this.#stream = new ChunkStream({ ...options, decoder: this.decoder });
  }

  /** Computes which bytes the row group needs; to be called before `read`. */
  plan(table: ChunkTable, rowGroup: number): void {
    const extent = this.#extent, { ranges, place } = extent;
    planRanges(ranges, table, rowGroup * table.numColumns, this.#options.rules);
    place.table = table;
    place.rowGroup = rowGroup;
    if (extent.buffer.length < ranges.bufferBytes) extent.buffer = alignedBuffer(ranges.bufferBytes);
  }

  /** Fetches and decodes what `plan` computed, piece by piece. @throws {FileError} */
  read(file: number): void {
    const { ranges, decoder } = this, extent = this.#extent, { place, buffer } = extent;
    const { storage, files, rules, timesReads } = this.#options, stream = this.#stream;
    this.#beginDecoding(ranges);
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
      returnedBytes += storage.readRanges(handle, ranges, buffer, range, rangeEnd, readBeginNs);
      if (!timesReads) {
        if (decoder !== undefined) this.#decode(decoder, extent, chunk, chunkEnd);
      } else {
        const fetchedNs = storage.endNs;
        readNs += fetchedNs - beginNs;
        beginNs = fetchedNs;
        if (decoder !== undefined) {
          this.#decode(decoder, extent, chunk, chunkEnd);
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
    this.elapsedNs = this.readNs + this.decodeNs;
    this.usefulBytes = ranges.usefulBytes;
    this.requestedBytes = ranges.totalBytes;
    this.returnedBytes = returnedBytes;
  }

  /** Decodes an extent that was fetched ahead, and calls `onPart` after each part of the work. @throws {FileError} */
  decodeFetched(extent: FetchedExtent, onPart: () => void): void {
    const { decoder } = this, { ranges, place: { table, rowGroup } } = extent;
    const beginNs = nowNs();
    if (decoder !== undefined) {
      this.#beginDecoding(ranges);
      const numChunks = ranges.chunkAt.length, first = rowGroup * table.numColumns;
      let start = 0, bytes = 0;
      for (let chunk = 0; chunk < numChunks; chunk++) {
        bytes += table.bytes[first + chunk];
        if (bytes < PART_BYTES && chunk + 1 < numChunks) continue;
        this.#decode(decoder, extent, start, chunk + 1);
        onPart();
        start = chunk + 1;
        bytes = 0;
      }
    }
    this.endNs = nowNs();
    this.readNs = extent.readNs;
    this.decodeNs = this.endNs - beginNs;
    this.elapsedNs = this.endNs - extent.beginNs;
    this.usefulBytes = ranges.usefulBytes;
    this.requestedBytes = ranges.totalBytes;
    this.returnedBytes = extent.returnedBytes;
  }

  /**
   * Decodes what `plan` computed from the bytes that came with the file's footer, which was asked for at `beginNs`;
   * fetches what they lack. @throws {FileError}
   */
  readBehind(fetched: FetchedBytes, file: number, beginNs: number): void {
    const { ranges, decoder } = this, behind = this.#behind;
    if (ranges.firstByte < fetched.bufferStartByte) {
      const fetchedNs = nowNs();
      this.read(file);
      this.readNs += fetchedNs - beginNs;
      this.elapsedNs += fetchedNs - beginNs;
      return;
    }
    const fetchedNs = nowNs();
    behind.place.path = this.#options.files.open(file).path;
    behind.buffer = fetched.buffer;
    const { startByte } = behind.place.table;
    for (let chunk = 0; chunk < ranges.chunkAt.length; chunk++) {
      ranges.chunkAt[chunk] = startByte[chunk] - fetched.bufferStartByte;
    }
    this.#beginDecoding(ranges);
    if (decoder !== undefined) this.#decode(decoder, behind, 0, ranges.chunkAt.length);
    this.endNs = nowNs();
    this.readNs = fetchedNs - beginNs;
    this.decodeNs = this.endNs - fetchedNs;
    this.elapsedNs = this.readNs + this.decodeNs;
    this.usefulBytes = ranges.usefulBytes;
    this.requestedBytes = this.returnedBytes = 0;
  }

  #beginDecoding({ usefulBytes }: ReadRanges): void {
    const keptBytes = usefulBytes <= MAX_KEPT_BYTES ? MAX_KEPT_BYTES : 0;
    this.#keptValueBytes = (this.decoder?.valueBytes ?? 0) + keptBytes;
  }

  /** Decodes chunks that are whole in memory; those for whose values there is no memory left are not kept. */
  #decode(decoder: RowGroupDecoder, extent: ExtentPlace, slotStart: number, slotEnd: number): void {
    const { place, buffer, ranges: { chunkAt } } = extent, { table, rowGroup } = place;
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
