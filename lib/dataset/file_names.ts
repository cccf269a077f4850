// Where the files of a dataset are. A generated dataset has DLIO's names, which are computed and never listed; a dataset
// of another tool has whatever names were found. Both are plain values that every worker gets.
import { join } from "node:path";
import type { DatasetSpecification } from "./specification.ts";

/** What files are read for; each part has a folder of this name within the data folder. */
export type DatasetPart = "train" | "valid";

/** The names of the files of one part, in the order of their index. */
export type PartNames =
  | {
    readonly kind: "pattern";
    readonly folder: string;
    readonly prefix: string;
    readonly extension: string;
    readonly numFiles: number;
    readonly numSubfolders: number;
  }
  | { readonly kind: "list"; readonly folder: string; readonly paths: readonly string[] }
  | RepeatedNames;

/** The same files again and again: a ceiling is measured on few files that are read as if they were many. */
export interface RepeatedNames {
  readonly kind: "repeated";
  readonly folder: string;
  readonly names: PartNames;
  readonly numFiles: number;
}

/** The names of all files of a dataset, in the order of their index: those for evaluation come last. */
export type FileNames = PartNames | {
  readonly kind: "both";
  readonly train: PartNames;
  readonly valid: PartNames;
};

/** Returns the names of a generated dataset. */
export function patternNames(dataFolder: string, specification: DatasetSpecification): FileNames {
  const train = partNames(dataFolder, specification, "train");
  if (specification.num_files_eval === undefined) return train;
  return { kind: "both", train, valid: partNames(dataFolder, specification, "valid") };
}

/** Returns the names of one part of a generated dataset. */
export function partNames(
  dataFolder: string,
  specification: DatasetSpecification,
  part: DatasetPart,
): PartNames {
  const isTrain = part === "train";
  return {
    kind: "pattern",
    folder: join(dataFolder, part),
    prefix: specification.file_prefix,
    extension: specification.format,
    numFiles: isTrain ? specification.num_files_train : specification.num_files_eval ?? 0,
    numSubfolders: isTrain ? specification.num_subfolders_train : specification.num_subfolders_eval ?? 0,
  };
}

/** Returns the parts that names are of, each with files in a folder of its own. */
export function partsOf(names: FileNames): readonly PartNames[] {
  return names.kind === "both" ? [names.train, names.valid] : [names];
}

/** Returns how many files there are. */
export function numFiles(names: FileNames): number {
  if (names.kind === "both") return numFiles(names.train) + numFiles(names.valid);
  return names.kind === "list" ? names.paths.length : names.numFiles;
}

/**
 * Returns the path of one file.
 *
 * DLIO pads the index to as many digits as the number of files has and, with more than one subfolder, deals files to
 * subfolders in turn, padded likewise (data_generator.py, `{prefix}_{i}_of_{N}.{format}`).
 */
export function filePath(names: FileNames, index: number): string {
  if (names.kind === "both") {
    const numTrain = numFiles(names.train);
    return index < numTrain ? filePath(names.train, index) : filePath(names.valid, index - numTrain);
  }
  if (names.kind === "repeated") return filePath(names.names, index % numFiles(names.names));
  if (names.kind === "list") return `${names.folder}/${names.paths[index]}`;
  const { folder, prefix, extension, numFiles: count, numSubfolders } = names;
  const name = `${prefix}_${padTo(index, count)}_of_${count}.${extension}`;
  if (numSubfolders <= 1) return `${folder}/${name}`;
  return `${folder}/${padTo(index % numSubfolders, numSubfolders)}/${name}`;
}

/** Yields the folders that hold the files of a generated dataset, each behind those that it is in. */
export function* folderPaths(names: FileNames): Generator<string, undefined> {
  for (const { folder, ...part } of partsOf(names)) {
    yield folder;
    if (part.kind !== "pattern" || part.numSubfolders <= 1) continue;
    for (let index = 0; index < Math.min(part.numFiles, part.numSubfolders); index++) {
      yield `${folder}/${padTo(index, part.numSubfolders)}`;
    }
  }
}

function padTo(index: number, count: number): string {
  return String(index).padStart(String(count).length, "0");
}
