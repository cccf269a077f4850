// What one accelerator demands of storage: known from the workload alone, before anything is generated or read.
import { meanSeconds } from "../config/durations.ts";
import { type ColumnDtype, stringCharacters } from "../config/dtypes.ts";
import type { Workload } from "../config/schema.ts";
import { prefetchWindowBatches, stepsPerEpoch } from "./training_steps.ts";

/** Bytes of one value as DLIO counts them, whatever Parquet stores them as (DLIO, `get_element_size`). */
const VALUE_BYTES: Readonly<Record<Exclude<ColumnDtype, "string" | "binary">, number>> = {
  uint8: 1,
  int8: 1,
  bool: 1,
  uint16: 2,
  int16: 2,
  float16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  list: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

export interface Demand {
  readonly stepsPerEpoch: number;
  readonly samplesPerEpoch: number;
  readonly windowBatches: number;
  /** Of one accelerator that never waits; undefined when the step takes no time. */
  readonly samplesPerSecond?: number;
  /** Bytes of a sample: all columns, and the columns that are read. */
  readonly sampleBytes: number;
  readonly readSampleBytes: number;
  readonly readBytesPerSecond?: number;
}

/** Returns what training with `numAccelerators` accelerators asks for. @throws {UsageError} If no step fits. */
export function demandOf({ dataset, reader, train }: Workload, numAccelerators: number): Demand {
  const steps = stepsPerEpoch({
    numFiles: dataset.num_files_train,
    samplesPerFile: dataset.num_samples_per_file,
    batchSize: reader.batch_size,
    numAccelerators,
    totalTrainingSteps: train.total_training_steps,
  });
  const stepSeconds = meanSeconds(train.computation_time);
  const samplesPerSecond = stepSeconds > 0 ? reader.batch_size / stepSeconds : undefined;
  const { sampleBytes, readSampleBytes } = sampleSizes(dataset);
  return {
    stepsPerEpoch: steps,
    samplesPerEpoch: steps * reader.batch_size * numAccelerators,
    windowBatches: prefetchWindowBatches(reader.prefetch_size, reader.read_threads),
    samplesPerSecond,
    sampleBytes,
    readSampleBytes,
    readBytesPerSecond: samplesPerSecond === undefined ? undefined : samplesPerSecond * readSampleBytes,
  };
}

/** Returns the bytes of a sample as DLIO counts them: the sum of the columns, without any record_length_bytes. */
export function sampleSizes(
  dataset: Pick<Workload["dataset"], "parquet" | "record_length_bytes">,
): { sampleBytes: number; readSampleBytes: number } {
  const { columns } = dataset.parquet;
  if (columns.length === 0) {
    return { sampleBytes: dataset.record_length_bytes, readSampleBytes: dataset.record_length_bytes };
  }
  const bytesOf = (wanted: typeof columns) => wanted.reduce((sum, column) => sum + columnBytes(column), 0);
  return { sampleBytes: bytesOf(columns), readSampleBytes: bytesOf(columns.filter(({ read }) => read)) };
}

/** Returns the bytes of a row; of strings and binary those of the length that is generated. */
function columnBytes({ dtype, size }: { readonly dtype: ColumnDtype; readonly size: number }): number {
  if (dtype === "string") return stringCharacters(size);
  return dtype === "binary" ? size : VALUE_BYTES[dtype] * size;
}
