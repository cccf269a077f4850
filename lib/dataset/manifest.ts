// `mlps-dataset.json`, the marker and manifest of a generated dataset. It is written before the first file, with status
// "generating", and again after the last one: a folder that has it is ours, and files that it does not name are not.
import fs from "node:fs";
import { join } from "node:path";
import { FileError, PreflightError, reasonOf } from "../base/errors.ts";
import { replaceFile } from "./durable.ts";
import { countFiles, type DatasetSpecification } from "./specification.ts";

export const MANIFEST_NAME = "mlps-dataset.json";
const FORMAT_VERSION = 1;

/** The manifest as it is on disk. */
export interface Manifest {
  readonly format_version: typeof FORMAT_VERSION;
  readonly generator: string;
  readonly specification: DatasetSpecification;
  readonly specification_hash: string;
  readonly seed: number;
  readonly status: "generating" | "complete";
  /** Sizes in the order of file indexes as pairs of count and bytes; empty while generating. */
  readonly file_bytes: readonly (readonly [number, number])[];
  readonly total_bytes: number;
  readonly created: string;
  /** When the last file was complete; null while generating. */
  readonly ended: string | null;
}

/** Returns the path of the manifest of a data folder. */
export function manifestPath(dataFolder: string): string {
  return join(dataFolder, MANIFEST_NAME);
}

/** Returns the manifest of a data folder, or undefined when it has none. @throws {PreflightError} */
export function readManifest(dataFolder: string): Manifest | undefined {
  const path = manifestPath(dataFolder);
  let text: string;
  try {
    text = fs.readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new PreflightError(`Cannot read "${path}": ${reasonOf(cause)}`, { cause });
  }
  return parseManifest(text, path);
}

function parseManifest(text: string, path: string): Manifest {
  let value: Partial<Manifest> | null;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PreflightError(`Cannot read "${path}": it is not valid JSON (${reasonOf(cause)}). ${WAY_OUT}`, {
      cause,
    });
  }
  if (value?.format_version !== FORMAT_VERSION) {
    throw new PreflightError(
      `Cannot read "${path}": its format_version is ${value?.format_version}, this mlps knows ${FORMAT_VERSION}. ` +
        `Use the mlps that wrote it (${value?.generator ?? "unknown"}) or another dataset.data_folder`,
    );
  }
  const broken = findBrokenKey(value);
  if (broken !== undefined) {
    throw new PreflightError(
      `Cannot read "${path}": "${broken}" is missing or of the wrong type. ${WAY_OUT}`,
    );
  }
  return value as Manifest;
}

const WAY_OUT =
  "Use another dataset.data_folder, or delete the folder yourself and generate the dataset again";

function findBrokenKey(value: Partial<Manifest>): string | undefined {
  const { specification, specification_hash, status, file_bytes } = value;
  if (specification === null || typeof specification !== "object" || !Array.isArray(specification.columns)) {
    return "specification";
  }
  if (typeof specification_hash !== "string") return "specification_hash";
  if (status !== "generating" && status !== "complete") return "status";
  const isPair = (pair: unknown) =>
    Array.isArray(pair) && pair.length === 2 && pair.every((item) => Number.isSafeInteger(item) && item >= 0);
  if (!Array.isArray(file_bytes) || !file_bytes.every(isPair)) return "file_bytes";
  if (status === "complete" && sumCounts(file_bytes) !== countFiles(specification)) return "file_bytes";
  return undefined;
}

/** Writes the manifest so that a reader finds the former one or this one, whole, even after a power cut. */
export function writeManifest(dataFolder: string, manifest: Manifest): void {
  const path = manifestPath(dataFolder);
  try {
    fs.mkdirSync(dataFolder, { recursive: true });
    replaceFile(path, JSON.stringify(manifest, null, 2) + "\n");
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw new FileError({ action: "write", path, reason: reasonOf(cause) }, { cause });
  }
}

/** What is known when a generation begins. */
export interface ManifestStart {
  readonly version: string;
  readonly specification: DatasetSpecification;
  readonly specificationHash: string;
  readonly created: Date;
}

/** Returns the manifest of a dataset that is about to be generated. */
export function startManifest(
  { version, specification, specificationHash, created }: ManifestStart,
): Manifest {
  return {
    format_version: FORMAT_VERSION,
    generator: `mlps ${version}`,
    specification,
    specification_hash: specificationHash,
    seed: specification.seed,
    status: "generating",
    file_bytes: [],
    total_bytes: 0,
    created: created.toISOString(),
    ended: null,
  };
}

/** Returns the manifest of a dataset whose files are all there, with these sizes in the order of their index. */
export function completeManifest(manifest: Manifest, fileBytes: ArrayLike<number>, ended: Date): Manifest {
  const runs = encodeRuns(fileBytes);
  const totalBytes = runs.reduce((sum, [count, bytes]) => sum + count * bytes, 0);
  return {
    ...manifest,
    status: "complete",
    file_bytes: runs,
    total_bytes: totalBytes,
    ended: ended.toISOString(),
  };
}

/** Returns runs of equal values as pairs of count and value. */
export function encodeRuns(values: ArrayLike<number>): [number, number][] {
  const runs: [number, number][] = [];
  for (let i = 0; i < values.length; i++) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === values[i]) last[0]++;
    else runs.push([1, values[i]]);
  }
  return runs;
}

/** Returns the values that `encodeRuns` was given. */
export function decodeRuns(runs: readonly (readonly [number, number])[]): Float64Array {
  const values = new Float64Array(sumCounts(runs));
  let start = 0;
  for (const [count, value] of runs) values.fill(value, start, start += count);
  return values;
}

function sumCounts(runs: readonly (readonly [number, number])[]): number {
  return runs.reduce((sum, [count]) => sum + count, 0);
}
