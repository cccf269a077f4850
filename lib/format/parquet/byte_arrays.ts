// Byte arrays (strings, blobs) as offsets and bytes: one array of each for a column instead of an object for each value.
import { CorruptionError } from "./corruption.ts";
import type { DecodeBuffer } from "./decode_buffer.ts";

/** Shorter arrays are quicker by a loop over words than by a view and a copy. */
const MIN_BLOCK_BYTES = 64;

/** PLAIN values: `count` byte arrays, each behind its length in 4 bytes. */
export interface PlainByteArrays {
  readonly bytes: Uint8Array;
  /** The same bytes for words at any place; some bytes behind `end` may be read as well. */
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
  readonly count: number;
}

/** Appends byte arrays to a buffer that has `numValues` of them in `numBytes`; returns its bytes then. */
export function appendPlainByteArrays(
  { bytes, view, at: start, end, count }: PlainByteArrays,
  buffer: DecodeBuffer,
  numValues: number,
  numBytes: number,
): number {
  // What is left for the bytes themselves once each length has its 4: no array may take more.
  let spareBytes = (end - start - count * 4) | 0;
  if (spareBytes < 0) throw new CorruptionError(start, `${count} byte arrays in ${end - start} bytes`);
  buffer.reserve(numBytes, numBytes + spareBytes);
  buffer.reserveOffsets(numValues, numValues + count);
  const { offsets, view: target } = buffer;
  let at = start | 0, to = numBytes | 0;
  for (let place = (numValues + 1) | 0, stop = (place + count) | 0; place < stop; place++) {
    const length = view.getInt32(at, true);
    if (length < 0 || length > spareBytes) {
      throw new CorruptionError(at, `a byte array of ${length} bytes, ${spareBytes} are left of its page`);
    }
    spareBytes -= length;
    at += 4;
    if (length < MIN_BLOCK_BYTES) {
      for (let index = 0; index < length; index += 4) {
        target.setInt32(to + index, view.getInt32(at + index, true), true);
      }
    } else {
      buffer.bytes.set(bytes.subarray(at, at + length), to);
    }
    at += length;
    to += length;
    offsets[place] = to;
  }
  return to;
}

/** Copies `length` bytes from `start` of a buffer to `to` of another; up to 3 bytes behind them change as well. */
export function copyByteArray(
  source: DecodeBuffer,
  start: number,
  length: number,
  target: DecodeBuffer,
  to: number,
): void {
  if (length < MIN_BLOCK_BYTES) {
    const from = source.view, into = target.view;
    for (let index = 0; index < length; index += 4) {
      into.setInt32(to + index, from.getInt32(start + index, true), true);
    }
  } else {
    target.bytes.set(source.bytes.subarray(start, start + length), to);
  }
}
