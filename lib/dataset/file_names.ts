// Where the files of a dataset are. A generated dataset has DLIO's names, which are computed and never listed; a dataset
// of another tool has whatever names were found. Both are plain values that every worker gets.
import { join } from "node:path";
import type { DatasetSpecification } from "./specification.ts";

/** The names of all files of a dataset, in the order of their index. */
export type FileNames =
  | {
    readonly kind: "pattern";
    readonly folder: string;
    readonly prefix: string;
    readonly extension: string;
    readonly numFiles: number;
    readonly numSubfolders: number;
  }
  | { readonly kind: "list"; readonly folder: string; readonly paths: readonly string[] };

/** The folder of training files within the data folder. */
export const TRAIN_FOLDER = "train";

/** Returns the names of a generated dataset. */
export function patternNames(dataFolder: string, specification: DatasetSpecification): FileNames {
  return {
    kind: "pattern",
    folder: join(dataFolder, TRAIN_FOLDER),
    prefix: specification.file_prefix,
    extension: specification.format,
    numFiles: specification.num_files_train,
    numSubfolders: specification.num_subfolders_train,
  };
}

/** Returns how many files there are. */
export function numFiles(names: FileNames): number {
  return names.kind === "pattern" ? names.numFiles : names.paths.length;
}

/**
 * Returns the path of one file.
 *
 * DLIO pads the index to as many digits as the number of files has and, with more than one subfolder, deals files to
 * subfolders in turn, padded likewise (data_generator.py, `{prefix}_{i}_of_{N}.{format}`).
 */
export function filePath(names: FileNames, index: number): string {
  if (names.kind === "list") return `${names.folder}/${names.paths[index]}`;
  const { folder, prefix, extension, numFiles, numSubfolders } = names;
  const name = `${prefix}_${padTo(index, numFiles)}_of_${numFiles}.${extension}`;
  if (numSubfolders <= 1) return `${folder}/${name}`;
  return `${folder}/${padTo(index % numSubfolders, numSubfolders)}/${name}`;
}

function padTo(index: number, count: number): string {
  return String(index).padStart(String(count).length, "0");
}
