// What one reader thread counts while an epoch runs: reads, extents, footers, what was decoded, and where its time went.
// On the hot path: it allocates nothing.
import { ThreadTimes } from "../base/thread_usage.ts";
import type { RowGroupDecoder } from "../format/parquet/decode.ts";
import { record } from "../metrics/histogram.ts";
import { COUNTER_WORD as COUNT, type CounterTotals, type ReaderCounters } from "../metrics/read_counters.ts";
import { insertSlowRead, SLOW_READ_BOUND } from "../metrics/slow_reads.ts";
import type { OnRead } from "../storage/storage.ts";
import type { ExtentReader } from "./extent_reader.ts";
import type { RawLog } from "./raw_log.ts";

/** What is counted in, and where single reads are written to; both change with the reader's scene. */
export interface AccountPlace {
  readonly counters: ReaderCounters;
  /** Absent where the scene's reads are not logged. */
  readonly log?: RawLog;
}

/** What the parts of a reader know of its time by themselves. */
export interface ReaderWaits {
  readonly windowWaitNs: number;
  readonly turnWaitNs: number;
  readonly pausedNs: number;
  readonly deepestQueue: number;
}

/** One reader's accounts, epoch by epoch. */
export class ReaderAccounts {
  /** The words of the epoch under way. */
  words: Float64Array;
  #counters: ReaderCounters;
  #readHistogram: Float64Array;
  #slowReads: Float64Array;
  #log: RawLog | undefined;
  readonly #threadTimes = new ThreadTimes();
  readonly #hasRunDelay = this.#threadTimes.hasRunDelay();
  #cpuNsBefore = 0;
  #runDelayNsBefore = 0;
  #decodedBefore: DecodeCounts = decodeCounts(undefined);
  /** When the epoch began. */
  #beginNs = 0;

  constructor({ counters, log }: AccountPlace) {
    this.#counters = counters;
    this.words = counters.words;
    this.#readHistogram = counters.read;
    this.#slowReads = counters.slowReads;
    this.#log = log;
  }

  /** Counts elsewhere from now on. */
  enter({ counters, log }: AccountPlace): void {
    this.#counters = counters;
    this.words = counters.words;
    this.#readHistogram = counters.read;
    this.#slowReads = counters.slowReads;
    this.#log = log;
  }

  /** Begins epoch `epoch` (1-based), which all readers began at `beginNs`. */
  beginEpoch(epoch: number, { beginNs, decoder }: EpochBeginning): void {
    this.#decodedBefore = decodeCounts(decoder);
    this.#threadTimes.read();
    this.#cpuNsBefore = this.#threadTimes.cpuNs;
    this.#runDelayNsBefore = this.#threadTimes.runDelayNs;
    this.#beginNs = beginNs;
    this.#log?.beginEpoch(epoch);
  }

  /** Notes that nothing is left to claim. */
  finish(nowNs: number): void {
    this.words[COUNT.doneNs] = nowNs - this.#beginNs;
  }

  endEpoch(waits: ReaderWaits, decoder: RowGroupDecoder | undefined): void {
    const { words } = this;
    words[COUNT.windowWaitNs] = waits.windowWaitNs;
    words[COUNT.turnWaitNs] = waits.turnWaitNs;
    words[COUNT.pausedNs] = waits.pausedNs;
    words[COUNT.deepestQueue] = waits.deepestQueue;
    this.#countDecoded(decoder);
    this.#threadTimes.read();
    words[COUNT.cpuNs] = this.#threadTimes.cpuNs - this.#cpuNsBefore;
    words[COUNT.runDelayNs] = this.#threadTimes.runDelayNs - this.#runDelayNsBefore;
    words[COUNT.hasThreadTimes] = this.#hasRunDelay ? 1 : 0;
    this.#log?.flush();
  }

  close(): void {
    this.#threadTimes.close();
  }

  readonly countRead: OnRead = (file, offsetBytes, bytes, beginNs, elapsedNs) => {
    this.words[COUNT.reads]++;
    record(this.#readHistogram, elapsedNs);
    if (elapsedNs > this.#slowReads[SLOW_READ_BOUND]) {
      insertSlowRead(this.#slowReads, file, offsetBytes, bytes, beginNs - this.#beginNs, elapsedNs);
    }
    if (this.#log !== undefined) this.#log.add(file, offsetBytes, bytes, beginNs - this.#beginNs, elapsedNs);
  };

  /** Counts a footer that was loaded. */
  countFooter(
    { requestedBytes, returnedBytes }: { readonly requestedBytes: number; readonly returnedBytes: number },
  ): void {
    const { words } = this;
    words[COUNT.footers]++;
    words[COUNT.footerBytes] += requestedBytes;
    words[COUNT.requestedBytes] += requestedBytes;
    words[COUNT.returnedBytes] += returnedBytes;
  }

  /** Counts what was fetched and decoded, whether or not it will be ready before the run is stopped. */
  countExtent(extents: ExtentReader, windowWaitNs: number): void {
    const { words, extent, decode } = this.#counters;
    const { readNs, decodeNs, elapsedNs, usefulBytes, requestedBytes, returnedBytes } = extents;
    words[COUNT.usefulBytes] += usefulBytes;
    words[COUNT.requestedBytes] += requestedBytes;
    words[COUNT.returnedBytes] += returnedBytes;
    words[COUNT.readNs] += readNs;
    words[COUNT.decodeNs] += decodeNs;
    words[COUNT.windowWaitNs] = windowWaitNs;
    record(extent, elapsedNs);
    if (extents.timesDecoding) record(decode, decodeNs);
  }

  #countDecoded(decoder: RowGroupDecoder | undefined): void {
    const { words } = this, before = this.#decodedBefore, now = decodeCounts(decoder);
    words[COUNT.fastChunks] = now.fastChunks - before.fastChunks;
    words[COUNT.fallbackChunks] = now.fallbackChunks - before.fallbackChunks;
    words[COUNT.nestedChunks] = now.nestedChunks - before.nestedChunks;
    words[COUNT.deltaChunks] = now.deltaChunks - before.deltaChunks;
    words[COUNT.pages] = now.pages - before.pages;
    words[COUNT.valueBytes] = now.valueBytes - before.valueBytes;
  }
}

interface EpochBeginning {
  readonly beginNs: number;
  readonly decoder: RowGroupDecoder | undefined;
}

type DecodeCounts = Pick<
  CounterTotals,
  "fastChunks" | "fallbackChunks" | "nestedChunks" | "deltaChunks" | "pages" | "valueBytes"
>;

function decodeCounts(decoder: RowGroupDecoder | undefined): DecodeCounts {
  const { fastChunks = 0, fallbackChunks = 0, fallbacks, pages = 0, valueBytes = 0 } = decoder ?? {};
  const { nested: nestedChunks = 0, delta: deltaChunks = 0 } = fallbacks ?? {};
  return { fastChunks, fallbackChunks, nestedChunks, deltaChunks, pages, valueBytes };
}
