// Cuts the glances at an epoch into seconds.
import { NS_PER_SECOND, NS_PER_US } from "../base/units.ts";
import type { EpochSecond } from "../metrics/epoch_record.ts";
import { difference, HISTOGRAM_WORDS, maxNs, percentileNs } from "../metrics/histogram.ts";
import type { CounterTotals } from "../metrics/read_counters.ts";
import { KeptSeconds, type ProcessUse, type SeriesPoint } from "../metrics/series.ts";
import type { EngineGlance } from "./engine.ts";

export interface SeriesOptions extends Pick<SeriesPoint, "epoch" | "phase"> {
  readonly samplesPerStep: number;
  readonly processUse: () => ProcessUse;
  readonly onSecond: (point: SeriesPoint) => void;
}

/** Where an interval begins or ends. */
interface Edge extends Pick<EngineGlance, "elapsedNs" | "stepsDone"> {
  readonly totals?: CounterTotals;
  readonly reads: Float64Array;
  readonly use: ProcessUse;
}

/** Turns the glances of one epoch into points, one a second; to be made when the epoch begins. */
export class Series {
  readonly #options: SeriesOptions;
  readonly #kept = new KeptSeconds();
  #last: Edge;

  constructor(options: SeriesOptions) {
    this.#options = options;
    this.#last = {
      elapsedNs: 0,
      stepsDone: 0,
      reads: new Float64Array(HISTOGRAM_WORDS),
      use: options.processUse(),
    };
  }

  /** Takes a glance; emits a point when a second has passed since the last, and for what is left at the end. */
  add(glance: Omit<EngineGlance, "auPercent">, isLast = false): void {
    const last = this.#last;
    const intervalNs = glance.elapsedNs - last.elapsedNs;
    const isWhole = intervalNs >= NS_PER_SECOND;
    if (intervalNs <= 0 || !(isWhole || isLast)) return;
    this.#last = { ...glance, reads: glance.readHistogram(), use: this.#options.processUse() };
    const point = this.#pointOf(last, this.#last);
    this.#options.onSecond(point);
    this.#kept.add({
      elapsedNs: glance.elapsedNs,
      intervalNs,
      samplesPerSecond: point.samples_per_second,
      requestedBytesPerSecond: point.requested_bytes_per_second,
      isWhole,
    });
  }

  /** Returns the seconds so far; some are left out where there are thousands. */
  seconds(): EpochSecond[] {
    return this.#kept.all();
  }

  #pointOf(from: Edge, to: Edge): SeriesPoint {
    const { epoch, phase, samplesPerStep } = this.#options;
    const intervalSeconds = (to.elapsedNs - from.elapsedNs) / NS_PER_SECOND;
    const since = (name: keyof CounterTotals) => to.totals![name] - (from.totals?.[name] ?? 0);
    const perSecond = (name: keyof CounterTotals) => since(name) / intervalSeconds;
    const meanUs = (name: "readNs" | "decodeNs") =>
      since("extents") > 0 ? since(name) / since("extents") / NS_PER_US : 0;
    const reads = difference(to.reads, from.reads);
    const deviceBytes = to.use.deviceBytes === undefined || from.use.deviceBytes === undefined
      ? undefined
      : to.use.deviceBytes - from.use.deviceBytes;
    return {
      epoch,
      phase,
      elapsed_seconds: to.elapsedNs / NS_PER_SECOND,
      interval_seconds: intervalSeconds,
      steps_done: to.stepsDone,
      samples_per_second: (to.stepsDone - from.stepsDone) * samplesPerStep / intervalSeconds,
      useful_bytes_per_second: perSecond("usefulBytes"),
      requested_bytes_per_second: perSecond("requestedBytes"),
      reads_per_second: perSecond("reads"),
      mean_extent_read_us: meanUs("readNs"),
      mean_extent_decode_us: meanUs("decodeNs"),
      read_p50_us: percentileNs(reads, 50) / NS_PER_US,
      read_p99_us: percentileNs(reads, 99) / NS_PER_US,
      read_max_us: maxNs(reads) / NS_PER_US,
      device_bytes_per_second: deviceBytes === undefined ? null : deviceBytes / intervalSeconds,
      cpu_cores_used: (to.use.cpuSeconds - from.use.cpuSeconds) / intervalSeconds,
    };
  }
}
