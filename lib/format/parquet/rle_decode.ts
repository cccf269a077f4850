// Walks the runs of Parquet's RLE/bit-packing hybrid, in which levels, dictionary indexes and booleans are stored, and
// unpacks them. Source: parquet-format/Encodings.md, "Run Length Encoding / Bit-Packing Hybrid".
import { CorruptionError } from "./corruption.ts";

const MAX_VARINT_SHIFT = 28;
const NO_BYTES = new Uint8Array(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));
/** The widest value that lies in one word read at the byte where it begins. */
export const MAX_WORD_WIDTH = 25;

/** A position in encoded runs, with the run it is at. One object serves many pages. */
export class HybridRuns {
  bytes: Uint8Array = NO_BYTES;
  /** The memory of `bytes` for dictionary indexes, which are read by words: some bytes more than the runs take. */
  view: DataView = NO_VIEW;
  bitWidth = 0;
  /** Values of the run under way, as many as its bytes hold. */
  count = 0;
  /** Whether the run is bit-packed, from byte `packedAt` on; else it is `value` again and again. */
  isPacked = false;
  packedAt = 0;
  value = 0;
  #at = 0;
  #end = 0;

  /** Begins with the runs from `at` to `end` of `bytes`. */
  reset(bytes: Uint8Array, at: number, end: number, bitWidth: number): void {
    this.bytes = bytes;
    this.#at = at;
    this.#end = end;
    this.bitWidth = bitWidth;
  }

  /** Moves to the next run. */
  next(): void {
    const { bytes, bitWidth } = this, end = this.#end | 0;
    let at = this.#at | 0, head = 0, byte = 128;
    for (let shift = 0; byte >= 128; shift += 7) {
      if (at >= end || shift > MAX_VARINT_SHIFT) {
        throw new CorruptionError(at, "the runs of levels or indexes end early");
      }
      byte = bytes[at++];
      head |= (byte & 127) << shift;
    }
    this.isPacked = (head & 1) === 1;
    if (this.isPacked) {
      // The last group of 8 may be cut short where the values end.
      const leftBytes = end - at, runBytes = (head >>> 1) * bitWidth;
      this.packedAt = at;
      this.count = Math.min((head >>> 1) * 8, Math.floor(leftBytes * 8 / bitWidth));
      this.#at = at + Math.min(runBytes, leftBytes);
      return;
    }
    const valueBytes = (bitWidth + 7) >> 3;
    if (valueBytes > end - at) throw new CorruptionError(at, "a run of levels or indexes lacks its value");
    let value = 0;
    for (let index = 0; index < valueBytes; index++) value |= bytes[at++] << (index * 8);
    this.value = value;
    this.count = head >>> 1;
    this.#at = at;
  }
}

/** Writes the next `count` values of the runs to `output` from `to` on; widths up to 8 bits. */
export function expandBytes(runs: HybridRuns, count: number, output: Uint8Array, to: number): void {
  for (let left = count; left > 0;) {
    runs.next();
    const taken = Math.min(runs.count, left);
    if (!runs.isPacked) output.fill(runs.value, to, to + taken);
    else if (runs.bitWidth === 1) unpackBits(runs.bytes, runs.packedAt, taken, output, to);
    else unpackNarrow(runs, taken, output, to);
    to += taken;
    left -= taken;
  }
}

/** Writes each of `count` bits, the lowest of a byte first, as a byte of 0 or 1. */
export function unpackBits(
  bytes: Uint8Array,
  start: number,
  count: number,
  output: Uint8Array,
  outputStart: number,
): void {
  let at = start | 0, to = outputStart | 0;
  const wholeEnd = to + (count & ~7);
  while (to < wholeEnd) {
    const byte = bytes[at++];
    output[to] = byte & 1;
    output[to + 1] = (byte >> 1) & 1;
    output[to + 2] = (byte >> 2) & 1;
    output[to + 3] = (byte >> 3) & 1;
    output[to + 4] = (byte >> 4) & 1;
    output[to + 5] = (byte >> 5) & 1;
    output[to + 6] = (byte >> 6) & 1;
    output[to + 7] = byte >> 7;
    to += 8;
  }
  for (let bit = 0; bit < (count & 7); bit++) output[to + bit] = (bytes[at] >> bit) & 1;
}

/** Unpacks values of at most 8 bits, each of which lies in two bytes at most. */
function unpackNarrow(runs: HybridRuns, count: number, output: Uint8Array, outputStart: number): void {
  const { bytes } = runs, width = runs.bitWidth | 0, mask = (1 << width) - 1;
  let at = runs.packedAt | 0, shift = 0;
  for (let to = outputStart | 0, stop = to + count; to < stop; to++) {
    output[to] = ((bytes[at] | (bytes[at + 1] << 8)) >> shift) & mask;
    shift += width;
    at += shift >> 3;
    shift &= 7;
  }
}

/**
 * Writes the next `count` values of the runs to `output`; throws unless each is at most `last`.
 *
 * `runs.view` must be set.
 */
export function expandIndexes(runs: HybridRuns, count: number, last: number, output: Int32Array): void {
  let to = 0;
  for (let left = count; left > 0;) {
    runs.next();
    const taken = Math.min(runs.count, left);
    if (runs.isPacked) {
      unpackIndexes(runs, taken, last, output, to);
    } else {
      checkIndex(runs.value, last);
      output.fill(runs.value, to, to + taken);
    }
    to += taken;
    left -= taken;
  }
}

// Two indexes a turn take 2.1 ns each, one 3.2, four 2.8 (13 bits, Bun 1.4.5).
function unpackIndexes(
  runs: HybridRuns,
  count: number,
  lastIndex: number,
  output: Int32Array,
  outputStart: number,
): void {
  if (runs.bitWidth > MAX_WORD_WIDTH) return unpackWideIndexes(runs, count, lastIndex, output, outputStart);
  const { view } = runs, width = runs.bitWidth | 0, mask = (1 << width) - 1, last = lastIndex | 0;
  let at = runs.packedAt | 0, shift = 0, wrong = 0, to = outputStart | 0;
  for (const stop = (to + (count & ~1)) | 0; to < stop; to = (to + 2) | 0) {
    const first = (view.getInt32(at, true) >>> shift) & mask;
    shift = (shift + width) | 0;
    at = (at + (shift >> 3)) | 0;
    shift &= 7;
    const second = (view.getInt32(at, true) >>> shift) & mask;
    shift = (shift + width) | 0;
    at = (at + (shift >> 3)) | 0;
    shift &= 7;
    wrong |= (last - first) | (last - second); // negative once an index is beyond the last
    output[to] = first;
    output[to + 1] = second;
  }
  if ((count & 1) === 1) {
    const index = (view.getInt32(at, true) >>> shift) & mask;
    wrong |= last - index;
    output[to] = index;
  }
  if (wrong < 0) throw beyondDictionary(last);
}

function unpackWideIndexes(
  { view, bitWidth, packedAt }: HybridRuns,
  count: number,
  last: number,
  output: Int32Array,
  outputStart: number,
): void {
  const mask = bitWidth === 32 ? -1 : (1 << bitWidth) - 1;
  let at = packedAt, shift = 0;
  for (let to = outputStart; to < outputStart + count; to++) {
    const index = ((view.getInt32(at, true) >>> shift) | ((view.getUint8(at + 4) << 1) << (31 - shift))) &
      mask;
    checkIndex(index, last);
    output[to] = index;
    shift += bitWidth;
    at += shift >> 3;
    shift &= 7;
  }
}

/** Throws unless a dictionary whose last index is `last` has the index. */
export function checkIndex(index: number, last: number): void {
  if (index < 0 || index > last) throw beyondDictionary(last);
}

/** Returns the error of an index that the dictionary lacks. */
export function beyondDictionary(last: number): CorruptionError {
  return new CorruptionError(
    0,
    `a page refers to a value that the dictionary of its column chunk lacks: it has ${last + 1}`,
  );
}
