// Decodes the pages of columns that have lists in lists, by hyparquet. Correct before fast. Values are physical: no
// dates, strings or decimals are made of them, as on the fast path.
import type { CompressionCodec, DecodedArray, Encoding } from "hyparquet";
import { readPage } from "hyparquet/src/column.js";
import { Encodings } from "hyparquet/src/constants.js";
import { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js";
import { flatten } from "hyparquet/src/utils.js";
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import { checkPageContent, isDictionaryEncoding } from "./page_guard.ts";
import { type PageHeaderFields, PageType } from "./page_header.ts";

type ColumnDecoder = Parameters<typeof readPage>[2];
type HyparquetHeader = Parameters<typeof readPage>[1];

/** Gathers the values of a chunk page by page, as hyparquet's readColumn does for pages that it trusts. */
export class NestedCollector {
  readonly #column: WantedColumn;
  readonly #rows: number;
  readonly #decoder: ColumnDecoder;
  /** Whether only the last row is kept, which may go on in the next page. */
  readonly #isStreamed: boolean;
  readonly #parts: DecodedArray[] = [];
  #dictionary: DecodedArray | undefined;
  #last: DecodedArray | undefined;
  #droppedRows = 0;

  constructor(column: WantedColumn, { rows, isStreamed }: { rows: number; isStreamed: boolean }) {
    const { name, type, type_length, repetition_type } = column.element;
    this.#column = column;
    this.#rows = rows;
    this.#isStreamed = isStreamed;
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

  /** Adds a decompressed page that shares no memory with another, as hyparquet's values stay views of it. */
  add(page: Uint8Array, header: PageHeaderFields): void {
    try {
      this.#add(page, header);
    } catch (cause) {
      if (cause instanceof CorruptionError) throw cause;
      throw new CorruptionError(0, `a page cannot be decoded (${(cause as Error).message})`);
    }
  }

  #add(page: Uint8Array, header: PageHeaderFields): void {
    checkPageContent(page, header, this.#column, this.#rows);
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
    // Values are appended to the array of the page before: a list may go on in the next page.
    if (data !== undefined && data !== this.#last && data.length > 0) {
      this.#parts.push(data);
      this.#last = data;
    }
    if (this.#isStreamed && Array.isArray(this.#last)) {
      this.#droppedRows += this.#last.splice(0, this.#last.length - 1).length;
    }
  }

  /** Returns the values, one element a row; of a streamed chunk the last row alone. */
  finish(): DecodedArray {
    const values = flatten(this.#parts);
    const rows = this.#droppedRows + values.length;
    if (rows !== this.#rows) {
      throw new CorruptionError(0, `the column chunk has ${rows} rows, its row group ${this.#rows}`);
    }
    if (hasHoles(values)) {
      throw new CorruptionError(0, "a page refers to a value that the dictionary of its column chunk lacks");
    }
    return values;
  }
}

/** Returns whether an element is undefined, which is what hyparquet makes of an index beyond a dictionary. */
function hasHoles(values: DecodedArray): boolean {
  return Array.isArray(values) &&
    values.some((value) => value === undefined || (Array.isArray(value) && hasHoles(value)));
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
