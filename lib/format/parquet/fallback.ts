// Decodes a column chunk of any kind that hyparquet knows: nulls, lists, dictionaries, deltas, any codec. Correct
// before fast. Values are physical: no dates, strings or decimals are made of them, as on the fast path.
import type { CompressionCodec, DecodedArray, Encoding } from "hyparquet";
import { readPage } from "hyparquet/src/column.js";
import { Encodings } from "hyparquet/src/constants.js";
import { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { flatten } from "hyparquet/src/utils.js";
import { decompress } from "./codecs.ts";
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import { checkPageContent, isDictionaryEncoding } from "./page_guard.ts";
import {
  checkPageBounds,
  emptyPageHeader,
  type PageHeaderFields,
  PageType,
  parsePageHeader,
} from "./page_header.ts";

type ColumnDecoder = Parameters<typeof readPage>[2];
type HyparquetHeader = Parameters<typeof readPage>[1];

/** A column chunk by itself: `bytes` share no memory with another, as hyparquet's values stay views of them. */
export interface LoneChunk {
  readonly bytes: Uint8Array;
  readonly codec: number;
  readonly rows: number;
}

/** What a chunk held. */
export interface FallbackResult {
  /** One value a row; undefined where values were not asked for. */
  readonly values: DecodedArray | undefined;
  readonly pages: number;
  /** Bytes of the data pages once decompressed. */
  readonly valueBytes: number;
}

/** Decompresses all pages of a chunk and, with `keepsValues`, decodes them. */
export function decodeAnyChunk(column: WantedColumn, chunk: LoneChunk, keepsValues: boolean): FallbackResult {
  const { bytes, codec, rows } = chunk;
  const header = emptyPageHeader();
  const collector = keepsValues ? new ValueCollector(column, rows) : undefined;
  let pages = 0, valueBytes = 0;
  for (let at = 0; at < bytes.length;) {
    const start = parsePageHeader(bytes, at, bytes.length, header);
    const end = checkPageBounds(header, start, bytes.length);
    try {
      const page = decompressPage(bytes.subarray(start, end), header, codec);
      if (header.type !== PageType.DICTIONARY) valueBytes += page.length;
      collector?.add(page, header);
    } catch (cause) {
      if (cause instanceof CorruptionError) throw new CorruptionError(start + cause.offset, cause.message);
      throw new CorruptionError(start, `a page cannot be decoded (${(cause as Error).message})`);
    }
    pages++;
    at = end;
  }
  return { values: collector?.finish(), pages, valueBytes };
}

/** Returns a page's levels and values; the levels of a page of version 2 are never compressed. */
function decompressPage(stored: Uint8Array, header: PageHeaderFields, codec: number): Uint8Array {
  const isStored = header.type === PageType.DATA_V2 && header.isCompressed === 0;
  const levelsBytes = header.definitionLevelsBytes + header.repetitionLevelsBytes;
  const values = decompress(
    isStored ? 0 : codec,
    stored.subarray(levelsBytes),
    header.uncompressedBytes - levelsBytes,
  );
  // hyparquet takes a page's end for the end of its buffer.
  const page = new Uint8Array(levelsBytes + values.length);
  page.set(stored.subarray(0, levelsBytes));
  page.set(values, levelsBytes);
  return page;
}

/** Gathers the values of a chunk page by page, as hyparquet's readColumn does for pages that it trusts. */
class ValueCollector {
  readonly #column: WantedColumn;
  readonly #rows: number;
  readonly #decoder: ColumnDecoder;
  readonly #parts: DecodedArray[] = [];
  #dictionary: DecodedArray | undefined;
  #last: DecodedArray | undefined;
  #flatRows = 0;

  constructor(column: WantedColumn, rows: number) {
    const { name, type, type_length, repetition_type } = column.element;
    this.#column = column;
    this.#rows = rows;
    this.#decoder = {
      pathInSchema: column.schemaPath.slice(1).map((node) => node.element.name),
      type: column.physicalType,
      element: { name, type, type_length, repetition_type },
      schemaPath: column.schemaPath,
      codec: "UNCOMPRESSED" satisfies CompressionCodec,
      parsers: { ...DEFAULT_PARSERS, timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds },
      utf8: false,
    };
  }

  add(page: Uint8Array, header: PageHeaderFields): void {
    if (header.type === PageType.INDEX) return;
    checkPageContent(page, header, this.#column, this.#rows - this.#flatRows);
    if (header.numValues === 0) {
      // The dictionary of a column of nulls is empty; of an empty page hyparquet makes a row, where it has lists.
      if (header.type === PageType.DICTIONARY) this.#dictionary = [];
      return;
    }
    const reader = { view: new DataView(page.buffer), offset: 0 };
    const hyparquetHeader = toHyparquetHeader(page, header);
    if (header.type === PageType.DICTIONARY) {
      const { data } = readPage(reader, hyparquetHeader, this.#decoder, undefined, undefined, 0);
      this.#dictionary = convert(data ?? [], this.#decoder);
      return;
    }
    if (isDictionaryEncoding(header.encoding) && this.#dictionary === undefined) {
      throw new CorruptionError(0, "a page refers to a dictionary, but the column chunk has none before it");
    }
    const { data } = readPage(reader, hyparquetHeader, this.#decoder, this.#dictionary, this.#last, 0);
    this.#flatRows += header.numValues;
    // Values of nested columns are appended to the array of the page before: a list may go on in the next page.
    if (data !== undefined && data !== this.#last && data.length > 0) {
      this.#parts.push(data);
      this.#last = data;
    }
  }

  finish(): DecodedArray {
    const values = flatten(this.#parts);
    if (values.length !== this.#rows) {
      throw new CorruptionError(0, `the column chunk has ${values.length} rows, its row group ${this.#rows}`);
    }
    if (Array.isArray(values) && values.includes(undefined)) {
      throw new CorruptionError(0, "a page refers to a value that the dictionary of its column chunk lacks");
    }
    return values;
  }
}

function toHyparquetHeader(page: Uint8Array, header: PageHeaderFields): HyparquetHeader {
  const { numValues: num_values, numNulls: num_nulls, numRows: num_rows } = header;
  const encoding = (Encodings[header.encoding] ?? `number ${header.encoding}`) as Encoding;
  const sizes = { uncompressed_page_size: page.length, compressed_page_size: page.length };
  switch (header.type) {
    case PageType.DICTIONARY:
      return { type: "DICTIONARY_PAGE", ...sizes, dictionary_page_header: { num_values, encoding } };
    case PageType.DATA:
      return {
        type: "DATA_PAGE",
        ...sizes,
        data_page_header: {
          num_values,
          encoding,
          definition_level_encoding: "RLE",
          repetition_level_encoding: "RLE",
        },
      };
    case PageType.DATA_V2:
      return {
        type: "DATA_PAGE_V2",
        ...sizes,
        data_page_header_v2: {
          num_values,
          num_nulls,
          num_rows,
          encoding,
          definition_levels_byte_length: header.definitionLevelsBytes,
          repetition_levels_byte_length: header.repetitionLevelsBytes,
          is_compressed: false,
        },
      };
    default:
      throw new CorruptionError(0, `a page has type ${header.type}, which Parquet does not know`);
  }
}
