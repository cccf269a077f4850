import assert from "node:assert/strict";
import { test } from "node:test";
import { maxCardinality } from "../../../lib/config/dtypes.ts";
import { storageOf, WRITABLE_DTYPES } from "../../../lib/format/parquet/dtypes.ts";
import { toPrintable, Vocabulary } from "../../../lib/format/parquet/vocabulary.ts";

/** Returns the values of ranks as text, one for each. */
function valuesOf(
  dtype: string,
  ranks: Int32Array,
  options: { seed?: number; column?: number; size?: number } = {},
) {
  const { seed = 1, column = 0, size = 1 } = options;
  const storage = storageOf({ dtype, size });
  const bytes = new Uint8Array(Math.ceil(ranks.length * storage.valueBits / 8));
  new Vocabulary({ seed, column, dtype, storage }).write(ranks, ranks.length, { bytes, at: 0 });
  const valueBytes = storage.valueBits / 8, text = Buffer.from(bytes).toString("latin1");
  return Array.from(
    ranks,
    (_, i) =>
      valueBytes < 1
        ? String(bytes[i >> 3] >> (i & 7) & 1)
        : text.slice(i * valueBytes, (i + 1) * valueBytes),
  );
}

test("write() gives all ranks of a dtype values that differ, up to as many as the dtype has", () => {
  const cases = [...WRITABLE_DTYPES.map((dtype) => [dtype, 1] as const), ["binary", 2], [
    "binary",
    9,
  ]] as const;
  for (const [dtype, size] of cases) {
    if (dtype === "string") continue; // characters lose bits
    const count = Math.min(maxCardinality({ dtype, size }), 70_000);
    const ranks = Int32Array.from({ length: count }, (_, rank) => rank);
    assert.equal(new Set(valuesOf(dtype, ranks, { size })).size, count, `${dtype} x ${size}`);
  }
});

test("write() gives a rank the same value wherever it stands, another for another seed or column", () => {
  for (const dtype of WRITABLE_DTYPES.filter((dtype) => dtype !== "bool")) {
    const ranks = Int32Array.from({ length: 200 }, (_, rank) => rank);
    const forward = valuesOf(dtype, ranks), backward = valuesOf(dtype, ranks.toReversed());
    assert.deepEqual(backward.toReversed(), forward, dtype);
    assert.notDeepEqual(valuesOf(dtype, ranks, { seed: 2 }), forward, dtype);
    assert.notDeepEqual(valuesOf(dtype, ranks, { column: 1 }), forward, dtype);
  }
});

test("toPrintable() maps each byte b to 32 + floor(b * 95 / 256)", () => {
  for (let b = 0; b < 256; b++) {
    const wanted = 32 + Math.floor(b * 95 / 256);
    for (const shift of [0, 8, 16, 24]) assert.equal(toPrintable(b << shift) >>> shift & 0xff, wanted);
    assert.equal(toPrintable(b * 0x01010101 | 0) >>> 0, wanted * 0x01010101);
  }
});
