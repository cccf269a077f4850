// What a comparison tells, keys as they are printed: docs/compare.md explains each.
import type { MetricUnit } from "./compared_metrics.ts";
import type { Difference } from "./differences.ts";

export const COMPARISON_SCHEMA_VERSION = 1;

/** Where what a figure varies by is taken from. */
export type NoiseSource = "runs" | "epochs" | "unknown";

/** "higher" and "lower" where neither is better. */
export type MetricVerdict = "better" | "worse" | "higher" | "lower" | "within_noise" | "unknown";

export interface MetricComparison {
  readonly name: string;
  readonly unit: MetricUnit;
  /** Means of the values below, of epochs without the lowest and the highest fifth; null where a side has no figure. */
  readonly base: number | null;
  readonly new: number | null;
  readonly difference: number | null;
  /** Of `base`; null where that is 0. */
  readonly difference_percentage: number | null;
  /** Where the true difference lies; null where the noise is unknown. */
  readonly interval_low_percentage: number | null;
  readonly interval_high_percentage: number | null;
  /** How large a difference had to be to be no noise. */
  readonly noise_percentage: number | null;
  readonly verdict: MetricVerdict;
  readonly base_values: readonly number[];
  readonly new_values: readonly number[];
}

export interface ComparedSide {
  readonly results: readonly { readonly path: string; readonly start: string; readonly status: string }[];
  /** Complete epochs that were compared. */
  readonly epochs: number;
}

export interface Comparison {
  readonly schema_version: number;
  readonly workload: string;
  readonly verdict: "better" | "worse" | "mixed" | "within_noise" | "unknown" | "not_comparable";
  readonly base: ComparedSide;
  readonly new: ComparedSide;
  readonly noise_from: NoiseSource;
  readonly confidence_percentage: number;
  /** The first epochs are left out where they began with another share of the dataset in memory than the others. */
  readonly first_epochs_left_out: boolean;
  readonly differences: {
    readonly configuration: readonly Difference[];
    readonly dataset: readonly Difference[];
    readonly environment: readonly Difference[];
  };
  readonly metrics: readonly MetricComparison[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}
