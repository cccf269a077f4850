// Several runs of one workload, as MLPerf Storage wants them: one to warm up, then some that count, and their mean. Keys
// are as they are written to repeats.json.
import { meanAndDeviation } from "./epoch_result.ts";
import { type Condition, conditionsOf } from "./repeats_conditions.ts";
import type { Summary } from "./summary.ts";
import type { RunStatus } from "./summary_input.ts";

export const REPEATS_SCHEMA_VERSION = 1;

export interface RepeatedRun {
  readonly folder: string;
  readonly summary: Summary;
}

export interface RepeatsInput {
  readonly status: RunStatus;
  /** Why not all runs are complete. */
  readonly error?: string;
  /** Those that were to count, the warm-up aside. */
  readonly numMeasured: number;
  /** The warm-up first. */
  readonly runs: readonly RepeatedRun[];
  /** Whether results and dataset share a filesystem. */
  readonly sharesFilesystem: boolean;
}

/** A figure over the measured runs. */
export interface RepeatedFigure {
  readonly mean: number;
  /** Of these runs as all there are (numpy's `std`), and as a sample of all there could be; null of fewer than two. */
  readonly population_deviation: number;
  readonly sample_deviation: number | null;
  readonly min: number;
  readonly max: number;
}

export interface Repeats {
  readonly schema_version: number;
  readonly status: RunStatus;
  readonly error: string | null;
  readonly workload: string;
  /** Of the dataset; "synthetic" where nothing is read. */
  readonly dataset_origin: string;
  readonly measured_runs_wanted: number;
  readonly required_au_percentage: number;
  /** Null without a complete measured run. */
  readonly au_percentage: RepeatedFigure | null;
  readonly samples_per_second: RepeatedFigure | null;
  readonly au_meet_expectation: "success" | "fail";
  readonly runs: readonly {
    readonly kind: "warm_up" | "measured";
    readonly folder: string;
    readonly status: RunStatus;
    readonly start: string;
    readonly end: string;
    readonly au_percentage: number;
    readonly samples_per_second: number;
    readonly limit: string | null;
    readonly warnings: readonly string[];
  }[];
  readonly mlperf_conditions: readonly Condition[];
}

/** Returns what several runs tell together; there is at least one. Only complete measured runs enter the figures. */
export function repeatsOf(input: RepeatsInput): Repeats {
  const { runs, status, numMeasured } = input;
  const [{ summary: { mlps } }] = runs;
  const measured = runs.slice(1).map(({ summary }) => summary)
    .filter((summary) => summary.status === "complete");
  const au = figureOf(measured.map(({ metric }) => metric.train_au_mean_percentage));
  const isEnough = status === "complete" && au !== null && au.mean >= mlps.required_au_percentage;
  return {
    schema_version: REPEATS_SCHEMA_VERSION,
    status,
    error: input.error ?? null,
    workload: mlps.workload.name,
    dataset_origin: mlps.dataset.origin,
    measured_runs_wanted: numMeasured,
    required_au_percentage: mlps.required_au_percentage,
    au_percentage: au,
    samples_per_second: figureOf(
      measured.map(({ metric }) => metric.train_throughput_mean_samples_per_second),
    ),
    au_meet_expectation: isEnough ? "success" : "fail",
    runs: runs.map(({ folder, summary }, index) => ({
      kind: index === 0 ? "warm_up" : "measured",
      folder,
      status: summary.status,
      start: summary.start,
      end: summary.end,
      au_percentage: summary.metric.train_au_mean_percentage,
      samples_per_second: summary.metric.train_throughput_mean_samples_per_second,
      limit: summary.mlps.verdict?.limit ?? null,
      warnings: summary.mlps.warnings.map(({ code }) => code),
    })),
    mlperf_conditions: conditionsOf(runs.map(({ summary }) => summary), input.sharesFilesystem),
  };
}

/** Returns the figure of some runs; null of none. */
export function figureOf(values: readonly number[]): RepeatedFigure | null {
  const count = values.length;
  if (count === 0) return null;
  const { mean, deviation } = meanAndDeviation(values);
  return {
    mean,
    population_deviation: deviation,
    sample_deviation: count > 1 ? deviation * Math.sqrt(count / (count - 1)) : null,
    min: Math.min(...values),
    max: Math.max(...values),
  };
}
