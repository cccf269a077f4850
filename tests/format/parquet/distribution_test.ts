import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import { power, rankTableFor } from "../../../lib/format/parquet/distribution.ts";

/** Returns ranks drawn from words that are the same in every run. */
function drawRanks(cardinality: number, exponent: number, count: number): Int32Array {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16));
  const bytes = new Uint8Array(cipher.update(Buffer.alloc(count * 8)));
  const ranks = new Int32Array(count);
  rankTableFor(cardinality, exponent).draw(new Int32Array(bytes.buffer, bytes.byteOffset, 2 * count), ranks);
  return ranks;
}

test("power() equals Math.pow to 12 digits", () => {
  for (const base of [1, 1.5, 2, 3, 1000, 123_456.5, 2 ** 31]) {
    for (const exponent of [-0.01, -0.5, -1, -1.05, -2.7, -10]) {
      const ratio = power(base, exponent) / Math.pow(base, exponent);
      assert.ok(Math.abs(ratio - 1) < 1e-12, `${base} ^ ${exponent}: ${ratio}`);
    }
  }
});

test("draw() gives ranks below the cardinality, the last one too", () => {
  for (const exponent of [0, 0.5, 1, 3]) {
    for (const cardinality of [1, 2, 3, 5, 1024, 1025, 2 ** 31 - 1]) {
      const ranks = drawRanks(cardinality, exponent, 2000);
      assert.ok(ranks.every((rank) => rank >= 0 && rank < cardinality), `${cardinality} ^ ${exponent}`);
      if (cardinality <= 5 && exponent <= 1) assert.equal(new Set(ranks).size, cardinality);
    }
  }
});

test("draw() follows the law: ranges of ranks are as frequent as the sums of k ^ -exponent", () => {
  const count = 2 ** 19;
  for (const [cardinality, exponent] of [[10, 1], [5000, 1.05], [100_000, 0.6], [100_000, 2], [100_000, 0]]) {
    const ranks = drawRanks(cardinality, exponent, count);
    const weights = Float64Array.from({ length: cardinality }, (_, rank) => Math.pow(rank + 1, -exponent));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    // Ranges of about twice as many ranks each, from one rank on.
    for (let first = 0; first < cardinality; first = 2 * first + 1) {
      const end = Math.min(cardinality, 2 * first + 1);
      const share = weights.subarray(first, end).reduce((sum, weight) => sum + weight, 0) / total;
      const found = ranks.reduce((sum, rank) => rank >= first && rank < end ? sum + 1 : sum, 0) / count;
      const deviation = Math.sqrt(share * (1 - share) / count);
      assert.ok(
        Math.abs(found - share) < 5 * deviation + 1e-6,
        `${cardinality} ^ ${exponent}, ranks ${first} to ${end}: ${found} for ${share}`,
      );
    }
  }
});

test("draw() makes each rank of its own two words alone", () => {
  for (const exponent of [0, 1.1]) {
    const words = Int32Array.from({ length: 200 }, (_, i) => Math.imul(i + 1, 0x9e3779b1));
    const table = rankTableFor(1e6, exponent), ranks = new Int32Array(100), one = new Int32Array(1);
    table.draw(words, ranks);
    ranks.forEach((rank, i) => {
      table.draw(words.subarray(2 * i, 2 * i + 2), one);
      assert.equal(one[0], rank);
    });
  }
});
