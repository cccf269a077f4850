// Decompresses snappy from where it was read to where it is wanted, in one step and without a copy of its own.
// Source: github.com/google/snappy, format_description.txt.
//
// hysnappy's WebAssembly works in a memory of its own, so its result has to be allocated and copied: 29 us for
// 24 KiB of random floats, 2 us here; 65 us in both for 24 KiB of int8 in INT32 (2 cores, Bun 1.4.5).
import { CorruptionError } from "./corruption.ts";

const MAX_VARINT_SHIFT = 28;
// Shorter literals are faster by a loop than by a view and a copy.
const MIN_BLOCK_BYTES = 64;

/** The most bytes that one compressed byte stands for: a copy of 64 bytes takes 3. */
export const SNAPPY_MAX_RATIO = 64 / 3;

/** Part of an array of bytes, the end excluded; it ends before 2^31. */
export interface ByteSpan {
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Decompresses `input` to exactly fill `output`; throws a CorruptionError with an offset in the input otherwise. */
export function uncompressSnappy(input: ByteSpan, output: ByteSpan): void {
  // Positions computed from a file's numbers are doubles to the compiler; as such they make the loop 3 times as slow.
  const source = input.bytes, sourceEnd = input.end | 0;
  const target = output.bytes, targetStart = output.start | 0, targetEnd = output.end | 0;
  let at = skipLength(input, targetEnd - targetStart) | 0;
  const literalAt = loneLiteralAt(source, at, sourceEnd, targetEnd - targetStart);
  if (literalAt > 0) {
    target.set(source.subarray(literalAt, sourceEnd), targetStart);
    return;
  }
  // Four bytes a turn where a copy allows it are a fifth to a third quicker than bytes (int64 and int8 in INT32).
  const sourceView = new DataView(source.buffer, source.byteOffset, source.length);
  const targetView = new DataView(target.buffer, target.byteOffset, target.length);
  let to = targetStart;
  while (at < sourceEnd) {
    const tag = source[at++];
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const lengthBytes = length - 60;
        length = readLittleEndian(source, at, lengthBytes) + 1;
        at += lengthBytes;
      }
      if (length <= 0 || length > sourceEnd - at || length > targetEnd - to) throw overrun(at);
      const stop = (at + length) | 0;
      if (length >= MIN_BLOCK_BYTES) {
        target.set(source.subarray(at, stop), to);
        at = stop;
        to += length;
      } else {
        for (const wordsEnd = (stop - 3) | 0; at < wordsEnd; at = (at + 4) | 0, to = (to + 4) | 0) {
          targetView.setInt32(to, sourceView.getInt32(at, true), true);
        }
        while (at < stop) target[to++] = source[at++];
      }
    } else {
      let length = (tag >> 2) + 1, distance = 0;
      if (kind === 1) {
        length = ((tag >> 2) & 7) + 4;
        distance = ((tag >> 5) << 8) | source[at++];
      } else if (kind === 2) {
        distance = source[at] | (source[at + 1] << 8);
        at += 2;
      } else {
        distance = readLittleEndian(source, at, 4);
        at += 4;
      }
      if (at > sourceEnd || distance <= 0 || distance > to - targetStart || length > targetEnd - to) {
        throw overrun(at);
      }
      // Source and target may overlap: a run is a copy at a distance shorter than its length.
      let from = to - distance;
      const stop = (to + length) | 0;
      if (distance >= 4) {
        for (const wordsEnd = (stop - 3) | 0; to < wordsEnd; to = (to + 4) | 0, from = (from + 4) | 0) {
          targetView.setInt32(to, targetView.getInt32(from, true), true);
        }
      }
      while (to < stop) target[to++] = target[from++];
    }
  }
  if (to !== targetEnd) throw overrun(at);
}

/**
 * Returns where the bytes of a literal begin that is all there is, 0 where there is more.
 *
 * Up to 64 KiB of random data are one literal. It needs no views, which take 0.25 us a page, a sixth of its time.
 */
function loneLiteralAt(source: Uint8Array, at: number, end: number, wantedBytes: number): number {
  const tag = source[at];
  if (at >= end || (tag & 3) !== 0) return 0;
  const lengthBytes = Math.max(0, (tag >> 2) - 59);
  const length = (lengthBytes === 0 ? tag >> 2 : readLittleEndian(source, at + 1, lengthBytes)) + 1;
  const start = at + 1 + lengthBytes;
  return length === wantedBytes && length === end - start ? start : 0;
}

/** Returns the offset behind the uncompressed length, which must be the one that the page's header states. */
function skipLength({ bytes, start, end }: ByteSpan, wantedBytes: number): number {
  let at = start, length = 0, byte = 128;
  for (let shift = 0; byte >= 128 && shift <= MAX_VARINT_SHIFT && at < end; shift += 7) {
    byte = bytes[at++];
    length += (byte & 127) * 2 ** shift;
  }
  if (byte >= 128 || length !== wantedBytes) {
    throw new CorruptionError(
      start,
      `snappy data of ${length} bytes once decompressed, wanted ${wantedBytes}`,
    );
  }
  return at;
}

/**
 * Returns an i32, negative from 2^31 on: no page is that large.
 *
 * By bit operations throughout, so that all positions stay integers to the compiler: with a product here the whole
 * loop took five times as long.
 */
function readLittleEndian(bytes: Uint8Array, at: number, numBytes: number): number {
  let value = 0;
  for (let index = numBytes - 1; index >= 0; index--) value = (value << 8) | bytes[at + index];
  return value;
}

function overrun(at: number): CorruptionError {
  return new CorruptionError(at, "snappy data that does not fit its page");
}
