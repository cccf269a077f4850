// The levels of lists that are never null and have one length, as a DATA_PAGE_V2 holds them: runs without their length.
import { ByteWriter } from "hyparquet-writer";
import { appendHybrid, appendRun } from "./rle_encode.ts";

/** Below, bit-packed levels take fewer bytes than the two runs of a row. */
const LEAST_VALUES_FOR_RUNS = 32;
const LEVEL_BITS = 1;

export interface ListLevels {
  readonly repetition: Uint8Array;
  readonly definition: Uint8Array;
}

/** What a page of a flat REQUIRED column has. */
export const NO_LEVELS: ListLevels = { repetition: new Uint8Array(0), definition: new Uint8Array(0) };

/** Returns the levels of `rows` lists of `valuesPerRow` values: each begins with repetition 0, all values are there. */
export function encodeListLevels(rows: number, valuesPerRow: number): ListLevels {
  const repetition = new ByteWriter(), definition = new ByteWriter();
  if (valuesPerRow >= LEAST_VALUES_FOR_RUNS) {
    for (let row = 0; row < rows; row++) {
      appendRun(repetition, 0, 1, LEVEL_BITS);
      appendRun(repetition, 1, valuesPerRow - 1, LEVEL_BITS);
    }
  } else {
    const levels = new Int32Array(rows * valuesPerRow).fill(1);
    for (let at = 0; at < levels.length; at += valuesPerRow) levels[at] = 0;
    appendHybrid(repetition, levels, 0, levels.length, LEVEL_BITS);
  }
  appendRun(definition, 1, rows * valuesPerRow, LEVEL_BITS);
  return { repetition: repetition.getBytes(), definition: definition.getBytes() };
}
