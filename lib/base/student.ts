// Student's t distribution, from a library: what a mean of few values may be off by.
import quantile from "@stdlib/stats-base-dists-t-quantile";

/** Returns the value that Student's t does not exceed with `probability`, for degrees of freedom that may be a fraction. */
export function studentQuantile(probability: number, freedom: number): number {
  return quantile(probability, freedom);
}
