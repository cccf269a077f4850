// One line a second of what a run did: the time series that is written beside the summary.

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
}
