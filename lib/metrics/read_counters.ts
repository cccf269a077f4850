// What one reader thread counts, in shared memory: it alone writes, the main thread reads at any time.
import { HISTOGRAM_WORDS } from "./histogram.ts";

/** The running totals of a reader, each a 64-bit word. */
export const COUNTERS = [
  "extents",
  "samples",
  "usefulBytes", // of the wanted column chunks
  "requestedBytes", // asked of storage, footers included
  "returnedBytes", // that storage returned
  "reads",
  "readNs",
  "decodeNs",
  "preprocessNs", // waited in place of a preprocessing
  "windowWaitNs", // for the accelerator to start a batch, so that the next may be fetched
  "pausedNs", // as a spare reader: more readers than cores, and no read that slept
  "footers",
  "footerNs",
  "footerBytes",
  "fastChunks", // decoded by our own code
  "fallbackChunks", // for which hyparquet was needed: the sum of the reasons that follow
  "nestedChunks", // lists in lists
  "deltaChunks", // values stored as deltas
  "pages",
  "valueBytes", // decoded
] as const;

export type Counter = typeof COUNTERS[number];
export type CounterTotals = Record<Counter, number>;

export const HISTOGRAMS = ["read", "extent", "decode"] as const;
export type HistogramName = typeof HISTOGRAMS[number];

/** 64-bit words of one reader's counters and histograms. */
export const READER_WORDS = COUNTERS.length + HISTOGRAMS.length * HISTOGRAM_WORDS;

/** A reader's view of its own words. */
export class ReaderCounters {
  readonly words: Float64Array;
  readonly read: Float64Array;
  readonly extent: Float64Array;
  readonly decode: Float64Array;

  constructor(words: Float64Array) {
    this.words = words;
    const histogram = (index: number) => {
      const at = COUNTERS.length + index * HISTOGRAM_WORDS;
      return words.subarray(at, at + HISTOGRAM_WORDS);
    };
    [this.read, this.extent, this.decode] = HISTOGRAMS.map((_, index) => histogram(index));
  }

  totals(): CounterTotals {
    return Object.fromEntries(COUNTERS.map((name, word) => [name, this.words[word]])) as CounterTotals;
  }
}

/** The word of each counter, for the reader's loop. */
export const COUNTER_WORD = Object.fromEntries(COUNTERS.map((name, word) => [name, word])) as Record<
  Counter,
  number
>;

/** Returns the sum of several readers' totals. */
export function sumTotals(all: readonly CounterTotals[]): CounterTotals {
  const sum = (name: Counter) => all.reduce((total, one) => total + one[name], 0);
  return Object.fromEntries(COUNTERS.map((name) => [name, sum(name)])) as CounterTotals;
}
