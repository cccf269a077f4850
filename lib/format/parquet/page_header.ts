// Parses the header in front of every Parquet page into an object that is used again for each page: hyparquet's
// parquetHeader builds some five objects a page. Field numbers are those of parquet.thrift.
import { CompactCursor, CompactType } from "./compact.ts";
import { CorruptionError } from "./corruption.ts";

/** Page types as Parquet numbers them. */
export const PageType = { DATA: 0, INDEX: 1, DICTIONARY: 2, DATA_V2: 3 } as const;

// Parquet's own limit: sizes of pages are i32.
const MAX_PAGE_BYTES = 2 ** 31 - 1;

/** The number of the PLAIN encoding. */
export const ENCODING_PLAIN = 0;

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
}

const PAGE_HEADER = {
  TYPE: 1,
  UNCOMPRESSED_SIZE: 2,
  COMPRESSED_SIZE: 3,
  DATA: 5,
  DICTIONARY: 7,
  DATA_V2: 8,
} as const;

const cursor = new CompactCursor();

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
  };
}

/**
 * Fills `header` from the page header at `offset` and returns the offset of the page behind it.
 *
 * Throws a CorruptionError where the header does not end before `end`. Its numbers are as the file has them: they
 * may be negative or absurd.
 */
export function parsePageHeader(
  bytes: Uint8Array,
  offset: number,
  end: number,
  header: PageHeaderFields,
): number {
  header.type = -1;
  header.uncompressedBytes = header.compressedBytes = -1;
  header.numValues =
    header.numNulls =
    header.numRows =
    header.encoding =
      0;
  header.definitionLevelsBytes = header.repetitionLevelsBytes = 0;
  header.isCompressed = 1;
  cursor.reset(bytes, offset, end);
  while (cursor.nextField()) {
    const { fieldId } = cursor;
    switch (fieldId) {
      case PAGE_HEADER.TYPE:
        header.type = cursor.readIntegerField();
        break;
      case PAGE_HEADER.UNCOMPRESSED_SIZE:
        header.uncompressedBytes = cursor.readIntegerField();
        break;
      case PAGE_HEADER.COMPRESSED_SIZE:
        header.compressedBytes = cursor.readIntegerField();
        break;
      case PAGE_HEADER.DATA:
      case PAGE_HEADER.DICTIONARY:
        readValuesAndEncoding(header);
        cursor.fieldId = fieldId;
        break;
      case PAGE_HEADER.DATA_V2:
        readDataV2(header);
        cursor.fieldId = fieldId;
        break;
      default:
        cursor.skipField();
    }
  }
  return cursor.at;
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

/** Reads DataPageHeader or DictionaryPageHeader: the fields of interest have the same numbers. */
function readValuesAndEncoding(header: PageHeaderFields): void {
  cursor.expectType(CompactType.STRUCT);
  cursor.fieldId = 0;
  while (cursor.nextField()) {
    if (cursor.fieldId === 1) header.numValues = cursor.readIntegerField();
    else if (cursor.fieldId === 2) header.encoding = cursor.readIntegerField();
    else cursor.skipField();
  }
}

function readDataV2(header: PageHeaderFields): void {
  cursor.expectType(CompactType.STRUCT);
  cursor.fieldId = 0;
  while (cursor.nextField()) {
    switch (cursor.fieldId) {
      case 1:
        header.numValues = cursor.readIntegerField();
        break;
      case 2:
        header.numNulls = cursor.readIntegerField();
        break;
      case 3:
        header.numRows = cursor.readIntegerField();
        break;
      case 4:
        header.encoding = cursor.readIntegerField();
        break;
      case 5:
        header.definitionLevelsBytes = cursor.readIntegerField();
        break;
      case 6:
        header.repetitionLevelsBytes = cursor.readIntegerField();
        break;
      case 7:
        header.isCompressed = cursor.fieldType === CompactType.FALSE ? 0 : 1;
        cursor.skipField();
        break;
      default:
        cursor.skipField();
    }
  }
}
