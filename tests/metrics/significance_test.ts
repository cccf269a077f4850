import assert from "node:assert/strict";
import { test } from "node:test";
import { mix32 } from "../../lib/base/random.ts";
import { halfWidthOf, type Sample, trimmedMeanOf } from "../../lib/metrics/significance.ts";

const A = [19.8, 20.4, 19.6, 17.8, 18.5, 18.9, 18.3, 18.9, 19.5, 22.0];
const B = [
  ...[28.2, 26.6, 20.1, 23.3, 25.2, 22.1, 17.7, 27.6, 20.6, 13.7],
  ...[23.2, 17.5, 20.6, 18.0, 23.9, 21.6, 24.3, 20.4, 23.9, 13.3],
];

function sampleOf(values: readonly number[], trimmedShare = 0, independent?: number): Sample {
  return { values, trimmedShare, independent };
}

function assertNear(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs(actual! - expected) < 1e-6 * Math.abs(expected), `${actual} is not ${expected}`);
}

test("halfWidthOf() equals SciPy's ttest_ind(equal_var=False), untrimmed and trimmed", () => {
  // scipy 1.17.1: confidence_interval(0.99) of Welch's test; of trim=0.2 from its statistic and degrees of freedom.
  assertNear(halfWidthOf(sampleOf(A), sampleOf(B), 0.99), 2.7849349544367117);
  assertNear(halfWidthOf(sampleOf(A, 0.2), sampleOf(B, 0.2), 0.99), 3.055474266591666);
  assertNear(trimmedMeanOf(sampleOf(B, 0.2))! - trimmedMeanOf(sampleOf(A, 0.2))!, 2.633333333333333);
});

test("halfWidthOf() is undefined for fewer than three values on a side, and 0 where nothing varies", () => {
  assert.equal(halfWidthOf(sampleOf([1, 2]), sampleOf(A), 0.99), undefined);
  assert.equal(halfWidthOf(sampleOf(A), sampleOf([]), 0.99), undefined);
  assert.equal(halfWidthOf(sampleOf([1, 1, 1]), sampleOf([2, 2, 2]), 0.99), 0);
  assert.ok(halfWidthOf(sampleOf([1, 1, 1]), sampleOf([1, 2, 3]), 0.99)! > 0);
});

test("halfWidthOf() makes a mean as sure as the values that it counts as", () => {
  const one = halfWidthOf(sampleOf(A, 0, 1), sampleOf(A, 0, 1), 0.99)!;
  assertNear(halfWidthOf(sampleOf(A, 0, 4), sampleOf(A, 0, 4), 0.99), one / 2);
  assertNear(halfWidthOf(sampleOf(A), sampleOf(A), 0.99), one / Math.sqrt(A.length));
});

test("trimmedMeanOf() leaves out what one disturbed value would do", () => {
  const quiet = [10, 11, 12, 13, 14, 10, 11, 12];
  const disturbed = quiet.with(2, 1000);
  assert.ok(Math.abs(trimmedMeanOf(sampleOf(disturbed, 0.2))! - trimmedMeanOf(sampleOf(quiet, 0.2))!) < 0.5);
  assert.ok(halfWidthOf(sampleOf(disturbed, 0.2), sampleOf(quiet, 0.2), 0.99)! < 5);
  assert.equal(trimmedMeanOf(sampleOf([1, 2, 6], 0.2)), 3);
  assert.equal(trimmedMeanOf(sampleOf([])), undefined);
});

/** Returns a nearly normal value with mean 100 and deviation 2 (Irwin and Hall: 12 uniform ones). */
function drawOf(index: number): number {
  let sum = 0;
  for (let part = 0; part < 12; part++) sum += mix32(7, index * 12 + part) / 2 ** 32;
  return 100 + 2 * (sum - 6);
}

test("halfWidthOf() holds the true difference as often as its confidence says", () => {
  const NUM_TRIALS = 4000;
  let missed = 0;
  for (let trial = 0; trial < NUM_TRIALS; trial++) {
    const values = Array.from({ length: 10 }, (_, index) => drawOf(trial * 10 + index));
    const base = sampleOf(values.slice(0, 5)), next = sampleOf(values.slice(5));
    const difference = trimmedMeanOf(next)! - trimmedMeanOf(base)!;
    if (Math.abs(difference) > halfWidthOf(base, next, 0.99)!) missed++;
  }
  // 1 % expected; three deviations of the count are 0.5 %. Welch's own error on so few values is on the safe side.
  assert.ok(missed / NUM_TRIALS < 0.015 && missed > 0, `${missed} of ${NUM_TRIALS}`);
});
