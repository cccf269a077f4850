// The results of one side of a comparison: runs, or the folders of `mlps run --repeat`, of which the measured runs count.
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import * as v from "valibot";
import { PreflightError, UsageError } from "../base/errors.ts";
import type { FoundResult } from "../metrics/comparability.ts";
import { REPEATS_SCHEMA_VERSION } from "../metrics/repeats.ts";
import { checkVersion, isFolderAt, loadResult, notResult, parseJson } from "./load_result.ts";

const REPEATS_NAME = "repeats.json", SCAN_NAME = "scan.json";

/** What is needed of repeats.json. */
const RepeatsShape = v.looseObject({
  status: v.string(),
  runs: v.array(v.looseObject({ kind: v.string(), folder: v.string(), status: v.string() })),
});

/**
 * Returns the results that paths name: a run's folder, its summary.json, a folder of repeated runs, its repeats.json.
 * @throws {UsageError} Where there is none, or one is named twice.
 * @throws {PreflightError} Where repeated runs ended with one that failed.
 * @throws {FileError} Where one cannot be read.
 */
export function loadSide(paths: readonly string[]): FoundResult[] {
  const results = paths.flatMap(runFoldersOf).map((path): FoundResult => {
    const { summary } = loadResult(path);
    return { path, summary };
  });
  refuseSame(results);
  return results;
}

/** Makes sure that no result counts twice: it would seem to repeat itself without any noise. @throws {UsageError} */
export function refuseSame(results: readonly FoundResult[]): void {
  const seen = new Set<string>();
  for (const { path } of results) {
    const place = fs.realpathSync(basename(path) === "summary.json" ? dirname(path) : path);
    if (seen.has(place)) {
      throw new UsageError(`Cannot compare "${path}": it is named twice. Name each result once`);
    }
    seen.add(place);
  }
}

/** Returns the folders of the runs behind a path: itself, or the complete measured runs of repeated ones. */
function runFoldersOf(path: string): string[] {
  const isFolder = isFolderAt(path);
  const scanPath = isFolder ? join(path, SCAN_NAME) : path;
  if (basename(scanPath) === SCAN_NAME && fs.existsSync(scanPath)) {
    throw new UsageError(
      `Cannot compare "${path}": the runs of a scan do not repeat each other. Name the folders of runs of one ` +
        "value, which scan.json and `mlps report --json` list",
    );
  }
  const repeatsPath = isFolder ? join(path, REPEATS_NAME) : path;
  if (basename(repeatsPath) !== REPEATS_NAME || !fs.existsSync(repeatsPath)) return [path];
  const document = parseJson(repeatsPath);
  checkVersion(repeatsPath, document, REPEATS_SCHEMA_VERSION);
  if (!v.is(RepeatsShape, document)) throw notResult(path, "it does not list its runs");
  // An interruption says nothing of storage; a failure does, and a gate must not pass for what ran before it.
  if (document.status === "failed") {
    throw new PreflightError(
      `Cannot compare "${path}": its last run failed. Name the folders of its complete runs to compare those`,
    );
  }
  const measured = document.runs.filter(({ kind, status }) => kind === "measured" && status === "complete");
  if (measured.length === 0) throw notResult(path, "none of its measured runs is complete");
  // Wherever the results were moved to, those of one workload lie side by side.
  const siblings = dirname(dirname(repeatsPath));
  return measured.map(({ folder }) => join(siblings, basename(folder)));
}
