import assert from "node:assert/strict";
import { test } from "node:test";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { encodeListLevels } from "../../../lib/format/parquet/encode_levels.ts";

function decode(bytes: Uint8Array, count: number): number[] {
  const levels = Array(count).fill(-1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  readRleBitPackedHybrid({ view, offset: 0 }, 1, levels, bytes.length);
  return levels.slice(0, count); // the last group is padded
}

test("encodeListLevels() gives each row one repetition level 0 and all values the definition level 1", () => {
  for (const rows of [1, 2, 7, 8, 100]) {
    for (const valuesPerRow of [1, 2, 3, 8, 31, 32, 33, 1000]) {
      const { repetition, definition } = encodeListLevels(rows, valuesPerRow), count = rows * valuesPerRow;
      const wanted = Array.from({ length: count }, (_, i) => i % valuesPerRow === 0 ? 0 : 1);
      assert.deepEqual(decode(repetition, count), wanted, `${rows} x ${valuesPerRow}`);
      assert.deepEqual(decode(definition, count), Array(count).fill(1));
      assert.ok(repetition.length <= Math.min(count / 8 + rows, rows * 6) + 10);
    }
  }
});
