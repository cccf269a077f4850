// Turns definition and repetition levels into what readers of values want: which values are null, where lists begin.
// Columns nest at most one list deep here. Source: parquet-format/README.md, "Nested Encoding" (Dremel).
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import type { ColumnOutput } from "./decode_output.ts";
import { expandBytes, type HybridRuns, unpackBits } from "./rle_decode.ts";

/** Returns the bits that a level of at most `maxLevel` takes. */
export function levelWidth(maxLevel: number): number {
  return 32 - Math.clz32(maxLevel);
}

/**
 * Returns whether all of the next `count` levels are `level`.
 *
 * One run says so for a column without nulls, whatever the number of values. False may also mean that it takes a
 * closer look to tell.
 */
export function areAllLevels(runs: HybridRuns, count: number, level: number): boolean {
  for (let left = count; left > 0; left -= runs.count) {
    runs.next();
    if (!runs.isPacked) {
      if (runs.value !== level) return false;
    } else if (runs.bitWidth > 1 || level !== 1 || !areOnes(runs, Math.min(runs.count, left))) {
      return false;
    }
  }
  return true;
}

function areOnes({ bytes, packedAt }: HybridRuns, count: number): boolean {
  const end = packedAt + (count >> 3), restMask = (1 << (count & 7)) - 1;
  for (let at = packedAt | 0; at < end; at++) {
    if (bytes[at] !== 255) return false;
  }
  return restMask === 0 || (bytes[end] & restMask) === restMask;
}

/** Appends the validity of `count` values to the output; returns how many are present. */
export function appendValidity(
  runs: HybridRuns,
  count: number,
  maxLevel: number,
  output: ColumnOutput,
): number {
  output.beginNulls(count);
  const { validity, numValues } = output;
  // A level of one bit is the validity.
  if (maxLevel === 1) return expandBits(runs, count, validity, numValues);
  expandBytes(runs, count, validity, numValues);
  let present = 0, wrong = 0;
  for (let value = numValues | 0, stop = (value + count) | 0; value < stop; value++) {
    const level = validity[value], isPresent = level === maxLevel ? 1 : 0;
    wrong |= maxLevel - level;
    validity[value] = isPresent;
    present += isPresent;
  }
  if (wrong < 0) throw beyondLevel(maxLevel);
  return present;
}

/** Writes the next `count` levels of one bit as bytes; returns how many are 1. */
function expandBits(runs: HybridRuns, count: number, output: Uint8Array, outputStart: number): number {
  let to = outputStart | 0, ones = 0;
  for (let left = count | 0; left > 0;) {
    runs.next();
    const taken = Math.min(runs.count, left) | 0;
    if (runs.isPacked) {
      unpackBits(runs.bytes, runs.packedAt, taken, output, to);
      for (let place = to, stop = (to + taken) | 0; place < stop; place++) ones += output[place];
    } else {
      if (runs.value > 1) throw beyondLevel(1);
      output.fill(runs.value, to, to + taken);
      ones += runs.value * taken;
    }
    to += taken;
    left -= taken;
  }
  return ones;
}

/**
 * Appends where lists begin to the output, which has `output.numValues` elements so far; all of the next `count` levels
 * stand for an element. Throws when more than `rowsLeft` lists begin.
 */
export function appendListStarts(
  runs: HybridRuns,
  count: number,
  rowsLeft: number,
  output: ColumnOutput,
): void {
  output.reserveLists(Math.min(count, rowsLeft));
  const { listOffsets } = output, lastRow = output.numRows + rowsLeft;
  let row = output.numRows | 0, value = output.numValues | 0;
  for (let left = count; left > 0;) {
    runs.next();
    const taken = Math.min(runs.count, left);
    const stop = value + taken;
    if (runs.isPacked) {
      const { bytes } = runs;
      for (let at = runs.packedAt | 0; value < stop; at++) {
        let starts = ~bytes[at] & 255;
        if (stop - value < 8) starts &= (1 << (stop - value)) - 1;
        for (; starts !== 0; starts &= starts - 1) {
          if (row === lastRow) throw tooManyLists();
          listOffsets[row++] = value + 31 - Math.clz32(starts & -starts);
        }
        value += 8;
      }
    } else if (runs.value === 0) {
      if (taken > lastRow - row) throw tooManyLists();
      for (; value < stop; value++) listOffsets[row++] = value;
    } else if (runs.value !== 1) {
      throw beyondLevel(1);
    }
    value = stop;
    left -= taken;
  }
  output.markListsPresent(row - output.numRows);
  output.numRows = row;
}

/** The levels of a page by themselves, a byte each. */
export interface LevelBytes {
  readonly repetition: Uint8Array;
  readonly definition: Uint8Array;
  readonly count: number;
}

/** Counts of what the levels of a page stand for. */
export interface EntryCounts {
  /** Elements, nulls included. */
  values: number;
  /** Elements that are not null. */
  present: number;
}

/**
 * Appends lists of any kind to the output: empty, null, with null elements.
 *
 * Throws when more than `rowsLeft` lists begin.
 */
export function appendLists(
  { repetition, definition, count }: LevelBytes,
  { maxDefinition, elementDefinition }: WantedColumn,
  rowsLeft: number,
  output: ColumnOutput,
): EntryCounts {
  output.reserveLists(Math.min(count, rowsLeft));
  output.beginNullLists(Math.min(count, rowsLeft));
  output.beginNulls(count);
  const { listOffsets, listValidity, validity } = output, lastRow = output.numRows + rowsLeft;
  let row = output.numRows | 0, value = output.numValues | 0, present = 0;
  for (let entry = 0; entry < count; entry++) {
    const level = definition[entry], isElement = level >= elementDefinition;
    if (level > maxDefinition) throw beyondLevel(maxDefinition);
    if (repetition[entry] === 0) {
      if (row === lastRow) throw tooManyLists();
      listValidity[row] = level >= elementDefinition - 1 ? 1 : 0;
      listOffsets[row++] = value;
    } else if (repetition[entry] > 1 || !isElement) {
      throw new CorruptionError(0, "a list goes on with a level that stands for no element");
    }
    if (!isElement) continue;
    const isPresent = level === maxDefinition ? 1 : 0;
    validity[value++] = isPresent;
    present += isPresent;
  }
  const values = value - output.numValues;
  output.numRows = row;
  return { values, present };
}

/** Expands the next `count` levels to a byte each. */
export function expandLevels(runs: HybridRuns, count: number, output: Uint8Array): void {
  expandBytes(runs, count, output, 0);
}

function beyondLevel(maxLevel: number): CorruptionError {
  return new CorruptionError(0, `a level is beyond ${maxLevel}, the highest of its column`);
}

function tooManyLists(): CorruptionError {
  return new CorruptionError(0, "more lists than the row group has rows");
}
