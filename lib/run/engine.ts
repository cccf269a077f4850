// The readers of a run and the epochs they run: prepares threads and shared memory, opens the gate, watches, collects.
// It times nothing but the epoch itself: everything before the gate and between epochs is free.
import { availableParallelism } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { nowNs } from "../base/clock.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { filePath } from "../dataset/file_names.ts";
import { meanOf, resultOfAccelerator } from "../metrics/epoch_result.ts";
import { HISTOGRAM_WORDS, merge } from "../metrics/histogram.ts";
import { Timeline, type TimelineSettings } from "../metrics/timeline.ts";
import { epochOrder, type ShuffleSettings } from "../plan/epoch_order.ts";
import type { EpochPlan } from "../plan/extent_cursor.ts";
import { footersAhead, hasFooterInExtent, maxExtentsInFlight, maxRowGroups } from "../plan/in_flight.ts";
import type { RangeRules } from "../plan/read_ranges.ts";
import type { PreprocessTime } from "../metrics/preprocess_time.ts";
import { resetEpoch } from "../worker/epoch_reset.ts";
import type { DecodeMode, RawLogTask, RingTask } from "../worker/protocol.ts";
import {
  type CounterTotals,
  type HistogramName,
  HISTOGRAMS,
  ReaderCounters,
  sumTotals,
} from "../metrics/read_counters.ts";
import { slowestReads, type SlowRead } from "../metrics/slow_reads.ts";
import { EPOCH, GATE, GATE_CLOSED_FOR_GOOD, READY, SharedMemory, STOP } from "../worker/shared_memory.ts";
import { callSpares } from "../worker/spare_readers.ts";
import { type RunningWorker, spawnWorker } from "../worker/spawn.ts";

const POLL_MS = 25;
/** How long a reader may take to leave; one that hangs in a read is then left behind. */
const FAREWELL_MS = 5000;

export interface EngineSettings {
  readonly dataset: Dataset;
  readonly columns?: readonly string[];
  readonly numColumns: number;
  readonly schemaSection: Uint8Array;
  readonly readThreads: number;
  readonly timeline: Omit<TimelineSettings, "extentsInFlight">;
  readonly shuffle: ShuffleSettings;
  readonly decode: DecodeMode;
  /** Absent where samples take no time after they are decoded. */
  readonly preprocess?: PreprocessTime;
  readonly direct: boolean;
  /** Absent where extents are fetched by one read after another alone. */
  readonly ring?: RingTask;
  /** Hears, once, why readers get no ring. */
  readonly onRingRefusal?: (reason: string) => void;
  readonly ranges: RangeRules;
  /** Whether single reads are not timed and not counted. */
  readonly bare: boolean;
  /** How long readers rehearse at most. */
  readonly rehearsalNs: number;
  /** When an epoch ends that has not come to its end by itself; 0 for never. */
  readonly maxEpochNs: number;
  /** Absent where reads are not logged. */
  readonly rawLog?: RawLogTask;
  /** Hears, once, why a raw log ends early. */
  readonly onRawLogEnd?: (message: string) => void;
}

/** What the readers did and the accelerators went through in one epoch. */
export interface EngineEpoch {
  readonly startNs: number;
  readonly endNs: number;
  /** When the readers were made to leave; absent when they left by themselves. */
  readonly stoppedNs?: number;
  /** False when the epoch was interrupted or a reader failed; one that ended in time is complete. */
  readonly complete: boolean;
  /** What a reader threw. */
  readonly failure?: unknown;
  readonly timeline: Timeline;
  readonly readers: readonly CounterTotals[];
  readonly histograms: Readonly<Record<HistogramName, Float64Array>>;
  readonly slowestReads: readonly SlowRead[];
}

/** A look at an epoch under way. */
export interface EngineGlance {
  readonly elapsedNs: number;
  readonly stepsDone: number;
  readonly totals: CounterTotals;
  /** Returns the histogram of all reads so far. */
  readonly readHistogram: () => Float64Array;
  /** Returns the accelerators' mean AU so far; 0 while no step has counted. Not for every glance: it copies. */
  readonly auPercent: () => number;
}

export type OnGlance = (glance: EngineGlance, isLast: boolean) => void;

/** Memory of readers that the kernel may still write to, kept until the process ends. */
const abandoned: ArrayBufferLike[] = [];

/** Threads and memory of one run. */
export class Engine {
  readonly #settings: EngineSettings;
  readonly #plan: Omit<EpochPlan, "order">;
  readonly #memory: SharedMemory;
  readonly #timeline: Timeline;
  readonly #counters: ReaderCounters[];
  readonly #workers: RunningWorker[] = [];
  #failure: unknown;
  #numFailed = 0;
  /** Whether the run ends before its last epoch did: interrupted, failed or closed. */
  #isLeaving = false;
  #stoppedNs: number | undefined;
  #epochStartNs = 0;
  #epochsBegun = 0;
  #hasRawLogEnded = false;
  #hasRingRefusal = false;

  constructor(settings: EngineSettings) {
    this.#settings = settings;
    const { dataset, readThreads } = settings;
    const { numAccelerators, batchSize, steps, windowBatches } = settings.timeline;
    const ahead = footersAhead(dataset.layouts, readThreads);
    this.#plan = {
      numFiles: dataset.numFiles,
      samplesPerFile: dataset.samplesPerFile,
      batchSize,
      steps,
      layouts: dataset.layouts,
      layoutOfFile: dataset.layoutOfFile,
      footersAhead: ahead,
      hasFooterInExtent: isSynthetic(dataset) ||
        hasFooterInExtent(dataset.layouts, dataset.totalBytes / dataset.numFiles),
    };
    const extentsInFlight = maxExtentsInFlight({ ...this.#plan, windowBatches, readThreads });
    this.#memory = new SharedMemory({
      timeline: { ...settings.timeline, extentsInFlight },
      numReaders: numAccelerators * readThreads,
      footerSlots: readThreads + ahead + 2,
      maxRowGroups: maxRowGroups(dataset.layouts),
      numColumns: settings.numColumns,
    });
    callSpares(this.#memory.control);
    this.#timeline = new Timeline(this.#memory.shape.timeline, this.#memory.timelineWords);
    this.#counters = Array.from(
      { length: this.#memory.shape.numReaders },
      (_, reader) => new ReaderCounters(this.#memory.readerWords(reader)),
    );
  }

  /** Starts the readers and returns when all wait at the gate. @throws What a reader could not prepare. */
  async start(): Promise<void> {
    const settings = this.#settings;
    const { dataset, columns, shuffle, decode, preprocess, direct, ring, ranges, readThreads } = settings;
    const numBusy = Math.ceil(availableParallelism() / settings.timeline.numAccelerators);
    for (let reader = 0; reader < this.#memory.shape.numReaders; reader++) {
      const worker = spawnWorker("read_worker", {
        kind: "read",
        reader,
        accelerator: Math.floor(reader / readThreads),
        numNeeded: preprocess === undefined ? numBusy : readThreads, // who waits keeps no core busy
        shape: this.#memory.shape,
        buffers: this.#memory.buffers,
        plan: this.#plan,
        names: dataset.names,
        schema: dataset.schema,
        sampleBytes: dataset.totalBytes / (dataset.numFiles * dataset.samplesPerFile),
        schemaSection: settings.schemaSection,
        shuffle,
        columns,
        decode,
        preprocess,
        synthetic: isSynthetic(dataset),
        direct,
        ring: this.#plan.hasFooterInExtent ? undefined : ring,
        ranges,
        bare: settings.bare,
        rehearsalNs: settings.rehearsalNs,
        rawLog: settings.rawLog,
      }, (message) => {
        if (message.kind === "raw_log_ended") this.#tellRawLogEnd(message.message);
        else if (message.kind === "ring_refused") this.#tellRingRefusal(message.reason);
        else if (message.kind === "abandoned") abandoned.push(...message.buffers);
      });
      worker.finished.catch((cause) => this.#stop(cause));
      this.#workers.push(worker);
    }
    await this.#allAtGate(1);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Runs epoch `epoch` (0-based) to its end and calls `onGlance` about every 25 ms and once at the end; an epoch that is
   * interrupted, or in which a reader fails, ends early and is not `complete`.
   */
  async runEpoch(epoch: number, onGlance: OnGlance): Promise<EngineEpoch> {
    const { control } = this.#memory, { maxEpochNs } = this.#settings;
    const plan = { ...this.#plan, order: epochOrder(this.#settings.shuffle, epoch) };
    if (!this.#isLeaving) { // the epoch before may have ended in time
      Atomics.store(control, STOP, 0);
      this.#stoppedNs = undefined;
    }
    resetEpoch(this.#memory, plan);
    this.#epochStartNs = nowNs();
    this.#timeline.begin(this.#epochStartNs);
    this.#epochsBegun++;
    Atomics.store(control, EPOCH, epoch);
    Atomics.store(control, GATE, this.#epochsBegun);
    Atomics.notify(control, GATE);
    let endedInTime = false;
    await this.#allAtGate(this.#epochsBegun + 1, () => {
      onGlance(this.#glance(), false);
      if (maxEpochNs === 0 || endedInTime || nowNs() - this.#epochStartNs < maxEpochNs) return;
      endedInTime = true;
      this.#raiseStop();
    });
    await this.#untilVirtualEnd();
    onGlance(this.#glance(), true);
    return this.#collect(endedInTime && !this.#isLeaving);
  }

  /** Makes the readers leave the epoch under way; nothing is lost of what they did. */
  interrupt(): void {
    this.#leave();
  }

  /** Lets the readers go. */
  async close(): Promise<void> {
    const { control } = this.#memory;
    this.#leave();
    Atomics.store(control, GATE, GATE_CLOSED_FOR_GOOD);
    Atomics.notify(control, GATE);
    const timeout = new AbortController();
    const left: RunningWorker[] = [];
    const leave = (worker: RunningWorker) => left.push(worker);
    const allLeft = Promise.all(
      this.#workers.map((worker) => worker.finished.then(() => leave(worker), () => leave(worker))),
    );
    await Promise.race([allLeft, sleep(FAREWELL_MS, undefined, { signal: timeout.signal }).catch(() => {})]);
    timeout.abort();
    // The kernel may still fill the memory of a reader that hangs: it goes with the process.
    for (const worker of left) worker.terminate();
  }

  #stop(cause: unknown): void {
    this.#failure ??= cause;
    this.#numFailed++;
    this.#leave();
  }

  #tellRawLogEnd(message: string): void {
    if (!this.#hasRawLogEnded) this.#settings.onRawLogEnd?.(message);
    this.#hasRawLogEnded = true;
  }

  #tellRingRefusal(reason: string): void {
    if (!this.#hasRingRefusal) this.#settings.onRingRefusal?.(reason);
    this.#hasRingRefusal = true;
  }

  #leave(): void {
    this.#isLeaving = true;
    this.#raiseStop();
  }

  #raiseStop(): void {
    this.#stoppedNs ??= nowNs();
    Atomics.store(this.#memory.control, STOP, 1);
    Atomics.notify(this.#memory.control, STOP);
  }

  /** Waits until every reader that has not failed has come to the gate for the `times`-th time. */
  async #allAtGate(times: number, onPoll: () => void = () => {}): Promise<void> {
    const { control, shape } = this.#memory;
    let patienceMs = FAREWELL_MS;
    while (Atomics.load(control, READY) < times * shape.numReaders - this.#numFailed) {
      if (this.#isLeaving && (patienceMs -= POLL_MS) < 0) return; // a reader hangs in a read
      await sleep(POLL_MS);
      onPoll();
    }
  }

  /** The readers are done before the accelerators are: the last steps end at an instant still to come. */
  async #untilVirtualEnd(): Promise<void> {
    const { numAccelerators } = this.#settings.timeline;
    let endNs = 0;
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      endNs = Math.max(endNs, this.#timeline.endNs(accelerator));
    }
    while (nowNs() < endNs && !this.#isLeaving) {
      await sleep(Math.min(POLL_MS * 10, Math.ceil((endNs - nowNs()) / 1e6)));
    }
  }

  #glance(): EngineGlance {
    return {
      elapsedNs: nowNs() - this.#epochStartNs,
      stepsDone: this.#timeline.stepsDone(),
      totals: sumTotals(this.#counters.map((counters) => counters.totals())),
      readHistogram: () => this.#mergeHistograms("read"),
      auPercent: () => this.#auPercent(),
    };
  }

  /** The wait under way counts: a storage that hangs lowers AU before its batch comes. */
  #auPercent(): number {
    const { numAccelerators, batchSize } = this.#settings.timeline;
    const atNs = nowNs();
    const percents = Array.from({ length: numAccelerators }, (_, accelerator) => {
      const totals = this.#timeline.totals(accelerator, this.#epochStartNs, atNs);
      return resultOfAccelerator(totals, batchSize).auPercent;
    });
    return Math.min(100, meanOf(percents)); // the readers write while it is read
  }

  #mergeHistograms(name: HistogramName): Float64Array {
    const merged = new Float64Array(HISTOGRAM_WORDS);
    for (const counters of this.#counters) merge(merged, counters[name]);
    return merged;
  }

  #collect(endedInTime: boolean): EngineEpoch {
    const histograms = Object.fromEntries(
      HISTOGRAMS.map((name) => [name, this.#mergeHistograms(name)]),
    ) as Record<HistogramName, Float64Array>;
    return {
      startNs: this.#epochStartNs,
      endNs: nowNs(),
      stoppedNs: this.#stoppedNs,
      complete: this.#failure === undefined &&
        (endedInTime || this.#timeline.stepsDone() === this.#settings.timeline.steps),
      failure: this.#failure,
      timeline: this.#timeline,
      readers: this.#counters.map((counters) => counters.totals()),
      histograms,
      slowestReads: slowestReads(
        this.#counters.map(({ slowReads }) => slowReads),
        (file) => filePath(this.#settings.dataset.names, file),
      ),
    };
  }
}

function isSynthetic({ origin }: Dataset): boolean {
  return origin === "synthetic";
}
