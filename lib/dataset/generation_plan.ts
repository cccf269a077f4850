// The preflight of a generation: what is there, what is missing, and whether the missing part may be written and fits.
// It reads only. Files that are complete and match are kept, so an interrupted generation goes on where it was.
import fs from "node:fs";
import { breathe } from "../base/breathe.ts";
import { PreflightError, reasonOf } from "../base/errors.ts";
import { formatBytes, MIB } from "../base/units.ts";
import { checkWritable } from "../format/parquet/dtypes.ts";
import { nearestExisting } from "../storage/free_space.ts";
import { filePath, patternNames } from "./file_names.ts";
import { FILE_INDEX_KEY, PARTIAL_SUFFIX, SPECIFICATION_KEY } from "./generate_file.ts";
import { LOCK_NAME, TAKEOVER_NAME } from "./generation_lock.ts";
import { findFileBytes, inspectFile } from "./inspect_file.ts";
import { decodeRuns, type Manifest, MANIFEST_NAME, readManifest } from "./manifest.ts";
import {
  countFiles,
  type DatasetSpecification,
  describeDifferences,
  isReadableAs,
  specificationHash,
  withoutEvaluation,
} from "./specification.ts";
import { specificationBytes } from "./specification_bytes.ts";

/** What a generation has to do. */
export interface GenerationPlan {
  readonly dataFolder: string;
  /** "resume": files are missing, or only the manifest that says that the dataset is complete. */
  readonly state: "absent" | "resume" | "complete";
  /** Indexes of the files to write. */
  readonly missing: Int32Array;
  /** About how many bytes the missing files take. */
  readonly missingBytes: number;
  readonly keptFiles: number;
  /** The size of each file by index; 0 where it is missing. */
  readonly fileBytes: Float64Array;
  /** Partial files of an interrupted generation, to be removed before the generation. */
  readonly leftovers: readonly string[];
}

export interface PlanOptions {
  /** The columns that training reads; undefined means all. They decide which way out of a refusal there is. */
  readonly columnsToRead: readonly string[] | undefined;
  /** Whether evaluation files are read, or only asked for. */
  readonly evaluates: boolean;
  /** Ends the planning, which takes a while with many files, by its reason. */
  readonly signal: AbortSignal;
  /** Called now and then with the number of files that were looked at. */
  readonly onProgress?: (doneFiles: number, numFiles: number) => void;
}

/** What a folder may hold and count as empty: a mount point's own, locks, and a manifest that was being written. */
const NAMES_OF_EMPTY_FOLDER: readonly string[] = [
  "lost+found",
  LOCK_NAME,
  TAKEOVER_NAME,
  `${MANIFEST_NAME}.partial`,
];

/** Space that a generation leaves free for manifests and folders. */
const RESERVE_BYTES = 16 * MIB;

const OTHER_FOLDER = "Use another folder (dataset.data_folder or --data-dir)";

/**
 * Returns what is to be generated in `dataFolder`, and changes nothing.
 *
 * @throws {UsageError} When the specification holds columns that cannot be generated.
 * @throws {PreflightError} When the folder holds something else, cannot be written, or has too little space.
 * @throws {InterruptedError} When the signal is raised.
 */
export async function planGeneration(
  dataFolder: string,
  spec: DatasetSpecification,
  options: PlanOptions,
): Promise<GenerationPlan> {
  checkWritable(spec.columns, Math.min(spec.row_group_size, spec.num_samples_per_file));
  const entries = listFolder(dataFolder);
  const manifest = readManifest(dataFolder);
  if (manifest === undefined) refuseForeignFiles(dataFolder, entries);
  else refuseOtherSpecification({ dataFolder, manifest, spec }, options);
  const plan = { dataFolder, ...await findMissing({ dataFolder, manifest, spec }, options) };
  if (plan.state !== "complete") checkRoom(plan);
  return plan;
}

/** Returns the names in the folder, none when it does not exist. */
function listFolder(dataFolder: string): string[] {
  try {
    return fs.readdirSync(dataFolder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new PreflightError(
      `Cannot generate into "${dataFolder}": ${folderReasonOf(cause)}. ${OTHER_FOLDER}`,
      { cause },
    );
  }
}

function folderReasonOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code === "ENOTDIR" ? "it is a file, not a folder" : reasonOf(cause);
}

function refuseForeignFiles(dataFolder: string, entries: readonly string[]): void {
  const foreign = entries.filter((name) => !NAMES_OF_EMPTY_FOLDER.includes(name)).sort();
  if (foreign.length === 0) return;
  const more = foreign.length > 3 ? ` and ${foreign.length - 3} more` : "";
  throw new PreflightError(
    `Cannot generate into "${dataFolder}": it has no ${MANIFEST_NAME} but holds ${
      foreign.slice(0, 3).join(", ")
    }${more}, ` +
      `an empty folder or none is wanted. ${OTHER_FOLDER}, or set workflow.generate_data=false to read it as it is`,
  );
}

/** A data folder, what it is marked as, and what is wanted of it. */
interface Target {
  readonly dataFolder: string;
  readonly manifest: Manifest | undefined;
  readonly spec: DatasetSpecification;
}

function refuseOtherSpecification(
  { dataFolder, manifest, spec }: Target & { readonly manifest: Manifest },
  { columnsToRead, evaluates }: PlanOptions,
): void {
  if (manifest.specification_hash === specificationHash(spec)) return;
  const differences = describeDifferences(manifest.specification, spec);
  if (differences.length === 0) differences.push("the hash in its manifest belongs to another specification");
  const isReadable = manifest.status === "complete" &&
    isReadableAs(manifest.specification, evaluates ? spec : withoutEvaluation(spec), columnsToRead);
  throw new PreflightError(
    `Cannot generate into "${dataFolder}": it holds a dataset of another specification\n` +
      differences.map((line) => `  ${line}\n`).join("") +
      (isReadable ? "Read it as it is with --set workflow.generate_data=false. " : "") +
      `${OTHER_FOLDER}, or delete the folder yourself`,
  );
}

type Inventory = Omit<GenerationPlan, "dataFolder">;

async function findMissing(
  { dataFolder, manifest, spec }: Target,
  { signal, onProgress }: PlanOptions,
): Promise<Inventory> {
  const names = patternNames(dataFolder, spec), hash = specificationHash(spec);
  const numFiles = countFiles(spec);
  const fileBytes = new Float64Array(numFiles);
  const leftovers: string[] = [];
  const missing: number[] = [];
  const knownBytes = manifest?.status === "complete" ? decodeRuns(manifest.file_bytes) : undefined;
  for (let index = 0; index < numFiles; index++) {
    if (manifest === undefined) {
      missing.push(index);
      continue;
    }
    await breathe(signal);
    const path = filePath(names, index), partial = path + PARTIAL_SUFFIX;
    const found = findFileBytes(path);
    if (found === undefined) missing.push(index);
    else if (knownBytes !== undefined) checkSize(path, found, knownBytes[index]);
    else checkMark(path, { index, hash, numRows: spec.num_samples_per_file });
    fileBytes[index] = found ?? 0;
    // A generation that was cut short may leave one beside a complete file, too.
    const mayBeLeft = found === undefined || knownBytes === undefined;
    if (mayBeLeft && findFileBytes(partial) !== undefined) leftovers.push(partial);
    onProgress?.(index + 1, numFiles);
  }
  return {
    state: manifest === undefined ? "absent" : missing.length > 0 ? "resume" : stateOf(manifest),
    missing: Int32Array.from(missing),
    missingBytes: specificationBytes(spec).fileBytes * missing.length,
    keptFiles: numFiles - missing.length,
    fileBytes,
    leftovers,
  };
}

/** With all files there, an interrupted generation may still lack the manifest that says so. */
function stateOf({ status }: Manifest): "resume" | "complete" {
  return status === "complete" ? "complete" : "resume";
}

const DELETE_IT = "Delete this file yourself to have it generated again";

function checkSize(path: string, foundBytes: number, wantedBytes: number): void {
  if (foundBytes === wantedBytes) return;
  throw new PreflightError(
    `Cannot keep "${path}": it has ${foundBytes} bytes, ${wantedBytes} are wanted by the manifest. ${DELETE_IT}`,
  );
}

interface FileMark {
  readonly index: number;
  readonly hash: string;
  readonly numRows: number;
}

/** Checks that a file is the one which a specification of this hash would generate under this index. */
function checkMark(path: string, wanted: FileMark): void {
  const { keyValues, numRows } = inspectFile(path);
  const isOurs = keyValues[SPECIFICATION_KEY] === wanted.hash &&
    keyValues[FILE_INDEX_KEY] === String(wanted.index) && numRows === wanted.numRows;
  if (isOurs) return;
  throw new PreflightError(
    `Cannot keep "${path}": it was not generated as file ${wanted.index} of this dataset. ${DELETE_IT}`,
  );
}

/** Checks that the nearest folder that exists may be written to and has space for what is missing. */
function checkRoom({ dataFolder, missingBytes }: GenerationPlan): void {
  const existing = nearestExisting(dataFolder);
  let freeBytes: number;
  try {
    fs.accessSync(existing, fs.constants.W_OK | fs.constants.X_OK);
    const { bavail, bsize } = fs.statfsSync(existing);
    freeBytes = bavail * bsize;
  } catch (cause) {
    throw new PreflightError(
      `Cannot generate into "${dataFolder}": "${existing}": ${folderReasonOf(cause)}. ${OTHER_FOLDER}`,
      { cause },
    );
  }
  const wantedBytes = missingBytes === 0 ? 0 : missingBytes + RESERVE_BYTES;
  if (freeBytes < wantedBytes) {
    throw new PreflightError(
      `Cannot generate into "${dataFolder}": ${formatBytes(freeBytes)} are free, ${
        formatBytes(wantedBytes)
      } are wanted. ` +
        `Free some space, ${OTHER_FOLDER.toLowerCase()}, or set a smaller dataset.num_files_train`,
    );
  }
}
