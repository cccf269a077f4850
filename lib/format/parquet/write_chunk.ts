// Writes the column chunks of one column: pages of whole rows, DATA_PAGE_V2, REQUIRED, without statistics. Values are
// asked for page by page, so a chunk of any size takes the memory of one page.
import { ByteWriter } from "hyparquet-writer";
import type { ColumnData } from "./column_data.ts";
import type { Compressor } from "./compress.ts";
import { leafPath, rowsPerPage, storageOf, type StoredColumn } from "./dtypes.ts";
import type { DictionaryBuilder } from "./encode_dictionary.ts";
import { encodeListLevels, type ListLevels, NO_LEVELS } from "./encode_levels.ts";
import { appendHybrid } from "./rle_encode.ts";
import type { WriteSink } from "./write_sink.ts";
import {
  appendColumnChunk,
  appendDictionaryHeader,
  appendPageHeader,
  type ChunkKind,
  encodeChunkPrefix,
  Encoding,
} from "./write_thrift.ts";

/** Returns the values of some rows of a chunk; their bytes stay as they are until they are written. */
export type ReadValues = (rowStart: number, rows: number) => ColumnData;

/** What all columns of a file share. */
export interface ChunkScene {
  readonly sink: WriteSink;
  /** Takes the metadata of the chunks. */
  readonly metadata: ByteWriter;
  readonly codec: ChunkKind["codec"];
  readonly compress: Compressor;
  /** Present where values are to be encoded by a dictionary. */
  readonly dictionary?: DictionaryBuilder;
  readonly pageBytes: number;
}

interface PageValues {
  readonly rows: number;
  readonly numValues: number;
  readonly encoding: number;
  readonly values: Uint8Array;
}

/** Returns the constant part of the metadata of a column's chunks: of those without and of those with a dictionary. */
export function chunkPrefixes(
  column: StoredColumn,
  codec: ChunkKind["codec"],
): { readonly plain: Uint8Array; readonly dictionary: Uint8Array } {
  const { physicalType, isList } = storageOf(column);
  const kind = { path: leafPath(column), type: physicalType, codec };
  const encodings = [Encoding.PLAIN, ...(isList ? [Encoding.RLE] : [])];
  return {
    plain: encodeChunkPrefix({ ...kind, encodings }),
    dictionary: encodeChunkPrefix({ ...kind, encodings: [...encodings, Encoding.RLE_DICTIONARY] }),
  };
}

/** The chunks of one column, one in each row group. */
export class ColumnWriter {
  /** Bytes of the chunk written last with its headers: before compression and as stored. */
  chunkBytes = 0;
  storedBytes = 0;
  readonly #scene: ChunkScene;
  readonly #valueBits: number;
  readonly #valuesPerRow: number;
  readonly #isList: boolean;
  readonly #pageRows: number;
  readonly #plainPrefix: Uint8Array;
  readonly #dictionaryPrefix: Uint8Array;
  /** By number of rows: a chunk's pages have as many but for the last. */
  readonly #levels = new Map<number, ListLevels>();

  constructor(column: StoredColumn, scene: ChunkScene) {
    const { valueBits, valuesPerRow, isList } = storageOf(column);
    this.#scene = scene;
    this.#valueBits = valueBits;
    this.#valuesPerRow = valuesPerRow;
    this.#isList = isList;
    this.#pageRows = rowsPerPage(column, scene.pageBytes);
    const { plain, dictionary } = chunkPrefixes(column, scene.codec);
    this.#plainPrefix = plain;
    this.#dictionaryPrefix = dictionary;
  }

  /** Writes the chunk of a row group of `rows` rows. */
  write(rows: number, readValues: ReadValues): void {
    const { sink, metadata } = this.#scene;
    const startByte = sink.fileBytes;
    this.chunkBytes = this.storedBytes = 0;
    const first = readValues(0, Math.min(rows, this.#pageRows));
    const dataByte = this.#writeDictionaryPages(rows, first, readValues);
    if (dataByte === undefined) {
      this.#forEachPage(rows, first, readValues, (pageRows, { bytes, numValues }) => {
        this.#writePage({ rows: pageRows, numValues, encoding: Encoding.PLAIN, values: bytes });
      });
    }
    appendColumnChunk(metadata, dataByte === undefined ? this.#plainPrefix : this.#dictionaryPrefix, {
      startByte,
      dataByte: dataByte ?? startByte,
      numValues: rows * this.#valuesPerRow,
      chunkBytes: this.chunkBytes,
      storedBytes: this.storedBytes,
    });
  }

  /**
   * Writes the chunk with a dictionary and returns the offset of its first data page; undefined, and nothing is written,
   * where that is not wanted or the dictionary would be too large.
   *
   * All values are looked at before the first is written, so a chunk has one encoding throughout. The values of a chunk
   * of several pages are derived twice rather than kept.
   */
  #writeDictionaryPages(rows: number, first: ColumnData, readValues: ReadValues): number | undefined {
    const { sink, dictionary, compress } = this.#scene;
    if (dictionary === undefined || this.#valueBits === 1) return undefined;
    dictionary.begin(rows * this.#valuesPerRow, this.#valueBits);
    let fits = true;
    this.#forEachPage(rows, first, readValues, (_, data) => fits &&= dictionary.add(data));
    if (!fits) return undefined;

    const { numEntries, bytes } = dictionary;
    const stored = compress(bytes);
    const headerStart = sink.fileBytes;
    appendDictionaryHeader(sink.small, {
      numValues: numEntries,
      pageBytes: bytes.length,
      storedBytes: stored.length,
    });
    this.#count(sink.fileBytes - headerStart, bytes.length, stored.length);
    sink.appendCopy(stored);
    const dataByte = sink.fileBytes;
    const bitWidth = Math.max(1, 32 - Math.clz32(numEntries - 1));
    const encoded = new ByteWriter(Math.ceil(first.numValues * bitWidth / 8) + 64);
    this.#forEachPage(rows, first, readValues, (pageRows, data) => {
      if (data !== first || rows > pageRows) dictionary.add(data);
      encoded.index = 0;
      encoded.appendUint8(bitWidth);
      appendHybrid(encoded, dictionary.indices, 0, data.numValues, bitWidth);
      const values = encoded.getBytes();
      this.#writePage({
        rows: pageRows,
        numValues: data.numValues,
        encoding: Encoding.RLE_DICTIONARY,
        values,
      });
    });
    return dataByte;
  }

  /** Calls `use` with each page's values until it returns false; those of the first page are given. */
  #forEachPage(
    rows: number,
    first: ColumnData,
    readValues: ReadValues,
    use: (pageRows: number, data: ColumnData) => boolean | void,
  ): void {
    for (let rowStart = 0; rowStart < rows; rowStart += this.#pageRows) {
      const pageRows = Math.min(this.#pageRows, rows - rowStart);
      if (use(pageRows, rowStart === 0 ? first : readValues(rowStart, pageRows)) === false) return;
    }
  }

  #writePage({ rows, numValues, encoding, values }: PageValues): void {
    const { sink, codec, compress } = this.#scene;
    const { repetition, definition } = this.#isList ? this.#levelsOf(rows) : NO_LEVELS;
    const levelBytes = repetition.length + definition.length;
    const isCompressed = codec !== "UNCOMPRESSED";
    const stored = compress(values);
    const pageBytes = levelBytes + values.length, storedBytes = levelBytes + stored.length;
    const headerStart = sink.fileBytes;
    appendPageHeader(sink.small, {
      rows,
      numValues,
      encoding,
      repetitionBytes: repetition.length,
      definitionBytes: definition.length,
      pageBytes,
      storedBytes,
      isCompressed,
    });
    this.#count(sink.fileBytes - headerStart, pageBytes, storedBytes);
    if (levelBytes > 0) {
      sink.append(repetition);
      sink.append(definition);
    }
    if (isCompressed || encoding !== Encoding.PLAIN) sink.appendCopy(stored);
    else sink.append(stored);
  }

  #levelsOf(rows: number): ListLevels {
    let levels = this.#levels.get(rows);
    if (levels === undefined) this.#levels.set(rows, levels = encodeListLevels(rows, this.#valuesPerRow));
    return levels;
  }

  #count(headerBytes: number, pageBytes: number, storedBytes: number): void {
    this.chunkBytes += headerBytes + pageBytes;
    this.storedBytes += headerBytes + storedBytes;
  }
}
