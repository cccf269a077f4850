// What the files of a dataset that another tool made must be: what the workload says, and all alike.
import { join } from "node:path";
import { FileError, PreflightError } from "../base/errors.ts";
import type { Workload } from "../config/schema.ts";
import { selectColumns } from "../format/parquet/columns.ts";
import { storageOf } from "../format/parquet/dtypes.ts";
import type { DatasetPart, FileNames, PartNames } from "./file_names.ts";
import { type InspectedFile, inspectFile } from "./inspect_file.ts";
import { COUNT_KEYS, listDatasetFiles } from "./open_foreign.ts";
import { columnsToRead } from "./specification.ts";
import { type DatasetExpectation, schemaLines } from "./validate_expectation.ts";
import type { Finding } from "./validate_finding.ts";

/** What is known before the files are checked one by one. */
export interface ForeignDataset {
  readonly expectation: DatasetExpectation;
  readonly findings: readonly Finding[];
}

/** Returns what the files must be; undefined where there is none. @throws {PreflightError} {InterruptedError} */
export async function expectForeign(
  workload: Workload,
  dataFolder: string,
  signal: AbortSignal,
): Promise<ForeignDataset | undefined> {
  const { dataset: { num_files_eval, num_samples_per_file } } = workload;
  const findings: Finding[] = [];
  const listPart = async (part: DatasetPart): Promise<PartNames & { readonly kind: "list" }> => {
    const { folder, paths } = await listDatasetFiles({ dataFolder, part }, signal);
    const key = COUNT_KEYS[part], wantedFiles = workload.dataset[key];
    if (paths.length !== wantedFiles) {
      const message = `it has ${paths.length} files, dataset.${key} is ${wantedFiles}`;
      findings.push({ kind: "file_count", path: folder, message });
    }
    return { kind: "list", folder, paths };
  };
  const train = await listPart("train");
  if (train.paths.length === 0) return undefined;
  const names: FileNames = num_files_eval === 0
    ? train
    : { kind: "both", train, valid: await listPart("valid") };
  const first = findReadable(train.paths.map((path) => join(train.folder, path)));
  if (first !== undefined) findings.push(...compareColumns(workload, first.path, first.file));
  return {
    expectation: {
      names,
      samplesPerFile: num_samples_per_file,
      schema: first === undefined ? [] : schemaLines(first.file.schema),
      schemaOrigin: first === undefined ? "" : `"${first.path}"`,
    },
    findings,
  };
}

/** Returns the first file with a footer that can be read: the others are compared with it. */
function findReadable(paths: readonly string[]): { path: string; file: InspectedFile } | undefined {
  for (const path of paths) {
    try {
      return { path, file: inspectFile(path) };
    } catch (cause) {
      if (!(cause instanceof PreflightError)) throw cause;
    }
  }
  return undefined;
}

/** Compares the columns that training reads with those of the file. */
function compareColumns(workload: Workload, path: string, { schema }: InspectedFile): Finding[] {
  const findings: Finding[] = [];
  const report = (column: string, message: string) =>
    findings.push({ kind: "schema", path, column, message });
  for (const name of columnsToRead(workload) ?? []) {
    const column = workload.dataset.parquet.columns.find((one) => one.name === name)!;
    try {
      const found = selectColumns(schema, [name], path).map(({ physicalType }) => physicalType);
      const wanted = storageOf(column).physicalType;
      if (found.length !== 1 || found[0] !== wanted) {
        report(name, `it is stored as ${found.join(", ")}, the workload's ${column.dtype} as ${wanted}`);
      }
    } catch (cause) {
      if (!(cause instanceof FileError)) throw cause;
      report(name, cause.failure?.reason ?? cause.message);
    }
  }
  return findings;
}
