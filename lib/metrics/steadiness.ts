// How steady a run was: within its epochs, from the first second to the last, from epoch to epoch; and whether the clocks
// that measured it ran evenly.
import type { EpochRecord, EpochSecond } from "./epoch_record.ts";
import { auOf, samplesPerSecondOf } from "./epoch_record.ts";
import { meanAndDeviation } from "./epoch_result.ts";
import { findOutliers } from "./outliers.ts";
import { fitTrend, type Point } from "./trend.ts";

/** One epoch; what cannot be told is absent. */
export interface EpochSteadiness {
  readonly wholeSeconds: number;
  /** Population deviation of the whole seconds' rates over their mean, in percent. */
  readonly variationPercent?: number;
  /** Since the epoch began, when the first and the last reader found nothing left to claim. */
  readonly firstReaderDoneNs?: number;
  readonly lastReaderDoneNs?: number;
  /** Of the epoch: from the first reader done to the last. */
  readonly tailPercent?: number;
  /** By how much the wall clock was set forward, or back. */
  readonly clockStepNs: number;
  readonly suspendedNs: number;
}

export interface EpochOutlier {
  readonly epoch: number;
  readonly figure: "au_percentage" | "samples_per_second";
  readonly value: number;
  readonly median: number;
  /** Distance to the median in median absolute deviations (scaled to be standard deviations); absent where those are 0. */
  readonly deviations?: number;
}

export interface Steadiness {
  readonly wholeSeconds: number;
  readonly variationPercent?: number;
  /** From the first whole second to the last, all epochs one behind the other; absent with fewer than ten. */
  readonly trend?: {
    readonly changePercent: number;
    /** Whether it is more than chance (see trend.ts). */
    readonly isSignificant: boolean;
  };
  readonly outliers: readonly EpochOutlier[];
}

const MIN_SECONDS = 3, MIN_TREND_SECONDS = 10, MIN_EPOCHS = 4;
/** Deviations below these are noise, however small those of the other epochs are. */
const MIN_AU_POINTS = 1, MIN_RATE_SHARE = 0.01;

/** Returns how steady the complete epochs were. */
export function steadinessOf(all: readonly EpochRecord[]): Steadiness {
  const epochs = all.filter(({ complete }) => complete);
  const points = pointsOf(epochs);
  const trend = points.length >= MIN_TREND_SECONDS ? fitTrend(points) : undefined;
  return {
    wholeSeconds: points.length,
    variationPercent: variationPercent(points.map(({ value }) => value)),
    ...(trend && { trend }),
    outliers: outliersOf(epochs),
  };
}

/** Returns how steady one epoch was. */
export function epochSteadinessOf(record: EpochRecord): EpochSteadiness {
  const seconds = wholeSeconds(record), rates = seconds.map(rateIn(seconds));
  const doneNs = record.readers.map((reader) => reader.doneNs);
  const { monotonicNs, realtimeNs, boottimeNs } = record.host;
  const allDone = doneNs.length > 0 && doneNs.every((ns) => ns > 0);
  const first = Math.min(...doneNs), last = Math.max(...doneNs);
  return {
    wholeSeconds: rates.length,
    variationPercent: variationPercent(rates),
    ...(allDone && {
      firstReaderDoneNs: first,
      lastReaderDoneNs: last,
      tailPercent: record.durationNs > 0 ? (last - first) / record.durationNs * 100 : 0,
    }),
    clockStepNs: realtimeNs - monotonicNs,
    suspendedNs: boottimeNs - monotonicNs,
  };
}

/** Returns the whole seconds of all epochs on one axis of time, without the gaps between epochs. */
function pointsOf(epochs: readonly EpochRecord[]): Point[] {
  const rateOf = rateIn(epochs.flatMap(wholeSeconds));
  let beginNs = 0;
  return epochs.flatMap((epoch) => {
    const points = wholeSeconds(epoch).map((second) => ({
      at: beginNs + second.elapsedNs,
      value: rateOf(second),
    }));
    beginNs += epoch.durationNs;
    return points;
  });
}

function wholeSeconds({ seconds }: EpochRecord): readonly EpochSecond[] {
  return seconds.filter(({ isWhole }) => isWhole);
}

/**
 * Returns what tells the rate of a second. Bytes are read evenly where long steps consume samples by the batch; where all
 * the seconds are without bytes (synthetic) samples have to do.
 */
function rateIn(seconds: readonly EpochSecond[]): (second: EpochSecond) => number {
  const hasBytes = seconds.some(({ requestedBytesPerSecond }) => requestedBytesPerSecond > 0);
  return hasBytes ? (second) => second.requestedBytesPerSecond : (second) => second.samplesPerSecond;
}

function variationPercent(rates: readonly number[]): number | undefined {
  if (rates.length < MIN_SECONDS) return undefined;
  const { mean, deviation } = meanAndDeviation(rates);
  return mean > 0 ? deviation / mean * 100 : undefined;
}

function outliersOf(epochs: readonly EpochRecord[]): EpochOutlier[] {
  if (epochs.length < MIN_EPOCHS) return [];
  const find = (figure: EpochOutlier["figure"], of: (epoch: EpochRecord) => number, floor: number) =>
    findOutliers(epochs.map(of), floor).map(({ index, ...outlier }) => ({
      epoch: epochs[index].epoch,
      figure,
      ...outlier,
    }));
  const rates = epochs.map(samplesPerSecondOf);
  return [
    ...find("au_percentage", auOf, MIN_AU_POINTS),
    ...find("samples_per_second", samplesPerSecondOf, MIN_RATE_SHARE * Math.max(...rates)),
  ].sort((a, b) => a.epoch - b.epoch);
}
