// Made-up results as they are read from a folder, for tests of what is made from them.
import { summarize, type Summary } from "../../lib/metrics/summary.ts";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import type { SeriesPoint } from "../../lib/metrics/series.ts";
import type { LoadedResult } from "../../lib/report/load_result.ts";
import type { LoadedSource } from "../../lib/report/load_results.ts";
import { summaryInputWith } from "./epoch_records.ts";

/** Returns the summary of a run as it is written and read again. */
export function summaryWith(changes: Partial<SummaryInput> = {}): Summary {
  return JSON.parse(JSON.stringify(summarize(summaryInputWith(changes))));
}

/** Returns a second of the first epoch. */
export function secondWith(changes: Partial<SeriesPoint> = {}): SeriesPoint {
  return {
    epoch: 1,
    phase: "training",
    elapsed_seconds: 1,
    interval_seconds: 1,
    steps_done: 50,
    samples_per_second: 50_000,
    useful_bytes_per_second: 2 ** 20,
    requested_bytes_per_second: 3 * 2 ** 20,
    reads_per_second: 100,
    mean_extent_read_us: 20,
    mean_extent_decode_us: 10,
    read_p50_us: 100,
    read_p99_us: 200,
    read_max_us: 400,
    device_bytes_per_second: 2 ** 21,
    cpu_cores_used: 1.5,
    ...changes,
  };
}

/** Returns a result of one epoch and two seconds. */
export function resultWith(
  changes: Partial<SummaryInput> = {},
  series: readonly SeriesPoint[] = [secondWith(), secondWith({ elapsed_seconds: 2 })],
): LoadedResult {
  return { path: "results/small/20260704_050105", summary: summaryWith(changes), series };
}

/** Returns runs as sources of a report. */
export function sourcesOf(...results: readonly LoadedResult[]): LoadedSource[] {
  return results.map((result) => ({ kind: "run", results: [result] }));
}
