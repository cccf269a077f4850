// Whether two samples differ by more than noise: the interval of the difference of their trimmed means (K. K. Yuen, The
// two-sample trimmed t for unequal population variances, 1974), which without trimming is Welch's. A single epoch that
// something disturbed neither moves a trimmed mean nor hides a difference.
import { studentQuantile } from "../base/student.ts";
import { meanOf } from "./epoch_result.ts";

/** What was measured on one side. */
export interface Sample {
  readonly values: readonly number[];
  /** The share of the values that is left out at each end: 0, or up to below 0.5. */
  readonly trimmedShare: number;
  /**
   * How many independent values stand behind the mean, where that is not the number of values: epochs of a run rise and
   * fall together with whatever else the host does, so that the mean of a run is no surer than one of its epochs.
   */
  readonly independent?: number;
}

/** Fewer values do not tell how much they spread. */
export const MIN_VALUES = 3;

/** Returns the mean of the values that are not trimmed; undefined without any. */
export function trimmedMeanOf(sample: Sample): number | undefined {
  return sample.values.length === 0 ? undefined : meanOf(keptOf(sample));
}

/**
 * Returns by how much the difference of the two means may be wrong with `confidence` (0.99), either way; undefined where a
 * side has too few values to tell. 0 where neither side's values differ.
 */
export function halfWidthOf(base: Sample, next: Sample, confidence: number): number | undefined {
  if (Math.min(base.values.length, next.values.length) < MIN_VALUES) return undefined;
  const parts = [base, next].map((sample) => {
    const freedom = keptOf(sample).length - 1;
    return { variance: varianceOf(sample) / (sample.independent ?? freedom + 1), freedom };
  });
  const variance = parts[0].variance + parts[1].variance;
  if (variance === 0) return 0;
  // Welch and Satterthwaite's degrees of freedom.
  const freedom = variance ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / part.freedom, 0);
  return studentQuantile((1 + confidence) / 2, freedom) * Math.sqrt(variance);
}

/** Returns the values between the trimmed ends, in order. */
function keptOf({ values, trimmedShare }: Sample): readonly number[] {
  const numTrimmed = Math.floor(values.length * trimmedShare);
  return values.toSorted((a, b) => a - b).slice(numTrimmed, values.length - numTrimmed);
}

/** Returns the variance of a value by Yuen: that of the values with the ends drawn in, scaled up for what this hides. */
function varianceOf(sample: Sample): number {
  const kept = keptOf(sample);
  const winsorized = sample.values.map((value) => Math.min(Math.max(value, kept[0]), kept[kept.length - 1]));
  const mean = meanOf(winsorized);
  return winsorized.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
}
