// The two ways in which a run reads: training, and evaluation after some epochs. Each has readers of its own, started
// and rehearsed before the first epoch, so that no epoch waits for threads or compilers.
import { randomInt } from "node:crypto";
import { NS_PER_SECOND } from "../base/units.ts";
import { type Duration, meanSeconds } from "../config/durations.ts";
import type { Workload } from "../config/schema.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { filePath } from "../dataset/file_names.ts";
import { inspectFile } from "../dataset/inspect_file.ts";
import { columnsToRead } from "../dataset/specification.ts";
import { selectColumns } from "../format/parquet/columns.ts";
import { evaluationOf } from "../plan/evaluation.ts";
import { MAX_READ_BYTES, PIECE_BYTES } from "../plan/read_ranges.ts";
import { prefetchWindowBatches, stepsPerEpoch } from "../plan/training_steps.ts";
import { directBlockBytes } from "../storage/direct_probe.ts";
import { Engine, type EngineSettings } from "./engine.ts";
import { type IoEngine, ringTaskOf } from "./io_engine.ts";

/** How long readers rehearse at most where nothing else is said; two are common. */
export const MAX_REHEARSAL_SECONDS = 5;

/** The readers of training or of evaluation, and what they read. */
export interface Pass {
  readonly phase: "training" | "evaluation";
  readonly dataset: Dataset;
  readonly steps: number;
  readonly batchSize: number;
  readonly engine: Engine;
}

export interface PassOptions {
  readonly workload: Workload;
  readonly dataset: Dataset;
  readonly numAccelerators: number;
}

/** How the readers measure. */
export interface MeasuringOptions {
  /** Where each read is to be logged; absent where none is. */
  readonly rawLogFolder?: string;
  /** Hears, once, why a raw log ends early; the run goes on. */
  readonly onRawLogEnd?: (message: string) => void;
  /** How row groups are fetched; absent: by one read after another. */
  readonly ioEngine?: IoEngine;
  /** Hears, once, why readers get no ring that the workload can do without. */
  readonly onRingRefusal?: (reason: string) => void;
  /** Whether to leave out all measurements of single reads, to find what measuring costs. */
  readonly bare: boolean;
  /** How long readers rehearse at most, in place of the 5 s that are enough. */
  readonly rehearsalSeconds?: number;
}

/** Returns the steps of an epoch. @throws {UsageError} If the dataset has too few samples for one. */
export function epochSteps({ workload: { reader, train }, dataset, numAccelerators }: PassOptions): number {
  return stepsPerEpoch({
    numFiles: dataset.numFiles,
    samplesPerFile: dataset.samplesPerFile,
    batchSize: reader.batch_size,
    numAccelerators,
    totalTrainingSteps: train.total_training_steps,
  });
}

/** Returns the readers of training; they are not started. */
export function trainingPass(options: PassOptions & MeasuringOptions): Pass {
  const { reader, train } = options.workload;
  return makePass(options, {
    phase: "training",
    steps: epochSteps(options),
    batchSize: reader.batch_size,
    stepTime: train.computation_time,
    barrierEachStep: train.barrier === "step",
    maxEpochNs: train.max_epoch_seconds * NS_PER_SECOND,
  });
}

/** Returns the readers of evaluation; they are not started. DLIO has no barrier in the steps of an evaluation. */
export function evaluationPass(options: PassOptions & MeasuringOptions): Pass {
  const { steps, batchSize } = evaluationOf(options.workload, options.numAccelerators)!;
  return makePass(options, {
    phase: "evaluation",
    steps,
    batchSize,
    stepTime: options.workload.evaluation.eval_time,
    barrierEachStep: false,
  });
}

/** In what training and evaluation differ. */
interface PassShape extends Pick<Pass, "phase" | "steps" | "batchSize"> {
  readonly stepTime: Duration;
  readonly barrierEachStep: boolean;
  readonly maxEpochNs?: number;
}

function makePass(
  options: PassOptions & MeasuringOptions,
  { phase, steps, batchSize, stepTime, barrierEachStep, maxEpochNs = 0 }: PassShape,
): Pass {
  const { workload, dataset, numAccelerators, rawLogFolder, onRawLogEnd, ioEngine, bare } = options;
  const { reader, train, output } = workload;
  const { alignBytes, ...source } = dataset.origin === "synthetic" ? NOTHING : sourceOf(workload, dataset);
  const engine = new Engine({
    dataset,
    ...source,
    readThreads: reader.read_threads,
    timeline: {
      numAccelerators,
      steps,
      batchSize,
      computeNs: meanSeconds(stepTime) * 1e9,
      ...(typeof stepTime !== "number" && { drawnTime: { distribution: stepTime, seed: train.seed } }),
      barrierEachStep,
      excludeStartSteps: output.metric.exclude_start_steps,
      excludeEndSteps: output.metric.exclude_end_steps,
      windowBatches: prefetchWindowBatches(reader.prefetch_size, reader.read_threads),
    },
    shuffle: {
      fileShuffle: reader.file_shuffle,
      sampleShuffle: reader.sample_shuffle,
      seed: train.seed,
      seedChangeEpoch: train.seed_change_epoch,
      runSeed: randomInt(2 ** 32),
    },
    ...(reader.preprocess_time !== 0 && { preprocess: { time: reader.preprocess_time, seed: train.seed } }),
    direct: reader.odirect,
    ring: ioEngine && ringTaskOf(ioEngine, { direct: reader.odirect }),
    onRingRefusal: options.onRingRefusal,
    ranges: {
      gapBytes: reader.coalesce_gap_bytes,
      maxReadBytes: MAX_READ_BYTES,
      alignBytes,
      pieceBytes: PIECE_BYTES,
    },
    bare,
    rehearsalNs: (options.rehearsalSeconds ?? MAX_REHEARSAL_SECONDS) * NS_PER_SECOND,
    maxEpochNs,
    ...(rawLogFolder !== undefined && { rawLog: { folder: rawLogFolder, phase } }),
    onRawLogEnd,
  });
  return { phase, dataset, steps, batchSize, engine };
}

/** What is read of the files, and how. */
interface Source extends Pick<EngineSettings, "columns" | "schemaSection" | "numColumns" | "decode"> {
  readonly alignBytes: number;
}

const NOTHING: Source = {
  columns: [],
  schemaSection: new Uint8Array(0),
  numColumns: 0,
  decode: "none",
  alignBytes: 1,
};

function sourceOf(workload: Workload, dataset: Dataset): Source {
  const { odirect, decode } = workload.reader;
  const columns = columnsToRead(workload), firstPath = filePath(dataset.names, 0);
  return {
    columns,
    schemaSection: inspectFile(firstPath).schemaSection,
    numColumns: selectColumns([...dataset.schema], columns, firstPath).length,
    decode,
    alignBytes: odirect ? directBlockBytes(firstPath) : 1,
  };
}
