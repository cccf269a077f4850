import assert from "node:assert/strict";
import { test } from "node:test";
import type { EpochSecond } from "../../lib/metrics/epoch_record.ts";
import { findOutliers, medianOf } from "../../lib/metrics/outliers.ts";
import { epochSteadinessOf, steadinessOf } from "../../lib/metrics/steadiness.ts";
import { fitTrend } from "../../lib/metrics/trend.ts";
import { acceleratorWith, epochWith, hostWith, totalsWith } from "../helpers/epoch_records.ts";
import { randomSource } from "../helpers/random_source.ts";

/** Returns whole seconds with these bytes/s, and half a second more. */
function secondsOf(...rates: number[]): EpochSecond[] {
  const whole = rates.map((rate, index) => ({
    elapsedNs: (index + 1) * 1e9,
    intervalNs: 1e9,
    samplesPerSecond: 7,
    requestedBytesPerSecond: rate,
    isWhole: true,
  }));
  return [...whole, {
    elapsedNs: rates.length * 1e9 + 0.5e9,
    intervalNs: 0.5e9,
    samplesPerSecond: 1,
    requestedBytesPerSecond: 1,
    isWhole: false,
  }];
}

function epochOfRates(...rates: number[]) {
  return epochWith({ seconds: secondsOf(...rates), durationNs: (rates.length + 0.5) * 1e9 });
}

function epochOfAu(auPercent: number, epoch = 1) {
  return epochWith({ epoch, accelerators: [acceleratorWith({ computeNs: auPercent * 1e7 })] });
}

test("steadinessOf() varies by the whole seconds alone", () => {
  const { wholeSeconds, variationPercent, trend } = steadinessOf([epochOfRates(90, 100, 110)]);
  assert.equal(wholeSeconds, 3);
  assert.ok(Math.abs(variationPercent! - Math.sqrt(200 / 3)) < 1e-9); // of a mean of 100
  assert.equal(trend, undefined);
  assert.equal(steadinessOf([epochOfRates(90, 110)]).variationPercent, undefined);
  assert.equal(steadinessOf([]).variationPercent, undefined);
});

test("steadinessOf() takes samples where no byte was read", () => {
  assert.equal(steadinessOf([epochOfRates(0, 0, 0)]).variationPercent, 0);
});

test("steadinessOf() takes a second without bytes among others for one", () => {
  assert.ok(
    Math.abs(steadinessOf([epochOfRates(0, 14, 7)]).variationPercent! - Math.sqrt(2 / 3) * 100) < 1e-9,
  );
  const { variationPercent } = epochSteadinessOf(epochOfRates(0, 14, 7));
  assert.ok(Math.abs(variationPercent! - Math.sqrt(2 / 3) * 100) < 1e-9);
});

test("steadinessOf() leaves out epochs that were cut short", () => {
  const cutShort = { ...epochOfRates(1, 2, 3), complete: false };
  assert.equal(steadinessOf([cutShort]).wholeSeconds, 0);
});

test("steadinessOf() puts the epochs one behind the other to find a trend", () => {
  const falling = Array.from({ length: 20 }, (_, second) => 1000 - 10 * second);
  const { trend } = steadinessOf([
    epochOfRates(...falling.slice(0, 10)),
    epochOfRates(...falling.slice(10)),
  ]);
  assert.equal(trend!.isSignificant, true);
  // The half second between the epochs belongs to the axis.
  assert.ok(Math.abs(trend!.changePercent + 19) < 1, `${trend!.changePercent}`);
});

test("fitTrend() tells a line from first to last", () => {
  const table: [name: string, values: number[], change: number, significant: boolean][] = [
    ["level", Array(20).fill(100), 0, false],
    ["half", Array.from({ length: 21 }, (_, at) => 100 - 2.5 * at), -50, true],
    ["double", Array.from({ length: 21 }, (_, at) => 100 + 5 * at), 100, true],
    ["a few slow seconds", Array.from({ length: 21 }, (_, at) => at % 7 === 3 ? 1 : 100), 0, false],
  ];
  for (const [name, values, change, significant] of table) {
    const trend = fitTrend(values.map((value, at) => ({ at, value })))!;
    assert.ok(Math.abs(trend.changePercent - change) < 1e-9, `${name}: ${trend.changePercent}`);
    assert.equal(trend.isSignificant, significant, name);
  }
  assert.equal(fitTrend([{ at: 0, value: 0 }, { at: 1, value: 0 }]), undefined);
});

test("fitTrend() thins out long runs and finds the same", () => {
  const points = Array.from({ length: 3001 }, (_, at) => ({ at, value: 1000 - at / 10 + 50 * (at % 2) }));
  const { changePercent, isSignificant } = fitTrend(points)!;
  assert.ok(Math.abs(changePercent + 29) < 1, `${changePercent}`);
  assert.equal(isSignificant, true);
});

test("fitTrend() hardly ever finds one in noise", () => {
  const random = randomSource(1);
  let found = 0;
  for (let round = 0; round < 300; round++) {
    const points = Array.from({ length: 40 }, (_, at) => ({ at, value: 100 + random.fraction() }));
    if (fitTrend(points)!.isSignificant) found++;
  }
  assert.ok(found <= 9, `${found} of 300`); // 3 are expected
});

test("findOutliers() wants more than three scaled deviations, and more than the floor", () => {
  const values = [9, 10, 11, 10, 12, 8, 10]; // median 10, median absolute deviation 1
  const table: [value: number, floor: number, isOutlier: boolean][] = [
    [14.4, 0, false],
    [14.5, 0, true],
    [5.5, 0, true],
    [14.5, 4.6, false],
  ];
  for (const [value, floor, isOutlier] of table) {
    const found = findOutliers([...values, value, 10], floor); // still median 10 and deviation 1
    assert.deepEqual(found.map(({ index }) => index), isOutlier ? [7] : [], `${value}`);
  }
  const [outlier] = findOutliers([...values, 25, 10], 0);
  assert.equal(outlier.median, 10);
  assert.ok(Math.abs(outlier.deviations! - 15 / 1.4826) < 1e-9);
});

test("medianOf() takes the middle, or the mean of the two", () => {
  const table: [number[], number][] = [[[], 0], [[3], 3], [[10, 9, 2], 9], [[4, 1, 3, 2], 2.5]];
  for (const [values, median] of table) assert.equal(medianOf(values), median);
});

test("steadinessOf() flags epochs that differ, by AU and by rate", () => {
  const flagged = (...aus: number[]) =>
    steadinessOf(aus.map((au, index) => epochOfAu(au, index + 1))).outliers
      .map(({ epoch, figure }) => `${epoch} ${figure}`);
  assert.deepEqual(flagged(80, 80, 80), []);
  assert.deepEqual(flagged(80, 80, 20), [], "three epochs are too few");
  assert.deepEqual(flagged(80, 80, 80, 20), ["4 au_percentage"]);
  assert.deepEqual(flagged(80, 80, 80, 79.01), [], "less than a point is noise");
  assert.deepEqual(flagged(60, 70, 80, 90), []);
  const slow = epochWith({ epoch: 3, accelerators: [acceleratorWith({ countedSteps: 50 })] });
  const { outliers } = steadinessOf([1, 2, 4, 5].map((epoch) => epochWith({ epoch })).toSpliced(2, 0, slow));
  assert.deepEqual(outliers, [{
    epoch: 3,
    figure: "samples_per_second",
    value: 50_000,
    median: 100_000,
  }]);
});

test("epochSteadinessOf() tells when readers were done, once all were", () => {
  const reader = (doneNs: number) => totalsWith({ doneNs });
  const done = epochSteadinessOf(epochWith({ readers: [reader(1.5e9), reader(1e9), reader(1.2e9)] }));
  assert.deepEqual(
    [done.firstReaderDoneNs, done.lastReaderDoneNs, done.tailPercent],
    [1e9, 1.5e9, 25],
  );
  const cut = epochSteadinessOf(epochWith({ readers: [reader(1.5e9), reader(0)] }));
  assert.deepEqual(
    [cut.firstReaderDoneNs, cut.lastReaderDoneNs, cut.tailPercent],
    [undefined, undefined, undefined],
  );
});

test("epochSteadinessOf() compares the three clocks", () => {
  const host = hostWith({ monotonicNs: 2e9, realtimeNs: 1e9, boottimeNs: 5e9 });
  const { clockStepNs, suspendedNs } = epochSteadinessOf(epochWith({ host }));
  assert.deepEqual([clockStepNs, suspendedNs], [-1e9, 3e9]);
});
