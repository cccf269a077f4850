import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaElement } from "hyparquet";
import { selectColumns } from "../../../lib/format/parquet/columns.ts";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";
import { ColumnOutput } from "../../../lib/format/parquet/decode_output.ts";
import {
  appendLists,
  appendListStarts,
  appendValidity,
  areAllLevels,
  levelWidth,
} from "../../../lib/format/parquet/levels.ts";
import { spreadOffsets, spreadValues } from "../../../lib/format/parquet/levels_spread.ts";
import { HybridRuns } from "../../../lib/format/parquet/rle_decode.ts";
import { PATH, randomNumbers } from "./read_file.ts";

/** Returns runs of levels as they are written here: `[count, value]` repeats, bytes are bit-packed as they are. */
function runsOf(parts: ([count: number, value: number] | Uint8Array)[], bitWidth = 1): HybridRuns {
  const bytes = parts.flatMap((part) =>
    part instanceof Uint8Array
      ? [part.length / bitWidth * 2 + 1, ...part]
      : [(part[0] * 2 & 127) | 128, part[0] >> 6, part[1]]
  );
  const runs = new HybridRuns();
  runs.reset(Uint8Array.from(bytes), 0, bytes.length, bitWidth);
  return runs;
}

test("levelWidth() is the number of bits of the highest level", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 7, 8].map(levelWidth), [0, 1, 2, 2, 3, 3, 4]);
});

test("areAllLevels() finds the level that differs", () => {
  const ones = new Uint8Array(3).fill(255);
  const cases: [parts: Parameters<typeof runsOf>[0], count: number, wanted: boolean][] = [
    [[[500, 1]], 500, true],
    [[[5000, 1]], 10, true],
    [[[499, 1], [1, 0]], 500, false],
    [[[200, 1], [300, 1]], 500, true],
    [[ones, [76, 1]], 100, true],
    [[[76, 1], ones], 97, true],
    [[Uint8Array.of(255, 255, 0x1f)], 21, true],
    [[Uint8Array.of(255, 255, 0x1f)], 22, false],
    [[Uint8Array.of(255, 254, 255)], 24, false],
  ];
  for (const [parts, count, wanted] of cases) {
    assert.equal(areAllLevels(runsOf(parts), count, 1), wanted, JSON.stringify(parts));
  }
  assert.throws(() => areAllLevels(runsOf([[10, 1]]), 11, 1), CorruptionError);
});

test("appendValidity() counts the values that are present and refuses levels beyond the highest", () => {
  const output = new ColumnOutput();
  output.numValues = 2; // which had no null
  assert.equal(appendValidity(runsOf([Uint8Array.of(0b1010_0111), [3, 1], [2, 0]]), 13, 1, output), 8);
  assert.deepEqual([...output.validity.subarray(0, 15)], [1, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0]);
  assert.ok(output.hasNulls);
  assert.throws(() => appendValidity(runsOf([[9, 2]]), 9, 1, new ColumnOutput()), /a level is beyond 1/);

  const nested = new ColumnOutput();
  assert.equal(appendValidity(runsOf([[2, 2], [2, 1], [1, 0], [1, 2]], 2), 6, 2, nested), 3);
  assert.deepEqual([...nested.validity.subarray(0, 6)], [1, 1, 0, 0, 0, 1]);
  assert.throws(() => appendValidity(runsOf([[9, 3]], 2), 9, 2, new ColumnOutput()), /a level is beyond 2/);
});

test("appendListStarts() finds each list's beginning, in runs of every kind", () => {
  const next = randomNumbers(31);
  for (let round = 0; round < 200; round++) {
    const output = new ColumnOutput(), wanted: number[] = [], parts: Parameters<typeof runsOf>[0] = [];
    output.numValues = next() % 20;
    let value = output.numValues;
    for (let part = 1 + next() % 4; part > 0; part--) {
      const length = next() % 3 + 1;
      const levels = next() % 2
        ? Array.from({ length: length * 8 }, () => next() % 2)
        : new Array(length).fill(next() % 2);
      parts.push(
        levels.length % 8 === 0 ? packBits(levels) : [levels.length, levels[0]],
      );
      for (const level of levels) {
        if (level === 0) wanted.push(value);
        value++;
      }
    }
    const count = value - output.numValues;
    appendListStarts(runsOf(parts), count, wanted.length, output);
    assert.deepEqual([...output.listOffsets.subarray(0, output.numRows)], wanted);
    if (wanted.length > 0) {
      assert.throws(
        () => appendListStarts(runsOf(parts), count, wanted.length - 1, new ColumnOutput()),
        /more lists than the row group has rows/,
      );
    }
  }
  assert.throws(() => appendListStarts(runsOf([[5, 2]]), 5, 9, new ColumnOutput()), /a level is beyond 1/);
});

function packBits(levels: number[]): Uint8Array {
  const bytes = new Uint8Array(levels.length / 8);
  for (const [place, level] of levels.entries()) bytes[place >> 3] |= level << (place & 7);
  return bytes;
}

test("appendLists() tells null lists, empty lists and null elements apart", () => {
  const schema: SchemaElement[] = [
    { name: "root", num_children: 1 },
    { name: "v", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
  ];
  const [column] = selectColumns(schema, undefined, PATH);
  const levels = (repetition: number[], definition: number[]) => ({
    repetition: Uint8Array.from(repetition),
    definition: Uint8Array.from(definition),
    count: definition.length,
  });
  const output = new ColumnOutput();
  // [1, null], null, [], [null], [2]
  const entries = levels([0, 1, 0, 0, 0, 0], [3, 2, 0, 1, 2, 3]);
  assert.deepEqual(appendLists(entries, column, 5, output), { values: 4, present: 2 });
  assert.deepEqual([...output.listOffsets.subarray(0, 5)], [0, 2, 2, 2, 3]);
  assert.deepEqual([...output.listValidity.subarray(0, 5)], [1, 0, 1, 1, 1]);
  assert.deepEqual([...output.validity.subarray(0, 4)], [1, 0, 0, 1]);

  const refused: [entries: ReturnType<typeof levels>, rowsLeft: number, message: RegExp][] = [
    [entries, 4, /more lists than/],
    [levels([0], [4]), 1, /a level is beyond 3/],
    [levels([0, 2], [3, 3]), 2, /stands for no element/],
    [levels([0, 1], [3, 1]), 2, /stands for no element/],
  ];
  for (const [wrong, rowsLeft, message] of refused) {
    assert.throws(() => appendLists(wrong, column, rowsLeft, new ColumnOutput()), message);
  }
});

test("spreadValues() and spreadOffsets() put each value in its row and zero in the others", () => {
  const next = randomNumbers(32);
  for (const valueBytes of [1, 2, 4, 8, 12]) {
    for (let round = 0; round < 50; round++) {
      const output = new ColumnOutput(), first = next() % 5, count = 1 + next() % 40;
      output.numValues = first;
      output.beginNulls(count);
      const flags = Array.from({ length: count }, () => next() % 2);
      output.validity.set(flags, first);
      const present = flags.filter((flag) => flag === 1).length;
      output.buffer.reserve(0, (first + count) * valueBytes);
      // What lies behind the values is of an earlier row group.
      const { bytes } = output.buffer;
      for (let byte = 0; byte < bytes.length && byte < 1000; byte++) bytes[byte] = 1 + byte % 200;
      const before = [...bytes.subarray(0, (first + present) * valueBytes)];
      const value = (index: number) => before.slice(index * valueBytes, (index + 1) * valueBytes);
      let taken = first;
      const wanted = flags.flatMap((flag) => flag === 1 ? value(taken++) : new Array(valueBytes).fill(0));
      spreadValues(output, present, count, valueBytes);
      assert.deepEqual([...bytes.subarray(0, (first + count) * valueBytes)], [
        ...before.slice(0, first * valueBytes),
        ...wanted,
      ]);
    }
  }
  const output = new ColumnOutput();
  output.beginNulls(5);
  output.validity.set([0, 1, 0, 1, 0]);
  output.buffer.reserveOffsets(0, 5);
  output.buffer.offsets.set([0, 4, 9]);
  spreadOffsets(output, 2, 5);
  assert.deepEqual([...output.buffer.offsets.subarray(0, 6)], [0, 0, 4, 4, 9, 9]);
});
