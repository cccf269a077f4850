// The dataset of `format: synthetic`: a plan of files, row groups and batches as the workload says, and no file at all.
// What is measured on it is mlps itself.
import { UsageError } from "../base/errors.ts";
import type { Workload } from "../config/schema.ts";
import { schemaOf } from "../format/parquet/dtypes.ts";
import { regularLayout } from "../plan/file_layout.ts";
import type { Dataset } from "./dataset.ts";
import { type DatasetPart, partNames } from "./file_names.ts";
import { specificationHash, specificationOf } from "./specification.ts";

/** Returns whether a workload has no files. */
export function isSynthetic({ dataset }: Pick<Workload, "dataset">): boolean {
  return dataset.format === "synthetic";
}

/** Returns the dataset of a synthetic workload; its names point nowhere. */
export function syntheticDataset(workload: Workload, dataFolder: string, part: DatasetPart): Dataset {
  const specification = specificationOf(workload);
  const { num_files_train, num_files_eval, num_samples_per_file: samplesPerFile } = workload.dataset;
  const numFiles = part === "train" ? num_files_train : num_files_eval;
  return {
    origin: "synthetic",
    dataFolder,
    id: specificationHash(specification),
    names: partNames(dataFolder, specification, part),
    numFiles,
    samplesPerFile,
    layouts: [regularLayout(samplesPerFile, specification.row_group_size)],
    layoutOfFile: undefined,
    schema: schemaOf(specification.columns),
    fileBytes: new Float64Array(numFiles),
    totalBytes: 0,
    warnings: [],
  };
}

/** Refuses a command that is about files where the workload has none. @throws {UsageError} */
export function refuseSynthetic(workload: Workload, what: string): void {
  if (!isSynthetic(workload)) return;
  throw new UsageError(
    `Cannot ${what}: dataset.format is synthetic, which has no files. Use --set dataset.format=parquet`,
  );
}
