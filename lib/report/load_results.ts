// Reads what a user names as results: runs, and the folders of several runs (repeats, scans), which stand for the runs
// beside them.
import fs from "node:fs";
import { basename, join } from "node:path";
import { type Repeats, REPEATS_SCHEMA_VERSION } from "../metrics/repeats.ts";
import { type Scan, SCAN_SCHEMA_VERSION } from "../metrics/scan.ts";
import {
  checkVersion,
  isFolderAt,
  type LoadedResult,
  loadResult,
  notResult,
  parseJson,
} from "./load_result.ts";

const REPEATS_NAME = "repeats.json", SCAN_NAME = "scan.json";

/** A run, or several with what they tell together. */
export type LoadedSource =
  | { readonly kind: "run"; readonly results: readonly [LoadedResult] }
  | LoadedGroup<"repeats", Repeats>
  | LoadedGroup<"scan", Scan>;

interface LoadedGroup<Kind extends string, Document> {
  readonly kind: Kind;
  /** As it was given: a folder or a file. */
  readonly path: string;
  readonly document: Document;
  /** The runs, in the order of the document. */
  readonly results: readonly LoadedResult[];
}

/** Returns what a path stands for. @throws {UsageError | FileError} As {@link loadResult}. */
export function loadSource(path: string): LoadedSource {
  const isFolder = isFolderAt(path);
  const locate = (name: string) => {
    const candidate = isFolder ? join(path, name) : path;
    return basename(candidate) === name && fs.existsSync(candidate) ? candidate : undefined;
  };
  const repeatsPath = locate(REPEATS_NAME);
  if (repeatsPath !== undefined) {
    const document = readDocument<Repeats>(repeatsPath, REPEATS_SCHEMA_VERSION);
    if (!Array.isArray(document.runs)) throw notResult(path, "it lists no runs");
    return { kind: "repeats", path, document, results: loadRuns(document.runs, repeatsPath) };
  }
  const scanPath = locate(SCAN_NAME);
  if (scanPath !== undefined) {
    const document = readDocument<Scan>(scanPath, SCAN_SCHEMA_VERSION);
    if (!Array.isArray(document.points)) throw notResult(path, "it lists no points");
    const runs = document.points.flatMap((point) => point.runs);
    return { kind: "scan", path, document, results: loadRuns(runs, scanPath) };
  }
  return { kind: "run", results: [loadResult(path)] };
}

/** Returns all results that the sources stand for, in order. */
export function resultsOf(sources: readonly LoadedSource[]): LoadedResult[] {
  return sources.flatMap(({ results }) => results);
}

function readDocument<T>(path: string, newest: number): T {
  const document = parseJson(path);
  checkVersion(path, document, newest);
  return document as T;
}

/** Runs lie beside the folder of their group; their paths hold where mlps was started, and where nothing was moved. */
function loadRuns(runs: readonly { readonly folder: string }[], groupPath: string): LoadedResult[] {
  return runs.map(({ folder }) => {
    const beside = join(groupPath, "..", "..", basename(folder));
    return loadResult(fs.existsSync(beside) ? beside : folder);
  });
}
