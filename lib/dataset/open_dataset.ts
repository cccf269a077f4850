// Opens a dataset for reading: a generated one by its manifest, one of another tool (DLIO, pyarrow, Spark) by its files'
// footers, a synthetic one by the workload alone. All that could fail later for a reason that is visible now fails here,
// before the run.
import fs from "node:fs";
import { breathe } from "../base/breathe.ts";
import { PreflightError, reasonOf } from "../base/errors.ts";
import type { Workload } from "../config/schema.ts";
import { regularLayout } from "../plan/file_layout.ts";
import type { Dataset, OpenOptions } from "./dataset.ts";
import { filePath, partNames } from "./file_names.ts";
import { SPECIFICATION_KEY } from "./generate_file.ts";
import { findFileBytes, inspectFile } from "./inspect_file.ts";
import { decodeRuns, type Manifest, MANIFEST_NAME, readManifest } from "./manifest.ts";
import { openForeignDataset } from "./open_foreign.ts";
import { isSynthetic, syntheticDataset } from "./synthetic.ts";
import {
  columnsToRead,
  describeDifferences,
  isReadableAs,
  specificationHash,
  specificationOf,
  withoutEvaluation,
} from "./specification.ts";

/** Returns the dataset in `dataFolder`, checked against the workload. @throws {PreflightError} {InterruptedError} */
export async function openDataset(
  workload: Workload,
  dataFolder: string,
  options: OpenOptions,
): Promise<Dataset> {
  if (isSynthetic(workload)) return syntheticDataset(workload, dataFolder, options.part ?? "train");
  requireFolder(dataFolder, options);
  const manifest = readManifest(dataFolder);
  if (manifest === undefined) return await openForeignDataset(workload, dataFolder, options);
  return await openOwnDataset(workload, { dataFolder, manifest }, options);
}

/** Throws a PreflightError unless `dataFolder` is a folder. */
export function requireFolder(
  dataFolder: string,
  { generateCommand }: Pick<OpenOptions, "generateCommand">,
): void {
  let stat: fs.Stats | undefined;
  try {
    stat = fs.statSync(dataFolder, { throwIfNoEntry: false });
  } catch (cause) {
    throw new PreflightError(`Cannot read the dataset "${dataFolder}": ${reasonOf(cause)}`, { cause });
  }
  if (stat === undefined) {
    throw new PreflightError(
      `Cannot read the dataset "${dataFolder}": the folder does not exist. ` +
        `Generate it with \`${generateCommand}\`, or name another with dataset.data_folder or --data-dir`,
    );
  }
  if (!stat.isDirectory()) {
    throw new PreflightError(
      `Cannot read the dataset "${dataFolder}": it is a file, a folder is wanted. ` +
        "Name another with dataset.data_folder or --data-dir",
    );
  }
}

interface OwnFolder {
  readonly dataFolder: string;
  readonly manifest: Manifest;
}

async function openOwnDataset(
  workload: Workload,
  folder: OwnFolder,
  options: OpenOptions,
): Promise<Dataset> {
  const { dataFolder, manifest } = folder;
  const { specification: found, specification_hash: id } = manifest;
  if (manifest.status !== "complete") {
    throw new PreflightError(
      `Cannot read the dataset "${dataFolder}": its generation did not end. ` +
        `Run \`${options.generateCommand}\` to generate the files that are missing`,
    );
  }
  const warnings = compareSpecifications(workload, folder);
  const { part = "train" } = options, { num_files_train, num_files_eval } = workload.dataset;
  const names = partNames(dataFolder, found, part);
  const firstIndex = part === "train" ? 0 : found.num_files_train;
  const wantedFiles = part === "train" ? num_files_train : num_files_eval;
  const fileBytes = decodeRuns(manifest.file_bytes).slice(firstIndex, firstIndex + wantedFiles);
  for (let index = 0; index < fileBytes.length; index++) {
    await breathe(options.signal);
    checkFile(filePath(names, index), fileBytes[index], options);
    options.onProgress?.(index + 1, fileBytes.length);
  }
  const first = filePath(names, 0);
  const { schema, keyValues } = inspectFile(first);
  if (keyValues[SPECIFICATION_KEY] !== id) {
    throw new PreflightError(
      `Cannot read "${first}": it was not generated with the specification in ${MANIFEST_NAME}. ` +
        "Delete the folder yourself and generate the dataset again",
    );
  }
  return {
    origin: "mlps",
    dataFolder,
    id,
    names,
    numFiles: fileBytes.length,
    samplesPerFile: found.num_samples_per_file,
    layouts: [regularLayout(found.num_samples_per_file, found.row_group_size)],
    layoutOfFile: undefined,
    schema,
    fileBytes,
    totalBytes: fileBytes.reduce((sum, bytes) => sum + bytes, 0),
    warnings: part === "train" ? warnings : [], // differences are those of the dataset as a whole
  };
}

function checkFile(path: string, wantedBytes: number, { generateCommand }: OpenOptions): void {
  const foundBytes = findFileBytes(path);
  if (foundBytes === wantedBytes) return;
  if (foundBytes === undefined) {
    throw new PreflightError(
      `Cannot read "${path}": it does not exist. Run \`${generateCommand}\` to generate the files that are missing`,
    );
  }
  throw new PreflightError(
    `Cannot read "${path}": it has ${foundBytes} bytes, ${wantedBytes} are wanted by ${MANIFEST_NAME}. ` +
      `Delete this file yourself and run \`${generateCommand}\` to generate it again`,
  );
}

/** Returns warnings about differences that reading allows. @throws {PreflightError} About those that it does not. */
function compareSpecifications(workload: Workload, { dataFolder, manifest }: OwnFolder): string[] {
  const found = manifest.specification, wanted = specificationOf(workload);
  if (manifest.specification_hash === specificationHash(wanted)) return [];
  const read = workload.workflow.evaluation ? wanted : withoutEvaluation(wanted);
  const differences = describeDifferences(found, wanted);
  if (isReadableAs(found, read, columnsToRead(workload))) {
    return differences.map((line) => `Read although it differs: ${line}`);
  }
  throw new PreflightError(
    `Cannot read the dataset "${dataFolder}": it was generated with another specification\n` +
      differences.map((line) => `  ${line}\n`).join("") +
      "Change the workload (--set dataset.num_files_train=N, ...) or name another dataset (dataset.data_folder or --data-dir)",
  );
}
