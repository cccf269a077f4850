// From raw counts to the figures of an epoch and of a run. DLIO's definitions, with exact sums in place of timed sleeps.
import type { AcceleratorTotals } from "./timeline.ts";

/** One accelerator's epoch. */
export interface AcceleratorResult {
  readonly auPercent: number;
  readonly samplesPerSecond: number;
  /** Where the measured time went; the shares and AU add up to 100 %. */
  readonly storageWaitPercent: number;
  readonly decodeWaitPercent: number;
  readonly preprocessWaitPercent: number;
  readonly windowWaitPercent: number;
  readonly barrierWaitPercent: number;
  readonly totals: AcceleratorTotals;
}

/**
 * Returns AU, rate and losses of an accelerator; all zero when no step counted.
 *
 * AU = sum of computation over the counted steps / (wall time of the epoch - load and computation of the excluded
 * steps), samples/s = counted steps * batch size / the same (DLIO, utils/statscounter.py `end_block`).
 */
export function resultOfAccelerator(totals: AcceleratorTotals, batchSize: number): AcceleratorResult {
  const { measuredNs, countedSteps } = totals;
  const percent = (ns: number) => countedSteps > 0 && measuredNs > 0 ? ns / measuredNs * 100 : 0;
  return {
    auPercent: percent(totals.computeNs),
    samplesPerSecond: countedSteps > 0 && measuredNs > 0 ? countedSteps * batchSize / (measuredNs / 1e9) : 0,
    storageWaitPercent: percent(totals.storageWaitNs),
    decodeWaitPercent: percent(totals.decodeWaitNs),
    preprocessWaitPercent: percent(totals.preprocessWaitNs),
    windowWaitPercent: percent(totals.windowWaitNs),
    barrierWaitPercent: percent(totals.barrierWaitNs),
    totals,
  };
}

/**
 * Returns the same of an evaluation, where all steps count for the rate: samples/s = steps * batch size / wall time
 * (DLIO, utils/statscounter.py `compute_metrics_eval`).
 */
export function resultOfEvaluation(totals: AcceleratorTotals, batchSize: number): AcceleratorResult {
  const { elapsedNs, steps } = totals;
  const samplesPerSecond = elapsedNs > 0 ? steps * batchSize / (elapsedNs / 1e9) : 0;
  return { ...resultOfAccelerator(totals, batchSize), samplesPerSecond };
}

/** Mean and population standard deviation, as numpy's `mean` and `std` give them to DLIO. */
export interface MeanAndDeviation {
  readonly mean: number;
  readonly deviation: number;
}

/** Returns mean and population standard deviation of the values; zero for none. */
export function meanAndDeviation(values: readonly number[]): MeanAndDeviation {
  if (values.length === 0) return { mean: 0, deviation: 0 };
  const mean = meanOf(values);
  return { mean, deviation: Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) };
}

export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
