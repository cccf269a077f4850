// Parses the header in front of every Parquet page into an object that is used again for each page: hyparquet's
// parquetHeader builds some five objects a page. Field numbers are those of parquet.thrift.
import { CompactType, skipValue, unZigzag } from "./compact.ts";
import { CorruptionError } from "./corruption.ts";

/** Page types as Parquet numbers them. */
export const PageType = { DATA: 0, INDEX: 1, DICTIONARY: 2, DATA_V2: 3 } as const;

// Parquet's own limit: sizes of pages are i32.
const MAX_PAGE_BYTES = 2 ** 31 - 1;

/** Encodings as Parquet numbers them. */
export const Encoding = {
  PLAIN: 0,
  PLAIN_DICTIONARY: 2,
  RLE: 3,
  BIT_PACKED: 4,
  DELTA_BINARY_PACKED: 5,
  DELTA_LENGTH_BYTE_ARRAY: 6,
  DELTA_BYTE_ARRAY: 7,
  RLE_DICTIONARY: 8,
  BYTE_STREAM_SPLIT: 9,
} as const;

/** What a page's header says; numbers that its type of page lacks are 0. */
export interface PageHeaderFields {
  type: number;
  /** Bytes of the page behind the header once decompressed, levels included. */
  uncompressedBytes: number;
  /** Bytes of the page behind the header as stored, levels included. */
  compressedBytes: number;
  /** Values of the page, nulls included. */
  numValues: number;
  numNulls: number;
  numRows: number;
  encoding: number;
  definitionLevelsBytes: number;
  repetitionLevelsBytes: number;
  /** Whether a page of version 2 has its values compressed: 0 or 1. */
  isCompressed: number;
  /** The encodings of the levels of a page of version 1; those of version 2 are always RLE. */
  definitionEncoding: number;
  repetitionEncoding: number;
}

// Field ids of PageHeader.
const DATA_PAGE = 5, DICTIONARY_PAGE = 7, DATA_PAGE_V2 = 8;
const MAX_ZIGZAG = 2 ** 64;

/** Returns a header with all its numbers 0. */
export function emptyPageHeader(): PageHeaderFields {
  return {
    type: 0,
    uncompressedBytes: 0,
    compressedBytes: 0,
    numValues: 0,
    numNulls: 0,
    numRows: 0,
    encoding: 0,
    definitionLevelsBytes: 0,
    repetitionLevelsBytes: 0,
    isCompressed: 0,
    definitionEncoding: 0,
    repetitionEncoding: 0,
  };
}

/**
 * Fills `header` from the page header at `offset` and returns the offset of the page behind it.
 *
 * Throws a CorruptionError where the header does not end before `end`. Its numbers are as the file has them: they
 * may be negative or absurd, and a size that is missing is -1.
 */
export function parsePageHeader(
  bytes: Uint8Array,
  offset: number,
  end: number,
  header: PageHeaderFields,
): number {
  header.type = header.uncompressedBytes = header.compressedBytes = -1;
  header.numValues =
    header.numNulls =
    header.numRows =
    header.encoding =
      0;
  header.definitionLevelsBytes = header.repetitionLevelsBytes = 0;
  header.isCompressed = 1;
  header.definitionEncoding = header.repetitionEncoding = Encoding.RLE;
  // The struct of PageHeader that the fields are in, by its field id; 0 is PageHeader itself.
  let section = 0;
  let at = offset, fieldId = 0;
  for (;;) {
    if (at >= end) throw new CorruptionError(end, "the bytes end inside a page header");
    const head = bytes[at++];
    if (head === 0) {
      if (section === 0) return at;
      fieldId = section;
      section = 0;
      continue;
    }
    const type = head & 15;
    if (head < 16) {
      if (at >= end) throw new CorruptionError(end, "the bytes end inside a page header");
      if (bytes[at] >= 128) throw new CorruptionError(at, "a page header has a field of an unknown number");
      fieldId = bytes[at++] >> 1;
    } else {
      fieldId += head >> 4;
    }
    if (type >= 4 && type <= 6) { // i16, i32, i64
      let byte = bytes[at++], value = byte & 127;
      for (let scale = 128; byte >= 128; scale *= 128) {
        byte = bytes[at++];
        value += (byte & 127) * scale;
      }
      if (at > end) throw new CorruptionError(end, "the bytes end inside a page header");
      // A number of hundreds of bytes is none to the loop above: not at most the limit either.
      if (!(value <= MAX_ZIGZAG)) throw new CorruptionError(at, "a page header has a number beyond 64 bits");
      storeNumber(header, section, fieldId, unZigzag(value));
    } else if (type === CompactType.STRUCT && section === 0 && isSection(fieldId)) {
      section = fieldId;
      fieldId = 0;
    } else if (type > CompactType.FALSE) {
      at = skipValue(bytes, at, end, type);
    } else if (section === DATA_PAGE_V2 && fieldId === 7) {
      header.isCompressed = type === CompactType.FALSE ? 0 : 1;
    }
  }
}

function isSection(fieldId: number): boolean {
  return fieldId === DATA_PAGE || fieldId === DICTIONARY_PAGE || fieldId === DATA_PAGE_V2;
}

function storeNumber(header: PageHeaderFields, section: number, fieldId: number, value: number): void {
  if (section === 0) {
    if (fieldId === 1) header.type = value;
    else if (fieldId === 2) header.uncompressedBytes = value;
    else if (fieldId === 3) header.compressedBytes = value;
  } else if (section !== DATA_PAGE_V2) {
    // DataPageHeader and DictionaryPageHeader have these two under the same numbers.
    if (fieldId === 1) header.numValues = value;
    else if (fieldId === 2) header.encoding = value;
    else if (section === DATA_PAGE && fieldId === 3) header.definitionEncoding = value;
    else if (section === DATA_PAGE && fieldId === 4) header.repetitionEncoding = value;
  } else if (fieldId === 1) header.numValues = value;
  else if (fieldId === 2) header.numNulls = value;
  else if (fieldId === 3) header.numRows = value;
  else if (fieldId === 4) header.encoding = value;
  else if (fieldId === 5) header.definitionLevelsBytes = value;
  else if (fieldId === 6) header.repetitionLevelsBytes = value;
}

/** Throws unless the page that begins at `page` fits before `end`; returns where the page ends. */
export function checkPageBounds(header: PageHeaderFields, page: number, end: number): number {
  const { compressedBytes, uncompressedBytes, numValues, definitionLevelsBytes, repetitionLevelsBytes } =
    header;
  if (!(compressedBytes >= 0 && compressedBytes <= end - page)) {
    throw new CorruptionError(
      page,
      `a page of ${compressedBytes} bytes, ${end - page} are left of the column chunk`,
    );
  }
  if (!(uncompressedBytes >= 0 && uncompressedBytes <= MAX_PAGE_BYTES)) {
    throw new CorruptionError(
      page,
      `a page of ${uncompressedBytes} bytes once decompressed, wanted at most 2 GiB`,
    );
  }
  const levelsBytes = definitionLevelsBytes + repetitionLevelsBytes;
  if (
    !(definitionLevelsBytes >= 0 && repetitionLevelsBytes >= 0 && levelsBytes <= compressedBytes &&
      levelsBytes <= uncompressedBytes)
  ) {
    throw new CorruptionError(page, `levels of ${levelsBytes} bytes in a page of ${compressedBytes}`);
  }
  if (numValues < 0) throw new CorruptionError(page, `a page of ${numValues} values`);
  return page + compressedBytes;
}
