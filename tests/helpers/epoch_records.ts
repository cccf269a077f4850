// Made-up epochs and runs for tests of summary, warnings and text: round numbers, each figure another one.
import type { Environment } from "../../lib/metrics/environment.ts";
import type { CacheShare, EpochRecord } from "../../lib/metrics/epoch_record.ts";
import {
  type AcceleratorResult,
  resultOfAccelerator,
  resultOfEvaluation,
} from "../../lib/metrics/epoch_result.ts";
import type { HostCounters } from "../../lib/metrics/host_counters.ts";
import { HISTOGRAM_WORDS, record } from "../../lib/metrics/histogram.ts";
import { COUNTERS, type CounterTotals } from "../../lib/metrics/read_counters.ts";
import type { EvaluationInput, SummaryInput } from "../../lib/metrics/summary_input.ts";
import type { AcceleratorTotals } from "../../lib/metrics/timeline.ts";

export const MIB = 2 ** 20, GIB = 2 ** 30;
export const BATCH_SIZE = 1000;

/** Returns an accelerator's 1 s, of which it computed 0.8 s in 100 of 101 steps. */
export function acceleratorWith(changes: Partial<AcceleratorTotals> = {}): AcceleratorResult {
  return resultOfAccelerator({
    steps: 101,
    countedSteps: 100,
    computeNs: 0.8e9,
    storageWaitNs: 0.125e9,
    decodeWaitNs: 0.05e9,
    preprocessWaitNs: 0,
    windowWaitNs: 0,
    barrierWaitNs: 0.025e9,
    stalls: histogramOf(),
    measuredNs: 1e9,
    elapsedNs: 1.25e9,
    ...changes,
  }, BATCH_SIZE);
}

export function totalsWith(changes: Partial<CounterTotals> = {}): CounterTotals {
  const zeros = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as CounterTotals;
  return {
    ...zeros,
    extents: 50,
    samples: 101_000,
    usefulBytes: 100 * MIB,
    requestedBytes: 110 * MIB,
    returnedBytes: 109 * MIB,
    reads: 200,
    readNs: 1.5e9,
    decodeNs: 0.5e9,
    windowWaitNs: 0.25e9,
    footers: 4,
    footerNs: 0.01e9,
    footerBytes: 2 * MIB,
    fastChunks: 2000,
    pages: 2000,
    valueBytes: 99 * MIB,
    ...changes,
  };
}

/** Returns a histogram of these durations. */
export function histogramOf(...durationsNs: number[]): Float64Array {
  const words = new Float64Array(HISTOGRAM_WORDS);
  for (const durationNs of durationsNs) record(words, durationNs);
  return words;
}

/** Returns what the page cache held of four files. */
export function cacheWith(fileBytes: number, cachedBytes?: number): CacheShare {
  return { fileBytes, cachedBytes, askedFiles: 4, numFiles: 4 };
}

/** Returns the counters of an epoch of 2 s of a host that tells nothing else. */
export function hostWith(changes: Partial<HostCounters> = {}): HostCounters {
  return {
    userSeconds: 0,
    systemSeconds: 0,
    interfaces: [],
    monotonicNs: 2e9,
    realtimeNs: 2e9,
    boottimeNs: 2e9,
    ...changes,
  };
}

/** Returns an epoch of 2 s that the device served, all of it. */
export function epochWith(changes: Partial<EpochRecord> = {}): EpochRecord {
  return {
    epoch: 1,
    startedAt: "2026-07-04T05:01:06.000Z",
    durationNs: 2e9,
    complete: true,
    steps: 101,
    accelerators: [acceleratorWith()],
    totals: totalsWith(),
    histograms: {
      read: histogramOf(100, 110, 120, 127),
      extent: histogramOf(50, 60),
      decode: histogramOf(10, 20),
    },
    host: hostWith({ userSeconds: 1.5, systemSeconds: 1, hostTicks: 400, hostBusyTicks: 300 }),
    readers: [changes.totals ?? totalsWith()],
    deviceBytes: 110 * MIB,
    deviceSource: "process",
    slowestReads: [],
    seconds: [],
    cacheBefore: cacheWith(200 * MIB, 0),
    cacheAfter: cacheWith(200 * MIB, 110 * MIB),
    ...changes,
  };
}

/** Returns the evaluation behind one epoch: 101 steps of 500 samples in 1.25 s. */
export function evaluationWith(changes: Partial<EvaluationInput> = {}): EvaluationInput {
  const totals = acceleratorWith().totals;
  return {
    numFiles: 2,
    totalBytes: 2 * GIB,
    warnings: [],
    steps: 101,
    batchSize: 500,
    numEvaluations: 1,
    demandSamplesPerSecond: 62_500,
    epochs: [epochWith({ accelerators: [resultOfEvaluation(totals, 500)] })],
    ...changes,
  };
}

/** Returns a host of which little is known, with `changes`. */
export function environmentWith(changes: Partial<Environment> = {}): Environment {
  return {
    mlps_version: "1.2.3",
    kernel: "Linux 6.18.0 x64",
    virtualization: null,
    cpu: { model: "A Processor", count: 2, governor: null },
    memory: { total_bytes: 4 * GIB, swap_bytes: 0 },
    filesystem: null,
    block_device: null,
    network_interfaces: [],
    cgroup: { cpu_quota_cores: null, memory_limit_bytes: null, cpuset: null },
    limits: { open_files: 1024 },
    ...changes,
  };
}

/** Returns a complete run of one epoch of {@link epochWith}. */
export function summaryInputWith(changes: Partial<SummaryInput> = {}): SummaryInput {
  return {
    version: "1.2.3",
    status: "complete",
    startedAt: "2026-07-04T05:01:05.000Z",
    endedAt: "2026-07-04T05:01:10.000Z",
    commandLine: ["mlps", "run", "small"],
    host: {
      hostname: "host-1",
      processorName: "A Processor",
      cpuCount: 2,
      memoryBytes: 4 * GIB,
      kernel: "Linux 6.18.0 x64",
      memoryInfo: { MemTotal: "4194304 kB" },
    },
    availableCores: 2,
    environment: environmentWith(),
    workload: { name: "small", source: "small.yaml", configuration: { a: 1 }, configurationHash: "c0ffee" },
    dataset: {
      id: "d5",
      origin: "generated",
      folder: "data/small",
      numFiles: 4,
      samplesPerFile: 25_600,
      totalBytes: 40 * GIB,
      warnings: [],
    },
    numAccelerators: 1,
    numEpochs: 1,
    numFilesEval: 0,
    stepsPerEpoch: 101,
    batchSize: BATCH_SIZE,
    sampleBytes: 1024,
    demandSamplesPerSecond: 125_000,
    requiredAuPercent: 70,
    decode: "values",
    pageCache: "evict",
    direct: false,
    ioEngine: { requested: "auto", depth: 128, readsWholeFiles: false },
    readThreads: 4,
    windowBatches: 4,
    bare: false,
    epochs: [epochWith()],
    ...changes,
  };
}
