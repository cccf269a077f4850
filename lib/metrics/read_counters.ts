// What one reader thread counts, in shared memory: it alone writes, the main thread reads at any time.
import { HISTOGRAM_WORDS } from "./histogram.ts";
import { SLOW_READS_WORDS } from "./slow_reads.ts";

/** The running totals of a reader, each a 64-bit word. */
export const COUNTERS = [
  "extents",
  "ringExtents", // fetched by io_uring
  "samples",
  "usefulBytes", // of the wanted column chunks
  "requestedBytes", // asked of storage, footers included
  "returnedBytes", // that storage returned
  "reads",
  "deepestQueue", // the most reads that were in flight at a time; of one reader
  // Where the time went. No two of the following hold the same time, so that what they lack of the epoch was idle.
  "readNs", // opening files and fetching extents, footers that come with them included
  "decodeNs",
  "preprocessNs", // waited in place of a preprocessing
  "windowWaitNs", // for the accelerator to start a batch, so that the next may be fetched
  "turnWaitNs", // for a footer that another reader loads, or for its slot to be free
  "pausedNs", // as a spare reader: more readers than cores, and no read that slept
  "footerNs", // opening files for footers that are fetched ahead, fetching and scanning them
  "doneNs", // from the beginning of the epoch until nothing was left to claim; 0 while there is
  "cpuNs", // CPU time of the thread, told at the end
  "runDelayNs", // how long it could have run and had no core, told at the end; 0 where unknown
  "hasThreadTimes", // 1 where the kernel told both
  "footers",
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

const SLOW_READS_AT = COUNTERS.length + HISTOGRAMS.length * HISTOGRAM_WORDS;
/** 64-bit words of one reader's counters, histograms and slowest reads. */
export const READER_WORDS = SLOW_READS_AT + SLOW_READS_WORDS;

/** A reader's view of its own words. */
export class ReaderCounters {
  readonly words: Float64Array;
  readonly read: Float64Array;
  readonly extent: Float64Array;
  readonly decode: Float64Array;
  readonly slowReads: Float64Array;

  constructor(words: Float64Array) {
    this.words = words;
    const histogram = (index: number) => {
      const at = COUNTERS.length + index * HISTOGRAM_WORDS;
      return words.subarray(at, at + HISTOGRAM_WORDS);
    };
    [this.read, this.extent, this.decode] = HISTOGRAMS.map((_, index) => histogram(index));
    this.slowReads = words.subarray(SLOW_READS_AT, READER_WORDS);
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
