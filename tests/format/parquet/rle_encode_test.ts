import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "hyparquet-writer";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import { appendHybrid, appendRun } from "../../../lib/format/parquet/rle_encode.ts";
import { randomNumbers } from "./read_file.ts";

const next = randomNumbers(5);
// From there on hyparquet 1.31.5 loses bits of packed values: its accumulator has 32 bits, of which up to 7 are taken.
const MAX_WIDTH_OF_HYPARQUET = 24;

function maskOf(bitWidth: number): number {
  return bitWidth === 0 ? 0 : -1 >>> (32 - bitWidth);
}

/** Returns values in stretches: equal ones, of lengths around 8, and random ones. */
function makeValues(count: number, bitWidth: number): Int32Array {
  const values = new Int32Array(count), mask = maskOf(bitWidth);
  for (let at = 0; at < count;) {
    const isRun = next() % 2 === 0, value = next() & mask;
    const stop = Math.min(count, at + 1 + next() % (next() % 4 === 0 ? 100 : 18));
    for (; at < stop; at++) values[at] = isRun ? value : next() & mask;
  }
  return values;
}

/** Decodes bit by bit, as the specification words it; throws where the runs do not end with the bytes. */
function decodeBitByBit(bytes: Uint8Array, bitWidth: number, count: number): Int32Array {
  const values: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    let header = 0, shift = 0;
    do header += (bytes[at] & 127) * 2 ** shift, shift += 7; while (bytes[at++] > 127);
    const isPacked = header % 2 === 1, runValues = Math.floor(header / 2) * (isPacked ? 8 : 1);
    for (let index = 0; index < runValues; index++) {
      let value = 0;
      for (let bit = 0; bit < bitWidth; bit++) {
        const place = isPacked ? index * bitWidth + bit : bit;
        value |= (bytes[at + (place >> 3)] >> (place & 7) & 1) << bit;
      }
      values.push(value);
    }
    at += isPacked ? runValues / 8 * bitWidth : Math.ceil(bitWidth / 8);
  }
  assert.equal(at, bytes.length);
  assert.ok(values.length >= count && values.length < count + 8, `${values.length} of ${count}`);
  assert.ok(values.slice(count).every((value) => value === 0), "padding");
  return Int32Array.from(values.slice(0, count));
}

function decodeWithHyparquet(bytes: Uint8Array, bitWidth: number, count: number): number[] {
  const output = new Array<number>(count).fill(-1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  readRleBitPackedHybrid({ view, offset: 0 }, bitWidth, output, bytes.length);
  return output.slice(0, count);
}

function encode(values: Int32Array, bitWidth: number, start = 0, end = values.length): Uint8Array {
  const writer = new ByteWriter(16);
  appendHybrid(writer, values, start, end, bitWidth);
  assert.equal(writer.offset, writer.index);
  return writer.getBytes();
}

test("appendHybrid() gives any decoder the values back, for each width", () => {
  for (let bitWidth = 0; bitWidth <= 32; bitWidth++) {
    for (const count of [1, 7, 8, 9, 64, 3000 + next() % 100]) {
      const values = makeValues(count, bitWidth), bytes = encode(values, bitWidth);
      assert.deepEqual(decodeBitByBit(bytes, bitWidth, count), values, `width ${bitWidth}, ${count} values`);
      if (bitWidth > MAX_WIDTH_OF_HYPARQUET) continue;
      assert.deepEqual(
        decodeWithHyparquet(bytes, bitWidth, count),
        [...values],
        `hyparquet, width ${bitWidth}`,
      );
    }
  }
});

test("appendHybrid() encodes the part from start to end, of any length", () => {
  const values = makeValues(200, 11);
  for (let start = 0; start < 20; start++) {
    for (let end = start; end < 60; end++) {
      const decoded = decodeBitByBit(encode(values, 11, start, end), 11, end - start);
      assert.deepEqual(decoded, values.subarray(start, end), `${start} to ${end}`);
    }
  }
});

test("appendHybrid() makes runs of equal values and packs the others without loss of space", () => {
  assert.deepEqual([...encode(new Int32Array(1000).fill(5), 3)], [0xd0, 0x0f, 5]);
  assert.deepEqual([...encode(new Int32Array(8).fill(300), 9)], [16, 300 & 255, 300 >> 8]);
  assert.deepEqual([...encode(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7), 3)], [3, 0x88, 0xc6, 0xfa]); // of the specification
  const random = Int32Array.from({ length: 8000 }, (_, index) => index * 7919 % 1021);
  assert.ok(encode(random, 10).length <= 8000 * 10 / 8 + 3);
});

test("appendRun() writes one run of a constant level", () => {
  for (const [bitWidth, value] of [[0, 0], [1, 1], [2, 3], [9, 300], [17, 70_000], [32, -2]]) {
    for (const [count, headerBytes] of [[1, 1], [63, 1], [64, 2], [100, 2], [138_000_000, 5]]) {
      const writer = new ByteWriter(1);
      appendRun(writer, value, count, bitWidth);
      const bytes = writer.getBytes();
      assert.equal(bytes.length, headerBytes + Math.ceil(bitWidth / 8));
      if (count > 100) continue;
      assert.deepEqual([...decodeBitByBit(bytes, bitWidth, count)], new Array(count).fill(value));
    }
  }
});
