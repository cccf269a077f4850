// Memory that decoded values are written to: it grows, is kept, and is seen as bytes and as words. Words are what makes
// unpacking, gathering and spreading fast; views made for each page would be garbage for each page.
import { CorruptionError } from "./corruption.ts";

const STEP_BYTES = 65536;
// Positions are 32-bit integers in the hot loops.
const MAX_BYTES = 2 ** 31 - STEP_BYTES;
// A word read at the end of the bytes may reach into the next.
const PADDING_BYTES = 8;

/** Bytes, and for byte arrays the offsets at which they end. */
export class DecodeBuffer {
  bytes = new Uint8Array(0);
  /** The same memory as 32-bit words. */
  words = new Int32Array(0);
  /** The same memory, for words at any byte; some bytes behind those in use may be read as well. */
  view = new DataView(new ArrayBuffer(0));
  /** Byte array `i` is at `offsets[i]` <= byte < `offsets[i + 1]`. */
  offsets = new Int32Array(1);

  /** Makes room for `wantedBytes` in all, keeping the first `usedBytes`. */
  reserve(usedBytes: number, wantedBytes: number): void {
    if (wantedBytes <= this.bytes.length - PADDING_BYTES) return;
    if (wantedBytes > MAX_BYTES) {
      throw new CorruptionError(
        0,
        `values of ${wantedBytes} bytes in one column chunk, wanted at most 2 GiB`,
      );
    }
    const kept = this.bytes;
    // Content that is kept was appended to, so that more will follow: doubling bounds how often it is copied.
    const roomBytes = usedBytes > 0
      ? Math.max(wantedBytes, Math.min(2 * kept.length, MAX_BYTES))
      : wantedBytes;
    const buffer = new ArrayBuffer(Math.ceil((roomBytes + PADDING_BYTES) / STEP_BYTES) * STEP_BYTES);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.view = new DataView(buffer);
    if (usedBytes > 0) this.bytes.set(kept.subarray(0, usedBytes));
  }

  /** Makes room for the offsets of `wanted` byte arrays in all, keeping those of the first `used`. */
  reserveOffsets(used: number, wanted: number): void {
    this.offsets = grow(this.offsets, used + 1, wanted + 1);
  }
}

/** Returns `array` if it has room for `wanted` elements, else a larger one that begins with its first `used`. */
export function grow<T extends Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>>(
  array: T,
  used: number,
  wanted: number,
): T {
  if (wanted <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(wanted, 2 * array.length));
  larger.set(array.subarray(0, used));
  return larger;
}
