import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWorkload } from "../../lib/config/load.ts";
import { judgeRun } from "../../lib/plan/rules.ts";

const GIB = 1024 ** 3;
const SIZE = { numAccelerators: 1, numHosts: 1, hostMemoryBytes: 16 * GIB };

/** MLPerf's UNet3D in Parquet: all that mlps can read of it today. */
const UNET3D = `framework: pytorch
model: { name: unet3d }
dataset:
  format: parquet
  num_files_train: 7200
  record_length_bytes: 146600628
  compression: none
reader: { data_loader: pytorch, batch_size: 7, read_threads: 4, file_shuffle: seed, sample_shuffle: seed }
train: { epochs: 5, computation_time: 0.162 }
metric: { au: 0.9 }
`;

function judge(text: string, overrides: readonly string[] = [], size = SIZE) {
  return judgeRun(parseWorkload({ label: "w", text }, overrides).workload, size);
}

test("judgeRun() takes Parquet in place of MLPerf's format for an OPEN change, named as what decides", () => {
  assert.deepEqual(judge(UNET3D), {
    category: "open",
    reference: "unet3d_b200",
    parameters: [{ key: "dataset.format", category: "open", reason: "parquet, MLPerf has npz" }],
  });
});

test("judgeRun() takes what follows from the format for OPEN as well", () => {
  const columns = "dataset.parquet.columns=[{name: x, dtype: float32, size: 36650157}]";
  const { category, parameters } = judge(UNET3D, [columns, "dataset.parquet.row_group_size=1"]);
  assert.equal(category, "open");
  assert.deepEqual(parameters.map(({ key }) => key), [
    "dataset.format",
    "dataset.parquet.columns",
    "dataset.parquet.row_group_size",
  ]);
});

// Each row: an override of a workload that is OPEN, and the category that the parameter allows.
const CHANGES: readonly (readonly [override: string, category: string, reason: RegExp])[] = [
  ["dataset.num_files_train=9000", "closed", /^9000, MLPerf has 7200$/],
  ["dataset.num_subfolders_train=8", "closed", /^8, MLPerf has 0$/],
  ["dataset.data_folder=/mnt/x", "closed", /^\/mnt\/x, /],
  ["storage.storage_root=/mnt", "closed", /^\/mnt, /],
  ["reader.read_threads=32", "closed", /^32, MLPerf has 4$/],
  ["reader.read_threads=33", "neither", /at most 32 allowed$/],
  ["reader.prefetch_size=0", "closed", /^0, MLPerf has 2$/],
  ["reader.prefetch_size=3", "neither", /at most 2 allowed$/],
  ["reader.odirect=true", "closed", /^true, MLPerf has false$/],
  ["dataset.odirect=true", "closed", /^true, MLPerf has false$/],
  ["dataset.format=synthetic", "neither", /; nothing is read$/],
  ["reader.page_cache=evict", "closed", /^evict, MLPerf has keep$/],
  ["reader.preprocess_time=0.001", "neither", /^0\.001, MLPerf has 0$/],
  ["reader.computation_threads=4", "closed", /^4, MLPerf has 1$/],
  ["reader.data_loader=dali", "open", /^dali, MLPerf has pytorch$/],
  ["framework=tensorflow", "open", /^tensorflow, MLPerf has pytorch$/],
  ["dataset.num_samples_per_file=2", "open", /^2, MLPerf has 1$/],
  ["reader.batch_size=8", "neither", /^8, MLPerf has 7$/],
  ["train.computation_time=0.2", "neither", /^0.2, MLPerf has 0.162$/],
  ["train.epochs=1", "neither", /^1, MLPerf has 5$/],
  ["dataset.compression=zstd", "neither", /^zstd, MLPerf has none$/],
  ["reader.decode=none", "neither", /^none, MLPerf has values$/],
  ["metric.au=0.8", "neither", /^0.8, MLPerf has 0.9$/],
];

for (const [override, category, reason] of CHANGES) {
  test(`judgeRun() judges ${override} as ${category}`, () => {
    const judgement = judge(UNET3D, [override]);
    const parameter = judgement.parameters.find(({ key }) => override.startsWith(`${key}=`));
    assert.equal(parameter?.category, category);
    assert.match(parameter!.reason, reason);
    assert.equal(judgement.category, category === "neither" ? "neither" : "open");
  });
}

test("judgeRun() ignores keys without effect that MLPerf's file has not", () => {
  assert.equal(judge(UNET3D, ["reader.pin_memory=false", "model.type=cnn"]).parameters.length, 1);
});

test("judgeRun() judges keys of evaluation where the workload evaluates, and only there", () => {
  const keys = ["dataset.num_files_eval=2", "reader.batch_size_eval=2", "evaluation.eval_time=0.1"];
  assert.deepEqual(judge(UNET3D, keys).parameters.map(({ key }) => key), ["dataset.format"]);
  const { category, parameters } = judge(UNET3D, [...keys, "workflow.evaluation=true"]);
  assert.equal(category, "neither");
  assert.deepEqual(parameters.filter((one) => one.category === "neither").map(({ key }) => key).sort(), [
    "dataset.num_files_eval",
    "evaluation.eval_time",
    "reader.batch_size_eval",
    "workflow.evaluation",
  ]);
});

test("judgeRun() refuses a dataset below 500 steps or 5 times the memory", () => {
  const few = judge(UNET3D, ["dataset.num_files_train=3499"]);
  assert.deepEqual(few.parameters[0], {
    key: "dataset.num_files_train",
    category: "neither",
    reason: "3499, at least 3500 wanted for 500 steps an epoch",
  });
  const small = judge(UNET3D, [], { ...SIZE, hostMemoryBytes: 1024 * GIB });
  assert.match(
    small.parameters[0].reason,
    /^7200, at least 37501 wanted for 5 times the memory of the host$/,
  );
});

test("judgeRun() knows that MLPerf withdrew DLRM and FLUX, and compares with the nearest of its workloads", () => {
  for (const name of ["dlrm_b200", "dlrm_mi355", "flux_b200", "flux_mi355"]) {
    const judgement = judge(`extends: ${name}`);
    assert.equal(judgement.reference, name);
    assert.deepEqual([judgement.category, judgement.parameters.map(({ key }) => key)], ["neither", [
      "model.name",
    ]]);
    assert.match(judgement.parameters[0].reason, /round v3\.0 has unet3d and retinanet; MLPerf withdrew it/);
  }
  assert.equal(judge(UNET3D, ["model.name=mine"]).reference, null);
});
