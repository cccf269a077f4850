// Training: prepare -> gate -> measure -> clean up, for each epoch of a workload on an open dataset, and for the
// evaluations between them.
import { nowNs } from "../base/clock.ts";
import { NS_PER_SECOND } from "../base/units.ts";
import type { Workload } from "../config/schema.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { filePath } from "../dataset/file_names.ts";
import { isSynthetic } from "../dataset/synthetic.ts";
import type { EpochRecord } from "../metrics/epoch_record.ts";
import { resultOfAccelerator, resultOfEvaluation } from "../metrics/epoch_result.ts";
import { differenceOf } from "../metrics/host_counters.ts";
import { sumTotals } from "../metrics/read_counters.ts";
import type { SeriesPoint } from "../metrics/series.ts";
import { evaluationOf } from "../plan/evaluation.ts";
import { deviceReadsOf, readHostCounters, readProcessUse } from "../storage/accounting.ts";
import { mountOf } from "../storage/mounts.ts";
import { dropAllCaches, evictFiles } from "../storage/page_cache.ts";
import { type FileSet, measureResidency } from "../storage/residency.ts";
import type { EngineEpoch, EngineGlance } from "./engine.ts";
import { evaluationPass, type MeasuringOptions, type Pass, trainingPass } from "./passes.ts";
import { Series } from "./series.ts";

export interface TrainOptions extends MeasuringOptions {
  readonly workload: Workload;
  readonly dataset: Dataset;
  /** The evaluation files; to be given where the workload evaluates. */
  readonly evaluationDataset?: Dataset;
  readonly numAccelerators: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainProgress) => void;
  /** Hears of every second of an epoch. */
  readonly onSecond: (point: SeriesPoint) => void;
  /** Hears of every epoch as soon as it is over, so that a later failure loses nothing. */
  readonly onEpoch: (record: EpochRecord) => void;
  /** Hears of every evaluation likewise; its record has the number of the epoch that it followed. */
  readonly onEvaluation: (record: EpochRecord) => void;
}

/** How far training is; `phase` is what happens now. */
export interface TrainProgress {
  readonly phase: "preparing" | "evicting" | Pass["phase"];
  readonly epoch: number;
  readonly steps: number;
  /** Samples that all accelerators consume in a step. */
  readonly samplesPerStep: number;
  /** How long it took to prepare this epoch (page cache, its measurement): about what each of the next will take. */
  readonly setUpNs?: number;
  /** When the epoch ends in any case; 0 where nothing is said. */
  readonly maxEpochNs?: number;
  readonly glance?: Omit<EngineGlance, "readHistogram">;
}

/** Trains all epochs; returns early, with what is recorded so far, when `signal` is raised. @throws {FileError} */
export async function train(options: TrainOptions): Promise<void> {
  const { workload, evaluationDataset, numAccelerators, signal } = options;
  const evaluated = new Set(evaluationOf(workload, numAccelerators)?.epochs);
  const training = trainingPass(options);
  const evaluation = evaluationDataset !== undefined && evaluated.size > 0
    ? evaluationPass({ ...options, dataset: evaluationDataset })
    : undefined;
  const engines = [training.engine, ...(evaluation ? [evaluation.engine] : [])];
  const interrupt = () => engines.forEach((engine) => engine.interrupt());
  signal.addEventListener("abort", interrupt);
  try {
    options.onProgress({ phase: "preparing", epoch: 1, steps: 0, samplesPerStep: 0 });
    for (const engine of engines) await engine.start();
    for (let epoch = 1; epoch <= workload.train.epochs && !signal.aborted; epoch++) {
      await runEpoch(training, { epoch, onRecord: options.onEpoch }, options);
      if (evaluation === undefined || !evaluated.has(epoch) || signal.aborted) continue;
      await runEpoch(evaluation, { epoch, onRecord: options.onEvaluation }, options);
    }
  } catch (cause) {
    if (!signal.aborted || cause !== signal.reason) throw cause; // else interrupted between epochs
  } finally {
    signal.removeEventListener("abort", interrupt);
    await Promise.all(engines.map((engine) => engine.close()));
  }
}

interface EpochTask {
  readonly epoch: number;
  /** Hears of the epoch also where it failed. */
  readonly onRecord: (record: EpochRecord) => void;
}

async function runEpoch(pass: Pass, { epoch, onRecord }: EpochTask, options: TrainOptions): Promise<void> {
  const { phase, dataset, steps, batchSize, engine } = pass;
  const { workload, numAccelerators, signal, onProgress, onSecond } = options;
  const samplesPerStep = batchSize * numAccelerators;
  const { page_cache: pageCache } = workload.reader;
  const files = fileSetOf(dataset);
  const maxEpochNs = phase === "training" ? workload.train.max_epoch_seconds * NS_PER_SECOND : 0;
  const setUpBeginNs = nowNs();
  if (pageCache !== "keep" && !isSynthetic(workload)) {
    onProgress({ phase: "evicting", epoch, steps, samplesPerStep });
    if (pageCache === "drop") dropAllCaches();
    else await evictFiles(pathsOf(files), signal);
  }
  const cacheBefore = await measureResidency(files, signal);
  const mount = mountOf(filePath(dataset.names, 0));
  const startedAt = new Date().toISOString();
  const hostBefore = readHostCounters(mount);
  const series = new Series({
    phase,
    epoch,
    samplesPerStep,
    processUse: () => readProcessUse(mount),
    onSecond,
  });
  const setUpNs = nowNs() - setUpBeginNs;
  const outcome = await engine.runEpoch(epoch - 1, (glance, isLast) => {
    series.add(glance, isLast);
    onProgress({ phase, epoch, steps, samplesPerStep, setUpNs, maxEpochNs, glance });
  });
  const host = differenceOf(hostBefore, readHostCounters(mount));
  // Not of an epoch that was cut short: where storage hangs, to ask is to hang as well, and nothing would be recorded.
  const unknown = { ...cacheBefore, cachedBytes: undefined, dirtyBytes: undefined };
  const cacheAfter = outcome.complete
    ? await measureResidency(files).catch(() => unknown) // the epoch is to be recorded: no signal, no failure
    : unknown;
  const figures = recordOf(outcome, pass, numAccelerators);
  const deviceReads = deviceReadsOf(mount, host);
  const seconds = series.seconds();
  onRecord({ ...figures, epoch, startedAt, host, ...deviceReads, seconds, cacheBefore, cacheAfter });
  if (outcome.failure !== undefined) throw outcome.failure;
}

function recordOf(outcome: EngineEpoch, { phase, steps, batchSize }: Pass, numAccelerators: number) {
  const { timeline, startNs, stoppedNs } = outcome, stepsDone = timeline.stepsDone();
  const resultOf = phase === "training" ? resultOfAccelerator : resultOfEvaluation;
  const ofEach = <T>(make: (accelerator: number) => T) =>
    Array.from({ length: numAccelerators }, (_, accelerator) => make(accelerator));
  const virtualEndNs = Math.max(...ofEach((accelerator) => timeline.endNs(accelerator)));
  return {
    // Readers of an epoch that was cut short read on after its last step.
    durationNs: (stepsDone === steps ? virtualEndNs : Math.max(virtualEndNs, outcome.endNs)) - startNs,
    complete: outcome.complete,
    steps: stepsDone,
    accelerators: ofEach((accelerator) =>
      resultOf(timeline.totals(accelerator, startNs, stoppedNs), batchSize)
    ),
    readers: outcome.readers,
    totals: sumTotals(outcome.readers),
    histograms: outcome.histograms,
    slowestReads: outcome.slowestReads,
  };
}

function fileSetOf({ origin, names, numFiles }: Dataset): FileSet {
  return { numFiles, path: (index) => origin === "synthetic" ? undefined : filePath(names, index) };
}

function* pathsOf({ numFiles, path }: FileSet): Generator<string> {
  for (let file = 0; file < numFiles; file++) {
    const named = path(file);
    if (named !== undefined) yield named;
  }
}
