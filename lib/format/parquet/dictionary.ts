// The dictionary of a column chunk, and the gathering of its values by index: from bit-packed indexes straight to the
// column, for values of 4 bytes in one loop.
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import { appendPlainByteArrays, copyByteArray, type PlainByteArrays } from "./byte_arrays.ts";
import { DecodeBuffer, grow } from "./decode_buffer.ts";
import type { ColumnOutput } from "./decode_output.ts";
import {
  beyondDictionary,
  checkIndex,
  expandIndexes,
  type HybridRuns,
  MAX_WORD_WIDTH,
} from "./rle_decode.ts";

// Byte arrays of a dictionary may be long and the indexes that repeat them short.
const MAX_GATHERED_BYTES = 2 ** 30;
/** Short runs are quicker by a loop than by a call. */
const MIN_FILL = 16;

/** The values that the data pages of one column chunk refer to; one object serves many chunks. */
export class Dictionary {
  /** Values of the dictionary, -1 while the chunk has none. */
  count = -1;
  readonly #buffer = new DecodeBuffer();
  #indexes = new Int32Array(0);

  /** Takes the values of a dictionary page, decompressed. */
  load({ valueBytes, physicalType }: WantedColumn, page: PlainByteArrays): void {
    const { bytes, at, end, count } = page, pageBytes = end - at;
    const leastBytes = physicalType === "BYTE_ARRAY" ? 4 : valueBytes;
    if (this.count >= 0) throw new CorruptionError(at, "a second dictionary in one column chunk");
    if (leastBytes === 0) throw new CorruptionError(at, `a dictionary of ${physicalType} values`);
    if (count * leastBytes > pageBytes) {
      throw new CorruptionError(at, `a dictionary of ${count} values in ${pageBytes} bytes`);
    }
    if (physicalType === "BYTE_ARRAY") {
      appendPlainByteArrays(page, this.#buffer, 0, 0);
    } else {
      this.#buffer.reserve(0, pageBytes);
      this.#buffer.bytes.set(bytes.subarray(at, end));
    }
    this.count = count;
  }

  /** Appends `count` values of the dictionary, behind those that the output has; the runs hold their indexes. */
  gather(runs: HybridRuns, count: number, column: WantedColumn, output: ColumnOutput): void {
    if (this.count < 0) {
      throw new CorruptionError(
        0,
        "a page refers to a dictionary, but the column chunk has none before it",
      );
    }
    const { valueBytes, physicalType } = column;
    if (physicalType === "BYTE_ARRAY") return this.#gatherByteArrays(runs, count, output);
    output.buffer.reserve(output.numValues * valueBytes, (output.numValues + count) * valueBytes);
    if (valueBytes === 4 && runs.bitWidth <= MAX_WORD_WIDTH) this.#gatherWords(runs, count, output);
    else if (valueBytes === 8) this.#gatherPairs(runs, count, output);
    else if (valueBytes === 2) this.#gatherHalves(runs, count, output);
    else this.#gatherBytes(runs, count, valueBytes, output);
  }

  #gatherWords(runs: HybridRuns, count: number, output: ColumnOutput): void {
    const values = this.#buffer.words, target = output.buffer.words, last = this.count - 1;
    let to = output.numValues;
    if (runs.bitWidth === 0) {
      checkIndex(0, last);
      target.fill(values[0], to, to + count);
      return;
    }
    for (let left = count; left > 0;) {
      runs.next();
      const taken = Math.min(runs.count, left);
      if (runs.isPacked) {
        if (runs.bitWidth === 8) gatherBytes(runs, taken, { values, last }, target, to);
        else gatherPacked(runs, taken, { values, last }, target, to);
      } else {
        checkIndex(runs.value, last);
        const value = values[runs.value];
        if (taken >= MIN_FILL) target.fill(value, to, to + taken);
        else for (let index = 0; index < taken; index++) target[to + index] = value;
      }
      to += taken;
      left -= taken;
    }
  }

  #gatherPairs(runs: HybridRuns, count: number, output: ColumnOutput): void {
    const indexes = this.#expand(runs, count), values = this.#buffer.words, target = output.buffer.words;
    let to = (2 * output.numValues) | 0;
    for (let place = 0; place < count; place++, to += 2) {
      const from = 2 * indexes[place];
      target[to] = values[from];
      target[to + 1] = values[from + 1];
    }
  }

  #gatherHalves(runs: HybridRuns, count: number, output: ColumnOutput): void {
    const indexes = this.#expand(runs, count), values = this.#buffer.view, target = output.buffer.view;
    let to = (2 * output.numValues) | 0;
    for (let place = 0; place < count; place++, to += 2) {
      target.setInt16(to, values.getInt16(2 * indexes[place], true), true);
    }
  }

  #gatherBytes(runs: HybridRuns, count: number, valueBytes: number, output: ColumnOutput): void {
    const indexes = this.#expand(runs, count), values = this.#buffer.bytes, target = output.buffer.bytes;
    let to = (output.numValues * valueBytes) | 0;
    for (let place = 0; place < count; place++) {
      let from = (indexes[place] * valueBytes) | 0;
      for (const stop = to + valueBytes; to < stop;) target[to++] = values[from++];
    }
  }

  #gatherByteArrays(runs: HybridRuns, count: number, output: ColumnOutput): void {
    const indexes = this.#expand(runs, count), { offsets } = this.#buffer;
    let wantedBytes = output.numBytes;
    for (let place = 0; place < count; place++) {
      wantedBytes += offsets[indexes[place] + 1] - offsets[indexes[place]];
    }
    if (wantedBytes > MAX_GATHERED_BYTES) {
      throw new CorruptionError(
        0,
        `byte arrays of ${wantedBytes} bytes from a dictionary, wanted at most ${MAX_GATHERED_BYTES}`,
      );
    }
    const { buffer, numValues } = output;
    buffer.reserve(output.numBytes, wantedBytes);
    buffer.reserveOffsets(numValues, numValues + count);
    let to = output.numBytes;
    for (let place = 0; place < count; place++) {
      const index = indexes[place], start = offsets[index], length = offsets[index + 1] - start;
      copyByteArray(this.#buffer, start, length, buffer, to);
      to += length;
      buffer.offsets[numValues + place + 1] = to;
    }
    output.numBytes = to;
  }

  /** Returns the indexes themselves, each within the dictionary. */
  #expand(runs: HybridRuns, count: number): Int32Array {
    this.#indexes = grow(this.#indexes, 0, count);
    if (runs.bitWidth > 0) expandIndexes(runs, count, this.count - 1, this.#indexes);
    else {
      checkIndex(0, this.count - 1);
      this.#indexes.fill(0, 0, count);
    }
    return this.#indexes;
  }
}

interface WordValues {
  readonly values: Int32Array;
  readonly last: number;
}

// As unpackIndexes of rle_decode.ts, and the values at once: indexes in between cost a third more.
function gatherPacked(
  runs: HybridRuns,
  count: number,
  { values, last: lastIndex }: WordValues,
  target: Int32Array,
  targetStart: number,
): void {
  const { view } = runs, width = runs.bitWidth | 0, mask = (1 << width) - 1, last = lastIndex | 0;
  let at = runs.packedAt | 0, shift = 0, wrong = 0, to = targetStart | 0;
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
    target[to] = values[first];
    target[to + 1] = values[second];
  }
  if ((count & 1) === 1) {
    const index = (view.getInt32(at, true) >>> shift) & mask;
    wrong |= last - index;
    target[to] = values[index];
  }
  if (wrong < 0) throw beyondDictionary(last);
}

/** Gathers by indexes of 8 bits, those of a column of int8. */
function gatherBytes(
  { bytes, packedAt }: HybridRuns,
  count: number,
  { values, last: lastIndex }: WordValues,
  target: Int32Array,
  targetStart: number,
): void {
  const last = lastIndex | 0;
  let at = packedAt | 0, wrong = 0;
  for (let to = targetStart | 0, stop = (to + count) | 0; to < stop; to = (to + 1) | 0) {
    const index = bytes[at++];
    wrong |= last - index;
    target[to] = values[index];
  }
  if (wrong < 0) throw beyondDictionary(last);
}
