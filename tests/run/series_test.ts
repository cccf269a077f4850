import assert from "node:assert/strict";
import { test } from "node:test";
import type { CounterTotals } from "../../lib/metrics/read_counters.ts";
import type { SeriesPoint } from "../../lib/metrics/series.ts";
import { Series } from "../../lib/run/series.ts";
import { histogramOf, totalsWith } from "../helpers/epoch_records.ts";

function glanceAt(
  seconds: number,
  stepsDone: number,
  totals: Partial<CounterTotals> = {},
  readsNs: readonly number[] = [],
): Glance {
  const zero = { extents: 0, usefulBytes: 0, requestedBytes: 0, reads: 0, readNs: 0, decodeNs: 0 };
  return {
    elapsedNs: seconds * 1e9,
    stepsDone,
    totals: totalsWith({ ...zero, ...totals }),
    readHistogram: () => histogramOf(...readsNs),
  };
}

type Glance = Parameters<Series["add"]>[0];

/** Returns the points of an epoch with these glances, the last one its end. */
function pointsOf(...glances: Glance[]): SeriesPoint[] {
  const points: SeriesPoint[] = [];
  let looks = 0;
  const series = new Series({
    phase: "training",
    epoch: 3,
    samplesPerStep: 1000,
    // At each look two CPU seconds and 3,000 bytes more, from some other beginning than 0.
    processUse: () => ({ cpuSeconds: 10 + 2 * ++looks, deviceBytes: 5000 + 3000 * looks }),
    onSecond: (point) => points.push(point),
  });
  glances.forEach((glance, index) => series.add(glance, index === glances.length - 1));
  return points;
}

test("Series makes a point a second and one of what is left", () => {
  const points = pointsOf(
    ...[0.25, 0.5, 1, 1.5, 2.5, 3, 3.25].map((seconds) => glanceAt(seconds, seconds * 4)),
  );
  assert.deepEqual(points.map((point) => [point.elapsed_seconds, point.interval_seconds, point.steps_done]), [
    [1, 1, 4],
    [2.5, 1.5, 10],
    [3.25, 0.75, 13],
  ]);
  assert.ok(points.every(({ epoch, samples_per_second }) => epoch === 3 && samples_per_second === 4000));
});

test("Series gives rates and means of the interval, not since the beginning", () => {
  const [, second] = pointsOf(
    glanceAt(1, 10, {
      extents: 10,
      usefulBytes: 500,
      requestedBytes: 600,
      reads: 40,
      readNs: 1e6,
      decodeNs: 5e5,
    }, [9000, 50]),
    glanceAt(3, 20, {
      extents: 14,
      usefulBytes: 900,
      requestedBytes: 1100,
      reads: 50,
      readNs: 1.2e6,
      decodeNs: 6e5,
    }, [9000, 50, 10, 10, 20]),
  );
  assert.deepEqual(second, {
    epoch: 3,
    phase: "training",
    elapsed_seconds: 3,
    interval_seconds: 2,
    steps_done: 20,
    samples_per_second: 5000,
    useful_bytes_per_second: 200,
    requested_bytes_per_second: 250,
    reads_per_second: 5,
    mean_extent_read_us: 50,
    mean_extent_decode_us: 25,
    read_p50_us: 0.01,
    read_p99_us: 0.02,
    read_max_us: 0.02,
    device_bytes_per_second: 1500,
    cpu_cores_used: 1,
  });
});

test("Series gives zero means for an interval without an extent, and no point for no time", () => {
  const points = pointsOf(glanceAt(1, 0), glanceAt(1, 0));
  assert.equal(points.length, 1);
  assert.equal(points[0].mean_extent_read_us, 0);
  assert.equal(points[0].mean_extent_decode_us, 0);
  assert.deepEqual([points[0].read_p50_us, points[0].read_p99_us, points[0].read_max_us], [0, 0, 0]);
});

test("Series says null, not zero, of device bytes that nobody accounts", () => {
  const points: SeriesPoint[] = [];
  const processUse = () => ({ cpuSeconds: 1 });
  const series = new Series({
    phase: "evaluation",
    epoch: 1,
    samplesPerStep: 1,
    processUse,
    onSecond: (point) => points.push(point),
  });
  series.add(glanceAt(1, 1));
  assert.equal(points[0].device_bytes_per_second, null);
});

test("Series.seconds() keeps the rates of each second, and tells which are whole", () => {
  const series = new Series({
    phase: "training",
    epoch: 1,
    samplesPerStep: 10,
    processUse: () => ({ cpuSeconds: 0 }),
    onSecond: () => {},
  });
  series.add(glanceAt(1.5, 3, { requestedBytes: 300 }));
  series.add(glanceAt(1.75, 4));
  series.add(glanceAt(2, 5, { requestedBytes: 500 }), true);
  assert.deepEqual(series.seconds(), [
    {
      elapsedNs: 1.5e9,
      intervalNs: 1.5e9,
      samplesPerSecond: 20,
      requestedBytesPerSecond: 200,
      isWhole: true,
    },
    { elapsedNs: 2e9, intervalNs: 0.5e9, samplesPerSecond: 40, requestedBytesPerSecond: 400, isWhole: false },
  ]);
});
