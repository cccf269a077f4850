import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { Repeats } from "../../lib/metrics/repeats.ts";
import { assertExit, runMlps, startMlps, waitUntil } from "../helpers/binary.ts";
import { readSummary, resultFolders, setting, testInFolder } from "../helpers/runs.ts";

/** Returns the only repeats.json below a folder. */
function onlyRepeats(resultsDir: string): { path: string; repeats: Repeats } {
  const paths = fs.readdirSync(resultsDir, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("repeats.json"));
  assert.equal(paths.length, 1);
  return { path: paths[0], repeats: JSON.parse(fs.readFileSync(join(resultsDir, paths[0]), "utf8")) };
}

testInFolder("mlps run --repeat runs once more than it counts, and judges the mean", async (folder) => {
  const args = ["run", "small.yaml", "--repeat", "2", "--json", "--quiet", "--results-dir", "results"];
  const result = await runMlps(args, { cwd: folder });
  assertExit(result, 0);
  assert.equal(result.stderr, "");
  const { path, repeats } = onlyRepeats(join(folder, "results"));
  assert.match(path, /^small\/\d{8}_\d{6}_repeats\/repeats\.json$/);
  assert.deepEqual(JSON.parse(result.stdout), repeats);
  assert.equal(repeats.status, "complete");
  const folders = resultFolders(join(folder, "results"));
  assert.deepEqual(repeats.runs.map(({ folder: of }) => join(folder, of)), folders);
  const summaries = folders.map(readSummary);
  const aus = summaries.slice(1).map(({ metric }) => metric.train_au_mean_percentage);
  assert.ok(Math.abs(repeats.au_percentage!.mean - (aus[0] + aus[1]) / 2) < 1e-9);
  assert.equal(repeats.au_percentage!.max, Math.max(...aus));
  const conditions = Object.fromEntries(repeats.mlperf_conditions.map(({ code, met }) => [code, met]));
  assert.equal(conditions.runs, false);
  assert.equal(conditions.same_configuration, true);
  assert.equal(conditions.results_apart, false);
  // Each run compares its environment with that of the one before.
  assert.equal(summaries[0].mlps.environment_changes, null);
  assert.equal(summaries[1].mlps.environment_changes!.since, repeats.runs[0].folder);
  assert.deepEqual(summaries[2].mlps.environment_changes!.changes, []);

  // No storage is quick enough for steps of 10 ns.
  const hungry = [...args.slice(0, 4), "--require-au", "--results-dir", "hungry"];
  const failed = await runMlps([...hungry, ...setting("train.computation_time=0.00000001")], { cwd: folder });
  assertExit(failed, 4);
  assert.match(failed.stderr, /Measured run 2 of 2\n/);
  assert.match(failed.stdout, /^small: 2 of 2 measured runs after a warm-up run\n/);
  assert.match(failed.stdout, /wanted: FAIL/);
  for (const line of failed.stdout.split("\n")) assert.ok(line.length <= 80, line);
});

testInFolder("mlps run --repeat keeps what is done when it is interrupted", async (folder) => {
  const settings = setting("train.epochs=4", "train.computation_time=0.005");
  const running = startMlps(["run", "small.yaml", "--repeat", "50", "--json", ...settings], { cwd: folder });
  const results = join(folder, "results");
  const measured = () => fs.existsSync(results) ? onlyRepeatsOrNone(results) : 0;
  await waitUntil(() => measured() >= 2, running);
  running.process.kill("SIGINT");
  const result = await running.ended;
  assertExit(result, 130);
  const { repeats } = onlyRepeats(results);
  assert.deepEqual(JSON.parse(result.stdout), repeats);
  assert.deepEqual([repeats.status, repeats.error], ["partial", "Interrupted by SIGINT"]);
  assert.equal(repeats.au_meet_expectation, "fail");
  assert.ok(repeats.au_percentage!.mean > 0);
  const statuses = repeats.runs.map(({ status }) => status);
  assert.ok(statuses.slice(0, -1).every((status) => status === "complete"), statuses.join());
});

/** Returns how many runs repeats.json tells of so far. */
function onlyRepeatsOrNone(resultsDir: string): number {
  const paths = fs.readdirSync(resultsDir, { recursive: true, encoding: "utf8" });
  return paths.some((path) => path.endsWith("repeats.json"))
    ? onlyRepeats(resultsDir).repeats.runs.length
    : 0;
}

testInFolder("mlps run --repeat refuses what is no number of runs", async (folder) => {
  for (const wrong of ["0", "-1", "1.5", "many"]) {
    const result = await runMlps(["run", "small.yaml", "--repeat", wrong], { cwd: folder });
    assertExit(result, 2);
    assert.match(result.stderr, /--repeat.*A whole number >= 1 is wanted/s);
  }
  assert.equal(fs.existsSync(join(folder, "data")), false);
});
