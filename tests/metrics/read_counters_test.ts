import assert from "node:assert/strict";
import { test } from "node:test";
import { record, summarizeHistogram } from "../../lib/metrics/histogram.ts";
import {
  COUNTER_WORD,
  COUNTERS,
  HISTOGRAMS,
  READER_WORDS,
  ReaderCounters,
  sumTotals,
} from "../../lib/metrics/read_counters.ts";

test("ReaderCounters keeps each counter and each histogram in words of its own", () => {
  const counters = new ReaderCounters(new Float64Array(READER_WORDS));
  COUNTERS.forEach((name, index) => counters.words[COUNTER_WORD[name]] += index + 1);
  HISTOGRAMS.forEach((name, index) => {
    for (let times = 0; times <= index; times++) record(counters[name], 1000);
  });
  counters.slowReads.fill(99);
  assert.deepEqual(counters.totals(), Object.fromEntries(COUNTERS.map((name, index) => [name, index + 1])));
  HISTOGRAMS.forEach((name, index) => assert.equal(summarizeHistogram(counters[name]).count, index + 1));
});

test("sumTotals() adds counter by counter", () => {
  const totalsOf = (factor: number) => {
    const counters = new ReaderCounters(new Float64Array(READER_WORDS));
    COUNTERS.forEach((_, index) => counters.words[index] = factor * index);
    return counters.totals();
  };
  assert.deepEqual(sumTotals([totalsOf(1), totalsOf(10), totalsOf(100)]), totalsOf(111));
  assert.deepEqual(sumTotals([]), totalsOf(0));
});
