// What can be read back from a histogram of a summary, which keeps the buckets that are not empty.
import type { HistogramSummary } from "./histogram.ts";

const OCTAVE_BUCKETS = 64, LINEAR_NS = 128;

/** Returns the duration in ns that `percent` % of the recorded ones do not exceed; 0 when there is none. */
export function percentileOf({ count, buckets, min_ns, max_ns }: HistogramSummary, percent: number): number {
  const rank = Math.max(1, Math.ceil(count * percent / 100));
  let seen = 0;
  for (const [lowerNs, bucketCount] of buckets) {
    seen += bucketCount;
    if (seen >= rank) return Math.min(Math.max(middleOf(lowerNs), min_ns), max_ns);
  }
  return max_ns;
}

/** Returns the population deviation in ns, each duration taken as the middle of its bucket. */
export function deviationOf({ count, mean_ns, buckets }: HistogramSummary): number {
  if (count === 0) return 0;
  const squares = buckets.reduce(
    (sum, [lower, number]) => sum + number * (middleOf(lower) - mean_ns) ** 2,
    0,
  );
  return Math.sqrt(squares / count);
}

/** Returns how many durations are shorter than `boundNs`; exact where the bound is one of a bucket. */
export function countBelow({ buckets }: HistogramSummary, boundNs: number): number {
  return buckets.reduce((sum, [lowerNs, count]) => lowerNs < boundNs ? sum + count : sum, 0);
}

function middleOf(lowerNs: number): number {
  // As histogram.ts cuts them: one ns each at first, then 64 an octave.
  if (lowerNs < LINEAR_NS) return lowerNs;
  return lowerNs + 2 ** Math.floor(Math.log2(lowerNs)) / OCTAVE_BUCKETS / 2;
}
