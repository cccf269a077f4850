import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { renderJson } from "../../lib/report/result_folder.ts";
import type { Summary } from "../../lib/metrics/summary.ts";
import { assertExit, runMlps, runScript } from "../helpers/binary.ts";
import { snapshotFolder } from "../helpers/datasets.ts";
import {
  listFiles,
  onlySummary,
  READ_SAMPLE_BYTES,
  readSummary,
  resultFolders,
  setting,
  testInFolder,
} from "../helpers/runs.ts";

const SAMPLES = 3 * 4096, BATCH_SIZE = 256, ROW_GROUPS = 3 * 8;
const SMALL_FILES = [
  "data/mlps-dataset.json",
  "data/train/img_0_of_3.parquet",
  "data/train/img_1_of_3.parquet",
  "data/train/img_2_of_3.parquet",
  "small.yaml",
];

/** Asserts that every complete epoch has read each wanted value once, all on the fast path. */
function assertEpochs(
  { mlps, num_accelerators }: Summary,
  wanted: { epochs: number; steps?: number; decode?: string; direct?: boolean; compressed?: boolean },
): void {
  const { steps = Math.floor(SAMPLES / BATCH_SIZE / num_accelerators), decode = "values", direct = false } =
    wanted;
  const wholeEpoch = steps * BATCH_SIZE * num_accelerators === SAMPLES;
  assert.deepEqual(
    mlps.epochs.map(({ epoch }) => epoch),
    [...Array(wanted.epochs).keys()].map((at) => at + 1),
  );
  assert.equal(mlps.decode, decode);
  assert.equal(mlps.steps_per_epoch, steps);
  for (const epoch of mlps.epochs) {
    const { bytes } = epoch;
    assert.ok(epoch.complete);
    assert.equal(epoch.steps, steps);
    assert.equal(epoch.accelerators.length, num_accelerators);
    for (const accelerator of epoch.accelerators) assert.equal(accelerator.steps, steps);
    assert.equal(epoch.decode.fallback_chunks, 0);
    assert.equal(bytes.useful > epoch.samples * READ_SAMPLE_BYTES, !wanted.compressed);
    assert.ok(bytes.useful > 0 && bytes.returned >= bytes.useful);
    if (direct) {
      assert.ok(bytes.returned <= bytes.requested, "a block beyond the end of a file is asked for in vain");
    } else assert.equal(bytes.returned, bytes.requested);
    if (wholeEpoch) {
      assert.equal(epoch.samples, SAMPLES);
      assert.equal(epoch.extents, ROW_GROUPS);
      assert.ok(epoch.readers.footers >= 3 && epoch.readers.footers <= 3 * num_accelerators);
    }
    assert.equal(epoch.decode.fast_chunks, decode === "none" ? 0 : epoch.extents * 3);
    if (decode === "values") assert.equal(bytes.values, epoch.samples * READ_SAMPLE_BYTES);
  }
}

testInFolder("mlps run generates the dataset, trains and writes its results", async (folder) => {
  const result = await runMlps(["run", "small.yaml"], { cwd: folder });
  assertExit(result, 0);
  assert.match(
    result.stderr,
    /^Generating 3 files \(.* KiB\) in data\nGenerated .* KiB in .*\n(epoch .*\n)*$/,
  );
  assert.match(result.stdout, /^small: 1 accelerator, 2 epochs of 48 steps, /);
  assert.match(result.stdout, /^ {2}AU +\d+\.\d %/m);

  const [path] = resultFolders(join(folder, "results"));
  const resultPath = path.slice(folder.length + 1);
  assert.ok(result.stdout.includes(`\n  results     ${resultPath}\n  try next    `), result.stdout);
  assert.ok(
    result.stdout.endsWith(` mlps report ${resultPath} --output report.html\n`),
    result.stdout,
  );
  assert.match(path, /\/results\/small\/\d{8}_\d{6}$/);
  assert.deepEqual(fs.readdirSync(path).sort(), ["config.yaml", "series.jsonl", "summary.json"]);
  assert.deepEqual(listFiles(folder).filter((file) => !file.startsWith("results/")), SMALL_FILES);

  const summary = readSummary(path);
  assertDlioKeys(summary);
  assertEpochs(summary, { epochs: 2 });
  assert.equal(summary.mlps.dataset.bytes, datasetBytes(folder));
  assertSeries(path, summary);
  // A re-run of the resolved configuration measures the same.
  const again = await runMlps(["run", join(path, "config.yaml"), "--quiet"], { cwd: folder });
  assertExit(again, 0);
  assert.equal(again.stderr, "");
  const { mlps } = onlySummary(join(folder, "results/config"));
  assert.deepEqual(mlps.workload.configuration, summary.mlps.workload.configuration);
  assert.equal(mlps.workload.configuration_hash, summary.mlps.workload.configuration_hash);
  assert.equal(mlps.dataset.id, summary.mlps.dataset.id);
});

/** DLIO's keys with DLIO's types and, where a small run decides them, values (reference: dlio.md §5). */
function assertDlioKeys(summary: Summary): void {
  assert.equal(summary.status, "complete");
  assert.equal(summary.schema_version, 1);
  assert.ok(Date.parse(summary.start) < Date.parse(summary.end));
  assert.equal(summary.num_accelerators, 1);
  assert.equal(summary.num_hosts, 1);
  assert.equal(summary.num_files_train, 3);
  assert.equal(summary.num_files_eval, 0);
  assert.equal(summary.num_samples_per_file, 4096);
  assert.equal(summary.epochs, 2);
  assert.deepEqual(summary.potential_caching, [1]);
  assert.ok(summary.host_memory_GB[0] > 0.1 && summary.host_cpu_count[0] >= 1);
  assert.equal(summary.data_size_per_host_GB, SAMPLES * 30 / 2 ** 30); // 4 + 2 + 8 + 1 + 4 + 8 + 1 + 2 bytes a sample
  for (const text of [summary.hostname, summary.host_processor_name, summary.host_meminfo.MemTotal]) {
    assert.ok(typeof text === "string" && text.length > 0);
  }
  const { metric } = summary;
  assert.deepEqual(Object.keys(metric).sort(), [
    "train_au_mean_percentage",
    "train_au_meet_expectation",
    "train_au_percentage",
    "train_au_stdev_percentage",
    "train_io_mean_MB_per_second",
    "train_io_stdev_MB_per_second",
    "train_throughput_mean_samples_per_second",
    "train_throughput_samples_per_second",
    "train_throughput_stdev_samples_per_second",
  ]);
  const [first, second] = metric.train_au_percentage;
  assert.ok(first > 0 && first <= 100 && second > 0 && second <= 100);
  assert.ok(Math.abs(metric.train_au_mean_percentage - (first + second) / 2) < 1e-9);
  assert.equal(metric.train_au_meet_expectation, metric.train_au_mean_percentage >= 90 ? "success" : "fail");
  // In the counted window the accelerator consumes its batches at its own pace whenever it computes.
  for (const [epoch, au] of metric.train_au_percentage.entries()) {
    const rate = metric.train_throughput_samples_per_second[epoch];
    assert.ok(Math.abs(rate / (BATCH_SIZE / 0.0005) - au / 100) < 1e-6, `${rate} at ${au} %`);
  }
}

function assertSeries(path: string, summary: Summary): void {
  const points = fs.readFileSync(join(path, "series.jsonl"), "utf8").trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  for (const { epoch } of summary.mlps.epochs) {
    const last = points.findLast((point) => point.epoch === epoch);
    assert.equal(last.steps_done, 48);
    assert.ok(last.samples_per_second > 0 && last.useful_bytes_per_second > 0);
  }
}

function datasetBytes(folder: string): number {
  const train = join(folder, "data/train");
  return fs.readdirSync(train).reduce((sum, name) => sum + fs.statSync(join(train, name)).size, 0);
}

testInFolder("mlps run --json prints the whole summary and nothing else", async (folder) => {
  assertExit(await runMlps(["datagen", "small.yaml"], { cwd: folder }), 0);
  const before = snapshotFolder(join(folder, "data"));
  const overrides = "++workload.reader.page_cache=evict --set train.epochs=45 --set reader.read_threads=1";
  // The reader of the pipe is slow, and the summary is more than a pipe holds.
  const script = `"$MLPS" run small.yaml --json -n 2 ${overrides} | (sleep 3; cat); exit \${PIPESTATUS[0]}`;
  const result = await runScript(script, { cwd: folder });
  assertExit(result, 0);
  assert.deepEqual(snapshotFolder(join(folder, "data")), before);
  assert.match(
    result.stderr,
    /^The dataset in data is complete \(3 files\) and is used as it is\n(epoch .*\n)*$/,
  );
  const summary = onlySummary(join(folder, "results"));
  assert.ok(result.stdout.length > 65536);
  assert.equal(result.stdout, renderJson(summary));
  assert.equal(summary.num_accelerators, 2);
  assert.equal(summary.mlps.page_cache, "evict");
  assertEpochs(summary, { epochs: 45 });
  for (const { cache } of summary.mlps.epochs) {
    // Unknown before Linux 6.5; a filesystem in memory has nowhere to drop pages to.
    if (cache.cached_bytes_before !== null && !isInMemory(folder)) {
      assert.equal(cache.cached_bytes_before, 0);
    }
  }
});

function isInMemory(folder: string): boolean {
  const TMPFS_MAGIC = 0x01021994; // linux/magic.h
  return fs.statfsSync(folder).type === TMPFS_MAGIC;
}

testInFolder("mlps run reads around the page cache, shuffled, without decoding", async (folder, t) => {
  const args = ["run", "small.yaml", "--data-dir", "elsewhere", "--results-dir", "other/results"];
  const result = await runMlps([
    ...args,
    ...setting(
      "reader.odirect=true",
      "reader.read_threads=1",
      "reader.decode=none",
      "reader.file_shuffle=seed",
      "reader.sample_shuffle=seed",
      "train.epochs=1",
    ),
  ], { cwd: folder });
  if (result.exitCode === 3 && /direct I\/O/.test(result.stderr)) {
    return t.skip("skipped: the filesystem of temporary files refuses O_DIRECT");
  }
  assertExit(result, 0);
  assert.equal(fs.existsSync(join(folder, "elsewhere/mlps-dataset.json")), true);
  assert.equal(fs.existsSync(join(folder, "data")), false);
  assert.equal(fs.existsSync(join(folder, "results")), false);
  const summary = onlySummary(join(folder, "other/results"));
  assert.equal(summary.mlps.direct_io, true);
  assertEpochs(summary, { epochs: 1, decode: "none", direct: true });
});

testInFolder("mlps run --require-au fails when the AU is too low", async (folder) => {
  // Steps of 10 ns: no storage is that quick.
  const hungry = ["run", "small.yaml", "-n", "2", "--require-au", ...setting("reader.read_threads=1")];
  const result = await runMlps([
    ...hungry,
    ...setting(
      "train.computation_time=0.00000001",
      "train.barrier=none",
      "train.total_training_steps=20",
      "reader.decode=pages",
      "reader.file_shuffle=random",
      "reader.sample_shuffle=random",
    ),
  ], { cwd: folder });
  assertExit(result, 4);
  assert.match(
    result.stderr,
    /mlps: The mean AU is \d+\.\d\d %, --require-au wants the workload's metric\.au\n$/,
  );
  const summary = onlySummary(join(folder, "results"));
  assert.equal(summary.status, "complete");
  assert.equal(summary.metric.train_au_meet_expectation, "fail");
  assertEpochs(summary, { epochs: 2, steps: 20, decode: "pages" });
});

testInFolder("mlps run reads a snappy dataset in subfolders below storage_root", async (folder) => {
  const result = await runMlps([
    "run",
    "small.yaml",
    "--require-au",
    "1",
    ...setting(
      "dataset.compression=snappy",
      "dataset.num_subfolders_train=3",
      "reader.read_threads=1",
      `storage.storage_root=${JSON.stringify(join(folder, "root"))}`,
      "train.epochs=1",
    ),
  ], { cwd: folder });
  assertExit(result, 0);
  assert.deepEqual(
    listFiles(join(folder, "root/data")),
    ["mlps-dataset.json", ...[0, 1, 2].map((index) => `train/${index}/img_${index}_of_3.parquet`)],
  );
  const summary = onlySummary(join(folder, "results"));
  assert.equal(summary.mlps.dataset.folder, join(folder, "root/data"));
  assertEpochs(summary, { epochs: 1, compressed: true });
});
