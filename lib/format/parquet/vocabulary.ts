// The different values of a column with cardinality: a rank's value is computed from the rank, and never stored. One
// vocabulary serves all files and row groups of a dataset.
//
// The first 16 bytes of SHA-256 of the ASCII text "mlps dataset seed <seed> column <column index>" are four little-endian
// words k0 … k3. `scramble` maps the ranks below 2^bits one to one to numbers of as many bits; the low bits of a number,
// the mantissa of a float in [1, 2), or the first word of 8 bytes, a string or binary are made of it, further words by
// `next`. So the values of different ranks differ, but for strings, of which two may be equal by chance.
import { createHash } from "node:crypto";
import { distinctBits } from "../../config/dtypes.ts";
import type { ColumnStorage } from "./dtypes.ts";

// The bits of 1.0, of a float64 those of its high word.
const FLOAT16_ONE = 0x3c00, FLOAT32_ONE = 0x3f800000, FLOAT64_ONE_HIGH = 0x3ff00000;

export interface VocabularyOptions {
  readonly seed: number;
  readonly column: number;
  readonly dtype: string;
  readonly storage: ColumnStorage;
}

/** Where values go: `at` counts values, of which as many were written before. */
export interface ValueTarget {
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** The values of one column by rank. */
export class Vocabulary {
  readonly #key: Int32Array;
  readonly #dtype: string;
  readonly #valueBits: number;

  constructor({ seed, column, dtype, storage }: VocabularyOptions) {
    const digest = createHash("sha256").update(`mlps dataset seed ${seed} column ${column}`).digest();
    this.#key = Int32Array.from({ length: 4 }, (_, word) => digest.readInt32LE(word * 4));
    this.#dtype = dtype;
    this.#valueBits = storage.valueBits;
  }

  /** Writes the values of the first `count` ranks as PLAIN bytes. */
  write(ranks: Int32Array, count: number, { bytes, at }: ValueTarget): void {
    const key = this.#key, dtype = this.#dtype, valueBits = this.#valueBits;
    const bits = distinctBits(dtype) ?? 32;
    if (dtype === "string" || dtype === "binary") {
      const lengthBytes = valueBits / 8 - 4;
      writeByteArrays(ranks, { count, key, lengthBytes, isText: dtype === "string", bytes, at });
    } else if (valueBits === 1) {
      for (let i = 0; i < count; i++) bytes[at + i >>> 3] |= scramble(ranks[i], bits, key) << (at + i & 7);
    } else if (valueBits === 16) {
      const out = new Uint16Array(bytes.buffer, bytes.byteOffset + at * 2, count);
      for (let i = 0; i < count; i++) out[i] = scramble(ranks[i], bits, key) | FLOAT16_ONE;
    } else if (valueBits === 32) {
      const out = new Int32Array(bytes.buffer, bytes.byteOffset + at * 4, count);
      const exponent = dtype === "float32" || dtype === "list" ? FLOAT32_ONE : 0;
      const signShift = dtype === "int8" || dtype === "int16" ? 32 - bits : 0;
      for (let i = 0; i < count; i++) {
        out[i] = (scramble(ranks[i], bits, key) << signShift >> signShift) | exponent;
      }
    } else {
      const out = new Int32Array(bytes.buffer, bytes.byteOffset + at * 8, 2 * count);
      const isFloat = dtype === "float64";
      for (let i = 0; i < count; i++) {
        const low = scramble(ranks[i], bits, key), high = next(low, key);
        out[2 * i] = low;
        out[2 * i + 1] = isFloat ? high >>> 12 | FLOAT64_ONE_HIGH : high;
      }
    }
  }
}

interface ByteArrays extends ValueTarget {
  readonly count: number;
  readonly key: Int32Array;
  readonly lengthBytes: number;
  readonly isText: boolean;
}

function writeByteArrays(ranks: Int32Array, arrays: ByteArrays): void {
  const { count, key, lengthBytes, isText, bytes } = arrays;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wholeBytes = lengthBytes & ~3, bits = isText ? 32 : Math.min(32, lengthBytes * 8);
  let to = arrays.at * (lengthBytes + 4) | 0;
  for (let i = 0; i < count; i++) {
    view.setInt32(to, lengthBytes, true);
    to += 4;
    let word = scramble(ranks[i], bits, key);
    for (let done = 0; done < wholeBytes; done += 4) {
      view.setInt32(to, isText ? toPrintable(word) : word, true);
      to += 4;
      word = next(word, key);
    }
    if (isText) word = toPrintable(word);
    for (let done = wholeBytes; done < lengthBytes; done++) {
      view.setUint8(to++, word & 0xff);
      word >>>= 8;
    }
  }
}

/** Returns a word whose bytes are printable ASCII: 32 + floor(b * 95 / 256) for each byte b. */
export function toPrintable(word: number): number {
  const even = Math.imul(word & 0x00ff00ff, 95) >>> 8 & 0x00ff00ff;
  const odd = Math.imul(word >>> 8 & 0x00ff00ff, 95) & 0xff00ff00;
  return (even | odd) + 0x20202020 | 0;
}

/** Returns a number of `bits` bits that no other rank below 2^bits gets: each step can be undone. */
function scramble(rank: number, bits: number, key: Int32Array): number {
  const mask = bits === 32 ? -1 : (1 << bits) - 1, half = bits === 1 ? 1 : bits >>> 1;
  let x = rank + key[0] & mask;
  x ^= x >>> half;
  x = Math.imul(x, key[1] | 1) & mask;
  x ^= x >>> half;
  x = Math.imul(x, key[2] | 1) & mask;
  return x ^ x >>> half;
}

/** Returns the word that follows a word of the same value: a step of MurmurHash3's finalizer, keyed. */
function next(word: number, key: Int32Array): number {
  let x = word + key[3] | 0;
  x = Math.imul(x ^ x >>> 16, 0x85ebca6b);
  x = Math.imul(x ^ x >>> 13, 0xc2b2ae35);
  return x ^ x >>> 16;
}
