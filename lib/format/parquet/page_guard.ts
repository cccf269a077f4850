// Checks a page before hyparquet decodes it. hyparquet trusts the counts of a page: a run length gone wrong makes
// it fill gigabytes, a negative block size makes it loop for ever.
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from "hyparquet/src/schema.js";
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import { Encoding, type PageHeaderFields, PageType } from "./page_header.ts";

// A page holds the values of whole rows; those of lists are not bounded by the number of rows.
const MAX_LIST_VALUES = 2 ** 26;
// Bit-packed values come in groups of 8; a writer that pads the last run to its usual 63 groups is let pass.
const MAX_PADDING = 504;
const MAX_DELTA_BLOCK = 2 ** 20;

/** Returns whether the encoding is one that refers to the chunk's dictionary. */
export function isDictionaryEncoding(encoding: number): boolean {
  return encoding === Encoding.RLE_DICTIONARY || encoding === Encoding.PLAIN_DICTIONARY;
}

/** Throws unless the counts in a decompressed page are plausible; `rowsLeft` bounds the values of a flat column. */
export function checkPageContent(
  page: Uint8Array,
  header: PageHeaderFields,
  column: WantedColumn,
  rowsLeft: number,
): void {
  const { numValues, numNulls } = header;
  if (header.type === PageType.DICTIONARY) {
    const leastBytes = Math.max(column.valueBytes, 1);
    if (numValues * leastBytes > page.length) {
      throw new CorruptionError(0, `a dictionary of ${numValues} values in ${page.length} bytes`);
    }
    return;
  }
  const maxRepetition = getMaxRepetitionLevel(column.schemaPath);
  const mostValues = maxRepetition === 0 ? rowsLeft : MAX_LIST_VALUES;
  if (numValues > mostValues) {
    throw new CorruptionError(0, `a page of ${numValues} values, wanted at most ${mostValues}`);
  }
  if (numNulls < 0 || numNulls > numValues) {
    throw new CorruptionError(0, `${numNulls} nulls of ${numValues} values`);
  }

  const maxDefinition = getMaxDefinitionLevel(column.schemaPath);
  let at = 0;
  if (header.type === PageType.DATA_V2) {
    const { repetitionLevelsBytes, definitionLevelsBytes } = header;
    if (maxRepetition > 0) {
      checkRuns(page, { at, end: repetitionLevelsBytes, maxValue: maxRepetition, numValues });
    }
    at = repetitionLevelsBytes;
    const end = at + definitionLevelsBytes;
    if (maxDefinition > 0) checkRuns(page, { at, end, maxValue: maxDefinition, numValues });
    at = end;
  } else {
    if (maxRepetition > 0) at = checkSizedRuns(page, at, maxRepetition, numValues);
    if (maxDefinition > 0) at = checkSizedRuns(page, at, maxDefinition, numValues);
  }
  checkValues(page, at, header, column);
}

function checkValues(page: Uint8Array, at: number, header: PageHeaderFields, column: WantedColumn): void {
  const { encoding, numValues } = header;
  // Without values (all are null) there may be nothing.
  if (at === page.length) return;
  switch (encoding) {
    case Encoding.PLAIN_DICTIONARY:
    case Encoding.RLE_DICTIONARY:
      checkRuns(page, { at: at + 1, end: page.length, maxValue: 2 ** page[at] - 1, numValues });
      break;
    case Encoding.RLE:
      checkSizedRuns(page, at, 1, numValues);
      break;
    case Encoding.DELTA_BINARY_PACKED:
    case Encoding.DELTA_LENGTH_BYTE_ARRAY:
    case Encoding.DELTA_BYTE_ARRAY:
      checkDeltaBlocks(page, at);
      break;
    case Encoding.BYTE_STREAM_SPLIT:
      if (column.valueBytes > page.length - at) {
        throw new CorruptionError(
          at,
          `values of ${column.valueBytes} bytes in a page of ${page.length - at}`,
        );
      }
  }
}

interface Runs {
  readonly at: number;
  readonly end: number;
  readonly maxValue: number;
  readonly numValues: number;
}

/** Throws unless the runs (the RLE/bit-packing hybrid) hold at most `numValues`, padding aside. */
function checkRuns(bytes: Uint8Array, { at, end, maxValue, numValues }: Runs): void {
  const bitWidth = Math.ceil(Math.log2(maxValue + 1));
  if (bitWidth > 32 || end > bytes.length) {
    throw new CorruptionError(at, `runs of ${bitWidth} bits end at ${end}`);
  }
  let seen = 0;
  while (seen < numValues && at < end) {
    const [head, afterHead] = readVarint(bytes, at);
    const isPacked = head % 2 === 1;
    const count = Math.floor(head / 2) * (isPacked ? 8 : 1);
    at = afterHead + (isPacked ? Math.floor(head / 2) * bitWidth : Math.ceil(bitWidth / 8));
    seen += count;
    if (seen > numValues + MAX_PADDING) {
      throw new CorruptionError(at, `a run of ${count} values in a page of ${numValues}`);
    }
  }
}

/** Checks runs behind their length in bytes; returns where they end. */
function checkSizedRuns(bytes: Uint8Array, at: number, maxValue: number, numValues: number): number {
  const begin = at + 4;
  if (begin > bytes.length) throw new CorruptionError(at, "a page ends inside its levels");
  const end = begin + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
  checkRuns(bytes, { at: begin, end, maxValue, numValues });
  return end;
}

/** Throws unless the head of DELTA_BINARY_PACKED values at `at` describes blocks that end. */
export function checkDeltaBlocks(bytes: Uint8Array, at: number): void {
  const [blockSize, afterSize] = readVarint(bytes, at);
  const [miniblocks] = readVarint(bytes, afterSize);
  if (!(blockSize > 0 && blockSize <= MAX_DELTA_BLOCK && miniblocks > 0 && blockSize % miniblocks === 0)) {
    throw new CorruptionError(at, `blocks of ${blockSize} deltas in ${miniblocks} parts`);
  }
}

function readVarint(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let scale = 1, byte = 128; byte >= 128; scale *= 128) {
    byte = bytes[at++];
    value += (byte & 127) * scale;
  }
  return [value, at];
}
