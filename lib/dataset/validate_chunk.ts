// Compares every value of a generated column chunk with what the seed says it is. Pages come one after another through
// a window on the file, so memory holds a page and not a chunk. Uncompressed PLAIN pages are compared as they lie in the
// file; pages that are compressed or refer to a dictionary are decoded first.
import { CorruptionError } from "../format/parquet/corruption.ts";
import { Codec, decompress } from "../format/parquet/codecs.ts";
import { type ColumnStorage, storageOf, type StoredColumn } from "../format/parquet/dtypes.ts";
import { encodeListLevels, NO_LEVELS } from "../format/parquet/encode_levels.ts";
import {
  checkPageBounds,
  emptyPageHeader,
  Encoding,
  PageType,
  parsePageHeader,
} from "../format/parquet/page_header.ts";
import type { ValueSource } from "../format/parquet/values.ts";
import type { FileWindow } from "../storage/file_window.ts";
import { ChunkDamage } from "./validate_damage.ts";
import { findWrongHeader, isEncoded, isStoredPage } from "./validate_header.ts";
import { StoredDictionary } from "./validate_dictionary.ts";
import type { Finding } from "./validate_finding.ts";

/** Generated headers take some 40 bytes. */
const HEADER_BYTES = 256;
/** Two pages have two headers, which together are longer. */
const MAX_LONE_HEADER_BYTES = 44;

/** A column chunk as the footer describes it, with its place in the specification. */
export interface ChunkPlace {
  readonly path: string;
  readonly rowGroup: number;
  readonly column: number;
  readonly rows: number;
  readonly startByte: number;
  readonly bytes: number;
  readonly codec: number;
}

/** What the pages of a chunk add up to, for comparison with the footer. */
export interface ChunkSums {
  /** Offset of the first data page. */
  dataByte: number;
  numValues: number;
  /** With headers, once decompressed. */
  uncompressedBytes: number;
}

/** Checks chunks one after another, for one thread. */
export class ChunkChecker {
  /** Of the chunk checked last; absent where its pages could not be followed to the end. */
  sums: ChunkSums | undefined;
  /** Bytes of values that were compared, as PLAIN pages hold them, and values. */
  comparedBytes = 0;
  comparedValues = 0;
  readonly #window: FileWindow;
  readonly #columns: readonly StoredColumn[];
  readonly #storages: readonly ColumnStorage[];
  readonly #header = emptyPageHeader();
  readonly #dictionary = new StoredDictionary();
  #levels = NO_LEVELS;
  #levelsKey = "";

  constructor(window: FileWindow, columns: readonly StoredColumn[]) {
    this.#window = window;
    this.#columns = columns;
    this.#storages = columns.map(storageOf);
  }

  /** Returns what is wrong with a chunk of the open file. @throws {FileError} When it cannot be read. */
  check(chunk: ChunkPlace, source: ValueSource): Finding[] {
    const damage = new ChunkDamage(), findings: Finding[] = [];
    const storage = this.#storages[chunk.column];
    const place = { path: chunk.path, row_group: chunk.rowGroup, column: this.#columns[chunk.column].name };
    const sums: ChunkSums = { dataByte: chunk.startByte, numValues: 0, uncompressedBytes: 0 };
    this.sums = undefined;
    this.#dictionary.clear();
    let at = chunk.startByte, doneRows = 0;
    const end = at + chunk.bytes;
    try {
      while (at < end) {
        const headerBytes = this.#parseHeader(at, end);
        const header = this.#header;
        const wrong = findWrongHeader(header, {
          codec: chunk.codec,
          storage,
          leftRows: chunk.rows - doneRows,
          isFirst: at === chunk.startByte,
          hasDictionary: this.#dictionary.isLoaded,
        });
        if (wrong !== undefined) throw new CorruptionError(0, wrong);
        if (!isEncoded(header, this.#window.view(at, headerBytes))) {
          findings.push({
            kind: "page",
            ...place,
            offset_bytes: at,
            message: "the page header is not as it was written",
          });
        }
        try {
          this.#checkPage(chunk, { at: at + headerBytes, doneRows, source, damage, storage });
        } catch (cause) {
          if (!(cause instanceof CorruptionError)) throw cause;
          // The header tells where the next page is.
          findings.push({
            kind: "page",
            ...place,
            offset_bytes: at,
            message: `the page is damaged: ${cause.message}`,
          });
        }
        sums.uncompressedBytes += headerBytes + header.uncompressedBytes;
        if (header.type === PageType.DATA_V2) {
          sums.numValues += header.numValues;
          doneRows += header.numRows;
        }
        at += headerBytes + header.compressedBytes;
        if (header.type === PageType.DICTIONARY) sums.dataByte = at;
      }
      if (doneRows !== chunk.rows) {
        throw new CorruptionError(0, `the pages end after ${doneRows} rows, ${chunk.rows} are wanted`);
      }
      this.sums = sums;
    } catch (cause) {
      if (!(cause instanceof CorruptionError)) throw cause;
      const isCompared = doneRows === 0 && this.#compareLonePage(chunk, { source, damage, storage });
      const rest = doneRows < chunk.rows && !isCompared ? `; rows from ${doneRows} on were not compared` : "";
      const message = `the page header is damaged: ${cause.message}${rest}`;
      findings.push({ kind: "page", ...place, offset_bytes: at, message });
    }
    if (damage.isEmpty) return findings;
    const report = damage.report(chunk.rows * storage.valuesPerRow);
    findings.push({
      kind: "values",
      ...place,
      offset_bytes: report.runs[0].offset_bytes,
      message: "values differ from those that the seed says",
      damage: report,
    });
    return findings.sort((a, b) => a.offset_bytes! - b.offset_bytes!);
  }

  /**
   * Compares the values of a chunk whose only page has lost its header: PLAIN values without levels end where the chunk
   * ends. Returns false where the chunk is of another kind.
   */
  #compareLonePage(chunk: ChunkPlace, { source, damage, storage }: Comparison): boolean {
    const { rowGroup, column, rows } = chunk;
    const plainBytes = Math.ceil(rows * storage.valueBits / 8);
    const headerBytes = chunk.bytes - plainBytes;
    const isLone = chunk.codec === Codec.UNCOMPRESSED && !storage.isList && headerBytes > 0 &&
      headerBytes <= MAX_LONE_HEADER_BYTES;
    if (!isLone) return false;
    const expected = source.chunk({ rowGroup, column, rowStart: 0, rows }).bytes;
    const startByte = chunk.startByte + headerBytes;
    damage.compare(expected, this.#window.view(startByte, plainBytes), startByte, storage.valueBits / 8);
    this.comparedBytes += plainBytes;
    this.comparedValues += rows;
    return true;
  }

  /** Parses the header at `at` and returns its length; the page behind it ends before `end`. */
  #parseHeader(at: number, end: number): number {
    const bytes = this.#window.view(at, Math.min(HEADER_BYTES, end - at));
    const page = parsePageHeader(bytes, 0, bytes.length, this.#header);
    checkPageBounds(this.#header, page, end - at);
    return page;
  }

  /** Returns whether the levels of the page parsed last are those that the generator writes. */
  #hasLevels(found: Uint8Array, valuesPerRow: number): boolean {
    const { numRows, repetitionLevelsBytes } = this.#header, key = `${numRows} ${valuesPerRow}`;
    // Pages of a column have equally many rows but for the last.
    if (key !== this.#levelsKey) {
      this.#levels = encodeListLevels(numRows, valuesPerRow);
      this.#levelsKey = key;
    }
    const { repetition, definition } = this.#levels;
    return Buffer.compare(repetition, found.subarray(0, repetitionLevelsBytes)) === 0 &&
      Buffer.compare(definition, found.subarray(repetitionLevelsBytes)) === 0;
  }

  /** Compares the values of the page at `at`, whose header was parsed last. */
  #checkPage(chunk: ChunkPlace, page: PageToCheck): void {
    const header = this.#header, { storage } = page;
    const levelsBytes = header.definitionLevelsBytes + header.repetitionLevelsBytes;
    const body = this.#window.view(page.at, header.compressedBytes);
    const stored = body.subarray(levelsBytes);
    if (header.type === PageType.DICTIONARY) {
      const isStored = isStoredPage(header, chunk.codec);
      const plain = isStored ? stored : decompress(chunk.codec, stored, header.uncompressedBytes);
      this.#dictionary.load(plain, header.numValues, storage.valueBits / 8);
      return;
    }
    const hasLevels = !storage.isList || this.#hasLevels(body.subarray(0, levelsBytes), storage.valuesPerRow);
    this.#compareValues(chunk, stored, page);
    if (!hasLevels) {
      throw new CorruptionError(0, `its levels are not those of lists of ${storage.valuesPerRow} values`);
    }
  }

  /** Compares the values of a data page, which are stored in these bytes. */
  #compareValues(chunk: ChunkPlace, stored: Uint8Array, page: PageToCheck): void {
    const header = this.#header, { storage, damage, doneRows } = page;
    const levelsBytes = header.definitionLevelsBytes + header.repetitionLevelsBytes;
    const isStored = isStoredPage(header, chunk.codec);
    const { rowGroup, column } = chunk;
    const expected = page.source.chunk({ rowGroup, column, rowStart: doneRows, rows: header.numRows }).bytes;
    this.comparedBytes += expected.length;
    this.comparedValues += header.numValues;
    const valueBytes = storage.valueBits / 8;
    if (isStored && header.encoding === Encoding.PLAIN) {
      damage.compare(expected, stored, page.at + levelsBytes, valueBytes);
      return;
    }
    const plain = isStored ? stored : decompress(chunk.codec, stored, header.uncompressedBytes - levelsBytes);
    const found = header.encoding === Encoding.PLAIN
      ? plain
      : this.#dictionary.gather(plain, header.numValues);
    damage.comparePage(expected, found, { startByte: page.at, bytes: header.compressedBytes, valueBytes });
  }
}

interface Comparison {
  readonly source: ValueSource;
  readonly damage: ChunkDamage;
  readonly storage: ColumnStorage;
}

interface PageToCheck extends Comparison {
  readonly at: number;
  readonly doneRows: number;
}
