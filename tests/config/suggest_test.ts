import assert from "node:assert/strict";
import { test } from "node:test";
import { findNearest, formatValue } from "../../lib/config/suggest.ts";

const KNOWN = ["batch_size", "read_threads", "prefetch_size", "odirect"];

test("findNearest() recognises slips and other spellings, and nothing else", () => {
  const rows = [
    ["batch-size", "batch_size"],
    ["BatchSize", "batch_size"],
    ["batchsizes", "batch_size"],
    ["bach_sise", "batch_size"],
    ["o_direct", "odirect"],
    ["bacth_szie", "batch_size"],
    ["prefetch", "prefetch_size"],
    ["re", undefined],
    ["threshold", undefined],
    ["", undefined],
  ] as const;
  for (const [word, nearest] of rows) assert.equal(findNearest(word, KNOWN), nearest, word);
  assert.equal(findNearest("anything", []), undefined);
});

test("formatValue() writes values as in YAML, shortened", () => {
  const rows: readonly (readonly [unknown, string])[] = [
    ["a", '"a"'],
    [NaN, "NaN"],
    [-Infinity, "-Infinity"],
    [null, "null"],
    [{ a: [1] }, '{"a":[1]}'],
    ["x".repeat(100), `"${"x".repeat(59)}...`],
  ];
  for (const [value, text] of rows) assert.equal(formatValue(value), text);
});
