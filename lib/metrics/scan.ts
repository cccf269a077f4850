// What a scan found: for how many accelerators the storage suffices and what ended the search, or how the rate follows a
// key; and the knee of the curve. Keys are as they are written to scan.json.
import { boundsOf, type SearchRules } from "./search.ts";
import {
  completeOf,
  failedOf,
  pointsOf,
  type ScanPoint,
  type ScanRun,
  type ScanValue,
  searchPointsOf,
} from "./scan_points.ts";
import type { RunStatus } from "./summary_input.ts";
import { CLIENT_LIMITS, type Limit } from "./verdict_limit.ts";

export const SCAN_SCHEMA_VERSION = 1;

/** From here on a point is as good as the best. */
export const KNEE_SHARE = 0.95;
/** Fewer points are no curve. */
const MIN_KNEE_POINTS = 3;

export interface ScanInput {
  readonly status: RunStatus;
  /** Why not all points are measured. */
  readonly error?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly workload: string;
  readonly commandLine: readonly string[];
  readonly secondsPerRun: number;
  readonly requiredAuPercent: number;
  readonly minRuns: number;
  /** What is varied where it is not the number of accelerators. */
  readonly key?: string;
  /** Absent for a sweep. */
  readonly search?: Pick<SearchRules, "max"> & {
    /** What keeps the search from larger numbers. */
    readonly maxFrom: "flag" | "dataset";
  };
  /** The folder of a run that does not count. */
  readonly warmUpFolder?: string;
  readonly runs: readonly ScanRun[];
}

/** What ended a search; "flag" and "dataset" where all numbers passed that could be tried. */
export type SearchEnd = Limit | "flag" | "dataset";

export interface ScanAnswer {
  /** 0 where not even one passes. */
  readonly num_accelerators: number;
  /** Whether the search came to its end. */
  readonly final: boolean;
  /** Null while the search has met no end. */
  readonly ended_by: SearchEnd | null;
  /** Whether it was this client that could not keep up: a search with a larger one may find more. */
  readonly client_ended: boolean;
  /** Whether all runs of the numbers that decide say the same. */
  readonly runs_agree: boolean;
  /** How many the rate of the point that failed would feed at the required AU; null where none failed. */
  readonly accelerators_by_rate: number | null;
  /** How many this client can feed at most (mlps ceiling); null where nobody measured that. */
  readonly client_ceiling: number | null;
  /** Whether memory, not storage, served a run with so many, or with more. */
  readonly served_from_memory: boolean;
  /** Smaller numbers that failed: AU is not monotone. */
  readonly failing_below: readonly number[];
  /** What to change or to measure next, in order. */
  readonly advice: readonly string[];
}

export interface Knee {
  readonly value: number;
  /** Of the best rate. */
  readonly share_percentage: number;
  readonly best_value: number;
}

export type Scan = ReturnType<typeof scanOf>;

/** Returns what the runs of a scan tell together; there is at least one. */
export function scanOf(input: ScanInput) {
  const { runs, key, search } = input, [{ summary: { mlps } }] = runs;
  const points = pointsOf(runs, input.minRuns);
  return {
    schema_version: SCAN_SCHEMA_VERSION,
    status: input.status,
    error: input.error ?? null,
    start: input.startedAt,
    end: input.endedAt,
    workload: input.workload,
    dataset_origin: mlps.dataset.origin,
    command_line: input.commandLine,
    key: key ?? "num_accelerators",
    seconds_per_run: input.secondsPerRun,
    page_cache: mlps.page_cache,
    direct_io: mlps.direct_io,
    required_au_percentage: input.requiredAuPercent,
    demand_samples_per_second: mlps.demand_samples_per_second,
    answer: search === undefined ? null : answerOf(input, points, search),
    knee: kneeOf(points) ?? null,
    points,
    warm_up_folder: input.warmUpFolder ?? null,
  };
}

function answerOf(
  { runs, status, requiredAuPercent, minRuns }: ScanInput,
  points: readonly ScanPoint[],
  { max, maxFrom }: NonNullable<ScanInput["search"]>,
): ScanAnswer {
  const bounds = boundsOf(searchPointsOf(runs), { requiredAuPercent, minRuns });
  const pointFor = (value: number | undefined) => points.find((point) => point.value === value);
  const passing = pointFor(bounds.passing), failing = pointFor(bounds.failing);
  const deciding = [passing, failing].filter((point) => point !== undefined);
  const { ceiling, demand_samples_per_second: demand } = runs[0].summary.mlps;
  const fedBy = (rate: number) => rate / (demand! * requiredAuPercent / 100);
  const limit = failing?.limit as Limit | undefined;
  return {
    num_accelerators: bounds.passing,
    final: status === "complete",
    ended_by: failing !== undefined ? limit ?? null : bounds.passing === max ? maxFrom : null,
    client_ended: failing !== undefined &&
      (failing.warnings.includes("client_bound") || (limit !== undefined && CLIENT_LIMITS.has(limit))),
    runs_agree: deciding.every((point) => point.runs_agree),
    accelerators_by_rate: failing === undefined ? null : fedBy(failing.samples_per_second!.mean),
    client_ceiling: ceiling === null ? null : Math.floor(fedBy(ceiling.samples_per_second)),
    served_from_memory: points.some(({ warnings, num_accelerators }) =>
      num_accelerators >= bounds.passing && warnings.includes("served_from_memory")
    ),
    failing_below: bounds.failingBelow,
    advice: adviceFor(bounds.failing, runs),
  };
}

/** Returns what the verdict on the last run that failed says; not that fewer accelerators would do: that is the answer. */
function adviceFor(failing: number | undefined, runs: readonly ScanRun[]): string[] {
  const failed = failedOf(completeOf(runs.filter(({ value }) => value === failing)));
  return (failed.at(-1)?.mlps.verdict?.advice ?? []).filter((text) => !text.startsWith("-n "));
}

/**
 * Returns the smallest value whose rate is within 5 % of the best; undefined where the largest one has to be it, as the
 * rate may rise on, and for values that are no numbers.
 */
function kneeOf(points: readonly ScanPoint[]): Knee | undefined {
  const curve = points.flatMap(({ value, samples_per_second: rate }) =>
    rate === null ? [] : [{ value, rate: rate.mean }]
  );
  if (curve.length < MIN_KNEE_POINTS || !curve.every(isNumeric)) return undefined;
  const best = curve.reduce((a, b) => b.rate > a.rate ? b : a);
  const knee = curve.find(({ rate }) => rate >= best.rate * KNEE_SHARE)!;
  if (best.rate <= 0 || knee === curve.at(-1)) return undefined;
  return { value: knee.value, share_percentage: knee.rate / best.rate * 100, best_value: best.value };
}

function isNumeric<T extends { readonly value: ScanValue }>(point: T): point is T & { value: number } {
  return typeof point.value === "number";
}
