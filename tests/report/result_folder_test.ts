import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileError, PreflightError } from "../../lib/base/errors.ts";
import type { SeriesPoint } from "../../lib/metrics/series.ts";
import { summarize } from "../../lib/metrics/summary.ts";
import { checkResultsDir, renderJson, ResultFolder } from "../../lib/report/result_folder.ts";
import { withFolder, withTmpfs } from "../helpers/datasets.ts";
import { summaryInputWith } from "../helpers/epoch_records.ts";

const STARTED_AT = new Date(2026, 6, 4, 5, 1, 6, 695); // local time, as DLIO has it
const OPTIONS = { startedAt: STARTED_AT, configYaml: "a: 1\n" };

const POINT: SeriesPoint = {
  epoch: 1,
  phase: "training",
  elapsed_seconds: 1,
  interval_seconds: 1,
  steps_done: 10,
  samples_per_second: 100,
  useful_bytes_per_second: 1000,
  requested_bytes_per_second: 1100,
  reads_per_second: 10,
  mean_extent_read_us: 5,
  mean_extent_decode_us: 3,
  read_p50_us: 2,
  read_p99_us: 3,
  read_max_us: 4,
  device_bytes_per_second: 1050,
  cpu_cores_used: 1.5,
};

function newFolder(resultsDir: string): ResultFolder {
  return new ResultFolder(resultsDir, "small", OPTIONS);
}

test("ResultFolder is named after workload and time and holds the configuration at once", () => {
  withFolder((resultsDir) => {
    const folder = newFolder(resultsDir);
    assert.equal(folder.path, join(resultsDir, "small", "20260704_050106"));
    assert.equal(folder.summaryPath, join(folder.path, "summary.json"));
    assert.equal(fs.readFileSync(join(folder.path, "config.yaml"), "utf8"), "a: 1\n");
    assert.deepEqual(fs.readdirSync(folder.path).sort(), ["config.yaml", "series.jsonl"]);
    folder.close();
  });
});

test("ResultFolder gives runs of the same second folders of their own", () => {
  withFolder((resultsDir) => {
    const folders = [1, 2, 3].map(() => newFolder(resultsDir));
    const names = folders.map(({ path }) => path.slice(join(resultsDir, "small").length + 1));
    assert.deepEqual(names, ["20260704_050106", "20260704_050106-2", "20260704_050106-3"]);
    for (const folder of folders) folder.close();
  });
});

test("ResultFolder writes the summary whole, in place of the one before", () => {
  withFolder((resultsDir) => {
    const folder = newFolder(resultsDir);
    for (const status of ["partial", "complete"] as const) {
      const summary = summarize(summaryInputWith({ status }));
      folder.writeSummary(summary);
      const text = fs.readFileSync(folder.summaryPath, "utf8");
      assert.equal(text, renderJson(summary));
      assert.deepEqual(JSON.parse(text), summary);
    }
    assert.deepEqual(fs.readdirSync(folder.path).sort(), ["config.yaml", "series.jsonl", "summary.json"]);
    folder.close();
  });
});

test("ResultFolder appends a line to the series for each point", () => {
  withFolder((resultsDir) => {
    const folder = newFolder(resultsDir);
    const points = [POINT, { ...POINT, elapsed_seconds: 2 }];
    for (const point of points) folder.appendSeries(point);
    const lines = fs.readFileSync(join(folder.path, "series.jsonl"), "utf8").split("\n");
    assert.deepEqual(lines.slice(0, -1).map((text) => JSON.parse(text)), points);
    assert.equal(lines.at(-1), "");
    folder.close();
  });
});

test("ResultFolder names the file that cannot be written", () => {
  withFolder((resultsDir) => {
    const folder = newFolder(resultsDir);
    fs.rmSync(folder.path, { recursive: true });
    assert.throws(() => folder.writeSummary(summarize(summaryInputWith())), (error: Error) => {
      assert.ok(error instanceof FileError);
      assert.match(error.message, /^Cannot write ".*summary\.json\.partial": it does not exist$/);
      return true;
    });
    folder.close();
  });
});

test("ResultFolder names a file in the way of its folder", () => {
  withFolder((resultsDir) => {
    fs.writeFileSync(join(resultsDir, "small"), "a file");
    assert.throws(() => newFolder(resultsDir), (error: Error) => {
      assert.ok(error instanceof FileError);
      assert.match(error.message, /^Cannot create ".*small\/20260704_050106": /);
      return true;
    });
  });
});

test("checkResultsDir() makes the folder and leaves nothing in it", () => {
  withFolder((folder) => {
    const resultsDir = join(folder, "a", "b");
    checkResultsDir(resultsDir, "small");
    const results = join(resultsDir, "small");
    assert.deepEqual(fs.readdirSync(results), []);
    fs.writeFileSync(join(results, "mine"), "kept");
    checkResultsDir(resultsDir, "small");
    assert.deepEqual(fs.readdirSync(results), ["mine"]);
  });
});

test("checkResultsDir() refuses what cannot be written and says what to do", () => {
  withFolder((folder) => {
    const file = join(folder, "file");
    fs.writeFileSync(file, "in the way");
    fs.writeFileSync(join(folder, "small"), "in the way of the workload");
    for (const resultsDir of [file, join(file, "below"), folder, "/proc", "/proc/results"]) {
      assert.throws(() => checkResultsDir(resultsDir, "small"), (error: Error) => {
        assert.ok(error instanceof PreflightError, `${resultsDir}: ${error}`);
        assert.ok(error.message.startsWith(`Cannot write results to "${resultsDir}/small": `), error.message);
        assert.match(error.message, /Use --results-dir with another folder$/);
        return true;
      });
    }
    assert.equal(fs.readFileSync(file, "utf8"), "in the way");
  });
});

test("ResultFolder.writeSummary() keeps the summary before when the disk is full, and leaves nothing in its way", async (t) => {
  const reason = await withTmpfs("size=64k", (folder) => {
    const results = new ResultFolder(folder, "small", OPTIONS);
    const small = summarize(summaryInputWith());
    results.writeSummary(small);
    const large = { ...small, mlps: { ...small.mlps, error: "x".repeat(2 ** 17) } };
    assert.throws(() => results.writeSummary(large), /summary\.json\.partial": no space left/);
    assert.equal(fs.existsSync(`${results.summaryPath}.partial`), false);
    assert.equal(fs.readFileSync(results.summaryPath, "utf8"), renderJson(small));
    results.close();
  });
  if (reason !== undefined) t.skip(reason);
});
