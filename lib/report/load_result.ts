// Reads results back: a run's folder or its summary.json, with the seconds of series.jsonl beside it. What is no result of
// mlps, or one of a newer version, is refused with the reason, so that what reads a summary can rely on its keys.
import fs from "node:fs";
import { basename, join } from "node:path";
import * as v from "valibot";
import { FileError, reasonOf, UsageError } from "../base/errors.ts";
import type { SeriesPoint } from "../metrics/series.ts";
import { SCHEMA_VERSION, type Summary } from "../metrics/summary.ts";

const SUMMARY_NAME = "summary.json", SERIES_NAME = "series.jsonl";

/** A result as it was read. */
export interface LoadedResult {
  /** As it was given: a folder or a file. */
  readonly path: string;
  readonly summary: Summary;
  /** In the order of the run; empty where there is no series.jsonl. */
  readonly series: readonly SeriesPoint[];
}

/** Enough of a summary to tell one from another JSON file; the rest follows from its schema_version. */
const SummaryShape = v.looseObject({
  status: v.picklist(["complete", "partial", "failed"]),
  start: v.string(),
  num_accelerators: v.number(),
  metric: v.looseObject({ train_au_percentage: v.array(v.number()) }),
  mlps: v.looseObject({
    version: v.string(),
    workload: v.looseObject({ name: v.string() }),
    dataset: v.looseObject({ origin: v.string() }),
    epochs: v.array(v.looseObject({
      epoch: v.number(),
      complete: v.boolean(),
      accelerators: v.array(v.looseObject({ au_percentage: v.number() })),
      bytes: v.looseObject({ requested: v.number() }),
      readers: v.looseObject({ each: v.array(v.looseObject({})) }),
    })),
    histograms: v.looseObject({ read: v.looseObject({ buckets: v.array(v.array(v.number())) }) }),
    environment: v.looseObject({ kernel: v.string() }),
    /** Absent in results from before io_uring: there was one read at a time. */
    io_engine: v.optional(v.looseObject({ used: v.string(), deepest_queue: v.number() })),
    warnings: v.array(v.looseObject({ code: v.string(), message: v.string() })),
  }),
});

/**
 * Returns the result of one run.
 * @throws {UsageError} Where there is none, or none that this version understands.
 * @throws {FileError} Where it cannot be read.
 */
export function loadResult(path: string): LoadedResult {
  const isFolder = isFolderAt(path);
  const summaryPath = isFolder ? join(path, SUMMARY_NAME) : path;
  if (!fs.existsSync(summaryPath)) {
    const found = newestRunBelow(path);
    const example = found === undefined ? "" : `, such as ${found}`;
    throw notResult(path, `there is no ${SUMMARY_NAME} in it, the folder of a run is wanted${example}`);
  }
  const summary = checkSummary(summaryPath, parseJson(summaryPath));
  // A file of another name may be a copy, beside the series of another run.
  const seriesPath = basename(summaryPath) === SUMMARY_NAME
    ? join(summaryPath, "..", SERIES_NAME)
    : undefined;
  return { path, summary, series: seriesPath === undefined ? [] : readSeries(seriesPath) };
}

/** Results lie below the folder of their workload, that below the folder of all results, that where mlps was started. */
const MAX_DEPTH = 3;

/** Returns the newest run below a folder, for whoever named the folder of all of them: a run's name begins with its time. */
function newestRunBelow(folder: string): string | undefined {
  return runsBelow(folder, MAX_DEPTH).toSorted((a, b) => basename(a) < basename(b) ? 1 : -1).at(0);
}

function runsBelow(folder: string, depth: number): string[] {
  if (depth === 0) return [];
  return foldersIn(folder).map((name) => join(folder, name)).flatMap((path) =>
    fs.existsSync(join(path, SUMMARY_NAME)) ? [path] : runsBelow(path, depth - 1)
  );
}

/** Returns the names of the folders in a folder; none where it cannot be read. */
function foldersIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Returns whether a path is a folder. @throws {UsageError} Where there is nothing. */
export function isFolderAt(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch (cause) {
    throw notResult(path, `${reasonOf(cause)}, the folder of a result or its ${SUMMARY_NAME} is wanted`);
  }
}

/** Returns what a JSON file holds. @throws {FileError | UsageError} */
export function parseJson(path: string): unknown {
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (cause) {
    throw new FileError({ action: "read", path, reason: reasonOf(cause) }, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notResult(path, `it is not JSON (${(cause as Error).message}), a ${SUMMARY_NAME} is wanted`);
  }
}

function checkSummary(path: string, document: unknown): Summary {
  checkVersion(path, document, SCHEMA_VERSION);
  const parsed = v.safeParse(SummaryShape, document);
  if (!parsed.success) throw notResult(path, describeIssue(parsed.issues[0]));
  return document as Summary;
}

/** Makes sure that a document has a schema that this version knows. @throws {UsageError} */
export function checkVersion(path: string, document: unknown, newest: number): void {
  const version = (document as { schema_version?: unknown } | null)?.schema_version;
  if (typeof version !== "number") {
    throw notResult(path, "it has no schema_version, a result of mlps is wanted (DLIO's own has none)");
  }
  if (version > newest) {
    throw notResult(path, `its schema_version is ${version}, at most ${newest} is known. Use a newer mlps`);
  }
}

/** Returns in what a document differs from one that this version writes. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const key = v.getDotPath(issue) ?? "it";
  return issue.received === "undefined"
    ? `it has no ${key}, which this version of mlps wants`
    : `${key} is ${issue.received}, ${issue.expected} is wanted`;
}

/** Returns what to throw for something that is no result. */
export function notResult(path: string, problem: string): UsageError {
  return new UsageError(`Cannot use "${path}" as a result: ${problem}`);
}

/** A run that was killed may have left half a line at the end. */
function readSeries(path: string): SeriesPoint[] {
  if (!fs.existsSync(path)) return [];
  const points: SeriesPoint[] = [];
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (cause) {
    throw new FileError({ action: "read", path, reason: reasonOf(cause) }, { cause });
  }
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    if (line === "") continue;
    try {
      points.push(JSON.parse(line));
    } catch (cause) {
      if (index === lines.length - 1) break;
      throw new FileError({ action: "read", path, reason: `line ${index + 1} is not JSON` }, { cause });
    }
  }
  return points;
}
