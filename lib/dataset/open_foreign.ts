// Opens a dataset that another tool made. There is no manifest, so every file's footer is read and checked.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import type { SchemaElement } from "hyparquet";
import { breathe } from "../base/breathe.ts";
import { FileError, PreflightError, reasonOf } from "../base/errors.ts";
import type { Workload } from "../config/schema.ts";
import { leafToSlot, selectColumns, type WantedColumn } from "../format/parquet/columns.ts";
import type { FileLayout } from "../plan/file_layout.ts";
import type { Dataset, OpenOptions } from "./dataset.ts";
import { type DatasetPart, filePath, type PartNames } from "./file_names.ts";
import { inspectFile } from "./inspect_file.ts";
import { columnsToRead } from "./specification.ts";

const SUFFIX = ".parquet";
const VALID_FOLDER: DatasetPart = "valid";
/** The key that says how many files of a part are read. */
export const COUNT_KEYS = { train: "num_files_train", valid: "num_files_eval" } as const;
const MAX_LAYOUTS = 0xffff;

/** Returns the dataset of the `*.parquet` files in `dataFolder`. @throws {PreflightError} {InterruptedError} */
export async function openForeignDataset(
  workload: Workload,
  dataFolder: string,
  { part = "train", generateCommand, signal, onProgress }: OpenOptions,
): Promise<Dataset> {
  const { num_samples_per_file: samplesPerFile } = workload.dataset;
  const key = COUNT_KEYS[part], numFiles = workload.dataset[key];
  const { folder, paths } = await listDatasetFiles({ dataFolder, part }, signal);
  if (paths.length === 0) {
    throw new PreflightError(
      `Cannot read the dataset "${part === "train" ? dataFolder : folder}": it holds no *${SUFFIX} file. ` +
        `Generate it with \`${generateCommand}\`, or name another with dataset.data_folder or --data-dir`,
    );
  }
  const warnings = compareCount(
    { folder: part === "train" ? dataFolder : folder, key },
    paths.length,
    numFiles,
  );
  const names: PartNames = { kind: "list", folder, paths: paths.slice(0, numFiles) };

  const reference = new SchemaReference(columnsToRead(workload));
  const layouts = new LayoutTable();
  const layoutOfFile = new Uint16Array(numFiles);
  const fileBytes = new Float64Array(numFiles);
  const hash = createHash("sha256");
  for (let index = 0; index < numFiles; index++) {
    await breathe(signal);
    const path = filePath(names, index);
    const file = inspectFile(path);
    if (file.numRows !== samplesPerFile) throw wrongRowCount(path, file.numRows, samplesPerFile);
    reference.check(file.schema, path);
    layoutOfFile[index] = layouts.add(file.rowGroupRows, { folder: dataFolder, key });
    fileBytes[index] = file.fileBytes;
    hash.update(`${names.paths[index]}\0${file.fileBytes}\0${file.rowGroupRows.join(",")}\n`);
    onProgress?.(index + 1, numFiles);
  }
  return {
    origin: "foreign",
    dataFolder,
    id: hash.digest("hex"),
    names,
    numFiles,
    samplesPerFile,
    layouts: layouts.list,
    layoutOfFile: layouts.list.length === 1 ? undefined : layoutOfFile,
    schema: reference.schema,
    fileBytes,
    totalBytes: fileBytes.reduce((sum, bytes) => sum + bytes, 0),
    warnings,
  };
}

/** A folder of files, and the key that says how many of them are read. */
interface CountedFolder {
  readonly folder: string;
  readonly key: string;
}

/**
 * Returns the paths of all Parquet files of a part, sorted: those under `train` or `valid`. Where there is no `train`,
 * training files are all that the data folder has, those under `valid` aside; where there is no `valid`, no file is for
 * evaluation.
 */
export async function listDatasetFiles(
  { dataFolder, part }: { readonly dataFolder: string; readonly part: DatasetPart },
  signal: AbortSignal,
): Promise<{ folder: string; paths: string[] }> {
  const ofPart = join(dataFolder, part), hasOwnFolder = fs.existsSync(ofPart);
  if (!hasOwnFolder && part === "valid") return { folder: ofPart, paths: [] };
  const folder = hasOwnFolder ? ofPart : dataFolder;
  const paths: string[] = [];
  const subfolders = [""];
  for (const subfolder of subfolders) {
    await breathe(signal);
    for (const entry of listEntries(join(folder, subfolder))) {
      const path = join(subfolder, entry.name);
      if (entry.isFolder && !hasOwnFolder && path === VALID_FOLDER) continue;
      if (entry.isFolder) subfolders.push(path);
      else if (entry.name.endsWith(SUFFIX)) paths.push(path);
    }
  }
  return { folder, paths: paths.sort() };
}

function listEntries(folder: string): { name: string; isFolder: boolean }[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !/^[._]/.test(name)) // Spark's _SUCCESS and _temporary, hidden files
      .map((entry) => ({ name: entry.name, isFolder: isFolder(join(folder, entry.name), entry) }));
  } catch (cause) {
    const { path = folder } = cause as NodeJS.ErrnoException;
    throw new PreflightError(`Cannot list "${path}": ${reasonOf(cause)}`, { cause });
  }
}

function isFolder(path: string, entry: fs.Dirent): boolean {
  if (entry.isSymbolicLink()) return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  return entry.isDirectory();
}

/** Returns a warning about files that stay unread. @throws {PreflightError} When there are too few. */
function compareCount({ folder, key }: CountedFolder, foundFiles: number, wantedFiles: number): string[] {
  if (foundFiles < wantedFiles) {
    throw new PreflightError(
      `Cannot read the dataset "${folder}": it has ${foundFiles} files, dataset.${key} is ${wantedFiles}. ` +
        `Use --set dataset.${key}=${foundFiles}, or complete the dataset`,
    );
  }
  if (foundFiles === wantedFiles) return [];
  return [
    `The dataset has ${foundFiles} ${
      key === COUNT_KEYS.train ? "" : "evaluation "
    }files; the first ${wantedFiles} by name are read (dataset.${key})`,
  ];
}

function wrongRowCount(path: string, foundRows: number, wantedRows: number): PreflightError {
  const wayOut = foundRows === 0
    ? "Remove this file from the folder"
    : `Use --set dataset.num_samples_per_file=${foundRows} when all files have as many`;
  return new PreflightError(
    `Cannot read "${path}": it has ${foundRows} rows, dataset.num_samples_per_file is ${wantedRows}. ${wayOut}`,
  );
}

/** The distinct layouts of the files seen so far: of most datasets there is one or two. */
class LayoutTable {
  readonly list: FileLayout[] = [];
  readonly #indexes = new Map<string, number>();

  add(rowGroupRows: Int32Array, { folder, key }: CountedFolder): number {
    const cut = rowGroupRows.join(",");
    let index = this.#indexes.get(cut);
    if (index === undefined) {
      index = this.list.push({ rows: [...rowGroupRows] }) - 1;
      this.#indexes.set(cut, index);
      if (index > MAX_LAYOUTS) {
        throw new PreflightError(
          `Cannot read the dataset "${folder}": its files are cut into row groups in more than ${MAX_LAYOUTS} ways. ` +
            `Read fewer files with --set dataset.${key}=N`,
        );
      }
    }
    return index;
  }
}

/** Compares each file's schema with the first one's, which readers use for all files. */
class SchemaReference {
  schema: SchemaElement[] = [];
  readonly #names: readonly string[] | undefined;
  #path = "";
  #json = "";
  #wanted: WantedColumn[] = [];

  constructor(names: readonly string[] | undefined) {
    this.#names = names;
  }

  check(schema: SchemaElement[], path: string): void {
    const json = JSON.stringify(schema);
    if (json === this.#json) return;
    const wanted = this.#select(schema, path);
    if (this.#path === "") {
      this.schema = schema;
      this.#path = path;
      this.#json = json;
      this.#wanted = wanted;
      return;
    }
    for (let slot = 0; slot < Math.max(wanted.length, this.#wanted.length); slot++) {
      const here = describeLeaf(wanted[slot]), first = describeLeaf(this.#wanted[slot]);
      if (here !== first) throw this.#different(path, here, first);
    }
    const leaves = leafToSlot(schema, []).length, firstLeaves = leafToSlot(this.schema, []).length;
    if (leaves !== firstLeaves) throw this.#different(path, `${leaves} columns`, `${firstLeaves} columns`);
  }

  #select(schema: SchemaElement[], path: string): WantedColumn[] {
    try {
      return selectColumns(schema, this.#names, path);
    } catch (cause) {
      if (!(cause instanceof FileError)) throw cause;
      const here = new Set(selectColumns(schema, undefined, path).map(topLevelName));
      const missing = this.#wanted.map(topLevelName).find((name) => !here.has(name));
      if (missing !== undefined) throw this.#different(path, `no column "${missing}"`, "it");
      throw new PreflightError(cause.message, { cause });
    }
  }

  #different(path: string, here: string, first: string): PreflightError {
    return new PreflightError(
      `Cannot read "${path}": it has ${here}, "${this.#path}" has ${first}. The files of a dataset have one schema: ` +
        "remove this file from the folder, or write it again with the schema of the others",
    );
  }
}

function topLevelName({ schemaPath }: WantedColumn): string {
  return schemaPath[1].element.name;
}

/** Returns what a reader relies on: the place, type and levels of a leaf. */
function describeLeaf(column: WantedColumn | undefined): string {
  if (column === undefined) return "no further column";
  const { name, leafIndex, physicalType, valueBytes, schemaPath } = column;
  const repetition = schemaPath.slice(1).map(({ element }) => element.repetition_type).join("/");
  const width = physicalType === "FIXED_LEN_BYTE_ARRAY" ? `(${valueBytes})` : "";
  return `column ${leafIndex} "${name}" as ${physicalType}${width} ${repetition}`;
}
