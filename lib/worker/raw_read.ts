// What the threads of a raw read share: the next block of the files, whether to stop, what was read and how long it took.
import { HISTOGRAM_WORDS, merge } from "../metrics/histogram.ts";
import { FileQueue } from "./file_queue.ts";

const READ = 0, NUM_COUNTS = 1;

/** What a raw read reads: every file block by block, one file after the other, then from the beginning again. */
export interface RawReadPlan {
  readonly paths: readonly string[];
  /** How many whole blocks each file has. */
  readonly blocks: readonly number[];
  readonly blockBytes: number;
  readonly direct: boolean;
  /** Whether to begin anew behind the last block: not where the page cache would serve that. */
  readonly wraps: boolean;
}

/** The shared state of a raw read, as one thread sees it. */
export class RawReadProgress extends FileQueue {
  constructor(buffer?: SharedArrayBuffer) {
    super(NUM_COUNTS, buffer);
  }

  addRead(bytes: number): void {
    this.add(READ, bytes);
  }

  get readBytes(): number {
    return this.count(READ);
  }
}

/** Returns where the n-th block of a plan lies; undefined behind the last one. */
export function findBlock(
  { blocks, blockBytes, wraps }: RawReadPlan,
  claimed: number,
): { readonly file: number; readonly offsetBytes: number } | undefined {
  const total = blocks.reduce((sum, count) => sum + count, 0);
  if (total === 0 || (claimed >= total && !wraps)) return undefined;
  let block = claimed % total;
  for (let file = 0; file < blocks.length; file++) {
    if (block < blocks[file]) return { file, offsetBytes: block * blockBytes };
    block -= blocks[file];
  }
  return undefined;
}

/** Returns memory for the histograms of `threads` threads. */
export function makeHistograms(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(threads * HISTOGRAM_WORDS * Float64Array.BYTES_PER_ELEMENT);
}

/** Returns the histogram of one thread. */
export function histogramOf(histograms: SharedArrayBuffer, thread: number): Float64Array {
  return new Float64Array(
    histograms,
    thread * HISTOGRAM_WORDS * Float64Array.BYTES_PER_ELEMENT,
    HISTOGRAM_WORDS,
  );
}

/** Returns the sum of all threads' histograms. */
export function mergeHistograms(histograms: SharedArrayBuffer, threads: number): Float64Array {
  const merged = new Float64Array(HISTOGRAM_WORDS);
  for (let thread = 0; thread < threads; thread++) merge(merged, histogramOf(histograms, thread));
  return merged;
}
