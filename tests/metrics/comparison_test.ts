import assert from "node:assert/strict";
import { test } from "node:test";
import type { Side } from "../../lib/metrics/comparability.ts";
import { compareSides } from "../../lib/metrics/comparison.ts";
import type { Comparison } from "../../lib/metrics/comparison_document.ts";
import { checkThresholds, parseThreshold } from "../../lib/metrics/thresholds.ts";
import { documentedKeys, isDocumentedBy, keysOf } from "../helpers/documented_keys.ts";
import { epochOf, resultOf, sideOf } from "../helpers/comparisons.ts";
import { acceleratorWith, cacheWith, histogramOf, hostWith } from "../helpers/epoch_records.ts";

const EVEN = [80, 80.1, 79.9, 80, 80.2];

function metricOf({ metrics }: Comparison, name: string) {
  return metrics.find((metric) => metric.name === name)!;
}

/** Returns each AU, changed by so many percent. */
function scaled(aus: readonly number[], percent: number): number[] {
  return aus.map((au) => au * (1 + percent / 100));
}

test("compareSides() calls a run and itself within noise", () => {
  const comparison = compareSides(sideOf("a", [EVEN]), sideOf("b", [EVEN]));
  assert.equal(comparison.verdict, "within_noise");
  assert.equal(comparison.noise_from, "epochs");
  for (const { name, difference, verdict } of comparison.metrics) {
    assert.deepEqual([difference, verdict], [0, "within_noise"], name);
  }
});

test("compareSides() finds what is beyond the noise, and says which way", () => {
  const worse = compareSides(sideOf("a", [EVEN]), sideOf("b", [scaled(EVEN, -5)]));
  assert.equal(worse.verdict, "worse");
  const au = metricOf(worse, "au");
  assert.ok(Math.abs(au.difference_percentage! + 5) < 1e-9);
  assert.ok(
    au.interval_low_percentage! < -5 && au.interval_high_percentage! > -5 && au.noise_percentage! < 5,
  );
  const verdicts = [
    "au",
    "samples_per_second",
    "useful_bytes_per_second",
    "device_bytes_per_second",
    "read_p50",
  ]
    .map((name) => metricOf(worse, name).verdict);
  assert.deepEqual(verdicts, ["worse", "worse", "worse", "lower", "within_noise"]);
  assert.equal(compareSides(sideOf("a", [scaled(EVEN, -5)]), sideOf("b", [EVEN])).verdict, "better");
});

test("compareSides() calls no difference below the least one that counts", () => {
  const cases: [number, number, string][] = [[1, -1.9, "within_noise"], [1, -2.1, "worse"], [
    3,
    -0.9,
    "within_noise",
  ]];
  const still = [80, 80, 80];
  for (const [numRuns, percent, verdict] of cases) {
    const runs = Array.from({ length: numRuns }, () => still);
    const comparison = compareSides(sideOf("a", runs), sideOf("b", runs.map((aus) => scaled(aus, percent))));
    assert.equal(metricOf(comparison, "au").verdict, verdict, `${numRuns} runs, ${percent} %`);
  }
});

test("compareSides() takes the noise from runs where there are three on each side", () => {
  // Epochs of a run agree; runs do not.
  const base = sideOf("a", [70, 80, 90].map((au) => [au, au, au]));
  const next = sideOf("b", [65, 75, 85].map((au) => [au, au, au]));
  const comparison = compareSides(base, next);
  assert.equal(comparison.noise_from, "runs");
  assert.deepEqual(metricOf(comparison, "au").base_values.map(Math.round), [70, 80, 90]);
  assert.equal(metricOf(comparison, "au").verdict, "within_noise");
  // Two runs on one side: epochs of all runs, whose spread holds that between runs.
  const fewer = compareSides(base.slice(1), next);
  assert.equal(fewer.noise_from, "epochs");
  assert.equal(metricOf(fewer, "au").base_values.length, 6);
});

test("compareSides() is not misled by one disturbed epoch, either way", () => {
  const base = sideOf("a", [[...EVEN, ...EVEN]]);
  const disturbed = scaled([...EVEN, ...EVEN], -5).with(3, 20);
  assert.equal(metricOf(compareSides(base, sideOf("b", [disturbed])), "au").verdict, "worse");
  assert.equal(compareSides(base, sideOf("b", [[...EVEN, ...EVEN].with(3, 20)])).verdict, "within_noise");
});

test("compareSides() takes no figure of single runs to be surer than the rate", () => {
  const restless = [60, 70, 80, 90, 95];
  const withReads = (path: string, readNs: number) => {
    const histograms = { read: histogramOf(readNs), extent: histogramOf(50), decode: histogramOf(10) };
    return resultOf(path, restless.map((au) => epochOf(au, { histograms })));
  };
  const reads = (numRuns: number) => {
    const side = (readNs: number) => Array.from({ length: numRuns }, (_, run) => withReads(`${run}`, readNs));
    return metricOf(compareSides(side(100), side(120)), "read_p50");
  };
  const [single, repeated] = [reads(1), reads(3)];
  assert.deepEqual([single.verdict, repeated.verdict], ["within_noise", "worse"]);
  assert.ok(single.noise_percentage! > 20 && repeated.noise_percentage! < 2);
});

test("compareSides() goes by the rate of whole epochs where that from the first step on is uneven", () => {
  // As of short epochs, of which a part is prefetched while the first step computes.
  const uneven = [64.8, 66.2, 64.8, 67.7, 69.1, 64.8, 66.2, 67.7];
  const lasting = (path: string, seconds: number): Side => [
    resultOf(path, uneven.map((au, index) => epochOf(au, { durationNs: (seconds + index * 1e-4) * 1e9 }))),
  ];
  const comparison = compareSides(lasting("a", 0.774), lasting("b", 0.774 / 0.95));
  assert.equal(comparison.verdict, "worse");
  assert.deepEqual(
    ["au", "samples_per_second", "useful_bytes_per_second"].map((name) => metricOf(comparison, name).verdict),
    ["within_noise", "within_noise", "worse"],
  );
  assert.equal(compareSides(lasting("a", 0.774), lasting("b", 0.778)).verdict, "within_noise");
});

test("compareSides() leaves out first epochs that found another cache", () => {
  const cold = (path: string, first: number): Side => {
    const epochs = [first, ...EVEN].map((au, index) =>
      epochOf(au, { epoch: index + 1, cacheBefore: cacheWith(1000, index === 0 ? 0 : 1000) })
    );
    return [resultOf(path, epochs)];
  };
  const comparison = compareSides(cold("a", 30), cold("b", 10));
  assert.equal(comparison.first_epochs_left_out, true);
  assert.equal(comparison.base.epochs, 5);
  assert.equal(comparison.verdict, "within_noise");
  assert.equal(compareSides(sideOf("a", [EVEN]), sideOf("b", [EVEN])).first_epochs_left_out, false);
});

test("compareSides() gives no verdict without a noise, and no figure that a side does not have", () => {
  const comparison = compareSides(sideOf("a", [[80]]), sideOf("b", [[70]]));
  assert.deepEqual([comparison.verdict, comparison.noise_from], ["unknown", "unknown"]);
  assert.equal(metricOf(comparison, "au").verdict, "unknown");
  assert.equal(Math.round(metricOf(comparison, "au").difference!), -10);
  const untold = [resultOf("c", EVEN.map((au) => epochOf(au, { deviceBytes: undefined })))];
  const device = metricOf(compareSides(sideOf("a", [EVEN]), untold), "device_bytes_per_second");
  assert.deepEqual([device.new, device.difference, device.verdict], [null, null, "unknown"]);
  const idle = [
    resultOf("d", EVEN.map(() => epochOf(80, { accelerators: [acceleratorWith({ computeNs: 0 })] }))),
  ];
  assert.equal(metricOf(compareSides(idle, idle), "au").base, null);
});

test("compareSides() has an absolute difference of what was 0 before", () => {
  const stalled = acceleratorWith({ stalls: histogramOf(5000, 5000) });
  const next = [resultOf("b", EVEN.map(() => epochOf(80, { accelerators: [stalled] })))];
  const base = [resultOf("a", EVEN.map(() => epochOf(80, { accelerators: [acceleratorWith()] })))];
  const stall = metricOf(compareSides(base, next), "stall_p99");
  assert.deepEqual([stall.base, stall.difference_percentage, stall.verdict], [0, null, "worse"]);
  assert.ok(Math.abs(stall.difference! - 5) < 0.05);
});

test("compareSides() says better and worse of different figures, and of more load neither", () => {
  const base = [resultOf("a", EVEN.map((au) => epochOf(au)))];
  const slowReads = { read: histogramOf(200), extent: histogramOf(50), decode: histogramOf(10) };
  const mixed = [resultOf("b", scaled(EVEN, 5).map((au) => epochOf(au, { histograms: slowReads })))];
  assert.equal(compareSides(base, mixed).verdict, "mixed");
  const busy = [resultOf("c", EVEN.map((au) => epochOf(au, { host: hostWith({ userSeconds: 4 }) })))];
  const comparison = compareSides(base, busy);
  assert.equal(metricOf(comparison, "cores_used").verdict, "higher");
  assert.equal(comparison.verdict, "within_noise");
});

test("compareSides() warns and gives no verdict where the sides did not measure the same", () => {
  const other = [resultOf("b", EVEN.map((au) => epochOf(au / 2)), { numAccelerators: 2 })];
  const comparison = compareSides(sideOf("a", [EVEN]), other);
  assert.equal(comparison.verdict, "not_comparable");
  assert.deepEqual(comparison.warnings.map(({ code }) => code), ["other_load"]);
  assert.equal(metricOf(comparison, "au").verdict, "worse");
});

test("docs/compare.md tells of each key of a comparison, and of no other", () => {
  const base = sideOf("a", [EVEN]);
  const next = [
    resultOf("b", EVEN.map((au) => epochOf(au)), {
      numAccelerators: 2,
      dataset: {
        ...{ id: "x", origin: "generated", folder: "f", numFiles: 1, samplesPerFile: 1, totalBytes: 1 },
        warnings: [],
      },
      environment: { ...base[0].summary.mlps.environment, kernel: "another" },
    }),
  ];
  const comparison = compareSides(base, next);
  const checks = checkThresholds([parseThreshold("au<-2%")], comparison);
  const written = keysOf({ ...comparison, checks }), documented = documentedKeys("JSON", "compare.md");
  assert.ok(documented.length > 20);
  assert.deepEqual(written.filter((key) => !documented.some((entry) => isDocumentedBy(key, entry))), []);
  assert.deepEqual(documented.filter((entry) => !written.some((key) => isDocumentedBy(key, entry))), []);
});
