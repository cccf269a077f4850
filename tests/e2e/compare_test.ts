// mlps compare on results of real runs, and on one of them changed by hand.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { Comparison } from "../../lib/metrics/comparison_document.ts";
import type { ThresholdCheck } from "../../lib/metrics/thresholds.ts";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { readSummary, resultFolders, setting, testInFolder } from "../helpers/runs.ts";

/** Runs the small workload and returns the folder of the result. */
async function runOnce(folder: string, resultsDir: string, ...flags: string[]): Promise<string> {
  const args = [
    "run",
    "small.yaml",
    "-q",
    "--results-dir",
    resultsDir,
    ...setting("train.epochs=4"),
    ...flags,
  ];
  assertExit(await runMlps(args, { cwd: folder }), 0);
  return resultFolders(join(folder, resultsDir)).at(-1)!;
}

/** Writes a copy of a result in which each epoch has this AU and its rates, whatever the host did; returns its folder. */
function copyWithAu(result: string, copy: string, auPercent: number): string {
  const summary = readSummary(result);
  const figures = {
    au_percentage: auPercent,
    samples_per_second: 1000 * auPercent,
    useful_bytes_per_second: 1e6 * auPercent,
  };
  const epochs = summary.mlps.epochs.map((epoch) => ({ ...epoch, ...figures }));
  fs.mkdirSync(copy);
  fs.writeFileSync(
    join(copy, "summary.json"),
    JSON.stringify({ ...summary, mlps: { ...summary.mlps, epochs } }),
  );
  return copy;
}

testInFolder("mlps compare tells what differs, and gates", async (folder) => {
  const options = { cwd: folder };
  const base = await runOnce(folder, "base");
  const next = await runOnce(folder, "next", ...setting("reader.prefetch_size=8"));
  const text = await runMlps(["compare", base, next], options);
  assertExit(text, 0);
  assert.equal(text.stderr, "");
  assert.match(text.stdout, /^small: NEW is .* BASE\n/);
  assert.match(text.stdout, /\n {2}reader\.prefetch_size {2}\d+ +8\n/);
  const paths = new RegExp(`${base}|${next}`, "g");
  for (const line of text.stdout.replace(paths, "").split("\n")) assert.ok(line.length <= 80, line);

  const quick = copyWithAu(base, join(folder, "quick"), 80),
    slow = copyWithAu(base, join(folder, "slow"), 76);
  const gate = ["--json", "--fail-if", "au<-2%", "--fail-if", "au>2%"];
  const gated = await runMlps(["compare", quick, slow, ...gate], options);
  assertExit(gated, 4);
  assert.equal(
    gated.stderr,
    "mlps: The gate failed: au<-2%: the difference of NEW to BASE is -5.00 %\n",
  );
  const comparison: Comparison & { checks: ThresholdCheck[] } = JSON.parse(gated.stdout);
  assert.equal(comparison.verdict, "worse");
  assert.deepEqual(comparison.checks.map(({ failed }) => failed), [true, false]);
  assert.deepEqual(
    comparison.metrics.filter(({ verdict }) => verdict !== "within_noise").map(({ name }) => name),
    ["au", "samples_per_second", "useful_bytes_per_second"],
  );
  assert.deepEqual(comparison.base.results.map(({ path }) => path), [quick]);
  assertExit(await runMlps(["compare", slow, quick, "--fail-if", "au<-2%"], options), 0);
});

testInFolder("mlps compare takes repeated runs, and several results of a side", async (folder) => {
  const options = { cwd: folder };
  await runOnce(folder, "results", "--repeat", "3", ...setting("train.epochs=1"));
  const results = join(folder, "results", "small");
  const repeats = fs.readdirSync(results).filter((name) => name.endsWith("_repeats"));
  const runs = fs.readdirSync(results).filter((name) => !name.endsWith("_repeats")).sort();
  const measured = runs.slice(1).map((name) => join(results, name));
  const copies = measured.map((path, index) => copyWithAu(path, join(folder, `copy-${index}`), 50));
  const viaRepeats = await runMlps(
    ["compare", join("results", "small", repeats[0]), "--new", ...copies, "--json"],
    options,
  );
  assertExit(viaRepeats, 0);
  const viaPaths = await runMlps(["compare", ...measured, "--json", "--new", ...copies], options);
  assertExit(viaPaths, 0);
  for (const { stdout } of [viaRepeats, viaPaths]) {
    const comparison: Comparison = JSON.parse(stdout);
    assert.equal(comparison.noise_from, "runs");
    assert.equal(comparison.base.results.length, 3);
  }
});

testInFolder("mlps compare refuses what it cannot compare or judge", async (folder) => {
  const options = { cwd: folder };
  const base = await runOnce(folder, "base");
  const other = await runOnce(folder, "other", ...setting("train.computation_time=0.001"));
  const cases: [string[], number, RegExp][] = [
    [[base], 2, /Cannot compare 1 results: BASE and NEW are expected/],
    [[base, base], 2, /it is named twice/],
    [[base, other, base], 2, /Cannot compare 3 results/],
    [[base, join(folder, "data")], 2, /Cannot use ".*data" as a result/],
    [[base, other, "--fail-if", "aux<-2%"], 2, /there is no metric "aux", did you mean "au"\?/],
    [
      [base, other, "--fail-if", "au<-2%"],
      3,
      /Cannot judge --fail-if: .*train\.computation_time\. Leave it out/,
    ],
  ];
  for (const [args, exitCode, message] of cases) {
    const result = await runMlps(["compare", ...args], options);
    assertExit(result, exitCode);
    assert.match(result.stderr, message);
  }
  const judged = await runMlps(["compare", base, other, "--json", "--fail-if", "au<-2%"], options);
  assertExit(judged, 3);
  assert.equal(JSON.parse(judged.stdout).error.kind, "preflight");
});
