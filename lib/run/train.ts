// Training: prepare -> gate -> measure -> clean up, for each epoch of a workload on an open dataset.
import { randomInt } from "node:crypto";
import { meanSeconds } from "../config/durations.ts";
import type { Workload } from "../config/schema.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { filePath } from "../dataset/file_names.ts";
import { inspectFile } from "../dataset/inspect_file.ts";
import { columnsToRead } from "../dataset/specification.ts";
import { selectColumns } from "../format/parquet/columns.ts";
import type { EpochRecord } from "../metrics/epoch_record.ts";
import { resultOfAccelerator } from "../metrics/epoch_result.ts";
import { differenceOf } from "../metrics/host_counters.ts";
import { sumTotals } from "../metrics/read_counters.ts";
import type { SeriesPoint } from "../metrics/series.ts";
import { MAX_READ_BYTES, PIECE_BYTES } from "../plan/read_ranges.ts";
import { prefetchWindowBatches, stepsPerEpoch } from "../plan/training_steps.ts";
import { accountsReads, readHostCounters } from "../storage/accounting.ts";
import { evictFiles, measureResidency } from "../storage/page_cache.ts";
import { directBlockBytes } from "../storage/direct_probe.ts";
import { Engine, type EngineEpoch, type EngineGlance } from "./engine.ts";
import { Series } from "./series.ts";

export interface TrainOptions {
  readonly workload: Workload;
  readonly dataset: Dataset;
  readonly numAccelerators: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainProgress) => void;
  /** Hears of every second of an epoch. */
  readonly onSecond: (point: SeriesPoint) => void;
  /** Hears of every epoch as soon as it is over, so that a later failure loses nothing. */
  readonly onEpoch: (record: EpochRecord) => void;
}

/** How far training is; `phase` is what happens now. */
export interface TrainProgress {
  readonly phase: "preparing" | "evicting" | "training";
  readonly epoch: number;
  readonly steps: number;
  readonly glance?: EngineGlance;
}

/** Trains all epochs; returns early, with what is recorded so far, when `signal` is raised. @throws {FileError} */
export async function train(options: TrainOptions): Promise<void> {
  const { workload, dataset, numAccelerators, signal } = options;
  const engine = makeEngine(workload, dataset, numAccelerators);
  const interrupt = () => engine.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    options.onProgress({ phase: "preparing", epoch: 1, steps: 0 });
    await engine.start();
    for (let epoch = 0; epoch < workload.train.epochs && !signal.aborted; epoch++) {
      const { record, failure } = await runEpoch(engine, epoch, options);
      options.onEpoch(record);
      if (failure !== undefined) throw failure;
    }
  } catch (cause) {
    if (!signal.aborted || cause !== signal.reason) throw cause; // else interrupted between epochs
  } finally {
    signal.removeEventListener("abort", interrupt);
    await engine.close();
  }
}

/** Returns the steps of an epoch. @throws {UsageError} If the dataset has too few samples for one. */
export function epochSteps({ reader, train }: Workload, dataset: Dataset, numAccelerators: number): number {
  return stepsPerEpoch({
    numFiles: dataset.numFiles,
    samplesPerFile: dataset.samplesPerFile,
    batchSize: reader.batch_size,
    numAccelerators,
    totalTrainingSteps: train.total_training_steps,
  });
}

function makeEngine(workload: Workload, dataset: Dataset, numAccelerators: number): Engine {
  const { reader, train, output } = workload;
  const columns = columnsToRead(workload);
  return new Engine({
    dataset,
    columns,
    schemaSection: inspectFile(filePath(dataset.names, 0)).schemaSection,
    numColumns: selectColumns([...dataset.schema], columns, filePath(dataset.names, 0)).length,
    readThreads: reader.read_threads,
    timeline: {
      numAccelerators,
      steps: epochSteps(workload, dataset, numAccelerators),
      batchSize: reader.batch_size,
      computeNs: meanSeconds(train.computation_time) * 1e9,
      ...(typeof train.computation_time !== "number" && {
        drawnTime: { distribution: train.computation_time, seed: train.seed },
      }),
      barrierEachStep: train.barrier === "step",
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
    decode: reader.decode,
    direct: reader.odirect,
    ranges: {
      gapBytes: reader.coalesce_gap_bytes,
      maxReadBytes: MAX_READ_BYTES,
      alignBytes: reader.odirect ? directBlockBytes(filePath(dataset.names, 0)) : 1,
      pieceBytes: PIECE_BYTES,
    },
  });
}

/** An epoch's record, and what ended it early. */
interface EpochOutcome {
  readonly record: EpochRecord;
  readonly failure?: unknown;
}

async function runEpoch(engine: Engine, epoch: number, options: TrainOptions): Promise<EpochOutcome> {
  const { workload, dataset, numAccelerators, onProgress, onSecond } = options;
  const steps = epochSteps(workload, dataset, numAccelerators);
  if (workload.reader.page_cache === "evict") {
    onProgress({ phase: "evicting", epoch: epoch + 1, steps });
    await evictFiles(pathsOf(dataset), options.signal);
  }
  const cacheBefore = await measureResidency(pathsOf(dataset), options.signal);
  const series = new Series(epoch + 1, workload.reader.batch_size * numAccelerators, onSecond);
  const accountsDeviceReads = accountsReads(filePath(dataset.names, 0));
  const startedAt = new Date().toISOString();
  const hostBefore = readHostCounters();
  const outcome = await engine.runEpoch(epoch, (glance, isLast) => {
    series.add(glance, isLast);
    onProgress({ phase: "training", epoch: epoch + 1, steps, glance });
  });
  const host = differenceOf(hostBefore, readHostCounters());
  const deviceBytes = accountsDeviceReads || host.deviceReadBytes !== 0 ? host.deviceReadBytes : undefined;
  const cacheAfter = await measureResidency(pathsOf(dataset)); // without the signal: the epoch is to be recorded
  const figures = recordOf(outcome, workload, numAccelerators);
  return {
    record: { ...figures, epoch: epoch + 1, startedAt, host, deviceBytes, cacheBefore, cacheAfter },
    failure: outcome.failure,
  };
}

function recordOf(outcome: EngineEpoch, { reader }: Workload, numAccelerators: number) {
  const { timeline, startNs } = outcome;
  const ofEach = <T>(make: (accelerator: number) => T) =>
    Array.from({ length: numAccelerators }, (_, accelerator) => make(accelerator));
  const virtualEndNs = Math.max(...ofEach((accelerator) => timeline.endNs(accelerator)));
  return {
    durationNs: (outcome.complete ? virtualEndNs : Math.max(virtualEndNs, outcome.endNs)) - startNs,
    complete: outcome.complete,
    steps: timeline.stepsDone(),
    accelerators: ofEach((accelerator) =>
      resultOfAccelerator(timeline.totals(accelerator, startNs), reader.batch_size)
    ),
    totals: sumTotals(outcome.readers),
    histograms: outcome.histograms,
  };
}

function* pathsOf({ names, numFiles }: Dataset): Generator<string> {
  for (let file = 0; file < numFiles; file++) yield filePath(names, file);
}
