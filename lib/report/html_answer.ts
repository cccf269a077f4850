// The top of a result in the HTML report: the answer, what to doubt about it, and the figures behind it.
import { formatBytesPerSecond, formatCount, formatNs } from "../base/units.ts";
import { meanOf } from "../metrics/epoch_result.ts";
import type { Summary } from "../metrics/summary.ts";
import { type Answer, answerOf, countOf, formatPercent, hasWarning, LIMIT_NAMES } from "./answer.ts";
import { Html, joinUnits, markup } from "./html_markup.ts";

type EpochSummary = Summary["mlps"]["epochs"][number];

/** Returns the epochs that the figures are taken from: the complete ones, or else what there is. */
export function judgedEpochs({ mlps }: Summary): readonly EpochSummary[] {
  const complete = mlps.epochs.filter((epoch) => epoch.complete);
  return complete.length > 0 ? complete : mlps.epochs.filter(({ steps }) => steps > 0);
}

/** Returns the answer as a chip of a word or two. */
export function renderChip({ kind, label }: Answer): Html {
  return markup`<span class="chip ${kind}">${label}</span>`;
}

/** Returns the answer with what it rests on. */
export function renderAnswer(summary: Summary, context: string): Html {
  const answer = answerOf(summary);
  const { mlps, status } = summary;
  const { verdict } = mlps;
  const stopped = status === "complete" || mlps.error === null || answer.detail.startsWith(mlps.error)
    ? null
    : markup`<p><strong>${status === "failed" ? "Failed" : "Stopped early"}:</strong> ${mlps.error}</p>`;
  return markup`<section class="card answer ${answer.kind}">
<p class="context">${renderChip(answer)} <span>${context}</span></p>
<h2>${answer.headline}</h2>
<p>${joinUnits(answer.detail)}</p>
${stopped}${renderMeter(summary)}
${
    verdict === null ? null : markup`<p><strong>Limit: ${LIMIT_NAMES[verdict.limit]}</strong></p>
<ul>${verdict.evidence.map((text) => markup`<li>${joinUnits(text)}</li>`)}</ul>
${
      verdict.advice.length === 0 ? null : markup`<h4>What to try next</h4>
<ul>${verdict.advice.map((text) => markup`<li>${joinUnits(text)}</li>`)}</ul>`
    }`
  }
</section>`;
}

/** Returns AU as a bar with a line where it is to reach; nothing where it says nothing. */
function renderMeter(summary: Summary): Html | null {
  const { mlps, metric } = summary;
  if (metric.train_au_percentage.length === 0 || mlps.demand_samples_per_second === null) return null;
  const au = metric.train_au_mean_percentage, wanted = mlps.required_au_percentage;
  return markup`<div class="meter" role="img" aria-label="AU ${formatPercent(au)}, ${
    formatPercent(wanted)
  } wanted">
<i style="width:${au.toFixed(2)}%"></i><b style="left:${wanted}%"></b><span style="left:${wanted}%">${
    wanted.toFixed(0)
  } % wanted</span></div>`;
}

/** Returns the doubts about a result; nothing where there are none. */
export function renderWarnings({ mlps: { warnings } }: Summary): Html | null {
  if (warnings.length === 0) return null;
  return markup`
    <section class="card doubts">
      <h3>${countOf(warnings.length, "warning")}: what to know before believing this</h3>
      <ul>${
    warnings.map(({ code, message }) => markup`<li><code>${code}</code>${joinUnits(message)}</li>`)
  }</ul>
    </section>
  `;
}

/** Returns the figures that people quote. */
export function renderFigures(summary: Summary): Html | null {
  const epochs = judgedEpochs(summary);
  if (epochs.length === 0) return null;
  const { mlps, metric, num_accelerators } = summary;
  const isRead = mlps.dataset.origin !== "synthetic";
  const mean = (of: (epoch: EpochSummary) => number) => meanOf(epochs.map(of));
  const au = epochs.map(({ au_percentage }) => au_percentage);
  const demand = mlps.demand_samples_per_second;
  const deviceRates = epochs.map((epoch) => epoch.device_bytes_per_second);
  const device = deviceRates.every((rate) => rate !== null) ? meanOf(deviceRates) : undefined;
  const { read } = mlps.histograms;
  const range = epochs.length > 1
    ? `${Math.min(...au).toFixed(1)} to ${Math.max(...au).toFixed(1)} % over ${
      countOf(epochs.length, "epoch")
    }`
    : metric.train_au_percentage.length === 0
    ? "of an epoch that was cut short"
    : "of one epoch";
  const figures: [name: string, value: string, note: string][] = [
    demand === null
      ? ["AU (utilization)", "none", "as steps take no time"]
      : ["AU (utilization)", formatPercent(meanOf(au)), range],
    [
      "Samples per second",
      formatCount(mean((epoch) => epoch.samples_per_second)),
      demand === null ? "" : `of ${formatCount(demand * num_accelerators)} that can be consumed`,
    ],
    ...(!isRead ? [] : [
      [
        "Useful bytes",
        formatBytesPerSecond(mean((epoch) => epoch.useful_bytes_per_second)),
        `${formatBytesPerSecond(mean((epoch) => epoch.requested_bytes_per_second))} asked for`,
      ],
      [
        "From the device",
        device === undefined ? "unknown" : formatBytesPerSecond(device),
        hasWarning(summary, "served_from_memory") ? "MEMORY SERVED THE REST" : "",
      ],
      [
        "Latency of reads, p99",
        read.count === 0 ? "not measured" : formatNs(read.p99_ns),
        read.count === 0 ? "" : `p50 ${formatNs(read.p50_ns)}, max ${formatNs(read.max_ns)}`,
      ],
    ] as [string, string, string][]),
    [
      "Client CPU",
      `${mean(({ cpu }) => cpu.cores_used).toFixed(2)} cores`,
      `of ${mlps.available_cores} available`,
    ],
  ];
  return markup`
    <section class="card">
      <dl class="figures">${
    figures.map(([name, value, note]) =>
      markup`
          <div>
            <dt>${name}</dt>
            <dd>${value}<small>${joinUnits(note)}</small></dd>
          </div>
        `
    )
  }</dl>
    </section>
  `;
}
