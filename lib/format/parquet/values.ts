// The values of a generated dataset. A value depends on (seed, file, row group, column, row) alone, so whoever writes a
// file writes the same bytes, and a check can derive any value again without reading its neighbours:
// `new ValueSource({ seed, fileIndex, columns }).chunk({ rowGroup, column, rowStart, rows })` is what must be there.
//
// The stream of one column in one row group is AES-128-CTR over zeros:
//   key      the first 16 bytes of SHA-256 of the ASCII text "mlps dataset seed <seed>", the seed in decimal
//   counter  four big-endian 32-bit numbers: file index, row group, column index, block number from 0
// A column without cardinality takes as many bytes of it as its PLAIN pages have, values of lists one after another. They
// are taken as little-endian 32-bit words; value i of a 4-byte type comes from word i, of an 8-byte type from words 2i
// (low) and 2i+1 (high), of float16 from half a word. `MASK_OF_DTYPE` says what becomes of a word. Value i of bool is
// bit i, the least significant bit of a byte first. The four bytes of each string and binary that would be its length are
// replaced by it; a character of a string is made of a byte b by 32 + floor(b * 95 / 256).
//
// Value i of a column with cardinality takes words 2i and 2i+1: distribution.ts makes a rank of them, and vocabulary.ts
// the value of that rank.
import { createCipheriv, createHash } from "node:crypto";
import type { ColumnData, ValuePlace } from "./column_data.ts";
import { type RankTable, rankTableFor } from "./distribution.ts";
import { type ColumnStorage, storageOf, type StoredColumn } from "./dtypes.ts";
import { toPrintable, Vocabulary } from "./vocabulary.ts";

const BLOCK_BYTES = 16;
const RANK_BYTES = 8;
/** Ranks that are drawn at once: their words and the ranks stay in the core's cache. A multiple of 8, as bits are. */
const SLICE_VALUES = 8192;

export interface ValueSourceOptions {
  readonly seed: number;
  readonly fileIndex: number;
  readonly columns: readonly StoredColumn[];
}

/** What is known of a column before any value is asked for. */
interface ColumnSource {
  readonly dtype: string;
  readonly storage: ColumnStorage;
  readonly drawn?: { readonly table: RankTable; readonly vocabulary: Vocabulary };
}

/** The values of one dataset file. */
export class ValueSource {
  readonly #key: Uint8Array;
  readonly #counter = Buffer.alloc(BLOCK_BYTES);
  readonly #columns: readonly ColumnSource[];
  readonly #ranks: Int32Array;
  #zeros = new Uint8Array(0);

  constructor({ seed, fileIndex, columns }: ValueSourceOptions) {
    this.#key = createHash("sha256").update(`mlps dataset seed ${seed}`).digest().subarray(0, BLOCK_BYTES);
    this.#counter.writeUInt32BE(fileIndex, 0);
    this.#columns = columns.map((column, index) => {
      const { dtype, cardinality, exponent = 0 } = column;
      const storage = storageOf(column);
      if (cardinality === undefined) return { dtype, storage };
      const table = rankTableFor(cardinality, exponent);
      return {
        dtype,
        storage,
        drawn: { table, vocabulary: new Vocabulary({ seed, column: index, dtype, storage }) },
      };
    });
    this.#ranks = new Int32Array(this.#columns.some(({ drawn }) => drawn) ? SLICE_VALUES : 0);
  }

  /** Returns the values at a place; the bytes are the caller's, who may overwrite them. */
  chunk(place: ValuePlace): ColumnData {
    const { storage: { valueBits, valuesPerRow }, drawn } = this.#columns[place.column];
    const numValues = place.rows * valuesPerRow;
    const range = { start: place.rowStart * valuesPerRow, numValues };
    const bytes = drawn === undefined ? this.#uniform(place, range) : this.#drawn(place, range);
    return { bytes, numValues, valueBits };
  }

  #uniform(place: ValuePlace, { start, numValues }: ValueRange): Uint8Array {
    const { dtype, storage: { physicalType, valueBits } } = this.#columns[place.column];
    const startByte = Math.floor(start * valueBits / 8);
    const endByte = Math.ceil((start + numValues) * valueBits / 8);
    const blockStart = startByte - startByte % BLOCK_BYTES;
    const stream = this.#stream(place, blockStart, endByte - blockStart);
    MASK_OF_DTYPE[dtype]?.(new Int32Array(stream.buffer, stream.byteOffset, stream.length / 4));
    const bytes = new Uint8Array(
      stream.buffer,
      stream.byteOffset + startByte - blockStart,
      endByte - startByte,
    );
    if (physicalType === "BOOLEAN") return alignBits(bytes, start % 8, numValues);
    if (physicalType === "BYTE_ARRAY") setLengths(bytes, valueBits / 8);
    return bytes;
  }

  #drawn(place: ValuePlace, { start, numValues }: ValueRange): Uint8Array {
    const { storage: { valueBits }, drawn } = this.#columns[place.column];
    const { table, vocabulary } = drawn!;
    const ranks = this.#ranks, bytes = new Uint8Array(Math.ceil(numValues * valueBits / 8));
    for (let done = 0; done < numValues; done += SLICE_VALUES) {
      const count = Math.min(SLICE_VALUES, numValues - done);
      const startByte = (start + done) * RANK_BYTES, skipped = startByte % BLOCK_BYTES;
      const stream = this.#stream(place, startByte - skipped, skipped + count * RANK_BYTES);
      const words = new Int32Array(stream.buffer, stream.byteOffset + skipped, 2 * count);
      table.draw(words, ranks);
      vocabulary.write(ranks, count, { bytes, at: done });
    }
    return bytes;
  }

  /** Returns a part of a column's stream that begins with a block, in whole blocks. */
  #stream({ rowGroup, column }: ValuePlace, blockStart: number, bytes: number): Buffer {
    const blockBytes = Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
    if (this.#zeros.length < blockBytes) this.#zeros = new Uint8Array(blockBytes);
    this.#counter.writeUInt32BE(rowGroup, 4);
    this.#counter.writeUInt32BE(column, 8);
    this.#counter.writeUInt32BE(blockStart / BLOCK_BYTES, 12);
    const cipher = createCipheriv("aes-128-ctr", this.#key, this.#counter);
    return cipher.update(this.#zeros.subarray(0, blockBytes));
  }
}

/** Values counted through the rows of a row group. */
interface ValueRange {
  readonly start: number;
  readonly numValues: number;
}

/**
 * Makes values of a dtype from random words, in place. 32- and 64-bit integers stay as they are.
 *
 * A float keeps random mantissa bits and gets the sign and exponent of [1, 2): it is never NaN or denormal. A narrow
 * integer takes the low bits (signed) or the high bits (unsigned) of its word. Typed arrays have the byte order of the
 * host, which is little-endian on every host that Bun supports. One loop per dtype, and four words a turn for those of
 * DLRM, as this is a fifth of the time of generating a file: a common loop with a callback is slower, and one word a
 * turn takes a third more. There are as many words as whole blocks have.
 */
const MASK_OF_DTYPE: Readonly<Record<string, (words: Int32Array) => void>> = {
  float32: maskFloat32,
  list: maskFloat32,
  float64(words) { // the high word alone: the low one is mantissa throughout
    for (let i = 0; i < words.length; i += 4) {
      words[i + 1] = (words[i + 1] >>> 12) | 0x3ff00000;
      words[i + 3] = (words[i + 3] >>> 12) | 0x3ff00000;
    }
  },
  float16(words) { // two values a word
    for (let i = 0; i < words.length; i += 4) {
      words[i] = ((words[i] >>> 6) & 0x03ff03ff) | 0x3c003c00;
      words[i + 1] = ((words[i + 1] >>> 6) & 0x03ff03ff) | 0x3c003c00;
      words[i + 2] = ((words[i + 2] >>> 6) & 0x03ff03ff) | 0x3c003c00;
      words[i + 3] = ((words[i + 3] >>> 6) & 0x03ff03ff) | 0x3c003c00;
    }
  },
  int8(words) {
    for (let i = 0; i < words.length; i += 4) {
      words[i] = (words[i] << 24) >> 24;
      words[i + 1] = (words[i + 1] << 24) >> 24;
      words[i + 2] = (words[i + 2] << 24) >> 24;
      words[i + 3] = (words[i + 3] << 24) >> 24;
    }
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
  string(words) {
    for (let i = 0; i < words.length; i++) words[i] = toPrintable(words[i]);
  },
};

function maskFloat32(words: Int32Array): void {
  for (let i = 0; i < words.length; i += 4) {
    words[i] = (words[i] >>> 9) | 0x3f800000;
    words[i + 1] = (words[i + 1] >>> 9) | 0x3f800000;
    words[i + 2] = (words[i + 2] >>> 9) | 0x3f800000;
    words[i + 3] = (words[i + 3] >>> 9) | 0x3f800000;
  }
}

/** Writes its length before each byte array; `stride` is the bytes from one to the next. */
function setLengths(bytes: Uint8Array, stride: number): void {
  const lengthBytes = stride - 4;
  for (let at = 0; at < bytes.length; at += stride) {
    bytes[at] = lengthBytes;
    bytes[at + 1] = lengthBytes >>> 8;
    bytes[at + 2] = lengthBytes >>> 16;
    bytes[at + 3] = lengthBytes >>> 24;
  }
}

/** Returns `numBits` bits from bit `start` (0 to 7) of the bytes on, moved to bit 0, with zeros behind them. */
function alignBits(bytes: Uint8Array, start: number, numBits: number): Uint8Array {
  const aligned = bytes.subarray(0, Math.ceil(numBits / 8));
  if (start > 0) {
    for (let i = 0; i < aligned.length; i++) {
      aligned[i] = bytes[i] >>> start | (bytes[i + 1] ?? 0) << 8 - start;
    }
  }
  if (numBits % 8 > 0) aligned[aligned.length - 1] &= (1 << numBits % 8) - 1;
  return aligned;
}
