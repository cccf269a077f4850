// The rounds of a ceiling's stage: readers that never wait for an accelerator, looked at once a round, until enough
// rounds are over.
import { cpus } from "node:os";
import { NS_PER_SECOND } from "../base/units.ts";
import type { RoundCounts } from "../metrics/ceiling.ts";
import { differenceOf } from "../metrics/host_counters.ts";
import { type CounterTotals, sumTotals } from "../metrics/read_counters.ts";
import { readHostCounters } from "../storage/accounting.ts";
import type { EngineGlance } from "./engine.ts";
import type { Pass } from "./passes.ts";

/** A row group may take a second: a round has enough of them that its rate means something, or takes long enough. */
const MIN_EXTENTS = 16, MAX_ROUND_NS = 4 * NS_PER_SECOND;

export interface RoundLengths {
  readonly numRounds: number;
  readonly roundNs: number;
}

/** Cuts the looks at one epoch after another into rounds; the first one warms up and is not counted. */
export class RoundMeter {
  /** Samples per second of each round. */
  readonly rates: number[] = [];
  /** Of all rounds that count. */
  measuredNs = 0;
  readonly #lengths: RoundLengths & { readonly batchSize: number };
  #isWarm = false;
  #elapsedNs = 0;
  #steps = 0;
  #extents = 0;
  #seen = NOTHING_SEEN;

  constructor(lengths: RoundLengths & { readonly batchSize: number }) {
    this.#lengths = lengths;
  }

  get isDone(): boolean {
    return this.rates.length >= this.#lengths.numRounds;
  }

  /** Begins another epoch; the round under way goes on. */
  beginEpoch(): void {
    this.#seen = NOTHING_SEEN;
  }

  /** Takes a look at the epoch; returns true when a round is over with it. */
  add({ elapsedNs, stepsDone, totals: { extents } }: RoundGlance): boolean {
    if (this.isDone) return false;
    const { roundNs, batchSize } = this.#lengths, seen = this.#seen;
    this.#elapsedNs += elapsedNs - seen.elapsedNs;
    this.#steps += stepsDone - seen.stepsDone;
    this.#extents += extents - seen.extents;
    this.#seen = { elapsedNs, stepsDone, extents };
    const isEnough = this.#elapsedNs >= roundNs && this.#extents >= MIN_EXTENTS;
    if (this.#steps === 0 || (!isEnough && this.#elapsedNs < MAX_ROUND_NS)) return false;
    if (this.#isWarm) {
      this.rates.push(this.#steps * batchSize / (this.#elapsedNs / NS_PER_SECOND));
      this.measuredNs += this.#elapsedNs;
    }
    this.#isWarm = true;
    this.#elapsedNs = this.#steps = this.#extents = 0;
    return true;
  }
}

const NOTHING_SEEN = { elapsedNs: 0, stepsDone: 0, extents: 0 };

/** What a round needs to know of an epoch under way. */
export interface RoundGlance extends Pick<EngineGlance, "elapsedNs" | "stepsDone"> {
  readonly totals: Pick<CounterTotals, "extents">;
}

export interface RoundOptions extends RoundLengths {
  readonly signal: AbortSignal;
  /** Hears of each round that counts, with its rate in samples per second. */
  readonly onRound: (samplesPerSecond: number) => void;
}

/** What was measured; `totals` are those of all readers, the round that is not counted included. */
export interface Rounds extends RoundCounts {
  readonly totals: CounterTotals;
}

/**
 * Starts the readers of `pass`, measures as many rounds as are wanted and lets the readers go. Where an epoch ends before,
 * the next one goes on.
 *
 * @throws {InterruptedError} When `signal` is raised.
 * @throws {FileError} When a read fails.
 */
export async function measureRounds(pass: Pass, options: RoundOptions): Promise<Rounds> {
  const { engine, batchSize } = pass, { signal, onRound } = options;
  const meter = new RoundMeter({ ...options, batchSize }), totals: CounterTotals[] = [];
  let host = readHostCounters();
  const onGlance = (glance: EngineGlance) => {
    if (!meter.add(glance)) return;
    if (meter.rates.length === 0) host = readHostCounters();
    else onRound(meter.rates[meter.rates.length - 1]);
    if (!meter.isDone) return;
    host = differenceOf(host, readHostCounters());
    engine.interrupt();
  };
  const interrupt = () => engine.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    await engine.start();
    for (let epoch = 0; !meter.isDone; epoch++) {
      signal.throwIfAborted();
      meter.beginEpoch();
      const outcome = await engine.runEpoch(epoch, onGlance);
      totals.push(sumTotals(outcome.readers));
      if (outcome.failure !== undefined) throw outcome.failure;
    }
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", interrupt);
    await engine.close();
  }
  return {
    roundsSamplesPerSecond: meter.rates,
    elapsedSeconds: meter.measuredNs / NS_PER_SECOND,
    host,
    cpuCount: cpus().length,
    totals: sumTotals(totals),
  };
}
