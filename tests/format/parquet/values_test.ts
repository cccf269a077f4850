import assert from "node:assert/strict";
import { createCipheriv, createHash } from "node:crypto";
import { test } from "node:test";
import { storageOf, type StoredColumn, WRITABLE_DTYPES } from "../../../lib/format/parquet/dtypes.ts";
import { ValueSource } from "../../../lib/format/parquet/values.ts";

const ROWS = 1001; // odd: the last float16 is half a word

interface Place {
  readonly seed?: number;
  readonly file?: number;
  readonly rowGroup?: number;
  readonly column?: number;
  readonly rowStart?: number;
}

function bytesOf(place: Place, kind: Partial<StoredColumn> = {}, rows = ROWS): Buffer {
  const { seed = 10, file: fileIndex = 0, rowGroup = 0, column = 0, rowStart = 0 } = place;
  const stored = { name: "a", dtype: "int32", size: 1, ...kind };
  const source = new ValueSource({ seed, fileIndex, columns: Array(column + 1).fill(stored) });
  return Buffer.from(source.chunk({ rowGroup, column, rowStart, rows }).bytes);
}

/** Each dtype, as a scalar and as a list, of random values and of few. */
const KINDS = WRITABLE_DTYPES.flatMap((dtype) =>
  [1, 3, 16].flatMap((size) => [
    { dtype, size },
    { dtype, size, cardinality: dtype === "bool" ? 2 : 7 },
    { dtype, size, cardinality: dtype === "bool" ? 2 : 100, distribution: "zipf" as const, exponent: 1.2 },
  ])
);

test("chunk() is AES-128-CTR keyed by the seed, with file, row group and column as the counter's first words", () => {
  const key = createHash("sha256").update("mlps dataset seed 77").digest().subarray(0, 16);
  const counter = Buffer.from("00000003 00000004 00000005 00000000".replaceAll(" ", ""), "hex");
  const wanted = createCipheriv("aes-128-ctr", key, counter).update(Buffer.alloc(ROWS * 8));
  assert.deepEqual(bytesOf({ seed: 77, file: 3, rowGroup: 4, column: 5 }, { dtype: "int64" }), wanted);
});

test("chunk() differs when any one of seed, file, row group and column differs, and in nothing else", () => {
  const places = [{}, { seed: 11 }, { file: 1 }, { rowGroup: 1 }, { column: 1 }];
  for (const kind of KINDS) {
    const found = new Set(places.map((place) => bytesOf(place, kind).toString("hex")));
    assert.equal(found.size, places.length, JSON.stringify(kind));
  }
  const columns = [{ name: "a", dtype: "int32", size: 1 }, { name: "b", dtype: "float64", size: 1 }];
  const source = new ValueSource({ seed: 10, fileIndex: 0, columns });
  source.chunk({ rowGroup: 9, column: 1, rowStart: 3, rows: 5000 });
  const { bytes } = source.chunk({ rowGroup: 0, column: 0, rowStart: 0, rows: ROWS });
  assert.deepEqual(Buffer.from(bytes), bytesOf({}));
});

test("chunk() gives a row the same values whatever rows are asked for with it", () => {
  for (const kind of KINDS) {
    const { valueBits, valuesPerRow } = storageOf(kind), all = bytesOf({}, kind);
    const bitsOf = (bytes: Buffer, start: number, count: number) =>
      Array.from({ length: count }, (_, i) => bytes[start + i >> 3] >> (start + i & 7) & 1).join("");
    for (const [rowStart, rows] of [[0, 1], [0, 500], [1, 1], [3, 7], [8, 16], [999, 2], [517, 123]]) {
      const part = bytesOf({ rowStart }, kind, rows), rowBits = valueBits * valuesPerRow;
      assert.equal(part.length, Math.ceil(rows * rowBits / 8));
      const wanted = valueBits === 1
        ? bitsOf(all, rowStart * rowBits, rows * rowBits).padEnd(part.length * 8, "0")
        : all.subarray(rowStart * rowBits / 8, (rowStart + rows) * rowBits / 8);
      const found = valueBits === 1 ? bitsOf(part, 0, part.length * 8) : part;
      assert.deepEqual(found, wanted, `${JSON.stringify(kind)} rows ${rowStart} + ${rows}`);
    }
  }
});

test("chunk() says how many values of how many bits there are", () => {
  for (const kind of KINDS) {
    const column = { name: "a", ...kind };
    const source = new ValueSource({ seed: 1, fileIndex: 0, columns: [column] });
    const { bytes, numValues, valueBits } = source.chunk({ rowGroup: 0, column: 0, rowStart: 5, rows: 9 });
    assert.equal(numValues, 9 * storageOf(column).valuesPerRow);
    assert.equal(bytes.length, Math.ceil(numValues * valueBits / 8));
  }
});

test("chunk() gives strings printable ASCII and binary any bytes, of the column's size", () => {
  for (
    const [dtype, size, lengthBytes] of [["string", 1, 12], ["string", 300, 300], ["binary", 1, 1], [
      "binary",
      77,
      77,
    ]] as const
  ) {
    for (const cardinality of [undefined, 100]) {
      const bytes = bytesOf({}, { dtype, size, ...(cardinality && { cardinality }) });
      const seen = new Set<number>();
      for (let at = 0; at < bytes.length; at += 4 + lengthBytes) {
        assert.equal(bytes.readUInt32LE(at), lengthBytes);
        for (const byte of bytes.subarray(at + 4, at + 4 + lengthBytes)) seen.add(byte);
      }
      const isPrintable = [...seen].every((byte) => byte >= 32 && byte < 127);
      assert.equal(isPrintable, dtype === "string");
      assert.ok(seen.size > (dtype === "string" ? 90 : 95), `${dtype} ${size}: ${seen.size}`);
    }
  }
});

test("chunk() draws from as many different values as the cardinality says, in every file and row group the same", () => {
  for (const dtype of WRITABLE_DTYPES) {
    const cardinality = dtype === "bool" ? 2 : 60, kind = { dtype, cardinality };
    const { valueBits } = storageOf({ dtype, size: 1 });
    const valuesOf = (place: Place) => {
      const bytes = bytesOf(place, kind, 2000), valueBytes = Math.ceil(valueBits / 8);
      if (dtype === "bool") {
        return new Set(Array.from({ length: 2000 }, (_, i) => bytes[i >> 3] >> (i & 7) & 1));
      }
      return new Set(
        Array.from({ length: 2000 }, (_, i) => bytes.toString("hex", i * valueBytes, (i + 1) * valueBytes)),
      );
    };
    const found = valuesOf({});
    assert.equal(found.size, cardinality, dtype);
    assert.deepEqual(valuesOf({ file: 5, rowGroup: 2 }).difference<unknown>(found).size, 0, dtype);
  }
});

test("chunk() gives floats in [1, 2) and narrow integers in their range, spread over all of it", () => {
  const view = (dtype: string) => {
    const bytes = bytesOf({}, { dtype });
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
