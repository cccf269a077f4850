// The values of one leaf of a schema in a form that can be compared byte for byte, whoever read or made them: whether
// each value is there, the bytes of those that are as Parquet stores them, and for lists how many values each row has.
import assert from "node:assert/strict";
import type { ParquetType } from "hyparquet";

const NULL_LIST = -1;
const DAY_NS = 86_400_000_000_000n;
const JULIAN_DAY_1970 = 2_440_588;
const NUMBER_BYTES: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
};

/** The values of a leaf. */
export interface LeafValues {
  /** For each value 1, or 0 where it is null. */
  readonly validity: Uint8Array;
  /** The bytes of each value that is not null. */
  readonly lengths: Int32Array;
  readonly bytes: Uint8Array;
  /** For each row of a list the number of its values, -1 where the list itself is null. */
  readonly counts?: Int32Array;
}

/** Gathers the values of a leaf one after another. */
export class LeafCollector {
  readonly #physicalType: ParquetType;
  readonly #validity: number[] = [];
  readonly #lengths: number[] = [];
  readonly #counts: number[] = [];
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  #usedBytes = 0;

  constructor(physicalType: ParquetType) {
    this.#physicalType = physicalType;
  }

  /** Adds the number of values of a row's list; -1 is a list that is null. */
  addCount(count: number): void {
    this.#counts.push(count);
  }

  /** Adds a value as hyparquet gives it: null or undefined, a number, a bigint, a boolean, bytes. */
  add(value: unknown): void {
    const isPresent = value !== null && value !== undefined;
    this.#validity.push(isPresent ? 1 : 0);
    if (!isPresent) return;
    const isBytes = value instanceof Uint8Array;
    const bytes = isBytes ? value.length : NUMBER_BYTES[this.#physicalType];
    const at = this.#reserve(bytes);
    if (isBytes) this.#bytes.set(value, at);
    else this.#setNumber(at, value);
    this.#lengths.push(bytes);
  }

  finish(): LeafValues {
    return {
      validity: Uint8Array.from(this.#validity),
      lengths: Int32Array.from(this.#lengths),
      bytes: this.#bytes.subarray(0, this.#usedBytes),
      ...(this.#counts.length > 0 && { counts: Int32Array.from(this.#counts) }),
    };
  }

  #setNumber(at: number, value: unknown): void {
    switch (this.#physicalType) {
      case "BOOLEAN":
        return this.#view.setUint8(at, Number(value));
      case "INT32":
        return this.#view.setInt32(at, value as number, true);
      case "INT64":
        return this.#view.setBigInt64(at, value as bigint, true);
      case "FLOAT":
        return this.#view.setFloat32(at, value as number, true);
      case "DOUBLE":
        return this.#view.setFloat64(at, value as number, true);
      case "INT96": { // hyparquet makes nanoseconds since 1970 of it
        const day = (value as bigint) / DAY_NS;
        this.#view.setBigInt64(at, (value as bigint) - day * DAY_NS, true);
        return this.#view.setInt32(at + 8, Number(day) + JULIAN_DAY_1970, true);
      }
      default:
        assert.fail(`${String(value)} is no value of ${this.#physicalType}`);
    }
  }

  /** Returns where `bytes` more bytes have room. */
  #reserve(bytes: number): number {
    const at = this.#usedBytes;
    this.#usedBytes += bytes;
    if (this.#usedBytes > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#usedBytes);
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

/** Returns where two leaves differ first, in words; undefined where they hold the same. */
export function describeDifference(found: LeafValues, wanted: LeafValues): string | undefined {
  if (wanted.counts !== undefined) {
    const { counts = new Int32Array() } = found;
    const row = firstDifference(counts, wanted.counts);
    if (row >= 0) return `row ${row} has ${countText(counts[row])}, wanted ${countText(wanted.counts[row])}`;
  }
  const value = firstDifference(found.validity, wanted.validity);
  if (value >= 0) {
    return `value ${value} is ${presence(found.validity[value])}, wanted ${presence(wanted.validity[value])}`;
  }
  if (
    Buffer.compare(found.bytes, wanted.bytes) === 0 && firstDifference(found.lengths, wanted.lengths) < 0
  ) return undefined;
  for (let index = 0, at = 0; index < wanted.lengths.length; index++) {
    const end = at + wanted.lengths[index];
    const here = found.bytes.subarray(at, at + found.lengths[index]), there = wanted.bytes.subarray(at, end);
    if (Buffer.compare(here, there) !== 0) {
      return `value ${index} of those that are not null is ${hex(here)}, wanted ${hex(there)}`;
    }
    at = end;
  }
  return `${found.lengths.length} values are not null, wanted ${wanted.lengths.length}`;
}

function firstDifference(a: Int32Array | Uint8Array, b: Int32Array | Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return index;
  return a.length === b.length ? -1 : length;
}

function countText(count: number | undefined): string {
  return count === undefined ? "no place" : count === NULL_LIST ? "a list that is null" : `${count} values`;
}

function presence(bit: number | undefined): string {
  return bit === undefined ? "missing" : bit === 0 ? "null" : "there";
}

function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")} (${bytes.length} bytes)`;
}
