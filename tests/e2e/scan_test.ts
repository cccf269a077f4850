import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { Scan } from "../../lib/metrics/scan.ts";
import { assertExit, runMlps, startMlps, waitUntil } from "../helpers/binary.ts";
import { withFuse } from "../helpers/fuse.ts";
import { refuse } from "../helpers/refusals.ts";
import { readSummary, resultFolders, setting, testInFolder } from "../helpers/runs.ts";

/** 12 files of 8 batches of 768 KiB: an accelerator wants 60 MiB/s, 42 MiB/s for an AU of 70 %. */
const WORKLOAD = `model: { name: capacity }
dataset:
  data_folder: data
  format: parquet
  num_files_train: 12
  num_samples_per_file: 262144
  compression: none
  parquet:
    row_group_size: 32768
    columns: [{ name: a, dtype: float64, size: 3 }]
reader: { batch_size: 32768, read_threads: 2, odirect: true }
train: { computation_time: 0.0125 }
metric: { au: 0.7 }
`;
const RATE_MIBPS = 120, WANTED_MIBPS = 42;

/** Returns the only scan.json below a folder; undefined where there is none yet. */
function findScan(resultsDir: string): { path: string; scan: Scan } | undefined {
  if (!fs.existsSync(resultsDir)) return undefined;
  const paths = fs.readdirSync(resultsDir, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("scan.json"));
  assert.ok(paths.length <= 1);
  if (paths.length === 0) return undefined;
  return { path: paths[0], scan: JSON.parse(fs.readFileSync(join(resultsDir, paths[0]), "utf8")) };
}

testInFolder("mlps scan finds how many accelerators a storage of a known rate feeds", async (folder, t) => {
  fs.writeFileSync(join(folder, "capacity.yaml"), WORKLOAD);
  assertExit(await runMlps(["datagen", "capacity.yaml", "--quiet"], { cwd: folder }), 0);
  const refusal = await withFuse(join(folder, "data"), { rateMibps: RATE_MIBPS }, async (slow) => {
    const args = ["scan", "capacity.yaml", "--data-dir", slow, "--seconds", "1", "-n", "2"];
    const result = await runMlps(args, { cwd: folder, timeoutMs: 110_000 });
    assertExit(result, 0);
    const { path, scan } = findScan(join(folder, "results"))!;
    assert.match(path, /^capacity\/\d{8}_\d{6}_scan\/scan\.json$/);
    const answer = scan.answer!, analytic = Math.floor(RATE_MIBPS / WANTED_MIBPS);
    assert.ok(
      Math.abs(answer.num_accelerators - analytic) <= 1,
      `${answer.num_accelerators}, not ${analytic}`,
    );
    assert.ok(
      answer.accelerators_by_rate! < RATE_MIBPS / WANTED_MIBPS + 0.2,
      "more than the storage delivers",
    );
    assert.deepEqual([answer.ended_by, answer.client_ended], ["storage", false]);
    assert.match(result.stdout, new RegExp(`^capacity: .*\n  answer +${answer.num_accelerators} acc`, "s"));
    assert.match(result.stdout, /\n {2}ended by +storage: /);
    for (const line of result.stdout.split("\n").slice(0, -2)) assert.ok(line.length <= 80, line);
    for (const { state, runs } of scan.points) {
      assert.notEqual(state, "open");
      for (const { measured_seconds } of runs) {
        assert.ok(measured_seconds >= 0.99 && measured_seconds < 4, `${measured_seconds} s`);
      }
    }
  });
  if (refusal !== undefined) t.skip(`skipped: no FUSE folder can be mounted: ${refusal}`);
}, { timeoutMs: 120_000 });

testInFolder("mlps scan --over measures each value of a key, after a run that warms up", async (folder) => {
  const args = [
    "scan",
    "small.yaml",
    "--over",
    "reader.read_threads=1,2",
    "--seconds",
    "1",
    "--json",
    "--quiet",
  ];
  const result = await runMlps([...args, ...setting("metric.au=0.5")], { cwd: folder });
  assertExit(result, 0);
  assert.equal(result.stderr, "");
  const { scan } = findScan(join(folder, "results"))!;
  assert.deepEqual(JSON.parse(result.stdout), scan);
  assert.deepEqual([scan.status, scan.key, scan.answer], ["complete", "reader.read_threads", null]);
  assert.deepEqual(scan.points.map(({ value, runs }) => [value, runs.length]), [[1, 1], [2, 1]]);
  assert.equal(scan.page_cache, "evict", "the runs must not read from memory what the one before has read");
  const folders = resultFolders(join(folder, "results"));
  assert.deepEqual(
    folders,
    [scan.warm_up_folder!, ...scan.points.flatMap(({ runs }) => runs.map((run) => run.folder))]
      .map((path) => join(folder, path)),
  );
  const [, , last] = folders.map(readSummary);
  assert.equal(last.status, "complete");
  assert.equal(last.mlps.read_threads, 2);
  assert.equal(last.epochs, Math.ceil(1 / (48 * 0.0005)));
  assert.equal(last.mlps.required_au_percentage, 50);
});

testInFolder("mlps scan of a dataset without files says that no storage was read", async (folder) => {
  const settings = setting("dataset.format=synthetic", "train.computation_time=0.00000001");
  const result = await runMlps(["scan", "small.yaml", "--seconds", "1", ...settings], { cwd: folder });
  assertExit(result, 0);
  assert.match(result.stdout, /\n {2}answer +not even 1 accelerator at an AU/);
  assert.match(result.stdout, /\n {2}ended by +the client's CPU: NO STORAGE WAS READ/);
  assert.match(result.stderr, /\n1 accelerator\n.*\n1 accelerator, run 2\n.*\n2 accelerators\n/s);
});

testInFolder("mlps scan keeps what is done when it is interrupted", async (folder) => {
  // A mark that one accelerator reaches on a busy host too.
  const settings = setting("train.computation_time=0.01", "metric.au=0.1");
  const args = ["scan", "small.yaml", "--seconds", "2", "--json", ...settings];
  const running = startMlps(args, { cwd: folder });
  const results = join(folder, "results");
  await waitUntil(() => resultFolders(results).length >= 2, running);
  running.process.kill("SIGINT");
  const result = await running.ended;
  assertExit(result, 130);
  const { scan } = findScan(results)!;
  assert.deepEqual(JSON.parse(result.stdout), scan);
  assert.deepEqual([scan.status, scan.error], ["partial", "Interrupted by SIGINT"]);
  assert.deepEqual([scan.answer!.num_accelerators, scan.answer!.final], [1, false]);
});

testInFolder(
  "mlps scan refuses what it cannot search or sweep, before anything is written",
  async (folder) => {
    const table: [args: string[], ...parts: RegExp[]][] = [
      [setting("train.computation_time=0"), /computation_time is 0/, /--over/],
      [["-n", "3", "--max", "2"], /from 3 to 2: -n is where the search begins\. Raise --max, or lower -n/],
      [["-n", "9"], /has enough steps for 4\. Raise dataset\.num_files_train to 7 or more/],
    ];
    for (const [args, ...parts] of table) await refuse(folder, ["scan", "small.yaml", ...args], 2, ...parts);
    const parsed: [args: string[], part: RegExp][] = [
      [["--over", "reader.read_threads"], /A key and several values wanted/],
      [["--over", "reader.read_threads=2"], /A key and several values wanted/],
      [["--over", "reader.read_threads=2,2"], /each once/],
      [["--over", "reader.read_thread=1,2"], /reader\.read_thread.*Did you mean .*read_threads/s],
      [["--over", "reader.read_threads=1,2", "--max", "4"], /cannot be used with/],
      [["--seconds", "0"], /whole number/],
    ];
    for (const [args, part] of parsed) {
      const result = await runMlps(["scan", "small.yaml", ...args], { cwd: folder });
      assertExit(result, 2);
      assert.match(result.stderr, part);
      assert.deepEqual(fs.readdirSync(folder), ["small.yaml"]);
    }
  },
);
