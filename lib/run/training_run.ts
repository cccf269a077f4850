// A whole training run on an open dataset: trains, keeps a summary that is right at any moment, and ends with it
// whether the run completed, was interrupted or failed.
import { createHash } from "node:crypto";
import { nowNs } from "../base/clock.ts";
import { NS_PER_SECOND } from "../base/units.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { EpochRecord } from "../metrics/epoch_record.ts";
import type { SeriesPoint } from "../metrics/series.ts";
import { type RunStatus, summarize, type Summary, type SummaryInput } from "../metrics/summary.ts";
import { demandOf } from "../plan/demand.ts";
import { readHostFacts } from "../storage/host_facts.ts";
import { epochSteps, train, type TrainProgress } from "./train.ts";

export interface TrainingRunOptions {
  readonly loaded: LoadedWorkload;
  readonly dataset: Dataset;
  readonly numAccelerators: number;
  readonly version: string;
  readonly commandLine: readonly string[];
  readonly startedAt: Date;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainProgress) => void;
  readonly onSecond: (point: SeriesPoint) => void;
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
  const { loaded: { workload }, dataset, numAccelerators, signal } = options;
  const epochs: EpochRecord[] = [];
  let nextSummaryNs = 0;
  const summaryOf = (status: RunStatus, error?: string) =>
    summarize({ ...describeRun(options), status, error, endedAt: new Date().toISOString(), epochs });
  try {
    await train({
      ...options,
      workload,
      dataset,
      numAccelerators,
      onEpoch: (record) => {
        epochs.push(record);
        if (nowNs() < nextSummaryNs) return;
        nextSummaryNs = nowNs() + SUMMARY_INTERVAL_NS;
        options.onSummary(summaryOf("partial"));
      },
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

function describeRun(options: TrainingRunOptions): Omit<SummaryInput, "status" | "endedAt" | "epochs"> {
  const { loaded: { name, source, workload }, dataset, numAccelerators } = options;
  const { reader, train } = workload;
  const demand = demandOf(workload, numAccelerators);
  return {
    version: options.version,
    startedAt: options.startedAt.toISOString(),
    commandLine: options.commandLine,
    host: readHostFacts(),
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
    stepsPerEpoch: epochSteps(workload, dataset, numAccelerators),
    sampleBytes: demand.sampleBytes,
    demandSamplesPerSecond: demand.samplesPerSecond,
    requiredAuPercent: workload.metric.au * 100,
    decode: reader.decode,
    pageCache: reader.page_cache,
    direct: reader.odirect,
    readThreads: reader.read_threads,
    windowBatches: demand.windowBatches,
  };
}
