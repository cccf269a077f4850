// Cuts the glances at an epoch into seconds.
import { NS_PER_SECOND, NS_PER_US } from "../base/units.ts";
import type { CounterTotals } from "../metrics/read_counters.ts";
import type { SeriesPoint } from "../metrics/series.ts";
import type { EngineGlance } from "./engine.ts";

/** Turns the glances of one epoch into points, one a second. */
export class Series {
  #last: EngineGlance | undefined;

  constructor(
    readonly about: Pick<SeriesPoint, "epoch" | "phase"> & { readonly samplesPerStep: number },
    readonly onSecond: (point: SeriesPoint) => void,
  ) {}

  /** Takes a glance; emits a point when a second has passed since the last, and for what is left at the end. */
  add(glance: EngineGlance, isLast = false): void {
    const last = this.#last ?? { elapsedNs: 0, stepsDone: 0, totals: undefined };
    const intervalNs = glance.elapsedNs - last.elapsedNs;
    if (intervalNs <= 0 || (intervalNs < NS_PER_SECOND && !isLast)) return;
    this.#last = glance;
    const { epoch, phase, samplesPerStep } = this.about;
    const intervalSeconds = intervalNs / NS_PER_SECOND;
    const since = (name: keyof CounterTotals) => glance.totals[name] - (last.totals?.[name] ?? 0);
    const perSecond = (name: keyof CounterTotals) => since(name) / intervalSeconds;
    const meanUs = (name: "readNs" | "decodeNs") =>
      since("extents") > 0 ? since(name) / since("extents") / NS_PER_US : 0;
    this.onSecond({
      epoch,
      phase,
      elapsed_seconds: glance.elapsedNs / NS_PER_SECOND,
      interval_seconds: intervalSeconds,
      steps_done: glance.stepsDone,
      samples_per_second: (glance.stepsDone - last.stepsDone) * samplesPerStep / intervalSeconds,
      useful_bytes_per_second: perSecond("usefulBytes"),
      requested_bytes_per_second: perSecond("requestedBytes"),
      reads_per_second: perSecond("reads"),
      mean_extent_read_us: meanUs("readNs"),
      mean_extent_decode_us: meanUs("decodeNs"),
    });
  }
}
