// Values in the encodings that are neither PLAIN nor of a dictionary: streams of bytes, which are put together here, and
// deltas, which hyparquet adds up.
import { deltaBinaryUnpack } from "hyparquet/src/delta.js";
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import type { ColumnOutput } from "./decode_output.ts";
import { checkDeltaBlocks } from "./page_guard.ts";

// Prefixes make short pages of long values.
const MAX_EXPANDED_BYTES = 2 ** 30;

/** Encoded values: from `at` to `end` of `bytes`, `count` of them. */
export interface EncodedValues {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
  readonly count: number;
}

/** Appends BYTE_STREAM_SPLIT values: all first bytes, then all second bytes, and so on. */
export function appendByteStreams(
  { bytes, at: start, end, count }: EncodedValues,
  { valueBytes, physicalType }: WantedColumn,
  { buffer, numValues }: ColumnOutput,
): void {
  if (valueBytes === 0) throw new CorruptionError(start, `values of type ${physicalType} as byte streams`);
  if (count * valueBytes !== end - start) {
    throw new CorruptionError(
      start,
      `a page of ${end - start} bytes, ${count} values take ${count * valueBytes}`,
    );
  }
  const target = buffer.bytes, step = valueBytes | 0;
  let at = start | 0;
  for (let byte = 0; byte < step; byte++) {
    const first = (numValues * step + byte) | 0;
    for (let to = first, stop = first + count * step; to < stop; to += step) target[to] = bytes[at++];
  }
}

/** Appends DELTA_BINARY_PACKED values. */
export function appendDeltas(
  encoded: EncodedValues,
  { physicalType, valueBytes }: WantedColumn,
  { buffer, numValues }: ColumnOutput,
): void {
  if (physicalType !== "INT32" && physicalType !== "INT64") {
    throw new CorruptionError(encoded.at, `deltas of type ${physicalType}`);
  }
  const { count } = encoded;
  const values = physicalType === "INT32" ? new Int32Array(count) : new BigInt64Array(count);
  unpackDeltas(readerOf(encoded), encoded, values);
  buffer.bytes.set(new Uint8Array(values.buffer), numValues * valueBytes);
}

/** Appends DELTA_LENGTH_BYTE_ARRAY values: the lengths as deltas, then all bytes. */
export function appendDeltaLengths(encoded: EncodedValues, output: ColumnOutput): void {
  const { count, end } = encoded, { buffer, numValues, numBytes } = output;
  const reader = readerOf(encoded);
  const lengths = new Int32Array(count);
  unpackDeltas(reader, encoded, lengths);
  const start = encoded.at + reader.offset;
  buffer.reserve(numBytes, numBytes + Math.max(0, end - start));
  let used = 0;
  for (let place = 0; place < count; place++) {
    const length = lengths[place];
    if (length < 0 || length > end - start - used) throw tooLong(start + used, length);
    used += length;
    buffer.offsets[numValues + place + 1] = numBytes + used;
  }
  buffer.bytes.set(encoded.bytes.subarray(start, start + used), numBytes);
  output.numBytes = numBytes + used;
}

/** Appends DELTA_BYTE_ARRAY values: how much each takes from the one before, and what it adds. */
export function appendDeltaByteArrays(
  encoded: EncodedValues,
  { physicalType, valueBytes }: WantedColumn,
  output: ColumnOutput,
): void {
  const { bytes, count, end } = encoded, { buffer, numValues } = output;
  const reader = readerOf(encoded);
  const prefixes = new Int32Array(count), suffixes = new Int32Array(count);
  unpackDeltas(reader, encoded, prefixes);
  unpackDeltas(reader, encoded, suffixes);
  const isFixed = physicalType !== "BYTE_ARRAY";
  let at = encoded.at + reader.offset;
  let to = isFixed ? numValues * valueBytes : output.numBytes;
  const totalBytes = sumLengths({ prefixes, suffixes, at, end }, isFixed ? valueBytes : undefined);
  buffer.reserve(to, to + totalBytes);
  for (let place = 0, lastLength = 0; place < count; place++) {
    const prefix = prefixes[place], suffix = suffixes[place];
    buffer.bytes.copyWithin(to, to - lastLength, to - lastLength + prefix);
    buffer.bytes.set(bytes.subarray(at, at + suffix), to + prefix);
    at += suffix;
    lastLength = prefix + suffix;
    to += lastLength;
    if (!isFixed) buffer.offsets[numValues + place + 1] = to;
  }
  if (!isFixed) output.numBytes = to;
}

interface ValueParts {
  /** How much each value takes from the one before, and how much it adds, which lies from `at` to `end`. */
  readonly prefixes: Int32Array;
  readonly suffixes: Int32Array;
  readonly at: number;
  readonly end: number;
}

/** Returns the bytes of all values; throws unless each has what it takes, and is `wantedLength` long where that is given. */
function sumLengths(
  { prefixes, suffixes, at: start, end }: ValueParts,
  wantedLength: number | undefined,
): number {
  let at = start, sum = 0, lastLength = 0;
  for (let place = 0; place < prefixes.length; place++) {
    const prefix = prefixes[place], suffix = suffixes[place], length = prefix + suffix;
    if (suffix < 0 || suffix > end - at) throw tooLong(at, suffix);
    if (prefix < 0 || prefix > lastLength) throw tooLong(at, length);
    if (wantedLength !== undefined && length !== wantedLength) throw tooLong(at, length);
    at += suffix;
    sum += length;
    lastLength = length;
  }
  if (sum > MAX_EXPANDED_BYTES) throw tooLong(start, sum);
  return sum;
}

interface Reader {
  readonly view: DataView;
  offset: number;
}

function readerOf({ bytes, at, end }: EncodedValues): Reader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset + at, end - at), offset: 0 };
}

/** Fills `output` with deltas added up; hyparquet reads within the reader's view alone. */
function unpackDeltas(
  reader: Reader,
  { bytes, at }: EncodedValues,
  output: Int32Array | BigInt64Array,
): void {
  checkDeltaBlocks(bytes, at + reader.offset);
  try {
    deltaBinaryUnpack(reader, output.length, output);
  } catch (cause) {
    throw new CorruptionError(at, `deltas that cannot be decoded (${(cause as Error).message})`);
  }
  if (reader.offset > reader.view.byteLength) throw new CorruptionError(at, "deltas end beyond their page");
}

function tooLong(at: number, length: number): CorruptionError {
  return new CorruptionError(at, `a byte array of ${length} bytes, which does not fit its page`);
}
