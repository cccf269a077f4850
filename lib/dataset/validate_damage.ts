// Compares the bytes of a column chunk with those that it should have, page by page, and measures the damage. Equal
// bytes cost a comparison of whole pages; byte loops run only where pages differ.
import type { DamageReport } from "./validate_finding.ts";

/**
 * Up to how many equal bytes between two differences belong to the damage: random bytes are equal by chance, values of
 * narrow integers have bytes that are always 0, and a page header (some 40 bytes) may stand between two values.
 */
const GAP_BYTES = 64;
const MAX_RUNS = 16;
const SHOWN_BYTES = 8;

/** The damage of one column chunk. */
export class ChunkDamage {
  differingBytes = 0;
  differingValues = 0;
  numRuns = 0;
  #precision: DamageReport["precision"] = "bytes";
  readonly #runs: { offset_bytes: number; extent_bytes: number }[] = [];
  /** Where the run begins that goes on, and where the last difference ended. */
  #runStart = -1;
  #runEnd = -1;
  #firstExpected = "";
  #firstFound = "";

  get isEmpty(): boolean {
    return this.numRuns === 0;
  }

  /** Compares bytes that stand in the file from `startByte` on; a value takes `valueBytes`, an eighth for a bool. */
  compare(expected: Uint8Array, found: Uint8Array, startByte: number, valueBytes: number): void {
    this.#scan(expected, found, valueBytes, (index) => this.#extend(startByte + index, 1));
  }

  /** Compares values of a page that is not stored as they are: a difference is one of the whole page. */
  comparePage(
    expected: Uint8Array,
    found: Uint8Array,
    page: { startByte: number; bytes: number; valueBytes: number },
  ): void {
    let isDamaged = false;
    this.#scan(expected, found, page.valueBytes, () => isDamaged = true);
    if (!isDamaged) return;
    this.#precision = "pages";
    this.#extend(page.startByte, page.bytes);
  }

  /** Returns the damage of a chunk of `numValues` values. */
  report(numValues: number): DamageReport {
    return {
      precision: this.#precision,
      runs: this.#runs,
      num_runs: this.numRuns,
      differing_bytes: this.differingBytes,
      differing_values: this.differingValues,
      num_values: numValues,
      first_expected_hex: this.#firstExpected,
      first_found_hex: this.#firstFound,
    };
  }

  #scan(
    expected: Uint8Array,
    found: Uint8Array,
    valueBytes: number,
    onByte: (index: number) => void,
  ): void {
    if (isEqual(expected, found)) return;
    let lastValue = -1;
    const length = Math.max(expected.length, found.length);
    for (let index = 0; index < length; index++) {
      if (expected[index] === found[index]) continue;
      if (this.differingBytes === 0) {
        this.#firstExpected = hexFrom(expected, index);
        this.#firstFound = hexFrom(found, index);
      }
      this.differingBytes++;
      if (valueBytes < 1) {
        this.differingValues += countBits(expected[index] ^ found[index]);
      } else {
        const value = Math.floor(index / valueBytes);
        if (value !== lastValue) this.differingValues++;
        lastValue = value;
      }
      onByte(index);
    }
  }

  /** Adds bytes to the run that goes on, or begins another. */
  #extend(startByte: number, bytes: number): void {
    if (this.#runStart < 0 || startByte - this.#runEnd > GAP_BYTES) {
      this.numRuns++;
      this.#runStart = startByte;
      if (this.numRuns <= MAX_RUNS) this.#runs.push({ offset_bytes: startByte, extent_bytes: bytes });
    }
    this.#runEnd = startByte + bytes;
    if (this.numRuns <= MAX_RUNS) this.#runs[this.numRuns - 1].extent_bytes = this.#runEnd - this.#runStart;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function countBits(byte: number): number {
  let count = 0;
  for (let rest = byte & 255; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}

function hexFrom(bytes: Uint8Array, index: number): string {
  return Buffer.from(bytes.slice(index, index + SHOWN_BYTES)).toString("hex");
}
