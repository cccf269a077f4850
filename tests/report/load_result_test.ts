import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileError, UsageError } from "../../lib/base/errors.ts";
import { loadResult } from "../../lib/report/load_result.ts";
import { loadSource } from "../../lib/report/load_results.ts";
import { repeatsOf } from "../../lib/metrics/repeats.ts";
import { secondWith, summaryWith } from "../helpers/results.ts";
import { scanRun, scanWith } from "../helpers/scans.ts";

/** Calls `use` with a new folder of these files. */
function withFiles(files: Readonly<Record<string, string>>, use: (folder: string) => void): void {
  const folder = fs.mkdtempSync(join(tmpdir(), "mlps-results-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      fs.mkdirSync(join(folder, name, ".."), { recursive: true });
      fs.writeFileSync(join(folder, name), text);
    }
    use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const SUMMARY = JSON.stringify(summaryWith());
const LINE = JSON.stringify(secondWith()) + "\n";

test("loadResult() reads the folder of a run, and its summary.json, with the series beside it", () => {
  withFiles({ "summary.json": SUMMARY, "series.jsonl": LINE + LINE }, (folder) => {
    for (const path of [folder, join(folder, "summary.json")]) {
      const result = loadResult(path);
      assert.equal(result.path, path);
      assert.deepEqual(result.summary, JSON.parse(SUMMARY));
      assert.deepEqual(result.series, [secondWith(), secondWith()]);
    }
  });
});

test("loadResult() reads a summary without a series, and a copy of another name without that of a neighbour", () => {
  withFiles({ "summary.json": SUMMARY, "copy/base.json": SUMMARY, "copy/series.jsonl": LINE }, (folder) => {
    assert.deepEqual(loadResult(folder).series, []);
    assert.deepEqual(loadResult(join(folder, "copy/base.json")).series, []);
  });
});

test("loadResult() leaves out half a line at the end of a series, and refuses one in its middle", () => {
  withFiles({ "summary.json": SUMMARY, "series.jsonl": LINE + LINE.slice(0, 40) }, (folder) => {
    assert.equal(loadResult(folder).series.length, 1);
    fs.writeFileSync(join(folder, "series.jsonl"), LINE + LINE.slice(0, 40) + "\n" + LINE);
    assert.throws(
      () => loadResult(folder),
      (error) => error instanceof FileError && /line 2 is not JSON/.test(error.message),
    );
  });
});

test("loadResult() refuses what is no result with the reason", () => {
  const changed = (change: (summary: Record<string, unknown>) => void) => {
    const summary = JSON.parse(SUMMARY);
    change(summary);
    return JSON.stringify(summary);
  };
  const cases: [text: string, reason: RegExp][] = [
    [SUMMARY.slice(0, 100), /it is not JSON/],
    ["[]", /it has no schema_version/],
    ["null", /it has no schema_version/],
    [changed((summary) => delete summary.schema_version), /it has no schema_version.*DLIO/],
    [
      changed((summary) => summary.schema_version = 99),
      /schema_version is 99, at most 1 is known.*newer mlps/,
    ],
    [changed((summary) => summary.status = "done"), /status is "done"/],
    [changed((summary) => summary.mlps = {}), /it has no mlps\.\w+/],
    [
      changed((summary) => (summary.mlps as { epochs: unknown }).epochs = [{ epoch: 1 }]),
      /mlps\.epochs\.0\.\w+/,
    ],
  ];
  for (const [text, reason] of cases) {
    withFiles({ "summary.json": text }, (folder) => {
      assert.throws(() => loadResult(folder), (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.match(error.message, reason);
        assert.ok(error.message.includes(folder), "the message names the file");
        return true;
      });
    });
  }
});

test("loadResult() refuses a folder without a summary, and what does not exist", () => {
  withFiles({ "other.txt": "" }, (folder) => {
    assert.throws(() => loadResult(folder), /there is no summary\.json in it/);
    assert.throws(() => loadResult(join(folder, "nowhere")), /it does not exist/);
  });
});

test("loadSource() reads repeats with the runs beside them, also where all were moved", () => {
  const runs = ["20260704_050105", "20260704_060105"].map((name) => ({
    folder: `/elsewhere/${name}`,
    summary: summaryWith(),
  }));
  const repeats = repeatsOf({ status: "complete", numMeasured: 1, runs, sharesFilesystem: false });
  withFiles({
    "20260704_050105_repeats/repeats.json": JSON.stringify(repeats),
    "20260704_050105/summary.json": SUMMARY,
    "20260704_060105/summary.json": SUMMARY,
  }, (folder) => {
    for (const path of ["20260704_050105_repeats", "20260704_050105_repeats/repeats.json"]) {
      const source = loadSource(join(folder, path));
      assert.ok(source.kind === "repeats");
      assert.deepEqual(source.document, repeats);
      assert.deepEqual(
        source.results.map((result) => result.path),
        runs.map((run) => join(folder, run.folder.slice("/elsewhere/".length))),
      );
    }
    fs.rmSync(join(folder, "20260704_060105"), { recursive: true });
    assert.throws(
      () => loadSource(join(folder, "20260704_050105_repeats")),
      /"\/elsewhere\/20260704_060105"/,
    );
  });
});

test("loadSource() refuses repeats and scans that lack what a report needs, and names it", () => {
  const { dataset_origin: _, ...older } = scanWith([scanRun(1, 80)]);
  const cases: [name: string, document: unknown, problem: RegExp][] = [
    ["scan", older, /it has no dataset_origin, which this version of mlps wants$/],
    ["scan", { ...scanWith([scanRun(1, 80)]), points: null }, /points is null, Array is wanted$/],
    ["scan", { schema_version: 1 }, /it has no status/],
    ["scan", { schema_version: 99 }, /its schema_version is 99/],
    ["repeats", { schema_version: 1, status: "complete" }, /it has no workload/],
  ];
  for (const [name, document, problem] of cases) {
    withFiles({ [`x_${name}/${name}.json`]: JSON.stringify(document) }, (folder) => {
      assert.throws(() => loadSource(join(folder, `x_${name}`)), (cause: Error) => {
        assert.ok(cause instanceof UsageError);
        assert.match(cause.message, problem);
        return true;
      });
    });
  }
});

test("loadResult() names the newest run where the folder of several was meant", () => {
  const names = ["dlrm/20261121_000000", "dlrm/20261122_000000", "flux/20260101_000000"];
  const runs = names.map((name) => [`results/${name}/summary.json`, SUMMARY]);
  withFiles(
    { ...Object.fromEntries(runs), "results/dlrm/20261123_000000_scan/scan.json": "{}" },
    (folder) => {
      const wanted = `such as ${join(folder, "results/dlrm/20261122_000000")}`;
      for (const path of [folder, join(folder, "results"), join(folder, "results/dlrm")]) {
        assert.throws(
          () => loadResult(path),
          (error) => error instanceof UsageError && error.message.includes(wanted),
        );
      }
    },
  );
  withFiles({ "other/file": "" }, (folder) => {
    assert.throws(() => loadResult(folder), /the folder of a run is wanted$/);
  });
});
