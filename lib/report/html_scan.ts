// What a scan found, in the HTML report: the answer, and the curve of AU and rate over what was varied.
import { formatBytesPerSecond, formatCount, formatNs, NS_PER_US } from "../base/units.ts";
import type { Scan } from "../metrics/scan.ts";
import type { ScanPoint } from "../metrics/scan_points.ts";
import { formatPercent, LIMIT_NAMES } from "./answer.ts";
import type { Chart, ChartLine } from "./html_charts.ts";
import { type Html, joinUnits, markup, renderTable } from "./html_markup.ts";
import { describeScan } from "./text_scan.ts";

/** Returns a scan; `renderCharts` draws its curves. */
export function renderScan(scan: Scan, renderCharts: (charts: readonly Chart[]) => readonly Html[]): Html {
  const facts = describeScan(scan).filter(([, texts]) => texts.length > 0);
  const main = facts.find(([label]) => label === "answer" || label === "best") ?? facts[0];
  const [label, [headline, ...details]] = main;
  const others = facts.filter((fact) => fact !== main);
  return markup`<section class="card answer ${toneOf(scan)}">
<p class="context"><span>${scan.workload}: scan over ${scan.key}${
    scan.status === "complete" ? "" : `, ${scan.status.toUpperCase()}`
  }</span></p>
<h2>${label === "answer" ? "" : `${label}: `}${joinUnits(headline)}</h2>
${details.map((text) => markup`<p>${joinUnits(text)}</p>`)}
<ul>${
    others.map(([name, texts]) => markup`<li><strong>${name}:</strong> ${joinUnits(texts.join("; "))}</li>`)
  }</ul></section>
<section class="card"><h3>The curve</h3>${renderCharts(chartsOfScan(scan))}${renderPoints(scan)}</section>`;
}

function toneOf({ answer, dataset_origin, status }: Scan): string {
  if (status === "failed") return "failed";
  const isDoubtful = answer === null || dataset_origin === "synthetic" || answer.served_from_memory ||
    answer.client_ended || !answer.runs_agree;
  if (isDoubtful) return "none";
  return answer.num_accelerators > 0 ? "yes" : "no";
}

/** Returns AU and rate over what was varied; none where that is no number, or has one value. */
export function chartsOfScan(scan: Scan): Chart[] {
  const points = scan.points.filter(({ samples_per_second: rate }) => rate !== null);
  const x = points.flatMap(({ value }) => typeof value === "number" ? [value] : []);
  if (x.length < Math.max(2, points.length)) return [];
  const { key, demand_samples_per_second: demand, required_au_percentage: required } = scan;
  const knee = scan.knee === null ? [] : [{ at: scan.knee.value, label: "knee" }];
  const fed = scan.answer !== null && scan.answer.num_accelerators > 0
    ? [{ at: scan.answer.num_accelerators, label: "answer" }]
    : [];
  const base = { x, xUnit: { name: key }, marks: fed.length > 0 ? fed : knee };
  const linesOf = (of: (run: ScanPoint["runs"][number]) => number, mean: (point: ScanPoint) => number) => [
    ...dotsOf(points, of),
    { label: "mean", colour: "--ink", values: points.map(mean) },
  ];
  const charts: Chart[] = [{
    ...base,
    title: `Samples per second by ${key}`,
    yUnit: "samples",
    lines: [
      ...linesOf((run) => run.samples_per_second, (point) => point.samples_per_second!.mean),
      ...(demand === null ? [] : [{
        label: `needed for an AU of ${required.toFixed(0)} %`,
        colour: "--red",
        values: points.map((point) => demand * point.num_accelerators * required / 100),
        kind: "dashed" as const,
      }]),
    ],
  }];
  if (demand === null) return charts;
  return [{
    ...base,
    title: `AU by ${key}`,
    yUnit: "percent",
    lines: [
      ...linesOf((run) => run.au_percentage, (point) => point.au_percentage!.mean),
      { label: "wanted", colour: "--red", values: points.map(() => required), kind: "dashed" },
    ],
  }, ...charts];
}

/** Returns a line of dots for the first run of each point, one for the second, ... */
function dotsOf(points: readonly ScanPoint[], of: (run: ScanPoint["runs"][number]) => number): ChartLine[] {
  const numRuns = Math.max(...points.map(({ runs }) => runs.length));
  return Array.from({ length: numRuns }, (_, index) => ({
    label: "a run",
    colour: "--blue",
    kind: "dots",
    values: points.map(({ runs }) => {
      const run = runs.filter(({ status }) => status === "complete").at(index);
      return run === undefined ? null : of(run);
    }),
  }));
}

function renderPoints({ points, key }: Scan): Html {
  const columns = [
    { title: key },
    { title: "result" },
    { title: "AU", isNumber: true },
    { title: "samples/s", isNumber: true },
    { title: "useful", isNumber: true },
    { title: "read p99", isNumber: true },
    { title: "runs", isNumber: true },
    { title: "limit" },
    { title: "warnings", isText: true },
  ];
  const known = (value: number | null | undefined, format: (value: number) => string) =>
    value === null || value === undefined ? "–" : { content: format(value), value };
  const rows = points.map((point) => [
    String(point.value),
    point.state ?? "–",
    known(point.state === null ? null : point.au_percentage?.mean, formatPercent),
    known(point.samples_per_second?.mean, formatCount),
    known(point.useful_bytes_per_second, formatBytesPerSecond),
    known(point.read_p99_us, (us) => formatNs(us * NS_PER_US)),
    String(point.runs.length),
    point.limit === null ? "–" : LIMIT_NAMES[point.limit as keyof typeof LIMIT_NAMES],
    point.warnings.join(", "),
  ]);
  return renderTable(columns, rows, { caption: "Points of the scan", isSortable: true });
}
