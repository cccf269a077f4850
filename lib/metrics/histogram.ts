// Histograms of durations with at most 1 % error from 1 ns to 9 hours, which merge by addition. The counts lie in
// memory that the caller gives: each reader thread writes its own, the main thread adds them up.
//
// 64 buckets an octave (as HdrHistogram and fio have it): a value and its bucket's middle differ by at most 1/129.

const BUCKETS_PER_OCTAVE = 64;
const LINEAR_BUCKETS = 2 * BUCKETS_PER_OCTAVE; // one bucket a nanosecond below 128 ns
const OCTAVES = 38; // 2^7 … 2^45 ns
const MAX_VALUE = 2 ** 45; // longer ones count in the last bucket
const COUNT = LINEAR_BUCKETS + OCTAVES * BUCKETS_PER_OCTAVE;
const SUM = COUNT + 1, MIN = COUNT + 2, MAX = COUNT + 3;

/** How many 64-bit words a histogram needs. */
export const HISTOGRAM_WORDS = MAX + 1;

/** Adds one duration. */
export function record(words: Float64Array, valueNs: number): void {
  const value = valueNs > 0 ? Math.floor(valueNs) : 0;
  words[bucketOf(value)]++;
  words[COUNT]++;
  words[SUM] += value;
  if (value < words[MIN] || words[COUNT] === 1) words[MIN] = value;
  if (value > words[MAX]) words[MAX] = value;
}

/** Adds all durations of `from` to `into`. */
export function merge(into: Float64Array, from: Float64Array): void {
  if (from[COUNT] === 0) return;
  into[MIN] = into[COUNT] === 0 ? from[MIN] : Math.min(into[MIN], from[MIN]);
  into[MAX] = Math.max(into[MAX], from[MAX]);
  for (let word = 0; word <= SUM; word++) into[word] += from[word];
}

/**
 * Returns what was recorded between two readings of one histogram. Minimum and maximum are exact where the later reading
 * has another than the earlier, else within 1 %.
 */
export function difference(after: Float64Array, before: Float64Array): Float64Array {
  const words = new Float64Array(HISTOGRAM_WORDS);
  let lowest = -1, highest = -1;
  for (let bucket = 0; bucket < COUNT; bucket++) {
    words[bucket] = after[bucket] - before[bucket];
    if (words[bucket] === 0) continue;
    if (lowest < 0) lowest = bucket;
    highest = bucket;
    words[COUNT] += words[bucket];
  }
  if (highest < 0) return words;
  words[SUM] = after[SUM] - before[SUM];
  words[MIN] = before[COUNT] === 0 || after[MIN] < before[MIN] ? after[MIN] : middleOf(lowest);
  words[MAX] = after[MAX] > before[MAX] ? after[MAX] : Math.min(middleOf(highest), after[MAX]);
  return words;
}

/** Returns the duration in ns that `percent` % of the recorded ones do not exceed; 0 when there is none. */
export function percentileNs(words: Float64Array, percent: number): number {
  const rank = Math.max(1, Math.ceil(words[COUNT] * percent / 100));
  let seen = 0;
  for (let bucket = 0; bucket < COUNT; bucket++) {
    seen += words[bucket];
    if (seen >= rank) return Math.min(Math.max(middleOf(bucket), words[MIN]), words[MAX]);
  }
  return words[MAX];
}

/** Returns the longest duration in ns; 0 when there is none. */
export function maxNs(words: Float64Array): number {
  return words[MAX];
}

export interface HistogramSummary {
  readonly count: number;
  readonly mean_ns: number;
  readonly min_ns: number;
  readonly p50_ns: number;
  readonly p90_ns: number;
  readonly p99_ns: number;
  readonly p99_9_ns: number;
  readonly p99_99_ns: number;
  readonly max_ns: number;
  /** [lower edge in ns, count] of each bucket that is not empty: enough to merge with those of other hosts. */
  readonly buckets: readonly (readonly [number, number])[];
}

/** Returns the figures of a histogram for the summary; all zero when it is empty. */
export function summarizeHistogram(words: Float64Array): HistogramSummary {
  const buckets: [number, number][] = [];
  for (let bucket = 0; bucket < COUNT; bucket++) {
    if (words[bucket] > 0) buckets.push([lowerOf(bucket), words[bucket]]);
  }
  return {
    count: words[COUNT],
    mean_ns: words[COUNT] > 0 ? words[SUM] / words[COUNT] : 0,
    min_ns: words[MIN],
    p50_ns: percentileNs(words, 50),
    p90_ns: percentileNs(words, 90),
    p99_ns: percentileNs(words, 99),
    p99_9_ns: percentileNs(words, 99.9),
    p99_99_ns: percentileNs(words, 99.99),
    max_ns: words[MAX],
    buckets,
  };
}

function bucketOf(value: number): number {
  if (value < LINEAR_BUCKETS) return value;
  if (value < 0x80000000) { // whole numbers of 31 bits: each read comes here
    const whole = value | 0, octave = 24 - Math.clz32(whole);
    return LINEAR_BUCKETS + (octave - 1) * BUCKETS_PER_OCTAVE + (whole >>> (octave + 1));
  }
  if (value >= MAX_VALUE) return COUNT - 1;
  const octave = 40 - Math.clz32(value / 0x10000);
  return LINEAR_BUCKETS + (octave - 1) * BUCKETS_PER_OCTAVE + Math.floor(value / 2 ** (octave + 1));
}

function lowerOf(bucket: number): number {
  if (bucket < LINEAR_BUCKETS) return bucket;
  const octave = Math.floor((bucket - LINEAR_BUCKETS) / BUCKETS_PER_OCTAVE);
  return ((bucket - LINEAR_BUCKETS) % BUCKETS_PER_OCTAVE + BUCKETS_PER_OCTAVE) * 2 ** (octave + 1);
}

function middleOf(bucket: number): number {
  if (bucket < LINEAR_BUCKETS) return bucket;
  const octave = Math.floor((bucket - LINEAR_BUCKETS) / BUCKETS_PER_OCTAVE);
  return lowerOf(bucket) + 2 ** octave;
}
