// The points of a scan: what several runs with the same number of accelerators, or the same value of a key, tell
// together. Keys are as they are written to scan.json.
import { percentileOf } from "./histogram_reading.ts";
import { NS_PER_US } from "../base/units.ts";
import { figureOf, type RepeatedFigure } from "./repeats.ts";
import { doRunsAgree, type PointState, type SearchPoint, stateOf } from "./search.ts";
import type { Summary } from "./summary.ts";
import type { RunStatus } from "./summary_input.ts";

/** What is varied: a number of accelerators, or a value of a key. */
export type ScanValue = number | string | boolean | null;

export interface ScanRun {
  readonly value: ScanValue;
  readonly folder: string;
  readonly summary: Summary;
}

export interface ScanPoint {
  readonly value: ScanValue;
  readonly num_accelerators: number;
  /** What the dataset has for so many, and how often a run reads it. */
  readonly steps_per_epoch: number;
  readonly epochs_per_run: number;
  /** "open" where more runs were wanted; null where steps take no time, so that AU says nothing. */
  readonly state: PointState | null;
  readonly runs_agree: boolean;
  /** Null without a complete run, as all figures below. */
  readonly au_percentage: RepeatedFigure | null;
  readonly samples_per_second: RepeatedFigure | null;
  readonly useful_bytes_per_second: number | null;
  /** Of the reads of all runs; null where single reads were not measured. */
  readonly read_p99_us: number | null;
  readonly cores_used: number | null;
  /** Of the verdict on its last complete run; where the point failed, on the last that did. */
  readonly limit: string | null;
  /** Codes of the warnings of all runs. */
  readonly warnings: readonly string[];
  readonly runs: readonly {
    readonly folder: string;
    readonly status: RunStatus;
    readonly start: string;
    readonly end: string;
    /** Of its epochs, without what lies between them. */
    readonly measured_seconds: number;
    readonly au_percentage: number;
    readonly samples_per_second: number;
    readonly limit: string | null;
  }[];
}

const byValue = (a: ScanPoint, b: ScanPoint) =>
  typeof a.value === "number" && typeof b.value === "number" ? a.value - b.value : 0;

/** Returns the points of these runs: numbers in their order, other values as they came. */
export function pointsOf(runs: readonly ScanRun[], minRuns: number): ScanPoint[] {
  return [...Map.groupBy(runs, ({ value }) => value).values()]
    .map((ofPoint) => pointOf(ofPoint, minRuns))
    .sort(byValue);
}

/** Returns the points of a search as the search wants them. */
export function searchPointsOf(runs: readonly ScanRun[]): SearchPoint[] {
  return [...Map.groupBy(runs, ({ summary }) => summary.num_accelerators)]
    .map(([numAccelerators, ofPoint]) => ({ numAccelerators, auPercents: completeOf(ofPoint).map(auOf) }))
    .filter(({ auPercents }) => auPercents.length > 0);
}

function pointOf(runs: readonly ScanRun[], minRuns: number): ScanPoint {
  const { value, summary: { num_accelerators, mlps, epochs } } = runs[runs.length - 1];
  const complete = completeOf(runs), auPercents = complete.map(auOf);
  const requiredAuPercent = mlps.required_au_percentage;
  const meanOf = (of: (summary: Summary) => number) => figureOf(complete.map(of))?.mean ?? null;
  const state = mlps.demand_samples_per_second === null
    ? null
    : stateOf({ auPercents }, { requiredAuPercent, minRuns });
  const telling = state === "fail" ? failedOf(complete) : complete;
  return {
    value,
    num_accelerators,
    steps_per_epoch: mlps.steps_per_epoch,
    epochs_per_run: epochs,
    state,
    runs_agree: doRunsAgree(auPercents, requiredAuPercent),
    au_percentage: figureOf(auPercents),
    samples_per_second: figureOf(complete.map(rateOf)),
    useful_bytes_per_second: meanOf((summary) =>
      meanOfEpochs(summary, ({ useful_bytes_per_second: rate }) => rate)
    ),
    read_p99_us: complete.every(({ mlps }) => mlps.histograms.read.count > 0)
      ? meanOf(({ mlps }) => percentileOf(mlps.histograms.read, 99) / NS_PER_US)
      : null,
    cores_used: meanOf((summary) => meanOfEpochs(summary, ({ cpu }) => cpu.cores_used)),
    limit: telling.at(-1)?.mlps.verdict?.limit ?? null,
    warnings: [...new Set(complete.flatMap(({ mlps }) => mlps.warnings.map(({ code }) => code)))],
    runs: runs.map(({ folder, summary }) => ({
      folder,
      status: summary.status,
      start: summary.start,
      end: summary.end,
      measured_seconds: summary.mlps.epochs.reduce((sum, { duration_seconds }) => sum + duration_seconds, 0),
      au_percentage: auOf(summary),
      samples_per_second: rateOf(summary),
      limit: summary.mlps.verdict?.limit ?? null,
    })),
  };
}

/** Returns the runs that came to their end. */
export function completeOf(runs: readonly ScanRun[]): Summary[] {
  return runs.map(({ summary }) => summary).filter(({ status }) => status === "complete");
}

/** Returns the runs that did not reach the required AU: what passed tells nothing of why others did not. */
export function failedOf(complete: readonly Summary[]): Summary[] {
  return complete.filter((summary) => auOf(summary) < summary.mlps.required_au_percentage);
}

function auOf({ metric }: Summary): number {
  return metric.train_au_mean_percentage;
}

function rateOf({ metric }: Summary): number {
  return metric.train_throughput_mean_samples_per_second;
}

function meanOfEpochs(
  { mlps: { epochs } }: Summary,
  of: (epoch: Summary["mlps"]["epochs"][number]) => number,
): number {
  return epochs.reduce((sum, epoch) => sum + of(epoch), 0) / Math.max(1, epochs.length);
}
