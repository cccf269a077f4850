import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWorkload } from "../../lib/config/load.ts";
import type { Workload } from "../../lib/config/schema.ts";
import { demandOf } from "../../lib/plan/demand.ts";
import { filesFor, maxAcceleratorsOf, runLength, withLength } from "../../lib/plan/scan_length.ts";

/** 4,000 samples in batches of 10: 400 steps an epoch for one accelerator, 20 for twenty. */
function workloadWith(...overrides: string[]): Workload {
  const text = `
dataset:
  format: parquet
  num_files_train: 40
  num_samples_per_file: 100
  parquet: { columns: [{ name: a, dtype: float32 }] }
reader: { batch_size: 10 }
train: { computation_time: 0.1 }
`;
  return parseWorkload({ label: "test.yaml", text }, overrides).workload;
}

test("runLength() plans for the time wanted", () => {
  const table: [overrides: string[], n: number, seconds: number, epochs: number, maxEpochSeconds: number][] =
    [
      [[], 1, 20, 1, 20], // an epoch of 40 s
      [[], 1, 40, 1, 40],
      [[], 1, 41, 2, 41],
      [[], 20, 20, 10, 4], // epochs of 2 s, cut at 4 s
      [["train.computation_time=10"], 1, 20, 1, 110], // 10 steps that count and one that does not
      [["train.total_training_steps=50"], 1, 20, 4, 10],
      [["train.computation_time=0"], 1, 20, 1, 20], // nothing known
      [["train.computation_time=0.0000001"], 1, 20, 2000, 0.02], // epochs of 40 us
    ];
  for (const [overrides, numAccelerators, seconds, epochs, maxEpochSeconds] of table) {
    const length = runLength(workloadWith(...overrides), { seconds, numAccelerators });
    assert.deepEqual(length, { epochs, maxEpochSeconds }, overrides.join());
  }
  const free = workloadWith("train.computation_time=0");
  const wanted = { seconds: 20, numAccelerators: 1, maxSamplesPerSecond: 2000 };
  assert.deepEqual(runLength(free, wanted), { epochs: 10, maxEpochSeconds: 4 });
});

test("runLength() keeps accelerators that never wait busy for the time wanted", () => {
  for (let numAccelerators = 1; numAccelerators <= 36; numAccelerators++) {
    for (const seconds of [1, 7, 20, 300]) {
      const workload = workloadWith();
      const { epochs, maxEpochSeconds } = runLength(workload, { seconds, numAccelerators });
      const epochSeconds = Math.min(maxEpochSeconds, demandOf(workload, numAccelerators).stepsPerEpoch * 0.1);
      assert.ok(epochs * epochSeconds >= seconds - 1e-9, `${numAccelerators}, ${seconds}`);
      assert.ok(epochs * maxEpochSeconds <= 2 * seconds + 1e-9 || epochs === 1);
    }
  }
});

test("maxAcceleratorsOf() and filesFor() leave each epoch ten steps that count", () => {
  const workload = workloadWith();
  assert.equal(maxAcceleratorsOf(workload), 36);
  assert.equal(demandOf(workload, 36).stepsPerEpoch, 11);
  for (const numAccelerators of [1, 36, 37, 100]) {
    const files = filesFor(workload, numAccelerators);
    assert.ok(maxAcceleratorsOf(workloadWith(`dataset.num_files_train=${files}`)) >= numAccelerators);
    assert.ok(
      files === 1 ||
        maxAcceleratorsOf(workloadWith(`dataset.num_files_train=${files - 1}`)) < numAccelerators,
    );
  }
});

test("withLength() leaves everything else as it was", () => {
  const workload = workloadWith("workflow.generate_data=true", "train.seed=5");
  const { train, workflow, ...others } = withLength(workload, { epochs: 3, maxEpochSeconds: 1.5 });
  const { train: trainBefore, workflow: _, ...before } = workload;
  assert.deepEqual(others, before);
  assert.deepEqual(train, { ...trainBefore, epochs: 3, max_epoch_seconds: 1.5 });
  assert.equal(workflow.generate_data, false);
});
