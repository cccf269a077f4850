import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { loadSide } from "../../lib/report/load_side.ts";
import { epochOf, resultOf } from "../helpers/comparisons.ts";

/** Calls `use` with a folder of two results, `a` and `b`, and of a repeated run of both. */
function withResults(
  use: (folder: string) => void,
  statuses = ["complete", "complete"],
  status = "complete",
): void {
  const folder = fs.mkdtempSync(join(tmpdir(), "mlps-side-"));
  try {
    for (const [index, name] of ["warm", "a", "b"].entries()) {
      fs.mkdirSync(join(folder, name));
      const { summary } = resultOf(name, [epochOf(70 + index)]);
      fs.writeFileSync(join(folder, name, "summary.json"), JSON.stringify(summary));
    }
    fs.mkdirSync(join(folder, "x_repeats"));
    // As of another working directory.
    const runs = [
      { kind: "warm_up", folder: "elsewhere/warm", status: "complete" },
      { kind: "measured", folder: "elsewhere/a", status: statuses[0] },
      { kind: "measured", folder: "elsewhere/b", status: statuses[1] },
    ];
    fs.writeFileSync(
      join(folder, "x_repeats", "repeats.json"),
      JSON.stringify({ schema_version: 1, status, runs }),
    );
    use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function pathsOf(...paths: string[]): string[] {
  return loadSide(paths).map(({ path }) => path);
}

test("loadSide() takes folders, summaries, and the measured runs of repeated ones", () => {
  withResults((folder) => {
    const [a, b] = ["a", "b"].map((name) => join(folder, name));
    assert.deepEqual(pathsOf(a), [a]);
    assert.deepEqual(pathsOf(join(a, "summary.json"), b), [join(a, "summary.json"), b]);
    assert.deepEqual(pathsOf(join(folder, "x_repeats")), [a, b]);
    assert.deepEqual(pathsOf(join(folder, "x_repeats", "repeats.json")), [a, b]);
    assert.equal(loadSide([b])[0].summary.mlps.epochs[0].au_percentage, 72);
  });
});

test("loadSide() leaves out measured runs that are not complete, and refuses when none is", () => {
  withResults((folder) => {
    assert.deepEqual(pathsOf(join(folder, "x_repeats")), [join(folder, "a")]);
  }, ["complete", "partial"]);
  withResults((folder) => {
    assert.throws(() => pathsOf(join(folder, "x_repeats")), /none of its measured runs is complete/);
  }, ["partial", "partial"]);
});

test("loadSide() refuses repeated runs that ended with a failure, and a scan", () => {
  withResults(
    (folder) => {
      assert.throws(() => pathsOf(join(folder, "x_repeats")), /its last run failed\. Name the folders/);
      assert.deepEqual(pathsOf(join(folder, "a")), [join(folder, "a")]);
    },
    ["complete", "failed"],
    "failed",
  );
  withResults((folder) => {
    fs.mkdirSync(join(folder, "x_scan"));
    fs.writeFileSync(join(folder, "x_scan", "scan.json"), '{"schema_version": 1}');
    for (const name of ["x_scan", "x_scan/scan.json"]) {
      assert.throws(() => pathsOf(join(folder, name)), /the runs of a scan do not repeat each other/);
    }
  });
});

test("loadSide() refuses a result that is named twice, and what is no result", () => {
  withResults((folder) => {
    const a = join(folder, "a");
    const twice = [[a, a], [a, join(a, "summary.json")], [`${a}/`, join(folder, "x_repeats")]];
    for (const paths of twice) {
      assert.throws(() => loadSide(paths), (cause: Error) => {
        assert.ok(cause instanceof UsageError);
        assert.match(cause.message, /^Cannot compare ".*": it is named twice/);
        return true;
      });
    }
    fs.writeFileSync(join(folder, "x_repeats", "repeats.json"), '{"schema_version": 1}');
    assert.throws(() => loadSide([join(folder, "x_repeats")]), /it does not list its runs/);
    assert.throws(() => loadSide([join(folder, "missing")]), /it does not exist/);
    fs.rmSync(join(a, "summary.json"));
    assert.throws(() => loadSide([a]), UsageError);
  });
});
