// Decodes one data page to the end of its column's output: decompress, turn levels into places, bring the values that
// are there to the output, and spread them over the places where some are null.
import { appendPlainByteArrays } from "./byte_arrays.ts";
import { checkRatio, decompress, decompressInto, isInflated } from "./codecs.ts";
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import { grow } from "./decode_buffer.ts";
import { isStored, OpenedPage, type StoredPage } from "./decode_open_page.ts";
import type { ColumnOutput } from "./decode_output.ts";
import { Dictionary } from "./dictionary.ts";
import { appendLists, appendListStarts, appendValidity, areAllLevels, expandLevels } from "./levels.ts";
import { spreadOffsets, spreadValues } from "./levels_spread.ts";
import {
  appendByteStreams,
  appendDeltaByteArrays,
  appendDeltaLengths,
  appendDeltas,
} from "./other_encodings.ts";
import { Encoding, PageType } from "./page_header.ts";
import { expandBytes, unpackBits } from "./rle_decode.ts";

const NO_BYTES = new Uint8Array(0);
// Runs state millions of values in a few bytes; a page with more values than this has to have bits for them.
const MAX_UNBACKED_VALUES = 2 ** 26;

/** Decodes the pages of one chunk after another, with the dictionary of the chunk under way. */
export class PageDecoder {
  /** Whether a page of the chunk under way had values that hyparquet decoded. */
  usedHyparquet = false;
  readonly #dictionary = new Dictionary();
  readonly #opened = new OpenedPage();
  #repetition = NO_BYTES;
  #definition = NO_BYTES;

  /** Begins a chunk: it has no dictionary yet. */
  begin(): void {
    this.#dictionary.count = -1;
    this.usedHyparquet = false;
  }

  /** Whether offsets of errors are those of a copy of the page, not of the input. */
  get isCopied(): boolean {
    return this.#opened.isCopied;
  }

  /** Decompresses the page and no more. */
  decompress(page: StoredPage): void {
    this.#opened.open(page);
  }

  /** Decompresses the page to memory of its own, levels in front. */
  decompressLone(page: StoredPage): Uint8Array {
    const opened = this.#opened, { header, input, start } = page;
    opened.open(page);
    const levelsBytes = header.definitionLevelsBytes + header.repetitionLevelsBytes;
    const lone = new Uint8Array(levelsBytes + opened.end - opened.at);
    lone.set(input.subarray(start, start + levelsBytes));
    lone.set(opened.bytes.subarray(opened.at, opened.end), levelsBytes);
    opened.isCopied = true; // what is wrong with it has an offset in the copy
    return lone;
  }

  /** Keeps the values of a dictionary page for the data pages behind it. */
  loadDictionary(page: StoredPage, column: WantedColumn): void {
    this.#opened.open(page);
    const { encoding, numValues } = page.header;
    if (encoding !== Encoding.PLAIN && encoding !== Encoding.PLAIN_DICTIONARY) throw unsupported(page);
    this.#dictionary.load(column, this.#opened.plain(numValues));
  }

  /** Appends a PLAIN page whose bytes are the column's values: one copy or one decompression. */
  copyPlain(page: StoredPage, valueBytes: number, output: ColumnOutput, keepsValues: boolean): void {
    const { header, input, start, end, codec } = page;
    const { numValues } = header;
    const levelsBytes = header.definitionLevelsBytes + header.repetitionLevelsBytes;
    const pageBytes = numValues * valueBytes;
    this.#opened.isCopied = false;
    if (header.uncompressedBytes - levelsBytes !== pageBytes) {
      throw wrongPageBytes(start, header.uncompressedBytes - levelsBytes, numValues, pageBytes);
    }
    const from = start + levelsBytes, to = output.numValues * valueBytes;
    if (!isStored(page) && isInflated(codec)) {
      const plain = decompress(codec, input.subarray(from, end), pageBytes);
      output.buffer.reserve(to, to + pageBytes);
      output.buffer.bytes.set(plain, to);
    } else if (!isStored(page)) {
      checkRatio(codec, end - from, pageBytes);
      output.buffer.reserve(to, to + pageBytes);
      decompressInto(codec, input, from, end, output.buffer.bytes, to, pageBytes);
    } else if (end - from !== pageBytes) {
      throw new CorruptionError(start, `a page of ${end - from} bytes, wanted ${pageBytes}`);
    } else if (keepsValues) {
      output.buffer.reserve(to, to + pageBytes);
      output.buffer.bytes.set(input.subarray(from, end), to);
    }
    output.numValues += numValues;
    output.numRows += numValues;
  }

  /** Appends the values of a data page of a column that is at most one list deep; at most `rowsLeft` rows begin in it. */
  append(page: StoredPage, column: WantedColumn, output: ColumnOutput, rowsLeft: number): void {
    const { header } = page, { numValues: count } = header, { maxDefinition, maxRepetition } = column;
    const opened = this.#opened;
    opened.isCopied = false;
    if (count > MAX_UNBACKED_VALUES && count > header.uncompressedBytes * 8) {
      throw new CorruptionError(page.start, `${count} values in a page of ${header.uncompressedBytes} bytes`);
    }
    opened.open(page);
    opened.locateLevels(page, column);
    let values = count, present = count;
    const isAllPresent = maxDefinition === 0 ||
      areAllLevels(opened.definitionRuns(maxDefinition), count, maxDefinition);
    if (maxRepetition > 0 && !isAllPresent) {
      const runs = opened.definitionRuns(maxDefinition);
      this.#definition = grow(this.#definition, 0, count);
      expandLevels(runs, count, this.#definition);
      this.#repetition = grow(this.#repetition, 0, count);
      expandLevels(opened.repetitionRuns(), count, this.#repetition);
      const levels = { repetition: this.#repetition, definition: this.#definition, count };
      ({ values, present } = appendLists(levels, column, rowsLeft, output));
    } else {
      if (maxRepetition > 0) appendListStarts(opened.repetitionRuns(), count, rowsLeft, output);
      else output.numRows += count;
      if (isAllPresent) output.markPresent(count);
      else present = appendValidity(opened.definitionRuns(maxDefinition), count, maxDefinition, output);
    }
    checkNulls(page, column, count - present);
    this.#appendValues(page, column, output, { present, values });
    output.numValues += values;
  }

  #appendValues(page: StoredPage, column: WantedColumn, output: ColumnOutput, counts: ValueCounts): void {
    const { present, values } = counts, { buffer, numValues } = output;
    const isByteArrays = column.physicalType === "BYTE_ARRAY";
    const valueBytes = column.valueBytes || 1;
    if (isByteArrays) buffer.reserveOffsets(numValues, numValues + values);
    else buffer.reserve(numValues * valueBytes, (numValues + values) * valueBytes);
    // Without values (all are null) there may be nothing, not even what the encoding begins with.
    if (present > 0) this.#appendPresent(page, column, output, present);
    if (present === values) return;
    if (isByteArrays) spreadOffsets(output, present, values);
    else spreadValues(output, present, values, valueBytes);
  }

  #appendPresent(page: StoredPage, column: WantedColumn, output: ColumnOutput, count: number): void {
    const { physicalType } = column;
    switch (page.header.encoding) {
      case Encoding.PLAIN:
        return this.#appendPlain(column, output, count);
      case Encoding.PLAIN_DICTIONARY:
      case Encoding.RLE_DICTIONARY:
        return this.#dictionary.gather(this.#opened.indexRuns(), count, column, output);
      case Encoding.RLE:
        if (physicalType !== "BOOLEAN") throw unsupported(page);
        return this.#appendRunsOfBooleans(output, count);
      case Encoding.BYTE_STREAM_SPLIT:
        return appendByteStreams(this.#opened.encoded(count), column, output);
      case Encoding.DELTA_BINARY_PACKED:
        this.usedHyparquet = true;
        return appendDeltas(this.#opened.encoded(count), column, output);
      case Encoding.DELTA_LENGTH_BYTE_ARRAY:
        if (physicalType !== "BYTE_ARRAY") throw unsupported(page);
        this.usedHyparquet = true;
        return appendDeltaLengths(this.#opened.encoded(count), output);
      case Encoding.DELTA_BYTE_ARRAY:
        if (physicalType !== "BYTE_ARRAY" && physicalType !== "FIXED_LEN_BYTE_ARRAY") throw unsupported(page);
        this.usedHyparquet = true;
        return appendDeltaByteArrays(this.#opened.encoded(count), column, output);
      default:
        throw unsupported(page);
    }
  }

  #appendPlain({ physicalType, valueBytes }: WantedColumn, output: ColumnOutput, count: number): void {
    const { buffer, numValues } = output;
    if (physicalType === "BYTE_ARRAY") {
      output.numBytes = appendPlainByteArrays(this.#opened.plain(count), buffer, numValues, output.numBytes);
      return;
    }
    const { bytes, at, end } = this.#opened;
    const isBoolean = physicalType === "BOOLEAN";
    const wantedBytes = isBoolean ? Math.ceil(count / 8) : count * valueBytes;
    if (wantedBytes !== end - at) throw wrongPageBytes(at, end - at, count, wantedBytes);
    if (isBoolean) unpackBits(bytes, at, count, buffer.bytes, numValues);
    else buffer.bytes.set(bytes.subarray(at, end), numValues * valueBytes);
  }

  #appendRunsOfBooleans({ buffer, numValues }: ColumnOutput, count: number): void {
    const { bytes } = buffer;
    expandBytes(this.#opened.booleanRuns(), count, bytes, numValues);
    let all = 0;
    for (let value = numValues; value < numValues + count; value++) all |= bytes[value];
    if (all > 1) throw new CorruptionError(this.#opened.at, "a run of booleans that are neither 0 nor 1");
  }
}

interface ValueCounts {
  readonly present: number;
  readonly values: number;
}

/**
 * Throws unless a page of version 2 has as many nulls as its header says: levels gone wrong would take the padding behind
 * the last values for values.
 *
 * A header that says 0 tells nothing: a writer may take the number from statistics and have none. Of lists writers
 * count differently.
 */
function checkNulls({ header, start }: StoredPage, { maxRepetition }: WantedColumn, numNulls: number): void {
  if (header.type !== PageType.DATA_V2 || maxRepetition > 0) return;
  if (header.numNulls > 0 && header.numNulls !== numNulls) {
    throw new CorruptionError(start, `${numNulls} nulls by its levels, ${header.numNulls} by its header`);
  }
}

function wrongPageBytes(at: number, bytes: number, count: number, wantedBytes: number): CorruptionError {
  return new CorruptionError(at, `a page of ${bytes} bytes, ${count} values take ${wantedBytes}`);
}

function unsupported({ header, start }: StoredPage): CorruptionError {
  return new CorruptionError(start, `a page has an unsupported encoding, number ${header.encoding}`);
}
