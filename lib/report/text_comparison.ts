// A comparison as a person reads it: what was compared, in what else the sides differ, the figures, and the verdict.
import { formatBytesPerSecond, formatCount, formatNs, formatSignificant, NS_PER_US } from "../base/units.ts";
import { COMPARED_METRICS, type MetricUnit } from "../metrics/compared_metrics.ts";
import type { ComparedSide, Comparison, MetricComparison } from "../metrics/comparison_document.ts";
import type { Difference } from "../metrics/differences.ts";
import type { ThresholdCheck } from "../metrics/thresholds.ts";
import {
  printable,
  renderLabelled,
  renderTable,
  shortenMiddle,
  TEXT_COLUMNS,
  wrapText,
} from "./text_table.ts";

const PARTS = ["configuration", "dataset", "environment"] as const;
const DIFFERENCES_SHOWN = 12, VALUE_COLUMNS = 22;

const VERDICT_TEXT: Readonly<Record<Comparison["verdict"], string>> = {
  better: "NEW is better than BASE",
  worse: "NEW is WORSE than BASE",
  mixed: "NEW is better and worse than BASE",
  within_noise: "NEW is within noise of BASE",
  unknown: "no verdict: the noise is unknown",
  not_comparable: "NOT COMPARABLE",
};

/** Returns a comparison as lines of at most 80 columns, paths aside. */
export function renderComparison(comparison: Comparison, checks: readonly ThresholdCheck[]): string[] {
  const { differences, workload, verdict } = comparison;
  return [
    `${workload}: ${VERDICT_TEXT[verdict]}`,
    "",
    ...renderLabelled("base", describeSide(comparison.base)),
    ...renderLabelled("new", describeSide(comparison.new)),
    ...renderLabelled("noise", [noiseText(comparison)]),
    ...renderLabelled("same", sameText(differences)),
    "",
    ...PARTS.flatMap((part) => renderDifferences(part, differences[part])),
    ...renderMetrics(comparison.metrics),
    ...renderChecks(checks, comparison),
    ...comparison.warnings.flatMap((
      { message },
    ) => ["", ...wrapText(`Warning: ${message}`, TEXT_COLUMNS - 2)]),
  ];
}

function describeSide({ results, epochs }: ComparedSide): string[] {
  const [first] = results;
  const runs = results.length === 1 ? "" : `${results.length} runs, `;
  return [
    `${runs}${epochs} epoch${epochs === 1 ? "" : "s"}, ${results.length === 1 ? "" : "first "}${first.path}`,
  ];
}

function noiseText(
  { noise_from, confidence_percentage, first_epochs_left_out, base, ...rest }: Comparison,
): string {
  if (noise_from === "unknown") {
    return "unknown: 3 epochs are needed on each side, or better 3 runs (mlps run --repeat 3)";
  }
  const confidence = `with ${confidence_percentage} % confidence`;
  if (noise_from === "runs") {
    return `what the runs of a side differ by (${base.results.length} and ${rest.new.results.length}), ${confidence}`;
  }
  const skipped = first_epochs_left_out ? ", without the first ones, whose cache differed" : "";
  return `what epochs differ by (${base.epochs} and ${rest.new.epochs}${skipped}), ${confidence}; 3 or more runs on ` +
    "each side would tell more";
}

function sameText(differences: Comparison["differences"]): string[] {
  const same = PARTS.filter((part) => differences[part].length === 0);
  return same.length === 0 ? [] : [same.join(", ")];
}

/** Returns a table of what differs in a part, and an empty line; nothing where it is the same. */
function renderDifferences(part: string, all: readonly Difference[]): string[] {
  if (all.length === 0) return [];
  const more = all.length - DIFFERENCES_SHOWN;
  const cell = (value: Difference["before"]) => shortenMiddle(printable(String(value ?? "-")), VALUE_COLUMNS);
  return [
    ...renderTable(
      [{ title: part, fit: "shorten" }, { title: "base" }, { title: "new" }],
      all.slice(0, DIFFERENCES_SHOWN).map(({ key, before, after }) => [key, cell(before), cell(after)]),
    ),
    ...(more > 0 ? [`  and ${more} more (--json has all)`] : []),
    "",
  ];
}

function renderMetrics(metrics: readonly MetricComparison[]): string[] {
  return renderTable(
    [
      { title: "" },
      { title: "base", align: "right" },
      { title: "new", align: "right" },
      { title: "change", align: "right" },
      { title: "noise", align: "right" },
      { title: "verdict" },
    ],
    metrics.filter(({ base, new: next }) => base !== null || next !== null).map((metric) => [
      COMPARED_METRICS.find(({ name }) => name === metric.name)!.title,
      formatFigure(metric.base, metric.unit),
      formatFigure(metric.new, metric.unit),
      changeText(metric),
      metric.noise_percentage === null ? "" : `+-${formatSignificant(metric.noise_percentage)} %`,
      verdictText(metric),
    ]),
  );
}

function changeText({ difference, difference_percentage: percent, unit }: MetricComparison): string {
  if (difference === null) return "";
  const sign = difference < 0 ? "-" : difference > 0 ? "+" : "";
  if (percent === null) return sign + formatFigure(Math.abs(difference), unit);
  return `${sign}${formatSignificant(Math.abs(percent))} %`;
}

function verdictText({ verdict }: MetricComparison): string {
  if (verdict === "worse") return "WORSE";
  return verdict.replace("_", " ");
}

/** Returns a figure with its unit; "-" where there is none. */
function formatFigure(value: number | null, unit: MetricUnit): string {
  if (value === null) return "-";
  switch (unit) {
    case "percent":
      return `${value.toFixed(1)} %`;
    case "samples_per_second":
      return formatCount(value);
    case "bytes_per_second":
      return formatBytesPerSecond(value);
    case "us":
      return formatNs(value * NS_PER_US);
    case "cores":
      return value.toFixed(2);
  }
}

/** Returns what became of each --fail-if. */
function renderChecks(checks: readonly ThresholdCheck[], { metrics }: Comparison): string[] {
  if (checks.length === 0) return [];
  const texts = checks.map(({ expression, metric, crossed, failed, hidden }) => {
    const compared = metrics.find(({ name }) => name === metric)!;
    const passed = crossed
      ? "passed, as the change is within noise"
      : hidden
      ? `passed, but noise of ${formatSignificant(compared.noise_percentage!)} % hides such a change`
      : "passed";
    return `${expression}: ${failed ? "FAILED" : passed} (${changeText(compared)})`;
  });
  return ["", ...renderLabelled("fail-if", texts)];
}
