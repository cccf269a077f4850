// The small datasets that a ceiling is measured on: of the workload's own columns, row groups and codec, few enough to
// lie in memory and read as if they were many.
import { MIB } from "../base/units.ts";
import type { Workload } from "../config/schema.ts";
import type { Dataset } from "./dataset.ts";
import { type DatasetSpecification, specificationOf } from "./specification.ts";
import { specificationBytes } from "./specification_bytes.ts";

/** As many files as an epoch has: enough that none ends before the rounds do. */
const NUM_FILES_READ = 1_000_000;
const MAX_FILES = 256, MAX_ROW_GROUPS_PER_FILE = 64;
/**
 * More than the caches of a processor hold. Less where compression is slow (zstd 22 does some 2 MB/s): there decoding,
 * not memory, decides.
 */
const WANTED_BYTES = 512 * MIB, WANTED_SLOW_BYTES = 64 * MIB;

/** How much of a workload's dataset is generated. */
export interface CeilingShape {
  readonly numFiles: number;
  readonly samplesPerFile: number;
  readonly rowGroupsPerFile: number;
  /** About how many bytes that takes; never too low. */
  readonly bytes: number;
}

/** Returns what is generated of a dataset within a limit: at least one row group, which may take more. */
export function ceilingShape(specification: DatasetSpecification, limitBytes: number): CeilingShape {
  const { num_files_train, num_samples_per_file, row_group_size, compression } = specification;
  const rows = Math.min(row_group_size, num_samples_per_file);
  const rowGroups = Math.ceil(num_samples_per_file / rows);
  const bytesOf = (numFiles: number, samplesPerFile: number) => {
    const { num_files_eval: _, ...train } = specification;
    return specificationBytes({ ...train, num_files_train: numFiles, num_samples_per_file: samplesPerFile })
      .totalBytes;
  };
  const wantedBytes = compression === "gzip" || compression === "zstd" ? WANTED_SLOW_BYTES : WANTED_BYTES;
  const wantedRowGroups = Math.max(1, Math.floor(Math.min(wantedBytes, limitBytes) / bytesOf(1, rows)));
  const rowGroupsPerFile = Math.min(rowGroups, wantedRowGroups, MAX_ROW_GROUPS_PER_FILE);
  const samplesPerFile = rowGroupsPerFile === rowGroups ? num_samples_per_file : rowGroupsPerFile * rows;
  const numFiles = Math.max(
    1,
    Math.min(num_files_train, MAX_FILES, Math.floor(wantedRowGroups / rowGroupsPerFile)),
  );
  return { numFiles, samplesPerFile, rowGroupsPerFile, bytes: bytesOf(numFiles, samplesPerFile) };
}

/** What the readers of a ceiling have in place of the workload's own. */
export interface CeilingReaders {
  readonly readThreads: number;
  readonly windowBatches: number;
}

/** Returns readers that nothing but their own work holds up: one for each core, and room to run ahead. */
export function ceilingReaders({ dataset, reader }: Workload, numCores: number): CeilingReaders {
  const readThreads = Math.max(reader.read_threads, numCores);
  const rows = Math.min(dataset.parquet.row_group_size, dataset.num_samples_per_file);
  const batchesPerRowGroup = Math.ceil(rows / reader.batch_size);
  return { readThreads, windowBatches: 4 * readThreads * batchesPerRowGroup };
}

/** Returns the workload of one stage: no step takes time, nothing is preprocessed, nothing goes past the page cache. */
export function ceilingWorkload(
  workload: Workload,
  { format, dataFolder, shape, readers }: {
    readonly format: "parquet" | "synthetic";
    readonly dataFolder: string;
    readonly shape: Pick<CeilingShape, "numFiles" | "samplesPerFile">;
    readonly readers: CeilingReaders;
  },
): Workload {
  const { dataset, reader, train, storage, workflow } = workload;
  return {
    ...workload,
    workflow: { ...workflow, evaluation: false },
    storage: { ...storage, storage_type: "local_fs" },
    dataset: {
      ...dataset,
      format,
      data_folder: dataFolder,
      num_files_train: shape.numFiles,
      num_samples_per_file: shape.samplesPerFile,
      num_subfolders_train: 0,
      num_files_eval: 0,
      odirect: false,
    },
    reader: {
      ...reader,
      read_threads: readers.readThreads,
      prefetch_size: readers.windowBatches,
      preprocess_time: 0,
      odirect: false,
      page_cache: "keep",
    },
    train: { ...train, epochs: 1, computation_time: 0, total_training_steps: -1 },
  };
}

/** Returns a dataset whose files are read again and again in one epoch. */
export function repeatDataset(dataset: Dataset): Dataset {
  const { names, numFiles, totalBytes } = dataset;
  const times = Math.ceil(NUM_FILES_READ / numFiles);
  return {
    ...dataset,
    names: { kind: "repeated", folder: names.folder, names, numFiles: numFiles * times },
    numFiles: numFiles * times,
    totalBytes: totalBytes * times,
  };
}

/** Returns all that decides the rate of a workload on a host, for a hash. */
export function rateFacts(workload: Workload): unknown {
  const {
    format,
    columns,
    compression,
    compression_level,
    encoding,
    page_size,
    row_group_size,
    num_samples_per_file,
  } = specificationOf(workload);
  const { batch_size, decode, coalesce_gap_bytes } = workload.reader;
  return {
    format,
    columns,
    columns_read: workload.dataset.parquet.columns.map(({ read }) => read),
    compression,
    compression_level,
    encoding,
    page_size,
    row_group_rows: Math.min(row_group_size, num_samples_per_file),
    row_groups_per_file: Math.min(MAX_ROW_GROUPS_PER_FILE, Math.ceil(num_samples_per_file / row_group_size)),
    batch_size,
    decode,
    coalesce_gap_bytes,
  };
}
