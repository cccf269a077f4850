// Reads what a user names as results: runs, and the folders of several runs (repeats, scans), which stand for the runs
// beside them.
import fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import * as v from "valibot";
import { type Repeats, REPEATS_SCHEMA_VERSION } from "../metrics/repeats.ts";
import { type Scan, SCAN_SCHEMA_VERSION } from "../metrics/scan.ts";
import {
  checkVersion,
  describeIssue,
  isFolderAt,
  type LoadedResult,
  loadResult,
  notResult,
  parseJson,
} from "./load_result.ts";

const REPEATS_NAME = "repeats.json", SCAN_NAME = "scan.json";

/** Of both documents what a report cannot do without. */
const RepeatsShape = v.looseObject({
  status: v.string(),
  workload: v.string(),
  dataset_origin: v.string(),
  required_au_percentage: v.number(),
  runs: v.array(v.looseObject({ kind: v.string(), folder: v.string(), warnings: v.array(v.string()) })),
  mlperf_conditions: v.array(v.looseObject({ rule: v.string(), evidence: v.string() })),
});
const ScanShape = v.looseObject({
  status: v.string(),
  workload: v.string(),
  dataset_origin: v.string(),
  key: v.string(),
  seconds_per_run: v.number(),
  required_au_percentage: v.number(),
  answer: v.nullable(v.looseObject({
    num_accelerators: v.number(),
    accelerators_by_rate: v.nullable(v.number()),
    client_ceiling: v.nullable(v.number()),
    failing_below: v.array(v.number()),
    advice: v.array(v.string()),
  })),
  knee: v.nullable(v.looseObject({ value: v.number(), share_percentage: v.number() })),
  points: v.array(v.looseObject({
    num_accelerators: v.number(),
    steps_per_epoch: v.number(),
    au_percentage: v.nullable(v.looseObject({ mean: v.number(), min: v.number(), max: v.number() })),
    samples_per_second: v.nullable(v.looseObject({ mean: v.number() })),
    warnings: v.array(v.string()),
    runs: v.array(v.looseObject({ folder: v.string(), au_percentage: v.number() })),
  })),
});

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
    const document = readDocument<Repeats>(repeatsPath, {
      newest: REPEATS_SCHEMA_VERSION,
      shape: RepeatsShape,
    });
    return { kind: "repeats", path, document, results: loadRuns(document.runs, repeatsPath) };
  }
  const scanPath = locate(SCAN_NAME);
  if (scanPath !== undefined) {
    const document = readDocument<Scan>(scanPath, { newest: SCAN_SCHEMA_VERSION, shape: ScanShape });
    const runs = document.points.flatMap((point) => point.runs);
    return { kind: "scan", path, document, results: loadRuns(runs, scanPath) };
  }
  return { kind: "run", results: [loadResult(path)] };
}

/** Returns all results that the sources stand for, in order; a run that is named beside its group counts once. */
export function resultsOf(sources: readonly LoadedSource[]): LoadedResult[] {
  const grouped = new Set(
    sources.flatMap((source) => source.kind === "run" ? [] : source.results.map(({ path }) => placeOf(path))),
  );
  return sources.flatMap((source): readonly LoadedResult[] =>
    source.kind === "run" ? source.results.filter(({ path }) => !grouped.has(placeOf(path))) : source.results
  );
}

function placeOf(path: string): string {
  return resolve(basename(path) === "summary.json" ? dirname(path) : path);
}

function readDocument<T>(
  path: string,
  { newest, shape }: { readonly newest: number; readonly shape: v.GenericSchema },
): T {
  const document = parseJson(path);
  checkVersion(path, document, newest);
  const parsed = v.safeParse(shape, document);
  if (!parsed.success) throw notResult(path, describeIssue(parsed.issues[0]));
  return document as T;
}

/** Runs lie beside the folder of their group; their paths hold where mlps was started, and where nothing was moved. */
function loadRuns(runs: readonly { readonly folder: string }[], groupPath: string): LoadedResult[] {
  return runs.map(({ folder }) => {
    const beside = join(groupPath, "..", "..", basename(folder));
    return loadResult(fs.existsSync(beside) ? beside : folder);
  });
}
