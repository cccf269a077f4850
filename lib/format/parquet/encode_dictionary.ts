// Finds the different values of a column chunk, in the order in which they come first, and the index of each value.
import type { ColumnData } from "./column_data.ts";
import { MAX_DICTIONARY_BYTES } from "./dtypes.ts";

const HASH_FACTOR = 0x9e3779b1; // 2^32 / golden ratio, odd

/** The dictionary of one chunk after the other, in memory that is kept. */
export class DictionaryBuilder {
  /** Different values so far. */
  numEntries = 0;
  /** The entry of each value that was added last, for as many as there were. */
  indices = new Int32Array(0);
  readonly #entries = new Uint8Array(MAX_DICTIONARY_BYTES);
  readonly #words = new Int32Array(this.#entries.buffer);
  /** Entry numbers from 1 by hash, 0 where there is none; a power of two, at least twice as many as entries. */
  #slots = new Int32Array(0);
  #hashShift = 0;
  #maxEntries = 0;
  #valueBytes = 0;

  /** Begins a chunk of `numValues` values, each of `valueBits` bits: a multiple of 16. */
  begin(numValues: number, valueBits: number): void {
    this.numEntries = 0;
    this.#valueBytes = valueBits / 8;
    this.#maxEntries = Math.floor(MAX_DICTIONARY_BYTES / this.#valueBytes);
    const slotBits = Math.ceil(Math.log2(2 * Math.min(numValues, this.#maxEntries) + 2));
    this.#hashShift = 32 - slotBits;
    if (this.#slots.length < 2 ** slotBits) this.#slots = new Int32Array(2 ** slotBits);
    else this.#slots.fill(0, 0, 2 ** slotBits);
  }

  /** Returns the PLAIN bytes of the entries. */
  get bytes(): Uint8Array {
    return this.#entries.subarray(0, this.numEntries * this.#valueBytes);
  }

  /** Sets `indices[i]` to the entry of value `i`; returns false when the dictionary would become too large. */
  add({ bytes, numValues }: ColumnData): boolean {
    if (this.indices.length < numValues) this.indices = new Int32Array(numValues);
    if (this.#valueBytes === 4) {
      return this.#addWords(new Int32Array(bytes.buffer, bytes.byteOffset, numValues));
    }
    if (this.#valueBytes === 8) {
      return this.#addPairs(new Int32Array(bytes.buffer, bytes.byteOffset, 2 * numValues));
    }
    return this.#addBytes(bytes, numValues);
  }

  #addWords(values: Int32Array): boolean {
    const indices = this.indices;
    const slots = this.#slots, entries = this.#words, maxEntries = this.#maxEntries;
    const shift = this.#hashShift, mask = (1 << 32 - shift) - 1;
    let numEntries = this.numEntries;
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      let slot = Math.imul(value, HASH_FACTOR) >>> shift, entry = slots[slot];
      while (entry !== 0 && entries[entry - 1] !== value) {
        slot = slot + 1 & mask;
        entry = slots[slot];
      }
      if (entry === 0) {
        if (numEntries === maxEntries) return false;
        entries[numEntries] = value;
        entry = slots[slot] = ++numEntries;
      }
      indices[i] = entry - 1;
    }
    this.numEntries = numEntries;
    return true;
  }

  #addPairs(values: Int32Array): boolean {
    const indices = this.indices;
    const slots = this.#slots, entries = this.#words, maxEntries = this.#maxEntries;
    const shift = this.#hashShift, mask = (1 << 32 - shift) - 1;
    let numEntries = this.numEntries;
    for (let i = 0; i < values.length; i += 2) {
      const low = values[i], high = values[i + 1];
      let slot = Math.imul(Math.imul(low, HASH_FACTOR) ^ high, HASH_FACTOR) >>> shift, entry = slots[slot];
      while (entry !== 0 && (entries[2 * entry - 2] !== low || entries[2 * entry - 1] !== high)) {
        slot = slot + 1 & mask;
        entry = slots[slot];
      }
      if (entry === 0) {
        if (numEntries === maxEntries) return false;
        entries[2 * numEntries] = low;
        entries[2 * numEntries + 1] = high;
        entry = slots[slot] = ++numEntries;
      }
      indices[i >>> 1] = entry - 1;
    }
    this.numEntries = numEntries;
    return true;
  }

  #addBytes(bytes: Uint8Array, numValues: number): boolean {
    const indices = this.indices;
    const slots = this.#slots, entries = this.#entries, valueBytes = this.#valueBytes | 0;
    const shift = this.#hashShift, mask = (1 << 32 - shift) - 1;
    for (let i = 0, at = 0; i < numValues; i++, at += valueBytes) {
      let hash = 0;
      for (let k = 0; k < valueBytes; k++) hash = Math.imul(hash ^ bytes[at + k], HASH_FACTOR);
      let slot = Math.imul(hash, HASH_FACTOR) >>> shift, entry = slots[slot];
      while (entry !== 0 && !isEqual(entries, (entry - 1) * valueBytes, bytes, at, valueBytes)) {
        slot = slot + 1 & mask;
        entry = slots[slot];
      }
      if (entry === 0) {
        if (this.numEntries === this.#maxEntries) return false;
        const to = this.numEntries * valueBytes;
        for (let k = 0; k < valueBytes; k++) entries[to + k] = bytes[at + k];
        entry = slots[slot] = ++this.numEntries;
      }
      indices[i] = entry - 1;
    }
    return true;
  }
}

function isEqual(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let k = 0; k < length; k++) if (a[aStart + k] !== b[bStart + k]) return false;
  return true;
}
