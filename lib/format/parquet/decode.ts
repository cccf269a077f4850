// Turns the bytes of a row group's wanted column chunks into columns in memory: the hot loop of a Parquet run.
// Columns of fixed width without nulls whose pages are PLAIN take one copy (or one decompression) each; the rest
// goes through hyparquet (fallback.ts).
import type { DecodedArray } from "hyparquet";
import { FileError } from "../../base/errors.ts";
import type { ChunkTable } from "./chunk_table.ts";
import { Codec } from "./codecs.ts";
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import { decodeAnyChunk } from "./fallback.ts";
import {
  checkPageBounds,
  emptyPageHeader,
  ENCODING_PLAIN,
  type PageHeaderFields,
  PageType,
  parsePageHeader,
} from "./page_header.ts";
import { type ByteSpan, SNAPPY_MAX_RATIO, uncompressSnappy } from "./snappy.ts";

const ALIGNMENT_BYTES = 8;
const OUTPUT_STEP_BYTES = 65536;
const MAX_KEPT_HEADER_BYTES = 64;
// Positions are 32-bit integers in the hot loops.
const MAX_BUFFER_BYTES = 2 ** 31 - OUTPUT_STEP_BYTES;

/** How far pages are decoded: to columns of values, or decompressed and no further. */
export type DecodeMode = "values" | "pages";

/** Which row group of which file the bytes are from. One object may serve all calls. */
export interface RowGroupPlace {
  path: string;
  table: ChunkTable;
  rowGroup: number;
}

/** Column chunks that did not take the fast path, by the first reason found. */
export interface FallbackCounts {
  nullable: number;
  nested: number;
  /** Values of no fixed number of bytes. */
  type: number;
  codec: number;
  encoding: number;
}

/** Decodes row groups one after another, for one thread, into memory that it keeps. */
export class RowGroupDecoder {
  /** Column chunks decoded by copying. */
  fastChunks = 0;
  /** Column chunks decoded by hyparquet. */
  fallbackChunks = 0;
  readonly fallbacks: FallbackCounts = { nullable: 0, nested: 0, type: 0, codec: 0, encoding: 0 };
  pages = 0;
  /** Bytes of values (or pages, where a chunk fell back) once decompressed. */
  valueBytes = 0;

  readonly #columns: readonly WantedColumn[];
  readonly #keepsValues: boolean;
  /** The header that each column had last, parsed and as it stood in the file. */
  readonly #headers: readonly PageHeaderFields[];
  readonly #headerBytes: Uint8Array;
  readonly #headerLengths: Int32Array;
  readonly #input: ByteSpan = { bytes: new Uint8Array(0), start: 0, end: 0 };
  readonly #target: ByteSpan = { bytes: new Uint8Array(0), start: 0, end: 0 };
  #output = new Uint8Array(0);
  /** Where each column lies in the output; -1 for those that hyparquet decoded. */
  readonly #outputStart: Float64Array;
  readonly #decoded: (DecodedArray | undefined)[];
  #rows = 0;

  constructor({ columns, mode }: { columns: readonly WantedColumn[]; mode: DecodeMode }) {
    this.#columns = columns;
    this.#keepsValues = mode === "values";
    this.#outputStart = new Float64Array(columns.length).fill(-1);
    this.#decoded = columns.map(() => undefined);
    this.#headers = columns.map(emptyPageHeader);
    this.#headerBytes = new Uint8Array(columns.length * MAX_KEPT_HEADER_BYTES);
    this.#headerLengths = new Int32Array(columns.length);
  }

  /**
   * Decodes the wanted chunks `slotStart` <= slot < `slotEnd` of a row group, by default all; `starts` has the offset in
   * `input` of each, by slot. A row group that comes in pieces begins with slot 0.
   *
   * Throws a FileError that names the file, the column and the byte where the chunk is damaged.
   */
  decode(
    input: Uint8Array,
    starts: ArrayLike<number>,
    place: RowGroupPlace,
    slotStart = 0,
    slotEnd = this.#columns.length,
  ): void {
    const { table, rowGroup } = place;
    const firstChunk = rowGroup * table.numColumns;
    this.#rows = table.rows[rowGroup];
    if (slotStart === 0) this.#layOut(table, firstChunk);
    for (let slot = slotStart; slot < slotEnd; slot++) {
      const chunk = firstChunk + slot;
      const start = starts[slot], end = start + table.bytes[chunk];
      try {
        if (end > Math.min(input.length, MAX_BUFFER_BYTES)) {
          throw new CorruptionError(
            start,
            `a column chunk of ${end - start} bytes, which were not read whole`,
          );
        }
        this.#decodeChunk(slot, { input, start, end, codec: table.codec[chunk] });
      } catch (cause) {
        if (!(cause instanceof CorruptionError)) throw cause;
        throw new FileError({
          action: `decode column "${this.#columns[slot].name}" of row group ${rowGroup} in`,
          path: place.path,
          offsetBytes: table.startByte[chunk] + cause.offset - start,
          reason: cause.message,
        }, { cause });
      }
    }
  }

  /**
   * Returns the values of a column of the last row group; they change with the next.
   *
   * A typed array of the physical type, bytes for FIXED_LEN_BYTE_ARRAY and INT96; where the chunk fell back, whatever
   * hyparquet decodes it to, one element a row.
   */
  column(slot: number): DecodedArray {
    if (!this.#keepsValues) throw new Error(`Cannot return column ${slot}: pages are decompressed only`);
    const start = this.#outputStart[slot], rows = this.#rows;
    const { buffer } = this.#output;
    if (start < 0) return this.#decoded[slot] ?? [];
    switch (this.#columns[slot].physicalType) {
      case "INT32":
        return new Int32Array(buffer, start, rows);
      case "INT64":
        return new BigInt64Array(buffer, start, rows);
      case "FLOAT":
        return new Float32Array(buffer, start, rows);
      case "DOUBLE":
        return new Float64Array(buffer, start, rows);
      default:
        return new Uint8Array(buffer, start, rows * this.#columns[slot].valueBytes);
    }
  }

  /**
   * Gives each column that may take the fast path its place in the output.
   *
   * The number of rows is the footer's word alone, so a chunk too small to hold that many PLAIN values gets no
   * memory: it is dictionary-encoded, or damaged.
   */
  #layOut(table: ChunkTable, firstChunk: number): void {
    let usedBytes = 0;
    for (let slot = 0; slot < this.#columns.length; slot++) {
      const { isFastPath, valueBytes } = this.#columns[slot];
      const chunk = firstChunk + slot;
      const codec = table.codec[chunk];
      const maxRatio = codec === Codec.UNCOMPRESSED ? 1 : codec === Codec.SNAPPY ? SNAPPY_MAX_RATIO : 0;
      const columnBytes = this.#rows * valueBytes;
      const isPlausible = columnBytes <= table.bytes[chunk] * maxRatio;
      const isFast = isFastPath && maxRatio > 0 && isPlausible && usedBytes + columnBytes <= MAX_BUFFER_BYTES;
      this.#outputStart[slot] = isFast ? usedBytes : -1;
      if (isFast) usedBytes += Math.ceil(columnBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    }
    if (usedBytes > this.#output.length) {
      this.#output = new Uint8Array(Math.ceil(usedBytes / OUTPUT_STEP_BYTES) * OUTPUT_STEP_BYTES);
      this.#target.bytes = this.#output;
    }
  }

  #decodeChunk(slot: number, chunk: ChunkInMemory): void {
    if (this.#outputStart[slot] >= 0) {
      if (this.#copyPlainPages(slot, chunk)) {
        this.fastChunks++;
        return;
      }
      this.#outputStart[slot] = -1;
    }
    const { input, start, end, codec } = chunk;
    this.fallbackChunks++;
    this.fallbacks[this.#reasonToFallBack(slot, codec)]++;
    const lone = { bytes: input.slice(start, end), codec, rows: this.#rows };
    try {
      const { values, pages, valueBytes } = decodeAnyChunk(this.#columns[slot], lone, this.#keepsValues);
      this.#decoded[slot] = values;
      this.pages += pages;
      this.valueBytes += valueBytes;
    } catch (cause) {
      if (!(cause instanceof CorruptionError)) throw cause;
      throw new CorruptionError(start + cause.offset, cause.message);
    }
  }

  /** Brings the chunk's values to the output; returns false, having counted nothing, at a page that is not PLAIN. */
  #copyPlainPages(slot: number, { input, start, end, codec }: ChunkInMemory): boolean {
    const header = this.#headers[slot];
    const { valueBytes } = this.#columns[slot];
    const rows = this.#rows;
    let to = this.#outputStart[slot], doneRows = 0, pages = 0;
    for (let at = start; at < end; pages++) {
      const page = this.#parseHeader(slot, input, at, end);
      at = checkPageBounds(header, page, end);
      const { type, numValues } = header;
      if (type === PageType.INDEX) continue;
      if (type === PageType.DICTIONARY || header.encoding !== ENCODING_PLAIN) return false;
      if (type !== PageType.DATA && type !== PageType.DATA_V2) {
        throw new CorruptionError(page, `a page has type ${type}, which Parquet does not know`);
      }
      if (numValues > rows - doneRows) {
        throw new CorruptionError(
          page,
          `${doneRows + numValues} or more values, the row group has ${rows} rows`,
        );
      }
      const levelsBytes = header.definitionLevelsBytes + header.repetitionLevelsBytes;
      const pageBytes = numValues * valueBytes;
      if (header.uncompressedBytes - levelsBytes !== pageBytes) {
        throw new CorruptionError(
          page,
          `a page of ${header.uncompressedBytes - levelsBytes} bytes, ${numValues} values take ${pageBytes}`,
        );
      }
      const isStored = codec === Codec.UNCOMPRESSED ||
        (type === PageType.DATA_V2 && header.isCompressed === 0);
      if (!isStored) {
        this.#uncompress(input, page + levelsBytes, at, to, pageBytes);
      } else if (at - page - levelsBytes !== pageBytes) {
        throw new CorruptionError(page, `a page of ${at - page - levelsBytes} bytes, wanted ${pageBytes}`);
      } else if (this.#keepsValues) {
        this.#output.set(input.subarray(page + levelsBytes, at), to);
      }
      to += pageBytes;
      doneRows += numValues;
    }
    if (doneRows !== rows) {
      throw new CorruptionError(end, `${doneRows} values, the row group has ${rows} rows`);
    }
    this.pages += pages;
    this.valueBytes += rows * valueBytes;
    return true;
  }

  /**
   * Returns where the page begins whose header is at `at`, the header parsed to `#headers`.
   *
   * A column of fixed width has the same header in one row group after another: comparing is quicker than parsing.
   */
  #parseHeader(slot: number, input: Uint8Array, at: number, end: number): number {
    const kept = this.#headerBytes, keptAt = slot * MAX_KEPT_HEADER_BYTES;
    const length = this.#headerLengths[slot];
    if (length > 0 && at + length <= end) {
      let same = 0;
      while (same < length && input[at + same] === kept[keptAt + same]) same++;
      if (same === length) return at + length;
    }
    this.#headerLengths[slot] = 0; // a header that cannot be parsed leaves nothing to keep
    const page = parsePageHeader(input, at, end, this.#headers[slot]);
    const isKept = page - at <= MAX_KEPT_HEADER_BYTES;
    if (isKept) {
      this.#headerLengths[slot] = page - at;
      kept.set(input.subarray(at, page), keptAt);
    }
    return page;
  }

  #uncompress(bytes: Uint8Array, start: number, end: number, to: number, pageBytes: number): void {
    // A page without values may be empty, without even the length that snappy data begins with.
    if (pageBytes === 0) return;
    this.#input.bytes = bytes;
    this.#input.start = start;
    this.#input.end = end;
    this.#target.start = to;
    this.#target.end = to + pageBytes;
    uncompressSnappy(this.#input, this.#target);
  }

  #reasonToFallBack(slot: number, codec: number): keyof FallbackCounts {
    const { schemaPath, isFastPath, element } = this.#columns[slot];
    if (schemaPath.length > 2 || element.repetition_type === "REPEATED") return "nested";
    if (element.repetition_type !== "REQUIRED") return "nullable";
    if (!isFastPath) return "type";
    return codec === Codec.UNCOMPRESSED || codec === Codec.SNAPPY ? "encoding" : "codec";
  }
}

interface ChunkInMemory {
  readonly input: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly codec: number;
}
