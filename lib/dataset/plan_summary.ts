// What a workload would generate and read, and what it demands: computed without touching any file but the workload's.
import { meanSeconds } from "../config/durations.ts";
import type { LoadedWorkload } from "../config/load.ts";
import { demandOf } from "../plan/demand.ts";
import { evaluationOf } from "../plan/evaluation.ts";
import { regularLayout } from "../plan/file_layout.ts";
import { footersAhead, maxExtentsInFlight, readerAheadBytes, readerBufferBytes } from "../plan/in_flight.ts";
import { plainRowBytes, rowsPerPage } from "../format/parquet/dtypes.ts";
import { chunkTableBytes } from "../format/parquet/chunk_table.ts";
import { MIB } from "../base/units.ts";
import { pageFormatOf, specificationOf } from "./specification.ts";
import { type SpecificationBytes, specificationBytes } from "./specification_bytes.ts";
import { isSynthetic } from "./synthetic.ts";

// Measured on Linux x64: a process without readers, and what each thread takes besides its buffers.
const PROCESS_BYTES = 120 * MIB, READER_BYTES = 8 * MIB;
const FOOTER_BYTES_PER_CHUNK = 48;
const EXTENT_WORDS_BYTES = 48;

const NO_BYTES: SpecificationBytes = { fileBytes: 0, totalBytes: 0, columnRowBytes: [], isMeasured: false };

export type PlanSummary = ReturnType<typeof summarizePlan>;

/** Returns the plan of a workload for `numAccelerators` accelerators; sizes in bytes. @throws {UsageError} */
export function summarizePlan({ name, source, workload, notes }: LoadedWorkload, numAccelerators: number) {
  const { dataset, reader, train } = workload;
  const specification = specificationOf(workload);
  const demand = demandOf(workload, numAccelerators);
  const { fileBytes, totalBytes, columnRowBytes, isMeasured } = isSynthetic(workload)
    ? NO_BYTES
    : specificationBytes(specification);
  const evaluation = evaluationOf(workload, numAccelerators);
  const preprocessSeconds = meanSeconds(reader.preprocess_time);
  const columns = dataset.parquet.columns;
  const isRead = (index: number) => columns.length === 0 || columns[index].read;
  const sumOfRead = (bytesOf: (index: number) => number) =>
    specification.columns.reduce((sum, _, index) => isRead(index) ? sum + bytesOf(index) : sum, 0);
  const readStoredBytes = sumOfRead((index) => columnRowBytes[index] ?? 0);
  const numSamples = dataset.num_files_train * dataset.num_samples_per_file;
  const rowGroupsPerFile = Math.ceil(dataset.num_samples_per_file / dataset.parquet.row_group_size);
  const rowGroupRows = Math.min(dataset.parquet.row_group_size, dataset.num_samples_per_file);
  const { pageBytes } = pageFormatOf(specification);
  const chunks = specification.columns.flatMap((column, index) => {
    const rowBytes = plainRowBytes(column), pageRows = Math.min(rowsPerPage(column, pageBytes), rowGroupRows);
    return isRead(index) && !isSynthetic(workload)
      ? [{
        storedBytes: columnRowBytes[index] * rowGroupRows,
        plainBytes: rowBytes * rowGroupRows,
        pageBytes: rowBytes * pageRows,
      }]
      : [];
  });
  return {
    workload: name,
    source,
    format: dataset.format,
    compression: dataset.compression,
    data_folder: dataset.data_folder,
    num_files: dataset.num_files_train,
    samples_per_file: dataset.num_samples_per_file,
    num_samples: numSamples,
    file_bytes: fileBytes,
    dataset_bytes: totalBytes,
    sizes_from_sample: isMeasured,
    encoding: specification.encoding,
    row_groups_per_file: rowGroupsPerFile,
    row_group_rows: rowGroupRows,
    num_columns: columns.length,
    num_columns_read: columns.filter(({ read }) => read).length,
    sample_bytes: demand.sampleBytes,
    read_sample_bytes: demand.readSampleBytes,
    read_stored_sample_bytes: readStoredBytes,
    num_accelerators: numAccelerators,
    epochs: train.epochs,
    steps_per_epoch: demand.stepsPerEpoch,
    batch_size: reader.batch_size,
    computation_seconds: meanSeconds(train.computation_time),
    shortest_epoch_seconds: demand.stepsPerEpoch * meanSeconds(train.computation_time),
    samples_per_second_per_accelerator: demand.samplesPerSecond ?? null,
    read_bytes_per_second_per_accelerator: demand.readBytesPerSecond ?? null,
    stored_bytes_per_second_per_accelerator: demand.samplesPerSecond === undefined
      ? null
      : demand.samplesPerSecond * readStoredBytes,
    dropped_samples_per_epoch: numSamples - demand.samplesPerEpoch,
    num_files_eval: dataset.num_files_eval,
    evaluation: evaluation === undefined ? null : {
      epochs: evaluation.epochs,
      steps: evaluation.steps,
      batch_size: evaluation.batchSize,
      computation_seconds: meanSeconds(workload.evaluation.eval_time),
      samples_per_second_per_accelerator: evaluation.samplesPerSecond ?? null,
    },
    preprocess_seconds: preprocessSeconds,
    preprocess_samples_per_second_per_accelerator: preprocessSeconds > 0
      ? preprocessingReaders(workload, demand.windowBatches) / preprocessSeconds
      : null,
    read_threads: reader.read_threads,
    window_batches: demand.windowBatches,
    required_au_percentage: workload.metric.au * 100,
    memory_bytes: memoryBytesOf(workload, {
      numAccelerators,
      windowBatches: demand.windowBatches,
      bufferBytes: readerBufferBytes(chunks) + (reader.io_engine === "psync" ? 0 : readerAheadBytes(chunks)),
      batchSizes: [reader.batch_size, ...(evaluation ? [evaluation.batchSize] : [])],
    }),
    notes,
  };
}

/** Returns how many readers of an accelerator can preprocess at once: as many as the window admits row groups. */
function preprocessingReaders(
  { dataset, reader }: LoadedWorkload["workload"],
  windowBatches: number,
): number {
  const rows = Math.min(dataset.parquet.row_group_size, dataset.num_samples_per_file);
  return Math.min(reader.read_threads, Math.ceil(windowBatches * reader.batch_size / rows));
}

interface MemoryInput {
  readonly numAccelerators: number;
  readonly windowBatches: number;
  /** What a reader holds of a row group: as stored, and as decoded. */
  readonly bufferBytes: number;
  /** Of training, and of evaluation: each has readers of its own. */
  readonly batchSizes: readonly number[];
}

/** Returns about how much memory a run takes: buffers of a row group for each reader, footers, the process itself. */
function memoryBytesOf({ dataset, reader }: LoadedWorkload["workload"], input: MemoryInput): number {
  const { columns, row_group_size: rowGroupRows } = dataset.parquet;
  const layouts = [regularLayout(dataset.num_samples_per_file, rowGroupRows)];
  const [{ rows }] = layouts;
  const readThreads = reader.read_threads, numReaders = input.numAccelerators * readThreads;
  const footerBytes = rows.length * Math.max(1, columns.length) * FOOTER_BYTES_PER_CHUNK;
  const ahead = footersAhead(layouts, readThreads);
  const numColumns = columns.filter(({ read }) => read).length;
  const footerSlots = readThreads + ahead + 2;
  const passBytes = input.batchSizes.map((batchSize) => {
    const extents = maxExtentsInFlight({
      samplesPerFile: dataset.num_samples_per_file,
      layouts,
      batchSize,
      windowBatches: input.windowBatches,
      readThreads,
    });
    const shared = input.numAccelerators *
      (footerSlots * chunkTableBytes(rows.length, numColumns) + extents * EXTENT_WORDS_BYTES);
    return shared + numReaders * (READER_BYTES + input.bufferBytes + footerBytes);
  });
  return Math.ceil(passBytes.reduce((sum, bytes) => sum + bytes, PROCESS_BYTES));
}
