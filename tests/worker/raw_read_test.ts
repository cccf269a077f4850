import assert from "node:assert/strict";
import { test } from "node:test";
import { percentileNs, record } from "../../lib/metrics/histogram.ts";
import { findBlock, histogramOf, makeHistograms, mergeHistograms } from "../../lib/worker/raw_read.ts";

test("findBlock() goes through each file once, and begins anew only where that is wanted", () => {
  const plan = { paths: ["a", "b", "c"], blocks: [2, 0, 1], blockBytes: 10, direct: true };
  const found = (wraps: boolean) =>
    Array.from({ length: 5 }, (_, claimed) => findBlock({ ...plan, wraps }, claimed));
  const once = [{ file: 0, offsetBytes: 0 }, { file: 0, offsetBytes: 10 }, { file: 2, offsetBytes: 0 }];
  assert.deepEqual(found(false), [...once, undefined, undefined]);
  assert.deepEqual(found(true), [...once, once[0], once[1]]);
  assert.equal(findBlock({ ...plan, blocks: [0, 0, 0], wraps: true }, 0), undefined);
});

test("mergeHistograms() adds up what each thread recorded by itself", () => {
  const histograms = makeHistograms(2);
  record(histogramOf(histograms, 0), 100);
  record(histogramOf(histograms, 1), 50);
  record(histogramOf(histograms, 1), 60);
  const merged = mergeHistograms(histograms, 2);
  assert.deepEqual([0, 50, 100].map((percent) => percentileNs(merged, percent)), [50, 60, 100]);
});
