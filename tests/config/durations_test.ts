import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWorkload, renderWorkload } from "../../lib/config/load.ts";

const DATASET = "dataset: { format: parquet, num_samples_per_file: 100 }\n";

function timeOf(train: string): unknown {
  const { workload } = parseWorkload({ label: "w", text: `${DATASET}train: { ${train} }` });
  const again = parseWorkload({ label: "w", text: renderWorkload(workload) }).workload;
  assert.deepEqual(again, workload, "what is rendered is read back as the same");
  return workload.train.computation_time;
}

// DLIO's forms (dlio.md §1).
const FORMS: readonly (readonly [train: string, time: unknown])[] = [
  ["epochs: 1", 0],
  ["computation_time: 0.5", 0.5],
  ["computation_time: {}", 0],
  ["computation_time: { mean: 0.5 }", 0.5],
  ["computation_time: { mean: 0.5, stdev: 0 }", 0.5],
  ["computation_time: { mean: 0.5, stdev: 0.1 }", { type: "normal", mean: 0.5, stdev: 0.1 }],
  ["computation_time: 0.5, computation_time_stdev: 0.1", { type: "normal", mean: 0.5, stdev: 0.1 }],
  ["computation_time: 0.5, computation_time_stdev: 0", 0.5],
  ["computation_time: { type: normal, mean: 0.5, stdev: 0.1 }", { type: "normal", mean: 0.5, stdev: 0.1 }],
  ["computation_time: { type: uniform, min: 0, max: 1 }", { type: "uniform", min: 0, max: 1 }],
  ["computation_time: { type: gamma, shape: 2, scale: 0.1 }", { type: "gamma", shape: 2, scale: 0.1 }],
  ["computation_time: { type: exponential, scale: 0.1 }", { type: "exponential", scale: 0.1 }],
  ["computation_time: { type: poisson, lam: 2 }", { type: "poisson", lam: 2 }],
  ["computation_time: { type: poisson, lam: 2 }, computation_time_stdev: 1", { type: "poisson", lam: 2 }],
];

for (const [train, time] of FORMS) {
  test(`a workload's time may be written ${train}`, () => assert.deepEqual(timeOf(train), time));
}

const REFUSED = [
  "{ type: weibull, scale: 1 }",
  "{ type: uniform, min: 2, max: 1 }",
  "{ type: gamma, scale: 1 }",
  "{ type: exponential, scale: -1 }",
  "{ mean: -1 }",
  "{ mean: 1, stddev: 1 }",
  "[1, 2]",
  "fast",
  "-1",
];

for (const time of REFUSED) {
  test(`a workload's time may not be written ${time}`, () => {
    assert.throws(
      () => timeOf(`computation_time: ${time}`),
      /Cannot use workload "w": 1 problem\n {2}w:2:\d+: train\.computation_time(\.scale)?: found .*, expected (number|min) [<>]/,
    );
  });
}
