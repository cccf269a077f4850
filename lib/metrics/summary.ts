// Reduces the epochs of a run to its summary: DLIO's keys with DLIO's meaning at the top, so that scripts which read
// DLIO's summary.json read this one, and under `mlps` what DLIO lacks. docs/results.md tells what each key means.
import { GIB } from "../base/units.ts";
import { environmentDifferences } from "./environment.ts";
import { describeIoEngine } from "./io_engine.ts";
import { steadinessOf } from "./steadiness.ts";
import { describeEpoch } from "./summary_epoch.ts";
import type { EvaluationInput, SummaryInput } from "./summary_input.ts";
import { metricsOf } from "./summary_metrics.ts";
import {
  describeCeiling,
  describeEvaluation,
  describeHistograms,
  describeRunSteadiness,
  describeSlowestReads,
  verdictInputOf,
} from "./summary_run.ts";
import { verdictOf } from "./verdict.ts";
import { verdictFacts } from "./verdict_facts.ts";
import { warningsOf } from "./warnings.ts";
import type { Warning } from "./warnings_input.ts";

export const SCHEMA_VERSION = 1;

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
      io_engine: describeIoEngine(input.ioEngine, epochs),
      bare: input.bare,
      read_threads: input.readThreads,
      window_batches: input.windowBatches,
      batch_size: input.batchSize,
      steps_per_epoch: input.stepsPerEpoch,
      required_au_percentage: input.requiredAuPercent,
      demand_samples_per_second: input.demandSamplesPerSecond ?? null,
      available_cores: input.availableCores,
      verdict: verdictOf(verdictInputOf(input)) ?? null,
      epochs: epochs.map(describeEpoch),
      evaluation: input.evaluation ? describeEvaluation(input.evaluation) : null,
      histograms: describeHistograms(epochs),
      slowest_reads: describeSlowestReads(epochs),
      steadiness: describeRunSteadiness(steadinessOf(epochs)),
      ceiling: describeCeiling(input),
      environment: input.environment,
      environment_changes: describeEnvironmentChanges(input),
      warnings: allWarnings(input),
    },
  };
}

/** Returns what differs from the environment of the previous result; null where there is none. */
function describeEnvironmentChanges({ previous, environment }: SummaryInput) {
  if (previous === undefined) return null;
  const changes = environmentDifferences(previous.environment, environment);
  return { since: previous.folder, changes };
}

function allWarnings(input: SummaryInput): Warning[] {
  const { dataset, epochs, evaluation, host: { memoryBytes }, pageCache, direct } = input;
  const isSynthetic = dataset.origin === "synthetic";
  const changes = describeEnvironmentChanges(input);
  return [
    ...dataset.warnings.map((message) => ({ code: "dataset", message })),
    ...warningsOf({
      epochs,
      datasetBytes: dataset.totalBytes,
      memoryBytes,
      cacheKept: pageCache === "keep" && !direct && !isSynthetic,
      cacheDropped: pageCache !== "keep" && !direct && !isSynthetic,
      direct,
      memoryDevice: (!isSynthetic && input.environment.block_device?.memory) || undefined,
      client: verdictFacts(verdictInputOf(input)),
      steadiness: steadinessOf(epochs),
      ceiling: describeCeiling(input) ?? undefined,
      rehearsalSeconds: input.rehearsalSeconds,
      environmentChanges: changes ?? undefined,
    }),
    ...(evaluation ? evaluationWarnings(evaluation, memoryBytes) : []),
  ];
}

/** Evaluation files are few by nature, so that the size of all of them is no reason for a doubt. */
function evaluationWarnings(
  { epochs, totalBytes, warnings }: EvaluationInput,
  memoryBytes: number,
): Warning[] {
  const doubts = warningsOf({ epochs, datasetBytes: totalBytes, memoryBytes });
  return [
    ...warnings.map((message) => ({ code: "dataset", message })),
    ...doubts.map(({ code, message }) => ({ code: `evaluation_${code}`, message: `Evaluation: ${message}` })),
  ];
}
