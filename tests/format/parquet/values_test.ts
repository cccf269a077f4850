import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { test } from "node:test";
import { WRITABLE_DTYPES } from "../../../lib/format/parquet/dtypes.ts";
import { ValueSource } from "../../../lib/format/parquet/values.ts";

const ROWS = 1001; // odd: the last float16 is half a word

function bytesOf(
  place: { seed?: number; file?: number; rowGroup?: number; column?: number },
  dtype = "int32",
  rows = ROWS,
) {
  const { seed = 10, file = 0, rowGroup = 0, column = 0 } = place;
  return Buffer.from(new ValueSource(seed, file).chunk({ rowGroup, column }, dtype, rows));
}

test("chunk() is AES-128-CTR keyed by the seed, with file, row group and column as the counter's first words", () => {
  const key = createHash("sha256").update("mlps dataset seed 77").digest().subarray(0, 16);
  const counter = Buffer.from("00000003 00000004 00000005 00000000".replaceAll(" ", ""), "hex");
  const wanted = createCipheriv("aes-128-ctr", key, counter).update(Buffer.alloc(ROWS * 8));
  assert.deepEqual(bytesOf({ seed: 77, file: 3, rowGroup: 4, column: 5 }, "int64"), wanted);
});

test("chunk() differs when any one of seed, file, row group and column differs, and in nothing else", () => {
  const places = [{}, { seed: 11 }, { file: 1 }, { rowGroup: 1 }, { column: 1 }];
  assert.equal(new Set(places.map((place) => bytesOf(place).toString("hex"))).size, places.length);
  const source = new ValueSource(10, 0);
  source.chunk({ rowGroup: 9, column: 9 }, "float64", 5000);
  assert.deepEqual(Buffer.from(source.chunk({ rowGroup: 0, column: 0 }, "int32", ROWS)), bytesOf({}));
});

test("chunk() gives a row the same value whatever the number of rows", () => {
  for (const dtype of WRITABLE_DTYPES) {
    const long = bytesOf({}, dtype);
    for (const rows of [1, 2, 3, 500]) {
      const short = bytesOf({}, dtype, rows);
      assert.equal(short.length, long.length / ROWS * rows);
      assert.deepEqual(short, long.subarray(0, short.length));
    }
  }
});

test("chunk() gives floats in [1, 2) and narrow integers in their range, spread over all of it", () => {
  const view = (dtype: string) => {
    const bytes = bytesOf({}, dtype);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  };
  const list = (dtype: string, get: (view: DataView, row: number) => number) =>
    Array.from({ length: ROWS }, (_, row) => get(view(dtype), row));
  const cases: [string, number[], number, number][] = [
    ["float16", list("float16", (v, row) => v.getFloat16(row * 2, true)), 1, 2],
    ["float32", list("float32", (v, row) => v.getFloat32(row * 4, true)), 1, 2],
    ["float64", list("float64", (v, row) => v.getFloat64(row * 8, true)), 1, 2],
    ["int8", list("int8", (v, row) => v.getInt32(row * 4, true)), -128, 128],
    ["uint8", list("uint8", (v, row) => v.getInt32(row * 4, true)), 0, 256],
    ["int16", list("int16", (v, row) => v.getInt32(row * 4, true)), -32768, 32768],
    ["uint16", list("uint16", (v, row) => v.getInt32(row * 4, true)), 0, 65536],
  ];
  for (const [dtype, values, low, high] of cases) {
    assert.ok(values.every((value) => value >= low && value < high), dtype);
    const span = high - low;
    assert.ok(Math.min(...values) < low + span * 0.02 && Math.max(...values) >= low + span * 0.98, dtype);
  }
});
