import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "hyparquet-writer";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";
import {
  expandBytes,
  expandIndexes,
  HybridRuns,
  unpackBits,
} from "../../../lib/format/parquet/rle_decode.ts";
import { appendHybrid } from "../../../lib/format/parquet/rle_encode.ts";
import { randomNumbers } from "./read_file.ts";

/** Returns values of a width: random, in long runs, or both. */
function makeValues(bitWidth: number, count: number, next: () => number): number[] {
  const mask = 2 ** bitWidth;
  let value = 0, left = 0;
  return Array.from({ length: count }, () => {
    if (left-- <= 0) {
      value = next() % mask;
      left = next() % 3 ? 0 : next() % 90;
    }
    return value;
  });
}

/** Returns runs begun behind `offset` bytes of something else, with room behind them. */
function encode(values: number[], bitWidth: number, offset: number): HybridRuns {
  const writer = new ByteWriter();
  for (let byte = 0; byte < offset; byte++) writer.appendUint8(255);
  // hyparquet-writer loses bits of wider values.
  if (bitWidth <= 24) writeRleBitPackedHybrid(writer, values, bitWidth);
  else appendHybrid(writer, Int32Array.from(values), 0, values.length, bitWidth);
  const end = writer.index;
  for (let byte = 0; byte < 8; byte++) writer.appendUint8(255);
  const bytes = writer.getBytes().slice();
  const runs = new HybridRuns();
  runs.reset(bytes, offset, end, bitWidth);
  runs.view = new DataView(bytes.buffer);
  return runs;
}

test("expandIndexes() returns what was encoded, at every width and place", () => {
  const next = randomNumbers(21);
  for (let bitWidth = 1; bitWidth <= 31; bitWidth++) {
    for (let round = 0; round < 12; round++) {
      const values = makeValues(bitWidth, 1 + next() % 300, next);
      const output = new Int32Array(values.length + 1).fill(-7);
      expandIndexes(encode(values, bitWidth, round), values.length, Math.max(...values), output);
      assert.deepEqual([...output], [...values, -7], `${bitWidth} bits`);
    }
  }
});

test("expandIndexes() refuses an index beyond the last, wherever it is", () => {
  const next = randomNumbers(22);
  for (const bitWidth of [1, 3, 8, 13, 25, 26, 31]) {
    for (let round = 0; round < 60; round++) {
      const values = makeValues(bitWidth, 1 + next() % 70, next);
      const largest = Math.max(...values);
      if (largest === 0) continue;
      const output = new Int32Array(values.length);
      assert.throws(
        () => expandIndexes(encode(values, bitWidth, 0), values.length, largest - 1, output),
        (error) =>
          error instanceof CorruptionError && /the dictionary of its column chunk lacks/.test(error.message),
      );
    }
  }
  // 32 bits, where an index may be negative.
  const bytes = Uint8Array.of(2, 255, 255, 255, 255, 0, 0, 0, 0, 0), runs = new HybridRuns();
  runs.reset(bytes, 0, 5, 32);
  runs.view = new DataView(bytes.buffer);
  assert.throws(() => expandIndexes(runs, 1, 2 ** 31 - 1, new Int32Array(1)), CorruptionError);
});

test("expandBytes() returns what hyparquet-writer encodes, in levels' widths", () => {
  const next = randomNumbers(23);
  for (let bitWidth = 1; bitWidth <= 8; bitWidth++) {
    for (let round = 0; round < 12; round++) {
      const values = makeValues(bitWidth, 1 + next() % 300, next);
      const output = new Uint8Array(values.length + 2).fill(99);
      expandBytes(encode(values, bitWidth, round), values.length, output, 1);
      assert.deepEqual([...output], [99, ...values, 99], `${bitWidth} bits`);
    }
  }
});

test("unpackBits() writes as many bytes as asked for, the lowest bit first", () => {
  const next = randomNumbers(24);
  for (let count = 0; count < 40; count++) {
    const bits = Array.from({ length: count }, () => next() % 2);
    const bytes = new Uint8Array(8).fill(255);
    for (let bit = 0; bit < count; bit++) {
      if (bits[bit] === 0) bytes[1 + (bit >> 3)] &= ~(1 << (bit & 7));
    }
    const output = new Uint8Array(count + 2).fill(9);
    unpackBits(bytes, 1, count, output, 1);
    assert.deepEqual([...output], [9, ...bits, 9]);
  }
});

test("next() refuses runs that end early, and takes a last group that is cut short", () => {
  const begin = (bytes: number[], bitWidth: number) => {
    const runs = new HybridRuns();
    runs.reset(Uint8Array.of(...bytes, 255, 255, 255), 0, bytes.length, bitWidth);
    return runs;
  };
  const cases: [bytes: number[], bitWidth: number][] = [
    [[], 1],
    [[0x80], 1],
    [[0x80, 0x80, 0x80, 0x80, 0x80, 1], 1],
    [[8], 1],
    [[8, 1], 9],
  ];
  for (const [bytes, bitWidth] of cases) {
    assert.throws(() => begin(bytes, bitWidth).next(), CorruptionError, String(bytes));
  }
  // Two groups of 8 values of 3 bits take 6 bytes; in the 4 that are there are 10 values.
  const cut = begin([5, 1, 2, 3, 4], 3);
  cut.next();
  assert.deepEqual([cut.isPacked, cut.count], [true, 10]);
  assert.throws(() => cut.next(), CorruptionError);
  // A run that states more values than any page has costs nothing.
  const long = begin([0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1);
  long.next();
  assert.deepEqual([long.isPacked, long.count, long.value], [false, 2 ** 31 - 1, 1]);
});
