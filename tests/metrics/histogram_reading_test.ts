import assert from "node:assert/strict";
import { test } from "node:test";
import { percentileNs, summarizeHistogram } from "../../lib/metrics/histogram.ts";
import { countBelow, deviationOf, percentileOf } from "../../lib/metrics/histogram_reading.ts";
import { histogramOf } from "../helpers/epoch_records.ts";

/** Durations from 1 ns to minutes, the same each time. */
const DURATIONS = Array.from({ length: 500 }, (_, index) => Math.floor(1.05 ** index) + index % 7);

test("percentileOf() finds in a summary what percentileNs() finds in the histogram", () => {
  const words = histogramOf(...DURATIONS), summary = summarizeHistogram(words);
  for (const percent of [0, 0.1, 1, 5, 37.5, 50, 90, 99, 99.9, 99.99, 100]) {
    assert.equal(percentileOf(summary, percent), percentileNs(words, percent), `p${percent}`);
  }
});

test("percentileOf() and deviationOf() of an empty histogram are 0", () => {
  const empty = summarizeHistogram(histogramOf());
  assert.equal(percentileOf(empty, 99), 0);
  assert.equal(deviationOf(empty), 0);
});

test("deviationOf() is within 1 % of the deviation of the durations themselves", () => {
  const mean = DURATIONS.reduce((sum, value) => sum + value, 0) / DURATIONS.length;
  const deviation = Math.sqrt(
    DURATIONS.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DURATIONS.length,
  );
  const found = deviationOf(summarizeHistogram(histogramOf(...DURATIONS)));
  assert.ok(Math.abs(found / deviation - 1) < 0.01, `${found} for ${deviation}`);
});

test("countBelow() counts exactly at powers of two", () => {
  const summary = summarizeHistogram(histogramOf(...DURATIONS));
  for (let power = 0; power < 36; power++) {
    const expected = DURATIONS.filter((value) => value < 2 ** power).length;
    assert.equal(countBelow(summary, 2 ** power), expected, `2^${power}`);
  }
});
