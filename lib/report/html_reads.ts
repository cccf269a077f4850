// The reads in the HTML report: a histogram of how long they took, on a logarithmic axis, and the slowest of them.
import { formatBytes, formatInteger, formatNs, formatSignificant } from "../base/units.ts";
import type { HistogramSummary } from "../metrics/histogram.ts";
import { countBelow } from "../metrics/histogram_reading.ts";
import type { Summary } from "../metrics/summary.ts";
import { countOf } from "./answer.ts";
import { Html, markup, renderTable } from "./html_markup.ts";

const MAX_COLUMNS = 64;
const FACTORS = [2 ** 0.25, 2 ** 0.5, 2, 4] as const;
/** Labels of marks lie above each other, so that near ones do not collide. */
const MARK_HEIGHTS_PX = [168, 186, 204];
/** From here on a label has more room to the left. */
const RIGHT_PERCENT = 70;

/** Returns how long reads took. */
export function renderReads({ mlps }: Summary): Html | null {
  const { read, extent, decode } = mlps.histograms;
  if (mlps.dataset.origin === "synthetic") return null;
  if (read.count === 0) {
    return mlps.bare
      ? markup`
        <section class="card">
          <h3>Reads</h3>
          <p>Single reads were not measured (--bare).</p>
        </section>
      `
      : null;
  }
  const rows = ([["read", read], ["extent (its reads)", extent], ["decode of an extent", decode]] as const)
    .filter(([, { count }]) => count > 0)
    .map(([name, { count, mean_ns, p50_ns, p90_ns, p99_ns, p99_9_ns, max_ns }]) => [
      name,
      formatInteger(count),
      ...[mean_ns, p50_ns, p90_ns, p99_ns, p99_9_ns, max_ns].map(formatNs),
    ]);
  const columns = ["", "count", "mean", "p50", "p90", "p99", "p99.9", "max"]
    .map((title, index) => ({ title, isNumber: index > 0 }));
  return markup`<section class="card"><h3>How long reads took</h3>
<p>${countOf(read.count, "read")} of ${
    formatBytes(mlps.epochs.reduce((sum, { bytes }) => sum + bytes.requested, 0) / read.count)
  } on average. The time runs on a logarithmic axis; the height is how many reads took that long.</p>
${renderHistogram(read)}
${renderTable(columns, rows, { caption: "Durations" })}
${renderSlowest(mlps)}
</section>`;
}

/** Returns the histogram; its columns are as wide as it takes to have few enough. */
function renderHistogram(histogram: HistogramSummary): Html {
  const { min_ns, max_ns, p50_ns, p99_ns, p99_9_ns, count } = histogram;
  const lowest = Math.max(1, min_ns), highest = Math.max(lowest + 1, max_ns);
  const factor = FACTORS.find((candidate) => countColumns(lowest, highest, candidate) <= MAX_COLUMNS) ?? 4;
  const first = Math.floor(Math.log(lowest) / Math.log(factor));
  const edges = Array.from(
    { length: countColumns(lowest, highest, factor) + 1 },
    (_, index) => factor ** (first + index),
  );
  const counts = edges.slice(1).map((edge, index) =>
    countBelow(histogram, edge) - countBelow(histogram, edges[index])
  );
  const tallest = Math.max(...counts);
  const placeOf = (ns: number) =>
    (Math.log(ns) - Math.log(edges[0])) / (Math.log(edges[edges.length - 1]) - Math.log(edges[0])) * 100;
  const marks = [["p50", p50_ns], ["p99", p99_ns], ["p99.9", p99_9_ns]] as const;
  return markup`
    <div class="histogram" role="img"
      aria-label="Histogram of ${countOf(count, "read")}: p50 ${formatNs(p50_ns)}, p99 ${
    formatNs(
      p99_ns,
    )
  }, longest ${formatNs(max_ns)}">
    <div class="columns">${
    counts.map((number, index) =>
      markup`<i style="height:${heightOf(number, tallest)}" title="${formatNs(edges[index])} to ${
        formatNs(edges[index + 1])
      }: ${countOf(number, "read")}"></i>`
    )
  }</div>
    ${
    decadesBetween(edges[0], edges[edges.length - 1]).map((ns) =>
      markup`<span class="tick" style="left:${placeOf(ns).toFixed(2)}%">${formatTick(ns)}</span>`
    )
  }${
    marks.map(([name, ns], index) => {
      const place = placeOf(Math.max(edges[0], ns));
      return markup`<span class="mark${place > RIGHT_PERCENT ? " left" : ""}" style="left:${
        place.toFixed(2)
      }%;height:${MARK_HEIGHTS_PX[index]}px">${name} ${formatNs(ns)}</span>`;
    })
  }</div>
  `;
}

/** A column that is not empty is at least two pixels high. */
function heightOf(count: number, tallest: number): string {
  return count === 0 ? "0" : `max(2px, ${(count / tallest * 100).toFixed(2)}%)`;
}

function countColumns(lowest: number, highest: number, factor: number): number {
  return Math.floor(Math.log(highest) / Math.log(factor)) - Math.floor(Math.log(lowest) / Math.log(factor)) +
    1;
}

/** Returns the powers of ten, or, where there are too few of them, also their doubles and halves. */
function decadesBetween(from: number, to: number): number[] {
  const ticksWith = (steps: readonly number[]) =>
    Array.from({ length: 14 }, (_, exponent) => steps.map((step) => step * 10 ** exponent)).flat()
      .filter((ns) => ns >= from && ns <= to);
  const decades = ticksWith([1]);
  return decades.length >= 3 ? decades : ticksWith([1, 2, 5]);
}

/** Returns a duration of one digit: "20 ms". */
function formatTick(ns: number): string {
  return formatNs(ns).replace(/\.0+ /, " ");
}

function renderSlowest({ slowest_reads: slowest }: Summary["mlps"]): Html | null {
  if (slowest.length === 0) return null;
  const columns = [
    { title: "took", isNumber: true },
    { title: "bytes", isNumber: true },
    { title: "epoch", isNumber: true },
    { title: "at", isNumber: true },
    { title: "offset", isNumber: true },
    { title: "file", isPath: true },
  ];
  const rows = slowest.map((read) => [
    formatNs(read.elapsed_ns),
    formatBytes(read.bytes),
    String(read.epoch),
    `${formatSignificant(read.at_seconds)} s`,
    formatInteger(read.offset_bytes),
    read.path,
  ]);
  return markup`<h4>The slowest reads</h4>${renderTable(columns, rows, { caption: "The slowest reads" })}`;
}
