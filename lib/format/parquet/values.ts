// The values of a generated dataset. A value depends on (seed, file, row group, column, row) alone, so whoever writes a
// file writes the same bytes, and a check can derive any value again without reading its neighbours.
//
// The stream of one column in one row group is AES-128-CTR over zeros:
//   key      the first 16 bytes of SHA-256 of the ASCII text "mlps dataset seed <seed>", the seed in decimal
//   counter  four big-endian 32-bit numbers: file index, row group, column index, block number from 0
// Its bytes are taken as little-endian 32-bit words; value i of a 4-byte type comes from word i, of an 8-byte type from
// words 2i (low) and 2i+1 (high), of float16 from half a word. `MASK_OF_DTYPE` says what becomes of a word.
import { createCipheriv, createHash } from "node:crypto";
import { storageOf } from "./dtypes.ts";

/** The values of one dataset file, column by column. */
export class ValueSource {
  readonly #key: Uint8Array;
  readonly #counter = Buffer.alloc(16);
  #zeros = new Uint8Array(0);

  constructor(seed: number, fileIndex: number) {
    this.#key = createHash("sha256").update(`mlps dataset seed ${seed}`).digest().subarray(0, 16);
    this.#counter.writeUInt32BE(fileIndex, 0);
  }

  /** Returns the PLAIN bytes of `rows` values of one column in one row group; the caller may overwrite them. */
  chunk(
    place: { readonly rowGroup: number; readonly column: number },
    dtype: string,
    rows: number,
  ): Uint8Array {
    const chunkBytes = rows * storageOf(dtype).valueBytes;
    const wordBytes = Math.ceil(chunkBytes / 4) * 4; // an odd number of float16 ends in half a word
    if (this.#zeros.length < wordBytes) this.#zeros = new Uint8Array(wordBytes);
    this.#counter.writeUInt32BE(place.rowGroup, 4);
    this.#counter.writeUInt32BE(place.column, 8);
    const cipher = createCipheriv("aes-128-ctr", this.#key, this.#counter);
    const stream = cipher.update(this.#zeros.subarray(0, wordBytes));
    MASK_OF_DTYPE[dtype]?.(new Int32Array(stream.buffer, stream.byteOffset, wordBytes / 4));
    return stream.subarray(0, chunkBytes);
  }
}

/**
 * Makes values of a dtype from random words, in place. 32- and 64-bit integers stay as they are.
 *
 * A float keeps random mantissa bits and gets the sign and exponent of [1, 2): it is never NaN or denormal. A narrow
 * integer takes the low bits (signed) or the high bits (unsigned) of its word. Typed arrays have the byte order of the
 * host, which is little-endian on every host that Bun supports. One loop per dtype, as this is a third of the time of
 * generating a file and a common loop with a callback is slower.
 */
const MASK_OF_DTYPE: Readonly<Record<string, (words: Int32Array) => void>> = {
  float32(words) {
    for (let i = 0; i < words.length; i++) words[i] = (words[i] >>> 9) | 0x3f800000;
  },
  float64(words) { // the high word alone: the low one is mantissa throughout
    for (let i = 1; i < words.length; i += 2) words[i] = (words[i] >>> 12) | 0x3ff00000;
  },
  float16(words) { // two values a word
    for (let i = 0; i < words.length; i++) words[i] = ((words[i] >>> 6) & 0x03ff03ff) | 0x3c003c00;
  },
  int8(words) {
    for (let i = 0; i < words.length; i++) words[i] = (words[i] << 24) >> 24;
  },
  int16(words) {
    for (let i = 0; i < words.length; i++) words[i] = (words[i] << 16) >> 16;
  },
  uint8(words) {
    for (let i = 0; i < words.length; i++) words[i] = words[i] >>> 24;
  },
  uint16(words) {
    for (let i = 0; i < words.length; i++) words[i] = words[i] >>> 16;
  },
};
