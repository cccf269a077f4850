// The summary's percentiles of reads are proved by a log of every read.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { onlySummary, resultFolders, setting, testInFolder } from "../helpers/runs.ts";

const MAX_ERROR = 0.01;

testInFolder(
  "mlps run --raw-log logs every read, from which the summary's percentiles follow",
  async (folder) => {
    const result = await runMlps([
      "run",
      "small.yaml",
      "--raw-log",
      ...setting("dataset.num_files_eval=2", "workflow.evaluation=true", "evaluation.eval_time=0.00001"),
    ], { cwd: folder });
    assertExit(result, 0);
    const resultsDir = join(folder, "results");
    const { mlps } = onlySummary(resultsDir);
    const [runFolder] = resultFolders(resultsDir);
    const names = fs.readdirSync(runFolder).filter((name) => name.startsWith("reads-")).sort();
    assert.deepEqual(
      names,
      ["evaluation-0", "evaluation-1", "training-0", "training-1"].map((name) => `reads-${name}.csv`),
    );
    const logged = names.filter((name) => name.startsWith("reads-training")).flatMap((name) =>
      fs.readFileSync(join(runFolder, name), "utf8").trimEnd().split("\n").slice(1)
        .map((line) => line.split(",").map(Number))
    );
    const { read } = mlps.histograms;
    assert.equal(logged.length, read.count);
    const elapsedNs = Float64Array.from(logged, (fields) => fields.at(-1)!).sort();
    const percentiles = [[50, read.p50_ns], [90, read.p90_ns], [99, read.p99_ns], [99.9, read.p99_9_ns], [
      100,
      read.max_ns,
    ]];
    for (const [percent, found] of percentiles) {
      const exact = elapsedNs[Math.ceil(elapsedNs.length * percent / 100) - 1];
      assert.ok(Math.abs(found - exact) <= exact * MAX_ERROR, `p${percent}: ${found}, from the log ${exact}`);
    }
    for (const { epoch, reads, bytes } of mlps.epochs) {
      const ofEpoch = logged.filter(([number]) => number === epoch);
      assert.equal(ofEpoch.length, reads);
      assert.equal(ofEpoch.reduce((sum, fields) => sum + fields[5], 0), bytes.returned);
    }
  },
);

testInFolder("mlps run refuses to log reads that it is told not to measure", async (folder) => {
  const result = await runMlps(["run", "small.yaml", "--raw-log", "--bare"], { cwd: folder });
  assertExit(result, 2);
  assert.match(result.stderr, /'--bare' cannot be used with option '--raw-log'/);
  assert.equal(fs.existsSync(join(folder, "results")), false);
});
