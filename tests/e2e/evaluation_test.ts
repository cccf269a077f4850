// Evaluation and preprocessing through the whole program.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps, startMlps, waitUntil } from "../helpers/binary.ts";
import {
  listFiles,
  onlySummary,
  readSummary,
  resultFolders,
  setting,
  testInFolder,
} from "../helpers/runs.ts";

/** Two evaluations, after epochs 2 and 4, of 2 files: 32 steps of 256 samples for one accelerator. */
const EVALUATION = setting(
  "workflow.evaluation=true",
  "dataset.num_files_eval=2",
  "dataset.num_subfolders_eval=2",
  "reader.batch_size_eval=256",
  "train.epochs=4",
  "evaluation={eval_time: 0.001, eval_after_epoch: 2, epochs_between_evals: 2}",
);

const EVALUATION_FILES = ["data/valid/0/img_0_of_2.parquet", "data/valid/1/img_1_of_2.parquet"];

testInFolder(
  "mlps run generates evaluation files, reads them after the epochs asked for and reports them",
  async (folder) => {
    const result = await runMlps(["run", "small.yaml", "-n", "2", ...EVALUATION], { cwd: folder });
    assertExit(result, 0);
    assert.match(
      result.stdout,
      /^ {2}evaluation {2}AU \d+\.\d %, .* samples\/s, 2 of 2 evaluations of 16 steps$/m,
    );
    assert.deepEqual(listFiles(folder).filter((file) => file.includes("/valid/")), EVALUATION_FILES);

    const [path] = resultFolders(join(folder, "results"));
    const { metric, mlps, num_files_train, num_files_eval } = readSummary(path);
    assert.deepEqual([num_files_train, num_files_eval], [3, 2]);
    assert.equal(metric.train_au_percentage.length, 4);
    assert.equal(metric.eval_au_percentage!.length, 2);
    const evaluation = mlps.evaluation!;
    assert.deepEqual(evaluation.epochs.map(({ epoch, complete, steps }) => [epoch, complete, steps]), [
      [2, true, 16],
      [4, true, 16],
    ]);
    for (const [index, epoch] of evaluation.epochs.entries()) {
      assert.equal(epoch.samples, 2 * 4096);
      assert.ok(epoch.duration_seconds >= 16 * 0.001, "steps take eval_time, not computation_time");
      assert.ok(epoch.accelerators.every(({ barrier_wait_percentage: wait }) => wait === 0));
      const rate = metric.eval_throughput_samples_per_second![index];
      // All steps in the whole time; the accelerator that is done later decides the epoch's time.
      assert.ok(rate >= 2 * 16 * 256 / epoch.duration_seconds * 0.999 && rate < 2 * 256 / 0.001, `${rate}`);
    }
    assert.equal(evaluation.bytes, EVALUATION_FILES.reduce((sum, file) => sum + sizeOf(folder, file), 0));
    const phases = fs.readFileSync(join(path, "series.jsonl"), "utf8").trim().split("\n")
      .map((line) => JSON.parse(line)).map(({ epoch, phase }) => `${epoch} ${phase}`);
    assert.deepEqual([...new Set(phases)], [
      "1 training",
      "2 training",
      "2 evaluation",
      "3 training",
      "4 training",
      "4 evaluation",
    ]);
  },
);

function sizeOf(folder: string, file: string): number {
  return fs.statSync(join(folder, file)).size;
}

testInFolder("mlps datagen, validate and plan know the evaluation files", async (folder) => {
  const cwd = { cwd: folder };
  assertExit(await runMlps(["datagen", "small.yaml", ...EVALUATION, "--quiet"], cwd), 0);
  const kept = fs.statSync(join(folder, EVALUATION_FILES[0])).mtimeMs;
  fs.rmSync(join(folder, EVALUATION_FILES[1]));
  const missing = await runMlps(["validate", "small.yaml", ...EVALUATION], cwd);
  assertExit(missing, 4);
  assert.match(missing.stdout, /valid\/1\/img_1_of_2\.parquet/);
  const refused = await runMlps([
    "run",
    "small.yaml",
    ...EVALUATION,
    ...setting("workflow.generate_data=false"),
  ], cwd);
  assertExit(refused, 3);
  assert.match(refused.stderr, /valid\/1\/img_1_of_2\.parquet": it does not exist\. Run `mlps datagen/);
  const resumed = await runMlps(["datagen", "small.yaml", ...EVALUATION], cwd);
  assertExit(resumed, 0);
  assert.match(resumed.stderr, /^Generating 1 file .* keeping 4 files$/m);
  assert.equal(fs.statSync(join(folder, EVALUATION_FILES[0])).mtimeMs, kept);
  fs.writeFileSync(join(folder, "data/valid/stranger.parquet"), "x");
  const deep = await runMlps(["validate", "small.yaml", "--deep", "--json", ...EVALUATION], cwd);
  assertExit(deep, 4);
  const report = JSON.parse(deep.stdout);
  assert.deepEqual([report.num_files, report.num_differences], [5, 1]);
  assert.equal(report.num_values_compared, 5 * 4096 * 8);
  assert.match(report.differences[0].path, /valid\/stranger\.parquet$/);

  const plan = await runMlps(["plan", "small.yaml", "--json", ...EVALUATION], cwd);
  const { dataset_bytes, evaluation, num_files_eval } = JSON.parse(plan.stdout);
  assert.equal(num_files_eval, 2);
  assert.deepEqual([evaluation.epochs, evaluation.steps, evaluation.batch_size], [[2, 4], 32, 256]);
  const files = listFiles(join(folder, "data")).filter((file) => /img_.*parquet$/.test(file));
  const bytes = files.reduce((sum, file) => sum + sizeOf(join(folder, "data"), file), 0);
  assert.ok(
    dataset_bytes >= bytes && dataset_bytes < bytes * 1.05,
    `${dataset_bytes} planned, ${bytes} written`,
  );
});

testInFolder("mlps run refuses evaluation that cannot be", async (folder) => {
  const few = await runMlps(["run", "small.yaml", "-n", "33", ...EVALUATION], { cwd: folder });
  assertExit(few, 2);
  assert.match(few.stderr, /Cannot evaluate with 33 accelerators and 8192 samples/);
  assert.equal(fs.existsSync(join(folder, "data")), false);
});

testInFolder("mlps run that is interrupted in an evaluation keeps what was measured", async (folder) => {
  const slow = setting("evaluation.eval_time=0.5", "evaluation.eval_after_epoch=1");
  const running = startMlps(["run", "small.yaml", ...EVALUATION, ...slow], { cwd: folder });
  const series = () => {
    const [path] = resultFolders(join(folder, "results"));
    return path === undefined ? "" : fs.readFileSync(join(path, "series.jsonl"), "utf8");
  };
  await waitUntil(() => series().includes("evaluation"), running);
  running.process.kill("SIGINT");
  assertExit(await running.ended, 130);
  const { status, metric, mlps } = onlySummary(join(folder, "results"));
  assert.equal(status, "partial");
  assert.equal(metric.train_au_percentage.length, 1);
  assert.deepEqual(metric.eval_au_percentage, []);
  const [evaluation] = mlps.evaluation!.epochs;
  assert.ok(!evaluation.complete && evaluation.steps >= 1 && evaluation.steps < 32, `${evaluation.steps}`);
});

testInFolder(
  "mlps run waits for preprocess_time in the readers, all at once, and counts it apart",
  async (folder) => {
    // 12,288 samples of 0.1 ms by 2 readers take 0.6 s at least; 1 reader would take 1.2 s.
    const settings = setting("train.epochs=1", "reader.preprocess_time=0.0001", "reader.prefetch_size=8");
    const result = await runMlps(["run", "small.yaml", ...settings], { cwd: folder });
    assertExit(result, 0);
    assert.match(result.stdout, /\d+\.\d %\s+for preprocessing$/m);
    const [epoch] = onlySummary(join(folder, "results")).mlps.epochs;
    assert.ok(
      Math.abs(epoch.readers.preprocess_seconds / 1.2288 - 1) < 0.2,
      `${epoch.readers.preprocess_seconds}`,
    );
    assert.ok(epoch.duration_seconds >= 0.6144 && epoch.duration_seconds < 1.2, `${epoch.duration_seconds}`);
    assert.equal(epoch.readers.paused_seconds, 0, "no reader is spare where readers wait");
    const [accelerator] = epoch.accelerators;
    assert.ok(accelerator.preprocess_wait_percentage > 50, `${accelerator.preprocess_wait_percentage}`);
    assert.ok(accelerator.storage_wait_percentage < 20, `${accelerator.storage_wait_percentage}`);
  },
);
