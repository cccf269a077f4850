// The HTML report: one file that asks nobody for anything, so that it opens from an attachment, on a host without a
// network, years later. A result stands open; several stand below a table that sorts.
import uPlotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import uPlotScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import { formatBytes, formatBytesPerSecond, formatCount, formatNs } from "../base/units.ts";
import { meanOf } from "../metrics/epoch_result.ts";
import type { Repeats } from "../metrics/repeats.ts";
import type { Summary } from "../metrics/summary.ts";
import { answerOf, countOf, formatPercent } from "./answer.ts";
import { judgedEpochs, renderAnswer, renderChip, renderFigures, renderWarnings } from "./html_answer.ts";
import { type Chart, chartsOverTime, chartUtilization } from "./html_charts.ts";
import clientScript from "./html_client.js" with { type: "text" };
import { renderEnvironment } from "./html_environment.ts";
import { renderCacheEvidence, renderClient } from "./html_evidence.ts";
import { type Cell, Html, markup, renderScriptJson, renderTable } from "./html_markup.ts";
import { renderScan } from "./html_scan.ts";
import { renderReads } from "./html_reads.ts";
import style from "./html_style.css" with { type: "text" };
import { renderTime } from "./html_time.ts";
import type { LoadedResult } from "./load_result.ts";
import { type LoadedSource, resultsOf } from "./load_results.ts";

/** Whatever may stand in a result, the page loads nothing and sends nothing. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** Returns the page. */
export function renderHtml(
  sources: readonly LoadedSource[],
  { version }: { readonly version: string },
): string {
  const results = resultsOf(sources);
  const charts: Chart[] = [];
  const isSingle = sources.length === 1 && sources[0].kind === "run";
  const title = isSingle
    ? `${results[0].summary.mlps.workload.name} on ${results[0].summary.hostname}`
    : `${countOf(results.length, "result")} of mlps`;
  const subtitle = isSingle ? formatTime(results[0].summary.start) : spanOf(results);
  const body = isSingle ? renderResult(results[0], charts) : markup`
    ${sources.map((source) => renderGroup(source, charts))}
    ${renderOverview(results)}
    ${
    results.map((result, index) =>
      markup`<details class="result" id="result-${index + 1}"><summary>${renderChip(answerOf(result.summary))}
<span>${nameOf(result.summary)}</span><small>${
        formatTime(result.summary.start)
      }, ${result.path}</small></summary>
${renderResult(result, charts)}</details>`
    )
  }
  `;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(uPlotStyle)}
${new Html(style)}</style>
</head>
<body>
<header><h1>${title}</h1><p>${subtitle}</p></header>
<main>${body}</main>
<footer><p>Made by mlps ${version}. Charts: uPlot (MIT). This file asks for nothing over the network.</p></footer>
<script type="application/json" id="charts">${renderScriptJson(charts)}</script>
<script>${new Html(uPlotScript)}</script>
<script>${new Html(clientScript)}</script>
</body>
</html>
`;
  return page.text;
}

function nameOf({ mlps, num_accelerators }: Summary): string {
  return `${mlps.workload.name}, ${countOf(num_accelerators, "accelerator")}`;
}

/** Returns one result; its charts are added to those of the page. */
function renderResult(result: LoadedResult, charts: Chart[]): Html {
  const { summary, path } = result;
  return markup`${renderAnswer(summary, describeContext(summary))}
${renderWarnings(summary)}
${renderFigures(summary)}
${renderUtilization(summary, charts)}
${renderTime(summary)}
${renderOverTime(result, charts)}
${renderReads(summary)}
${renderCacheEvidence(summary)}
${renderClient(summary)}
${renderEnvironment(summary, path)}`;
}

function describeContext({ mlps, num_accelerators, num_files_train, epochs, hostname }: Summary): string {
  const done = mlps.epochs.filter(({ complete }) => complete).length;
  const extent = done === epochs ? countOf(done, "epoch") : `${done} of ${countOf(epochs, "epoch")}`;
  const data = mlps.dataset.origin === "synthetic"
    ? "synthetic data"
    : `${formatBytes(mlps.dataset.bytes)} in ${countOf(num_files_train, "file")}`;
  return `${mlps.workload.name}: ${countOf(num_accelerators, "accelerator")}, ${extent} of ` +
    `${countOf(mlps.steps_per_epoch, "step")}, ${data}, on ${hostname}`;
}

function renderUtilization(summary: Summary, charts: Chart[]): Html | null {
  const chart = chartUtilization(summary);
  if (chart === undefined) return null;
  return markup`<section class="card"><h3>AU by epoch and accelerator</h3>
<p>The share of the time that an accelerator computed instead of waiting for data.</p>
${renderChart(chart, charts)}</section>`;
}

function renderOverTime(result: LoadedResult, charts: Chart[]): Html | null {
  const all = chartsOverTime(result);
  if (all.length === 0) return null;
  return markup`<section class="card"><h3>Over the time of the run</h3>
<p>A point for each second; of long runs one for several, latencies as the highest of them. Drag to look closer, click
twice to go back.</p>
${all.map((chart) => markup`<h4>${chart.title}</h4>${renderChart(chart, charts)}`)}</section>`;
}

/** Returns a chart with its key, in which the script shows the values under the pointer. */
function renderChart(chart: Chart, charts: Chart[]): Html {
  const index = charts.push(chart) - 1;
  const keyed = chart.lines.map((line, place) => ({ ...line, place }))
    .filter(({ kind }, place) => kind !== "dots" || place === 0);
  return markup`<ul class="key">${
    keyed.map(({ label, colour, kind, place }) =>
      markup`<li><i class="${kind ?? "stroke"}" style="--colour:var(${colour})"></i>${label}${
        kind === "dots" ? null : markup`<span class="now" data-place="${place}"></span>`
      }</li>`
    )
  }<li class="now" data-place="x"></li></ul><div class="chart" data-chart="${index}" role="img" aria-label="${chart.title}: ${
    keyed.map(({ label }) => label).join(", ")
  }"></div>`;
}

/** Returns what several runs tell together; nothing of a single one. */
function renderGroup(source: LoadedSource, charts: Chart[]): Html | null {
  switch (source.kind) {
    case "run":
      return null;
    case "repeats":
      return renderRepeats(source.document);
    case "scan":
      return renderScan(
        source.document,
        (curves) => curves.map((chart) => markup`<h4>${chart.title}</h4>${renderChart(chart, charts)}`),
      );
  }
}

function renderOverview(results: readonly LoadedResult[]): Html {
  const hasHosts = new Set(results.map(({ summary }) => summary.hostname)).size > 1;
  const columns = [
    { title: "result" },
    { title: "verdict" },
    { title: "begin" },
    ...(hasHosts ? [{ title: "host" }] : []),
    { title: "accelerators", isNumber: true },
    { title: "AU", isNumber: true },
    { title: "samples/s", isNumber: true },
    { title: "useful", isNumber: true },
    { title: "read p99", isNumber: true },
    { title: "warnings", isNumber: true },
  ];
  const rows = results.map(({ summary }, index): Cell[] => {
    const { mlps } = summary;
    const epochs = judgedEpochs(summary);
    const mean = (of: (epoch: typeof epochs[number]) => number, format: (value: number) => string): Cell => {
      const value = meanOf(epochs.map(of));
      return epochs.length === 0 ? { content: "–", value: -1 } : { content: format(value), value };
    };
    const { read } = mlps.histograms;
    const answer = answerOf(summary);
    return [
      {
        content: markup`<a href="#result-${index + 1}">${mlps.workload.name}</a>`,
        value: mlps.workload.name,
      },
      { content: renderChip(answer), value: answer.label },
      { content: formatTime(summary.start), value: summary.start },
      ...(hasHosts ? [summary.hostname] : []),
      String(summary.num_accelerators),
      mean((epoch) => epoch.au_percentage, formatPercent),
      mean((epoch) => epoch.samples_per_second, formatCount),
      mean((epoch) => epoch.useful_bytes_per_second, formatBytesPerSecond),
      read.count === 0 ? { content: "–", value: -1 } : { content: formatNs(read.p99_ns), value: read.p99_ns },
      String(mlps.warnings.length),
    ];
  });
  return markup`<section class="card"><h3>${countOf(results.length, "result")}</h3>
<p>Click a title to sort, a result to see all of it.</p>
${renderTable(columns, rows, { caption: "All results", isSortable: true })}</section>`;
}

function renderRepeats(repeats: Repeats): Html {
  const { au_percentage: au, samples_per_second: rate, required_au_percentage: wanted } = repeats;
  const figures = au === null || rate === null
    ? "No measured run is complete."
    : `AU ${formatPercent(au.mean)} (${au.min.toFixed(1)} to ${au.max.toFixed(1)}), ${
      wanted.toFixed(0)
    } % wanted, ` +
      `${formatCount(rate.mean)} samples/s (${formatCount(rate.min)} to ${formatCount(rate.max)}).`;
  const rows = repeats.mlperf_conditions.map(({ rule, met, evidence }) => [
    met === null ? "not known" : met ? "yes" : "no",
    rule,
    evidence,
  ]);
  return markup`<section class="card"><h3>${repeats.workload}: ${
    countOf(repeats.measured_runs_wanted, "measured run")
  } after a warm-up${repeats.status === "complete" ? "" : `, ${repeats.status.toUpperCase()}`}</h3>
<p>${figures}</p>
${repeats.error === null ? null : markup`<p><strong>Stopped:</strong> ${repeats.error}</p>`}
${
    renderTable(
      [{ title: "met" }, { title: "MLPerf's condition", isText: true }, { title: "evidence", isText: true }],
      rows,
      {
        caption: "MLPerf's conditions",
      },
    )
  }</section>`;
}

function spanOf(results: readonly LoadedResult[]): string {
  const starts = results.map(({ summary }) => summary.start).sort();
  return starts.length === 0 ? "" : `${formatTime(starts[0])} to ${formatTime(starts[starts.length - 1])}`;
}

/** Returns "2026-07-04 05:01:05" as the result has it: in its own time zone. */
function formatTime(time: string): string {
  return time.slice(0, 19).replace("T", " ");
}
