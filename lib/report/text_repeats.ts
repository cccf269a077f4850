// Several runs of one workload, and MLPerf's conditions on them, as a person reads them.
import { formatCount } from "../base/units.ts";
import type { RepeatedFigure, Repeats } from "../metrics/repeats.ts";
import { renderLabelled, renderTable, TEXT_COLUMNS, wrapText } from "./text_table.ts";

const MARK_COLUMNS = 7;

/** Returns the result as lines of at most 80 columns, paths aside. */
export function renderRepeats(repeats: Repeats): string[] {
  const { runs, au_percentage: au, samples_per_second: rate, measured_runs_wanted: wanted } = repeats;
  const measured = runs.filter(({ kind, status }) => kind === "measured" && status === "complete").length;
  const state = repeats.status === "complete" ? "" : `, ${repeats.status.toUpperCase()}`;
  return [
    `${repeats.workload}: ${measured} of ${wanted} measured runs after a warm-up run${state}`,
    "",
    ...renderLabelled("stopped", repeats.error === null ? [] : [repeats.error]),
    ...renderLabelled("AU", [auText(repeats, au)]),
    ...renderLabelled("throughput", rate === null ? [] : [rateText(rate)]),
    "",
    ...renderTable(
      [
        { title: "run" },
        { title: "AU %", align: "right" },
        { title: "samples/s", align: "right" },
        { title: "limit" },
        { title: "folder" },
      ],
      runs.map((run, index) => [
        run.kind === "warm_up" ? "warm-up" : String(index),
        run.au_percentage.toFixed(1),
        formatCount(run.samples_per_second),
        run.status === "complete" ? run.limit ?? "" : run.status,
        run.folder,
      ]),
    ),
    "",
    "MLPerf's conditions:",
    ...repeats.mlperf_conditions.flatMap(({ met, rule, evidence }) =>
      wrapText(`${rule}: ${evidence}`, TEXT_COLUMNS - MARK_COLUMNS).map((line, index) =>
        (index === 0 ? `  ${markOf(met)}` : "").padEnd(MARK_COLUMNS) + line
      )
    ),
  ];
}

function auText(repeats: Repeats, au: RepeatedFigure | null): string {
  const { au_meet_expectation, required_au_percentage, status, runs } = repeats;
  if (au === null) return "none: no measured run is complete";
  const figure = `${au.mean.toFixed(1)} %${spread(au, (value) => value.toFixed(1))}`;
  if (repeats.dataset_origin === "synthetic") return `${figure}: of mlps itself, NO STORAGE WAS READ`;
  if (status !== "complete") return `${figure}, no verdict: not all runs are complete`;
  const verdict = au_meet_expectation === "success" ? "PASS" : "FAIL";
  const warns = (wanted: string) => runs.some(({ warnings }) => warnings.includes(wanted));
  const doubt = warns("served_from_memory")
    ? ", BUT READ FROM MEMORY"
    : warns("memory_device")
    ? ", BUT PERHAPS READ FROM MEMORY"
    : "";
  return `${figure}, ${required_au_percentage.toFixed(0)} % wanted: ${verdict}${doubt}`;
}

function rateText(rate: RepeatedFigure): string {
  return `${formatCount(rate.mean)} samples/s${spread(rate, formatCount)}`;
}

/** Returns sample deviation and range; nothing of a single run. */
function spread(
  { sample_deviation: deviation, min, max }: RepeatedFigure,
  format: (value: number) => string,
) {
  return deviation === null ? "" : ` (+- ${format(deviation)}, ${format(min)} to ${format(max)})`;
}

function markOf(met: boolean | null): string {
  return met === null ? "?" : met ? "yes" : "no";
}
