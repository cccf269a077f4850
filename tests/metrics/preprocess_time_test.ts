import assert from "node:assert/strict";
import { test } from "node:test";
import { type DurationDistribution, meanSeconds } from "../../lib/config/durations.ts";
import { drawSumSeconds } from "../../lib/metrics/draws.ts";
import { preprocessNs } from "../../lib/metrics/preprocess_time.ts";

const SUMS = 4000;

// Each row: a distribution, the standard deviation of the absolute value of a draw in seconds.
const DISTRIBUTIONS: readonly (readonly [distribution: DurationDistribution, stdev: number])[] = [
  [{ type: "normal", mean: 0.4, stdev: 0.02 }, 0.02],
  [{ type: "normal", mean: 0, stdev: 1 }, Math.sqrt(1 - 2 / Math.PI)],
  [{ type: "uniform", min: 0.2, max: 0.8 }, 0.6 / Math.sqrt(12)],
  [{ type: "gamma", shape: 0.5, scale: 2 }, 2 * Math.sqrt(0.5)],
  [{ type: "exponential", scale: 0.25 }, 0.25],
  [{ type: "poisson", lam: 0.5 }, Math.sqrt(0.5)],
];

for (const [distribution, stdev] of DISTRIBUTIONS) {
  for (const count of [1, 5, 31, 32, 500]) {
    test(`drawSumSeconds() is distributed as ${count} draws of ${JSON.stringify(distribution)}`, () => {
      const sums = Array.from({ length: SUMS }, (_, key) => drawSumSeconds(distribution, count, key));
      const mean = sums.reduce((sum, one) => sum + one, 0) / SUMS;
      const variance = sums.reduce((sum, one) => sum + (one - mean) ** 2, 0) / SUMS;
      const wantedDeviation = stdev * Math.sqrt(count);
      assert.ok(sums.every((one) => one >= 0));
      const standardError = wantedDeviation / Math.sqrt(SUMS);
      assert.ok(Math.abs(mean - count * meanSeconds(distribution)) < 4.5 * standardError, `mean ${mean}`);
      assert.ok(
        Math.abs(Math.sqrt(variance) / wantedDeviation - 1) < 0.15,
        `deviation ${Math.sqrt(variance)}`,
      );
    });
  }
}

test("preprocessNs() is the time of each sample times the samples of the extent", () => {
  assert.equal(preprocessNs({ time: 0.25, seed: 1 }, { accelerator: 3, ordinal: 4, samples: 6 }), 1.5e9);
});

test("preprocessNs() depends on seed, accelerator and extent, and on nothing else", () => {
  const time = { type: "exponential", scale: 1 } as const;
  const draw = (seed: number, accelerator: number, ordinal: number) =>
    preprocessNs({ time, seed }, { accelerator, ordinal, samples: 10 });
  assert.equal(draw(1, 2, 3), draw(1, 2, 3));
  assert.equal(new Set([draw(1, 2, 3), draw(2, 2, 3), draw(1, 3, 3), draw(1, 2, 4)]).size, 4);
});
