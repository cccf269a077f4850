// Reduces the epochs of a run to its summary: DLIO's keys with DLIO's meaning at the top, so that scripts which read
// DLIO's summary.json read this one, and under `mlps` what DLIO lacks.
import { GIB, MIB, NS_PER_SECOND } from "../base/units.ts";
import { auOf, bytesPerSecond, type EpochRecord, samplesPerSecondOf } from "./epoch_record.ts";
import { meanAndDeviation } from "./epoch_result.ts";
import { HISTOGRAM_WORDS, merge, summarizeHistogram } from "./histogram.ts";
import { HISTOGRAMS } from "./read_counters.ts";
import { type Warning, warningsOf } from "./warnings.ts";

export const SCHEMA_VERSION = 1;

export type RunStatus = "complete" | "partial" | "failed";

/** The host as it describes itself. */
export interface HostFacts {
  readonly hostname: string;
  readonly processorName: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly memoryInfo: Readonly<Record<string, string>>;
}

/** All that a summary is made from. */
export interface SummaryInput {
  readonly version: string;
  readonly status: RunStatus;
  /** Why the run is not complete. */
  readonly error?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly commandLine: readonly string[];
  readonly host: HostFacts;
  readonly workload: {
    readonly name: string;
    readonly source: string;
    readonly configuration: unknown;
    readonly configurationHash: string;
  };
  readonly dataset: {
    readonly id: string;
    readonly origin: string;
    readonly folder: string;
    readonly numFiles: number;
    readonly samplesPerFile: number;
    readonly totalBytes: number;
    readonly warnings: readonly string[];
  };
  readonly numAccelerators: number;
  readonly numEpochs: number;
  /** The evaluation files that the workload names, read or not. */
  readonly numFilesEval: number;
  readonly stepsPerEpoch: number;
  /** Bytes of a sample as DLIO counts them. */
  readonly sampleBytes: number;
  /** What one accelerator that never waits consumes; absent when a step takes no time. */
  readonly demandSamplesPerSecond?: number;
  readonly requiredAuPercent: number;
  readonly decode: string;
  readonly pageCache: string;
  readonly direct: boolean;
  readonly readThreads: number;
  readonly windowBatches: number;
  readonly epochs: readonly EpochRecord[];
  /** Absent where the workload does not evaluate. */
  readonly evaluation?: EvaluationInput;
}

/** What the evaluations of a run are, and what became of them. */
export interface EvaluationInput {
  readonly numFiles: number;
  readonly totalBytes: number;
  readonly warnings: readonly string[];
  readonly steps: number;
  readonly batchSize: number;
  /** How many a run that completes has. */
  readonly numEvaluations: number;
  readonly demandSamplesPerSecond?: number;
  /** The number of each is that of the epoch that it followed. */
  readonly epochs: readonly EpochRecord[];
}

export type Summary = ReturnType<typeof summarize>;

/** Returns the summary of a run. Epochs that were cut short appear under `mlps` but enter no mean. */
export function summarize(input: SummaryInput) {
  const { host, dataset, epochs } = input;
  const datasetBytesNominal = dataset.numFiles * dataset.samplesPerFile * input.sampleBytes;
  return {
    schema_version: SCHEMA_VERSION,
    status: input.status,
    start: input.startedAt,
    end: input.endedAt,
    num_accelerators: input.numAccelerators,
    num_hosts: 1,
    hostname: host.hostname,
    metric: {
      ...metricsOf("train", input.epochs, input),
      ...(input.evaluation && metricsOf("eval", input.evaluation.epochs, input)),
    },
    num_files_train: dataset.numFiles,
    num_files_eval: input.numFilesEval,
    num_samples_per_file: dataset.samplesPerFile,
    host_cpu_count: [host.cpuCount],
    host_processor_name: host.processorName,
    potential_caching: [host.memoryBytes > datasetBytesNominal ? 1 : 0],
    host_cpuinfo: { model_name: host.processorName, count: host.cpuCount },
    host_meminfo: host.memoryInfo,
    host_memory_GB: [host.memoryBytes / GIB], // GiB: DLIO's name for it
    data_size_per_host_GB: datasetBytesNominal / GIB, // GiB as well
    epochs: input.numEpochs,
    mlps: {
      version: input.version,
      error: input.error ?? null,
      command_line: input.commandLine,
      kernel: host.kernel,
      workload: {
        name: input.workload.name,
        source: input.workload.source,
        configuration_hash: input.workload.configurationHash,
        configuration: input.workload.configuration,
      },
      dataset: {
        id: dataset.id,
        origin: dataset.origin,
        folder: dataset.folder,
        files: dataset.numFiles,
        bytes: dataset.totalBytes,
      },
      decode: input.decode,
      page_cache: input.pageCache,
      direct_io: input.direct,
      read_threads: input.readThreads,
      window_batches: input.windowBatches,
      steps_per_epoch: input.stepsPerEpoch,
      required_au_percentage: input.requiredAuPercent,
      demand_samples_per_second: input.demandSamplesPerSecond ?? null,
      epochs: epochs.map(describeEpoch),
      evaluation: input.evaluation ? describeEvaluation(input.evaluation) : null,
      histograms: describeHistograms(epochs),
      warnings: allWarnings(input),
    },
  };
}

/** DLIO's metrics (utils/statscounter.py `end_run`): numpy's mean and population deviation over the epochs. */
function metricsOf<P extends "train" | "eval">(
  prefix: P,
  epochs: readonly EpochRecord[],
  { sampleBytes, requiredAuPercent }: SummaryInput,
) {
  const complete = epochs.filter((epoch) => epoch.complete);
  const au = complete.map(auOf), throughput = complete.map(samplesPerSecondOf);
  const auStatistics = meanAndDeviation(au), throughputStatistics = meanAndDeviation(throughput);
  // MiB from the nominal size of a sample: DLIO's figure under DLIO's name. What storage did is under `mlps`.
  const io = meanAndDeviation(throughput.map((rate) => rate * sampleBytes / MIB));
  const figures = {
    au_percentage: au,
    au_mean_percentage: auStatistics.mean,
    au_meet_expectation: complete.length > 0 && auStatistics.mean >= requiredAuPercent ? "success" : "fail",
    au_stdev_percentage: auStatistics.deviation,
    throughput_samples_per_second: throughput,
    throughput_mean_samples_per_second: throughputStatistics.mean,
    throughput_stdev_samples_per_second: throughputStatistics.deviation,
    io_mean_MB_per_second: io.mean,
    io_stdev_MB_per_second: io.deviation,
  };
  const named = Object.entries(figures).map(([name, figure]) => [`${prefix}_${name}`, figure]);
  return Object.fromEntries(named) as { [K in keyof typeof figures as `${P}_${K}`]: typeof figures[K] };
}

function describeEvaluation(evaluation: EvaluationInput) {
  return {
    files: evaluation.numFiles,
    bytes: evaluation.totalBytes,
    batch_size: evaluation.batchSize,
    steps: evaluation.steps,
    evaluations: evaluation.numEvaluations,
    demand_samples_per_second: evaluation.demandSamplesPerSecond ?? null,
    epochs: evaluation.epochs.map(describeEpoch),
  };
}

function describeEpoch(record: EpochRecord) {
  const { totals, host, cacheBefore, cacheAfter } = record;
  const durationSeconds = record.durationNs / NS_PER_SECOND;
  return {
    epoch: record.epoch,
    complete: record.complete,
    started_at: record.startedAt,
    duration_seconds: durationSeconds,
    steps: record.steps,
    au_percentage: auOf(record),
    samples_per_second: samplesPerSecondOf(record),
    accelerators: record.accelerators.map((accelerator) => ({
      au_percentage: accelerator.auPercent,
      samples_per_second: accelerator.samplesPerSecond,
      steps: accelerator.totals.steps,
      counted_steps: accelerator.totals.countedSteps,
      measured_seconds: accelerator.totals.measuredNs / NS_PER_SECOND,
      storage_wait_percentage: accelerator.storageWaitPercent,
      decode_wait_percentage: accelerator.decodeWaitPercent,
      preprocess_wait_percentage: accelerator.preprocessWaitPercent,
      barrier_wait_percentage: accelerator.barrierWaitPercent,
    })),
    bytes: {
      useful: totals.usefulBytes,
      requested: totals.requestedBytes,
      returned: totals.returnedBytes,
      device: record.deviceBytes ?? null,
      footers: totals.footerBytes,
      values: totals.valueBytes,
    },
    useful_bytes_per_second: bytesPerSecond(record, totals.usefulBytes),
    requested_bytes_per_second: bytesPerSecond(record, totals.requestedBytes),
    device_bytes_per_second: record.deviceBytes === undefined
      ? null
      : bytesPerSecond(record, record.deviceBytes),
    reads: totals.reads,
    extents: totals.extents,
    samples: totals.samples,
    cache: {
      dataset_bytes: cacheBefore.fileBytes,
      cached_bytes_before: cacheBefore.cachedBytes ?? null,
      cached_bytes_after: cacheAfter.cachedBytes ?? null,
    },
    readers: {
      read_seconds: totals.readNs / NS_PER_SECOND,
      decode_seconds: totals.decodeNs / NS_PER_SECOND,
      preprocess_seconds: totals.preprocessNs / NS_PER_SECOND,
      window_wait_seconds: totals.windowWaitNs / NS_PER_SECOND,
      paused_seconds: totals.pausedNs / NS_PER_SECOND,
      footer_seconds: totals.footerNs / NS_PER_SECOND,
      footers: totals.footers,
    },
    decode: {
      fast_chunks: totals.fastChunks,
      fallback_chunks: totals.fallbackChunks,
      fallbacks: { nested: totals.nestedChunks, delta: totals.deltaChunks },
      pages: totals.pages,
    },
    cpu: {
      user_seconds: host.userSeconds,
      system_seconds: host.systemSeconds,
      cores_used: durationSeconds > 0 ? (host.userSeconds + host.systemSeconds) / durationSeconds : 0,
      host_busy_percentage: host.hostTicks ? (host.hostBusyTicks ?? 0) / host.hostTicks * 100 : null,
    },
  };
}

function describeHistograms(epochs: readonly EpochRecord[]) {
  return Object.fromEntries(HISTOGRAMS.map((name) => {
    const all = new Float64Array(HISTOGRAM_WORDS);
    for (const { histograms } of epochs) merge(all, histograms[name]);
    return [name, summarizeHistogram(all)];
  })) as Record<typeof HISTOGRAMS[number], ReturnType<typeof summarizeHistogram>>;
}

function allWarnings({ dataset, epochs, evaluation, host, pageCache, direct }: SummaryInput): Warning[] {
  const { memoryBytes } = host;
  return [
    ...dataset.warnings.map((message) => ({ code: "dataset", message })),
    ...warningsOf({
      epochs,
      datasetBytes: dataset.totalBytes,
      memoryBytes,
      cacheKept: pageCache === "keep" && !direct,
    }),
    ...(evaluation ? evaluationWarnings(evaluation, memoryBytes) : []),
  ];
}

/** Evaluation files are few by nature, so that the size of all of them is no reason for a doubt. */
function evaluationWarnings(
  { epochs, totalBytes, warnings }: EvaluationInput,
  memoryBytes: number,
): Warning[] {
  const doubts = warningsOf({ epochs, datasetBytes: totalBytes, memoryBytes, cacheKept: false });
  return [
    ...warnings.map((message) => ({ code: "dataset", message })),
    ...doubts.map(({ code, message }) => ({ code: `evaluation_${code}`, message: `Evaluation: ${message}` })),
  ];
}
