// Values that do not belong to the others: by the median absolute deviation, which outliers themselves do not move
// (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993).

/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const MAD_SCALE = 1.4826;
const MAX_DEVIATIONS = 3;

export interface Outlier {
  readonly index: number;
  readonly value: number;
  readonly median: number;
  /** Distance to the median in scaled median absolute deviations; absent where those are 0. */
  readonly deviations?: number;
}

/** Returns the values that lie more than three scaled deviations, and more than `floor`, from the median. */
export function findOutliers(values: readonly number[], floor: number): Outlier[] {
  const median = medianOf(values);
  const deviation = MAD_SCALE * medianOf(values.map((value) => Math.abs(value - median)));
  return values.flatMap((value, index) => {
    const distance = Math.abs(value - median);
    if (distance <= Math.max(MAX_DEVIATIONS * deviation, floor)) return [];
    return [{ index, value, median, ...(deviation > 0 && { deviations: distance / deviation }) }];
  });
}

/** Returns the median; 0 of no values. */
export function medianOf(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
