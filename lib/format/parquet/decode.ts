// Turns the bytes of a row group's wanted column chunks into columns in memory: the hot loop of a Parquet run.
//
// A row group that is in memory: `decode`, then `column` for each slot. A chunk that is larger than the memory for it:
// `beginChunk`, then `decodePages` again and again, which decodes the whole pages found and returns the bytes that they
// took, then `endChunk`. The values of such a chunk are
// decoded and overwritten page by page. Both ways go through one loop over pages.
import { FileError } from "../../base/errors.ts";
import type { ChunkTable } from "./chunk_table.ts";
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import { ColumnOutput, type ColumnValues } from "./decode_output.ts";
import type { StoredPage } from "./decode_open_page.ts";
import { PageDecoder } from "./decode_page.ts";
import { NestedCollector } from "./fallback.ts";
import {
  checkPageBounds,
  emptyPageHeader,
  Encoding,
  type PageHeaderFields,
  PageType,
  parsePageHeader,
} from "./page_header.ts";

export type { ColumnValues } from "./decode_output.ts";

const MAX_KEPT_HEADER_BYTES = 64;
// Headers may hold the least and the greatest value of their page, which may be long.
const MAX_HEADER_BYTES = 2 ** 20;
// Positions are 32-bit integers in the hot loops.
const MAX_INPUT_BYTES = 2 ** 31 - 65536;

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
  /** Lists in lists. */
  nested: number;
  /** Values stored as deltas. */
  delta: number;
}

/** Decodes row groups one after another, for one thread, into memory that it keeps. */
export class RowGroupDecoder {
  /** Column chunks decoded by our own code alone. */
  fastChunks = 0;
  /** Column chunks for which hyparquet was needed. */
  fallbackChunks = 0;
  readonly fallbacks: FallbackCounts = { nested: 0, delta: 0 };
  pages = 0;
  /** Bytes of values (or of pages, where they are decompressed only) once decoded. */
  valueBytes = 0;

  readonly #columns: readonly WantedColumn[];
  readonly #keepsValues: boolean;
  readonly #outputs: readonly ColumnOutput[];
  /** Where the pages of all chunks go whose values are not kept. */
  readonly #streamed = new ColumnOutput();
  readonly #pageDecoder = new PageDecoder();
  /** The header that each column had last, parsed and as it stood in the file. */
  readonly #headers: readonly PageHeaderFields[];
  readonly #headerBytes: Uint8Array;
  readonly #headerLengths: Int32Array;

  // The chunk under way.
  readonly #page: StoredPage;
  #slot = 0;
  #place: RowGroupPlace | undefined;
  #rows = 0;
  #doneRows = 0;
  #chunkBytes = 0;
  #doneBytes = 0;
  #isStreamed = false;
  #output: ColumnOutput = this.#streamed;
  #nested: NestedCollector | undefined;

  constructor({ columns, mode }: { columns: readonly WantedColumn[]; mode: DecodeMode }) {
    this.#columns = columns;
    this.#keepsValues = mode === "values";
    this.#outputs = columns.map(() => new ColumnOutput());
    this.#headers = columns.map(emptyPageHeader);
    this.#headerBytes = new Uint8Array(columns.length * MAX_KEPT_HEADER_BYTES);
    this.#headerLengths = new Int32Array(columns.length);
    this.#page = { header: emptyPageHeader(), input: new Uint8Array(0), start: 0, end: 0, codec: 0 };
  }

  /**
   * Decodes the wanted chunks `slotStart` <= slot < `slotEnd` of a row group, by default all; `starts` has the offset in
   * `input` of each, by slot. A row group may come in pieces, in any order of slots.
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
    for (let slot = slotStart; slot < slotEnd; slot++) {
      const start = starts[slot];
      this.#begin(slot, place, false);
      const end = start + this.#chunkBytes;
      try {
        if (end > input.length || end > MAX_INPUT_BYTES) {
          throw new CorruptionError(
            start,
            `a column chunk of ${end - start} bytes, which were not read whole`,
          );
        }
        this.#decodePages(input, start, end);
        this.#finish(end);
      } catch (cause) {
        throw this.#located(cause, start);
      }
    }
  }

  /** Begins a chunk whose bytes come in pieces, through `decodePages`; its values are not kept. */
  beginChunk(slot: number, place: RowGroupPlace): void {
    this.#begin(slot, place, true);
  }

  /**
   * Decodes the whole pages of the chunk under way that lie from `start` to `end` of `input`, where the bytes behind the
   * pages decoded before are; returns how many bytes they took: 0 when not even one whole page is there.
   *
   * @throws {FileError}
   */
  decodePages(input: Uint8Array, start: number, end: number): number {
    const doneBytes = this.#doneBytes;
    try {
      if (end > MAX_INPUT_BYTES) throw new CorruptionError(start, `a page of more than ${end - start} bytes`);
      return this.#decodePages(input, start, end);
    } catch (cause) {
      throw this.#located(cause, start - doneBytes);
    }
  }

  /** Checks that the chunk under way is complete. @throws {FileError} */
  endChunk(): void {
    try {
      if (this.#doneBytes < this.#chunkBytes) {
        throw new CorruptionError(this.#doneBytes, "the rest of the column chunk was not read");
      }
      this.#finish(this.#doneBytes);
    } catch (cause) {
      throw this.#located(cause, 0);
    }
  }

  /**
   * Returns the values of a column of the row group that `decode` decoded last; they change with the next. Of the chunk
   * that comes in pieces it returns the last page's.
   */
  column(slot: number): ColumnValues {
    if (!this.#keepsValues) throw new Error(`Cannot return column ${slot}: pages are decompressed only`);
    const output = slot === this.#slot ? this.#output : this.#outputs[slot];
    return output.view(this.#columns[slot]);
  }

  #begin(slot: number, place: RowGroupPlace, isStreamed: boolean): void {
    const { table, rowGroup } = place, chunk = rowGroup * table.numColumns + slot;
    this.#slot = slot;
    this.#place = place;
    this.#rows = table.rows[rowGroup];
    this.#chunkBytes = table.bytes[chunk];
    this.#page.codec = table.codec[chunk];
    this.#page.header = this.#headers[slot];
    this.#doneRows = this.#doneBytes = 0;
    this.#isStreamed = isStreamed;
    this.#output = isStreamed ? this.#streamed : this.#outputs[slot];
    this.#output.clear();
    this.#pageDecoder.begin();
    const isNested = this.#keepsValues && this.#columns[slot].maxRepetition > 1;
    this.#nested = isNested
      ? new NestedCollector(this.#columns[slot], { rows: this.#rows, isStreamed })
      : undefined;
  }

  #decodePages(input: Uint8Array, start: number, end: number): number {
    const page = this.#page, { header } = page;
    const chunkEnd = start + this.#chunkBytes - this.#doneBytes;
    const inputEnd = Math.min(end, chunkEnd);
    page.input = input;
    let at = start;
    while (at < inputEnd) {
      const body = this.#parseHeader(input, at, inputEnd, chunkEnd);
      if (body < 0) break;
      const pageEnd = checkPageBounds(header, body, chunkEnd);
      if (pageEnd > inputEnd) break;
      page.start = body;
      page.end = pageEnd;
      try {
        this.#decodePage(page);
      } catch (cause) {
        throw cause instanceof CorruptionError ? this.#inPage(cause) : cause;
      }
      this.pages++;
      at = pageEnd;
    }
    this.#doneBytes += at - start;
    return at - start;
  }

  #decodePage(page: StoredPage): void {
    const { header } = page, { type, numValues } = header, slot = this.#slot;
    const column = this.#columns[slot], output = this.#output, decoder = this.#pageDecoder;
    if (type === PageType.INDEX) return;
    if (type !== PageType.DATA && type !== PageType.DATA_V2 && type !== PageType.DICTIONARY) {
      throw new CorruptionError(page.start, `a page has type ${type}, which Parquet does not know`);
    }
    const rowsLeft = this.#rows - this.#doneRows;
    if (type !== PageType.DICTIONARY && column.maxRepetition === 0) {
      if (numValues > rowsLeft) {
        throw new CorruptionError(
          page.start,
          `${this.#doneRows + numValues} or more values, the row group has ${this.#rows} rows`,
        );
      }
      this.#doneRows += numValues;
    }
    if (this.#isStreamed) output.clear();
    if (column.isPlainBytes && header.encoding === Encoding.PLAIN && type !== PageType.DICTIONARY) {
      decoder.copyPlain(page, column.valueBytes, output, this.#keepsValues);
      this.valueBytes += numValues * column.valueBytes;
    } else if (!this.#keepsValues) {
      decoder.decompress(page);
      if (type !== PageType.DICTIONARY) this.valueBytes += header.uncompressedBytes;
    } else if (this.#nested !== undefined) {
      const lone = decoder.decompressLone(page);
      this.#nested.add(lone, header);
      if (type !== PageType.DICTIONARY) this.valueBytes += lone.length;
    } else if (type === PageType.DICTIONARY) {
      decoder.loadDictionary(page, column);
    } else {
      this.#appendPage(page, rowsLeft);
    }
  }

  #appendPage(page: StoredPage, rowsLeft: number): void {
    const column = this.#columns[this.#slot], output = this.#output;
    const { numRows, numValues, numBytes } = output;
    const isFirst = rowsLeft === this.#rows;
    this.#pageDecoder.append(page, column, output, rowsLeft);
    if (column.maxRepetition > 0) {
      this.#doneRows += output.numRows - numRows;
      const startsLate = output.numRows === numRows || output.listOffsets[numRows] !== 0;
      if (isFirst && page.header.numValues > 0 && startsLate) {
        throw new CorruptionError(page.start, "the first list of the column chunk does not begin in it");
      }
    }
    this.valueBytes += (output.numValues - numValues) * column.valueBytes + output.numBytes - numBytes;
  }

  /** Checks the chunk's rows and counts the path that it took. */
  #finish(end: number): void {
    const rows = this.#rows, output = this.#output, decoder = this.#pageDecoder;
    if (this.#nested !== undefined) {
      output.nested = this.#nested.finish();
      output.numRows = rows;
    } else if (
      this.#doneRows !== rows && (this.#keepsValues || this.#columns[this.#slot].maxRepetition === 0)
    ) {
      throw new CorruptionError(end, `${this.#doneRows} values, the row group has ${rows} rows`);
    }
    if (this.#nested === undefined && !decoder.usedHyparquet) {
      this.fastChunks++;
      return;
    }
    this.fallbackChunks++;
    this.fallbacks[this.#nested === undefined ? "delta" : "nested"]++;
  }

  /**
   * Returns where the page begins whose header is at `at`, the header parsed to `#headers`; -1 where the input ends
   * inside the header and the chunk goes on.
   *
   * A column of fixed width has the same header in one row group after another: comparing is quicker than parsing.
   */
  #parseHeader(input: Uint8Array, at: number, end: number, chunkEnd: number): number {
    const slot = this.#slot, kept = this.#headerBytes, keptAt = slot * MAX_KEPT_HEADER_BYTES;
    const length = this.#headerLengths[slot];
    if (length > 0 && at + length <= end) {
      let same = 0;
      while (same < length && input[at + same] === kept[keptAt + same]) same++;
      if (same === length) return at + length;
    }
    this.#headerLengths[slot] = 0; // a header that cannot be parsed leaves nothing to keep
    let page: number;
    try {
      page = parsePageHeader(input, at, end, this.#headers[slot]);
    } catch (cause) {
      // Behind the end of the input the header may go on: more bytes tell.
      const isCut = cause instanceof CorruptionError && cause.offset >= end && end < chunkEnd;
      if (!isCut || end - at > MAX_HEADER_BYTES) throw cause;
      return -1;
    }
    const isKept = page - at <= MAX_KEPT_HEADER_BYTES;
    if (isKept) {
      this.#headerLengths[slot] = page - at;
      kept.set(input.subarray(at, page), keptAt);
    }
    return page;
  }

  /** Returns the error with an offset in the input: that of the page, where the error's own is one of a copy. */
  #inPage(cause: CorruptionError): CorruptionError {
    const { start, end } = this.#page, { offset } = cause;
    const isInInput = !this.#pageDecoder.isCopied && offset >= start && offset <= end;
    return isInInput ? cause : new CorruptionError(start, cause.message);
  }

  /** Returns the error as one of the file, whose chunk begins at `chunkStart` of what the error's offset refers to. */
  #located(cause: unknown, chunkStart: number): unknown {
    if (!(cause instanceof CorruptionError)) return cause;
    const { table, rowGroup, path } = this.#place!, slot = this.#slot;
    return new FileError({
      action: `decode column "${this.#columns[slot].name}" of row group ${rowGroup} in`,
      path,
      offsetBytes: table.startByte[rowGroup * table.numColumns + slot] + cause.offset - chunkStart,
      reason: cause.message,
    }, { cause });
  }
}
