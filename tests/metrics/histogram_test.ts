import assert from "node:assert/strict";
import { test } from "node:test";
import {
  difference,
  HISTOGRAM_WORDS,
  maxNs,
  merge,
  percentileNs,
  record,
  summarizeHistogram,
} from "../../lib/metrics/histogram.ts";
import { histogramOf } from "../helpers/epoch_records.ts";
import { type RandomSource, randomSource } from "../helpers/random_source.ts";

const NINE_HOURS_NS = 9 * 3600 * 1e9;

const DISTRIBUTIONS: Record<string, (random: RandomSource) => number> = {
  "a few nanoseconds": (random) => random.integer(1, 200),
  "about 24 us": (random) => 20_000 + random.fraction() * 8000,
  "two modes, as cache and disk": (random) =>
    random.integer(0, 9) > 0 ? 700 + random.fraction() * 300 : 2e6 + random.fraction() * 1e6,
  "a long tail": (random) => 10_000 / (1 - random.fraction()),
  "any magnitude up to 9 h": (random) => NINE_HOURS_NS ** random.fraction(),
  "hours": (random) => NINE_HOURS_NS * (0.5 + random.fraction() / 2),
  "all the same": () => 123_457,
};

function drawValues(draw: (random: RandomSource) => number, count: number): number[] {
  const random = randomSource(count);
  return Array.from({ length: count }, () => Math.floor(draw(random)));
}

test("percentileNs() is within 1 % of the value that sorting finds", () => {
  for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
    for (const count of [1, 2, 10, 999, 20_000]) {
      const values = drawValues(draw, count);
      const words = histogramOf(...values);
      const sorted = Float64Array.from(values).sort();
      for (const percent of [0, 0.1, 1, 25, 50, 90, 99, 99.9, 99.99, 100]) {
        const exact = sorted[Math.max(1, Math.ceil(count * percent / 100)) - 1];
        const found = percentileNs(words, percent);
        assert.ok(
          Math.abs(found - exact) <= exact * 0.01,
          `${name}, ${count} values, p${percent}: ${found}, sorted ${exact}`,
        );
      }
    }
  }
});

test("record() errs by less than 1 % for every magnitude from 1 ns to 9 hours", () => {
  for (let valueNs = 1; valueNs < NINE_HOURS_NS; valueNs = Math.ceil(valueNs * 1.003)) {
    // Two more values keep minimum and maximum from being the answer.
    const words = histogramOf(0, valueNs, 2 * NINE_HOURS_NS);
    const found = percentileNs(words, 50);
    assert.ok(Math.abs(found - valueNs) <= valueNs * 0.01, `${found} for ${valueNs}`);
  }
});

test("record() counts what is out of its range: below 0 as 0, above 9 h as the longest that it can tell", () => {
  const words = histogramOf(-5, 3 * NINE_HOURS_NS, NaN);
  const { count, min_ns, max_ns, p50_ns, p99_ns } = summarizeHistogram(words);
  assert.deepEqual([count, min_ns, max_ns, p50_ns], [3, 0, 3 * NINE_HOURS_NS, 0]);
  assert.ok(p99_ns > NINE_HOURS_NS && p99_ns < max_ns);
});

test("summarizeHistogram() gives count, mean, minimum and maximum exactly", () => {
  for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
    const values = drawValues(draw, 1000);
    const summary = summarizeHistogram(histogramOf(...values));
    assert.equal(summary.count, 1000, name);
    assert.equal(summary.min_ns, Math.min(...values), name);
    assert.equal(summary.max_ns, Math.max(...values), name);
    assert.equal(summary.mean_ns, values.reduce((sum, value) => sum + value, 0) / 1000, name);
    assert.ok(summary.min_ns <= summary.p50_ns && summary.p50_ns <= summary.p90_ns, name);
    assert.ok(summary.p90_ns <= summary.p99_ns && summary.p99_ns <= summary.p99_9_ns, name);
    assert.ok(summary.p99_9_ns <= summary.p99_99_ns && summary.p99_99_ns <= summary.max_ns, name);
  }
});

test("summarizeHistogram() gives buckets that hold every value, each above its lower edge", () => {
  const values = drawValues(DISTRIBUTIONS["any magnitude up to 9 h"], 2000);
  const { buckets } = summarizeHistogram(histogramOf(...values));
  assert.equal(buckets.reduce((sum, [, count]) => sum + count, 0), values.length);
  const sorted = Float64Array.from(values).sort();
  let seen = 0;
  buckets.forEach(([lowerNs, count], index) => {
    const nextLowerNs = buckets[index + 1]?.[0] ?? Infinity;
    for (const value of sorted.slice(seen, seen + count)) {
      assert.ok(value >= lowerNs && value < nextLowerNs, `${value} in ${lowerNs} to ${nextLowerNs}`);
    }
    seen += count;
  });
});

test("summarizeHistogram() gives zeros for an empty histogram", () => {
  assert.deepEqual(summarizeHistogram(new Float64Array(HISTOGRAM_WORDS)), {
    count: 0,
    mean_ns: 0,
    min_ns: 0,
    p50_ns: 0,
    p90_ns: 0,
    p99_ns: 0,
    p99_9_ns: 0,
    p99_99_ns: 0,
    max_ns: 0,
    buckets: [],
  });
});

test("merge() gives what recording everything in one histogram gives", () => {
  for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
    const values = drawValues(draw, 900);
    const merged = new Float64Array(HISTOGRAM_WORDS);
    for (let part = 0; part < 3; part++) {
      merge(merged, histogramOf(...values.slice(part * 300, (part + 1) * 300)));
    }
    // The mean of hours is a sum beyond 2^53 ns, whose last digits depend on the order.
    const { mean_ns, ...others } = summarizeHistogram(merged);
    const { mean_ns: meanOfAllNs, ...othersOfAll } = summarizeHistogram(histogramOf(...values));
    assert.deepEqual(others, othersOfAll, name);
    assert.ok(Math.abs(mean_ns / meanOfAllNs - 1) < 1e-14, name);
  }
});

test("merge() takes nothing from an empty histogram and all into one", () => {
  const empty = () => new Float64Array(HISTOGRAM_WORDS);
  const some = histogramOf(5, 500);
  const into = histogramOf(5, 500);
  merge(into, empty());
  assert.deepEqual(into, some);
  const fresh = empty();
  merge(fresh, some);
  assert.deepEqual(fresh, some);
});

test("difference() gives what was recorded between two readings, minimum and maximum within 1 %", () => {
  for (const [name, draw] of Object.entries(DISTRIBUTIONS)) {
    for (const [numBefore, numBetween] of [[0, 500], [500, 3], [500, 500], [1, 1]]) {
      const values = drawValues(draw, numBefore + numBetween), between = values.slice(numBefore);
      const found = difference(histogramOf(...values), histogramOf(...values.slice(0, numBefore)));
      const { mean_ns, min_ns, max_ns, ...others } = summarizeHistogram(found);
      const wanted = summarizeHistogram(histogramOf(...between));
      const isNear = (foundNs: number, exactNs: number) => Math.abs(foundNs - exactNs) <= exactNs * 0.01;
      assert.equal(others.count, wanted.count, name);
      assert.deepEqual(others.buckets, wanted.buckets, name);
      assert.ok(isNear(mean_ns, wanted.mean_ns), `${name}: mean ${mean_ns}, ${wanted.mean_ns}`);
      assert.ok(isNear(min_ns, wanted.min_ns), `${name}: min ${min_ns}, ${wanted.min_ns}`);
      assert.ok(isNear(max_ns, wanted.max_ns), `${name}: max ${max_ns}, ${wanted.max_ns}`);
      assert.ok(isNear(others.p50_ns, percentileNs(histogramOf(...between), 50)), name);
    }
  }
  assert.deepEqual(difference(histogramOf(7), histogramOf(7)), histogramOf());
});

test("maxNs() is the longest duration exactly, 0 of none", () => {
  assert.equal(maxNs(histogramOf(5, NINE_HOURS_NS, 123_457)), NINE_HOURS_NS);
  assert.equal(maxNs(histogramOf()), 0);
});

test("record() counts into the words that it is given, among others", () => {
  const shared = new Float64Array(new SharedArrayBuffer(3 * HISTOGRAM_WORDS * 8));
  record(shared.subarray(HISTOGRAM_WORDS, 2 * HISTOGRAM_WORDS), NINE_HOURS_NS);
  assert.ok(shared.subarray(0, HISTOGRAM_WORDS).every((word) => word === 0));
  assert.ok(shared.subarray(2 * HISTOGRAM_WORDS).every((word) => word === 0));
});
