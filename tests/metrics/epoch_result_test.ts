import assert from "node:assert/strict";
import { test } from "node:test";
import { auOf, bytesPerSecond, samplesPerSecondOf } from "../../lib/metrics/epoch_record.ts";
import {
  meanAndDeviation,
  meanOf,
  resultOfAccelerator,
  resultOfEvaluation,
} from "../../lib/metrics/epoch_result.ts";
import { acceleratorWith, epochWith, histogramOf } from "../helpers/epoch_records.ts";

test("resultOfAccelerator() gives AU, rate and shares of the measured time", () => {
  const totals = {
    steps: 12,
    countedSteps: 10,
    computeNs: 3.75e6,
    storageWaitNs: 0.5e6,
    decodeWaitNs: 0.25e6,
    preprocessWaitNs: 0.125e6,
    windowWaitNs: 0.125e6,
    barrierWaitNs: 0.25e6,
    stalls: histogramOf(1e6),
    measuredNs: 5e6,
    elapsedNs: 6e6,
  };
  assert.deepEqual(resultOfAccelerator(totals, 12_288), {
    auPercent: 75,
    samplesPerSecond: 24_576_000,
    storageWaitPercent: 10,
    decodeWaitPercent: 5,
    preprocessWaitPercent: 2.5,
    windowWaitPercent: 2.5,
    barrierWaitPercent: 5,
    totals,
  });
});

test("resultOfAccelerator() is zero where no step counted or no time passed", () => {
  const waits = { storageWaitNs: 0, decodeWaitNs: 0, preprocessWaitNs: 0, windowWaitNs: 0, barrierWaitNs: 7 };
  const some = { steps: 1, computeNs: 0, ...waits, stalls: histogramOf(), elapsedNs: 7 };
  for (
    const totals of [{ ...some, countedSteps: 0, measuredNs: 7 }, { ...some, countedSteps: 1, measuredNs: 0 }]
  ) {
    const { totals: _, ...figures } = resultOfAccelerator(totals, 100);
    assert.deepEqual(Object.values(figures), [0, 0, 0, 0, 0, 0, 0]);
  }
});

test("resultOfEvaluation() has the rate of all steps in the whole time, all else as in training", () => {
  const { totals } = acceleratorWith(); // 101 steps in 1.25 s
  const { samplesPerSecond, ...rest } = resultOfEvaluation(totals, 500);
  const { samplesPerSecond: _, ...training } = resultOfAccelerator(totals, 500);
  assert.equal(samplesPerSecond, 101 * 500 / 1.25);
  assert.deepEqual(rest, training);
  assert.equal(resultOfEvaluation({ ...totals, steps: 0, elapsedNs: 0 }, 500).samplesPerSecond, 0);
});

test("meanAndDeviation() is numpy's mean and population deviation", () => {
  // The last row is the published run of dlio.md §5, which is rounded to two digits.
  const table: [number[], number, number][] = [
    [[], 0, 0],
    [[5], 5, 0],
    [[2, 4, 4, 4, 5, 5, 7, 9], 5, 2],
    [[-1, 1], 0, 1],
    [[92.79, 92.77, 92.59, 89.72, 91.07], 91.788, 1.2147],
  ];
  for (const [values, mean, deviation] of table) {
    const found = meanAndDeviation(values);
    assert.ok(Math.abs(found.mean - mean) < 0.001, `mean of ${values}: ${found.mean}`);
    assert.ok(Math.abs(found.deviation - deviation) < 0.005, `deviation of ${values}: ${found.deviation}`);
  }
  assert.equal(meanOf([]), 0);
});

test("auOf() is the mean and samplesPerSecondOf() the sum over accelerators", () => {
  const epoch = epochWith({
    accelerators: [acceleratorWith({ computeNs: 0.9e9 }), acceleratorWith({ computeNs: 0.5e9 })],
  });
  assert.equal(auOf(epoch), 70);
  assert.equal(samplesPerSecondOf(epoch), 2 * 100 * 1000);
});

test("bytesPerSecond() is a rate over the whole epoch", () => {
  assert.equal(bytesPerSecond(epochWith({ durationNs: 2e9 }), 100), 50);
  assert.equal(bytesPerSecond(epochWith({ durationNs: 0 }), 100), 0);
});
