// A whole training run on an open dataset: trains, keeps a summary that is right at any moment, and ends with it
// whether the run completed, was interrupted or failed.
import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { nowNs } from "../base/clock.ts";
import { NS_PER_SECOND } from "../base/units.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { EpochRecord } from "../metrics/epoch_record.ts";
import type { SeriesPoint } from "../metrics/series.ts";
import { summarize, type Summary } from "../metrics/summary.ts";
import type { PreviousResult, RunStatus, SummaryInput } from "../metrics/summary_input.ts";
import { demandOf } from "../plan/demand.ts";
import { evaluationOf } from "../plan/evaluation.ts";
import { hasFooterInExtent } from "../plan/in_flight.ts";
import { readEnvironment } from "../storage/environment.ts";
import { readHostFacts } from "../storage/host_facts.ts";
import { chooseIoEngine, type IoEngine } from "./io_engine.ts";
import { epochSteps, type MeasuringOptions } from "./passes.ts";
import { train, type TrainProgress } from "./train.ts";

export interface TrainingRunOptions extends MeasuringOptions {
  readonly loaded: LoadedWorkload;
  readonly dataset: Dataset;
  /** The evaluation files; to be given where the workload evaluates. */
  readonly evaluationDataset?: Dataset;
  readonly numAccelerators: number;
  readonly version: string;
  readonly commandLine: readonly string[];
  readonly startedAt: Date;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainProgress) => void;
  readonly onSecond: (point: SeriesPoint) => void;
  /** An earlier result of the same workload, to compare the environment with. */
  readonly previous?: PreviousResult;
  /** What this client can reach without storage, where somebody measured it. */
  readonly ceiling?: SummaryInput["ceiling"];
  /** Hears of the summary after an epoch, about once a second at most, and at the end. */
  readonly onSummary: (summary: Summary) => void;
}

/** Short epochs do not each write a summary of all epochs before. */
const SUMMARY_INTERVAL_NS = NS_PER_SECOND;

/**
 * Trains and returns the summary.
 *
 * @throws What ended the run, after `onSummary` has heard of a summary with status `failed`.
 */
export async function runTraining(options: TrainingRunOptions): Promise<Summary> {
  const { signal } = options;
  const epochs: EpochRecord[] = [], evaluations: EpochRecord[] = [];
  const ioEngine = chooseIoEngine(options.loaded.workload);
  let nextSummaryNs = 0, { refusal } = ioEngine;
  const evaluation = describeEvaluation(options);
  const description = describeRun(options, ioEngine);
  const summaryOf = (status: RunStatus, error?: string) =>
    summarize({
      ...description,
      ioEngine: { ...description.ioEngine, refusal },
      status,
      error,
      endedAt: new Date().toISOString(),
      epochs,
      ...(evaluation && { evaluation: { ...evaluation, epochs: evaluations } }),
    });
  const keep = (records: EpochRecord[]) => (record: EpochRecord) => {
    records.push(record);
    if (nowNs() < nextSummaryNs) return;
    nextSummaryNs = nowNs() + SUMMARY_INTERVAL_NS;
    options.onSummary(summaryOf("partial"));
  };
  try {
    await train({
      ...options,
      workload: options.loaded.workload,
      ioEngine,
      onRingRefusal: (reason) => {
        refusal = reason;
        options.onRingRefusal?.(reason);
      },
      onEpoch: keep(epochs),
      onEvaluation: keep(evaluations),
    });
  } catch (cause) {
    options.onSummary(summaryOf("failed", (cause as Error).message));
    throw cause;
  }
  const summary = signal.aborted
    ? summaryOf("partial", (signal.reason as Error).message)
    : summaryOf("complete");
  options.onSummary(summary);
  return summary;
}

function describeEvaluation(
  { loaded: { workload }, evaluationDataset, numAccelerators }: TrainingRunOptions,
) {
  const plan = evaluationOf(workload, numAccelerators);
  if (plan === undefined || evaluationDataset === undefined) return undefined;
  return {
    numFiles: evaluationDataset.numFiles,
    totalBytes: evaluationDataset.totalBytes,
    warnings: evaluationDataset.warnings,
    steps: plan.steps,
    batchSize: plan.batchSize,
    numEvaluations: plan.epochs.length,
    demandSamplesPerSecond: plan.samplesPerSecond,
  };
}

function describeRun(
  options: TrainingRunOptions,
  ioEngine: IoEngine,
): Omit<SummaryInput, "status" | "endedAt" | "epochs"> {
  const { loaded: { name, source, workload }, dataset, numAccelerators } = options;
  const { reader, train } = workload;
  const demand = demandOf(workload, numAccelerators);
  const environment = readEnvironment({ version: options.version, dataFolder: dataset.dataFolder });
  return {
    version: options.version,
    startedAt: options.startedAt.toISOString(),
    commandLine: options.commandLine,
    host: readHostFacts(),
    availableCores: Math.min(availableParallelism(), environment.cgroup.cpu_quota_cores ?? Infinity),
    environment,
    previous: options.previous,
    ceiling: options.ceiling,
    workload: {
      name,
      source,
      configuration: workload,
      configurationHash: createHash("sha256").update(JSON.stringify(workload)).digest("hex"),
    },
    dataset: {
      id: dataset.id,
      origin: dataset.origin,
      folder: dataset.dataFolder,
      numFiles: dataset.numFiles,
      samplesPerFile: dataset.samplesPerFile,
      totalBytes: dataset.totalBytes,
      warnings: dataset.warnings,
    },
    numAccelerators,
    numEpochs: train.epochs,
    numFilesEval: workload.dataset.num_files_eval,
    stepsPerEpoch: epochSteps({ workload, dataset, numAccelerators }),
    batchSize: reader.batch_size,
    sampleBytes: demand.sampleBytes,
    demandSamplesPerSecond: demand.samplesPerSecond,
    requiredAuPercent: workload.metric.au * 100,
    decode: reader.decode,
    pageCache: reader.page_cache,
    direct: reader.odirect,
    ioEngine: {
      ...ioEngine,
      readsWholeFiles: hasFooterInExtent(dataset.layouts, dataset.totalBytes / dataset.numFiles),
    },
    readThreads: reader.read_threads,
    windowBatches: demand.windowBatches,
    bare: options.bare,
    rehearsalSeconds: options.rehearsalSeconds,
  };
}
