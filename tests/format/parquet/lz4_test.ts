import assert from "node:assert/strict";
import { test } from "node:test";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";
import { uncompressHadoopLz4, uncompressLz4 } from "../../../lib/format/parquet/lz4.ts";

type Uncompress = typeof uncompressLz4;

function uncompress(call: Uncompress, input: readonly number[], outputBytes: number): number[] {
  const framed = new Uint8Array(outputBytes + 20).fill(170);
  const source = Uint8Array.of(85, ...input, 85);
  try {
    call(
      { bytes: source, start: 1, end: 1 + input.length },
      { bytes: framed, start: 10, end: 10 + outputBytes },
    );
  } finally {
    for (let index = 0; index < 10; index++) {
      assert.equal(framed[index], 170);
      assert.equal(framed[framed.length - 1 - index], 170);
    }
  }
  return [...framed.subarray(10, -10)];
}

const literal = (length: number) => Array.from({ length }, (_, index) => index & 255);
const run = (length: number, ...period: number[]) =>
  Array.from({ length }, (_, index) => period[index % period.length]);

test("uncompressLz4() knows literals and matches of all lengths", () => {
  const cases: [input: number[], output: number[]][] = [
    [[0x30, 1, 2, 3], [1, 2, 3]],
    [[0xf0, 0, ...literal(15)], literal(15)],
    [[0xf0, 255, 30, ...literal(300)], literal(300)],
    [[0x10, 7, 1, 0, 0x10, 8], [...run(5, 7), 8]],
    [[0x31, 1, 2, 3, 3, 0, 0x10, 9], [...run(8, 1, 2, 3), 9]],
    [[0x1f, 7, 1, 0, 0, 0x10, 8], [...run(20, 7), 8]],
    [[0x3f, 1, 2, 3, 3, 0, 255, 10, 0x10, 8], [...run(3 + 19 + 265, 1, 2, 3), 8]], // copied by doubling
  ];
  for (const [input, output] of cases) {
    assert.deepEqual(uncompress(uncompressLz4, input, output.length), output);
  }
});

test("uncompressLz4() refuses what does not fill its place exactly", () => {
  const cases: [input: number[], outputBytes: number][] = [
    [[], 4],
    [[0x30, 1, 2, 3], 4], // too little
    [[0x50, 1, 2, 3, 4, 5], 4], // too much
    [[0x40, 1, 2], 4], // input ends in a literal
    [[0xf0], 15], // in the length of one
    [[0xf0, 255], 300],
    [[0x10, 7, 1], 6], // in a distance
    [[0x1f, 7, 1, 0], 20], // in the length of a match
    [[0x10, 7, 2, 0, 0x10, 8], 6], // match from before the start
    [[0x10, 7, 0, 0, 0x10, 8], 6], // match at distance 0
    [[0x1f, 7, 1, 0, 99, 0x10, 8], 20], // match beyond the end
  ];
  for (const [input, outputBytes] of cases) {
    assert.throws(() => uncompress(uncompressLz4, input, outputBytes), CorruptionError, input.join());
  }
});

test("uncompressHadoopLz4() takes frames whose sizes add up, and anything else for one block", () => {
  const frame = (
    outputBytes: number,
    ...block: number[]
  ) => [0, 0, 0, outputBytes, 0, 0, 0, block.length, ...block];
  const first = frame(3, 0x30, 1, 2, 3), second = frame(2, 0x20, 4, 5);
  assert.deepEqual(uncompress(uncompressHadoopLz4, first, 3), [1, 2, 3]);
  assert.deepEqual(uncompress(uncompressHadoopLz4, [...first, ...second], 5), [1, 2, 3, 4, 5]);
  assert.deepEqual(uncompress(uncompressHadoopLz4, [0x30, 1, 2, 3], 3), [1, 2, 3]);
  const refused: [input: number[], outputBytes: number][] = [
    [[...first, ...second], 6],
    [first.slice(0, -1), 3],
    [frame(3, 0x20, 4, 5), 3],
    [[...first, 0], 3],
    [[255, 255, 255, 255, 255, 255, 255, 255, 0], 3],
  ];
  for (const [input, outputBytes] of refused) {
    assert.throws(() => uncompress(uncompressHadoopLz4, input, outputBytes), CorruptionError, input.join());
  }
});

test("uncompressLz4() takes nothing from behind its input", () => {
  const input = Uint8Array.of(0x50, 1, 2, 3, 4, 5, 0xf0, 85, ...literal(100));
  const output = new Uint8Array(100);
  for (const [start, end, outputBytes] of [[0, 3, 5], [6, 60, 100]]) {
    assert.throws(
      () => uncompressLz4({ bytes: input, start, end }, { bytes: output, start: 0, end: outputBytes }),
      CorruptionError,
    );
  }
});
