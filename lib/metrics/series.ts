// One line a second of what a run did: the time series that is written beside the summary, and what of it is kept to see
// how steady an epoch was.
import type { EpochSecond } from "./epoch_record.ts";

/** The figures of one second (or of what is left of one at the end of an epoch), keys as they are written. */
export interface SeriesPoint {
  readonly epoch: number;
  /** An evaluation has the number of the epoch that it follows. */
  readonly phase: "training" | "evaluation";
  /** Since the epoch began, at the end of the interval. */
  readonly elapsed_seconds: number;
  readonly interval_seconds: number;
  readonly steps_done: number;
  readonly samples_per_second: number;
  readonly useful_bytes_per_second: number;
  readonly requested_bytes_per_second: number;
  readonly reads_per_second: number;
  /** Means over the interval. */
  readonly mean_extent_read_us: number;
  readonly mean_extent_decode_us: number;
  /** Of the reads that ended in the interval; 0 where none did, or reads are not timed. */
  readonly read_p50_us: number;
  readonly read_p99_us: number;
  readonly read_max_us: number;
  /** Null where the filesystem does not account what a device delivered. */
  readonly device_bytes_per_second: number | null;
  readonly cpu_cores_used: number;
}

/** What the kernel counts for the whole process; take two and subtract. */
export interface ProcessUse {
  readonly cpuSeconds: number;
  /** Absent where the filesystem does not account what a device delivered. */
  readonly deviceBytes?: number;
}

const MAX_SECONDS = 3600;

/** The seconds of an epoch; of a long one every second, fourth, ... is kept. */
export class KeptSeconds {
  readonly #seconds: EpochSecond[] = [];
  #stride = 1;
  #numAdded = 0;

  add(second: EpochSecond): void {
    if (this.#numAdded++ % this.#stride !== 0) return;
    if (this.#seconds.length === MAX_SECONDS) {
      this.#stride *= 2;
      for (let kept = 0; kept < MAX_SECONDS / 2; kept++) this.#seconds[kept] = this.#seconds[2 * kept];
      this.#seconds.length = MAX_SECONDS / 2;
      // The one that is added is a multiple of the old stride; of the new one it may be none.
      if ((this.#numAdded - 1) % this.#stride !== 0) return;
    }
    this.#seconds.push(second);
  }

  /** Returns those that are kept so far, in order. */
  all(): EpochSecond[] {
    return [...this.#seconds];
  }
}
