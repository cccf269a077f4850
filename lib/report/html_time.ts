// Where the time went, in the HTML report: of the accelerators by epoch, and of the readers.
import { formatNs, NS_PER_SECOND } from "../base/units.ts";
import { meanOf } from "../metrics/epoch_result.ts";
import type { Summary } from "../metrics/summary.ts";
import { formatPercent } from "./answer.ts";
import { judgedEpochs } from "./html_answer.ts";
import { Html, markup, renderTable } from "./html_markup.ts";

/** A part of a bar; `colour` is the name of a custom property of the style sheet. */
interface Share {
  readonly name: string;
  readonly colour: string;
  readonly percent: number;
}

/** Shares that round to nothing are left out. */
const MIN_SHARE_PERCENT = 0.05;

type Accelerator = Summary["mlps"]["epochs"][number]["accelerators"][number];

const ACCELERATOR_SHARES: readonly (readonly [string, string, (one: Accelerator) => number])[] = [
  ["computing", "--green", (one) => one.au_percentage],
  ["waiting for reads", "--blue", (one) => one.storage_wait_percentage],
  ["for decode", "--orange", (one) => one.decode_wait_percentage],
  ["for preprocessing", "--teal", (one) => one.preprocess_wait_percentage],
  ["for the prefetch window", "--purple", (one) => one.window_wait_percentage],
  ["for other accelerators", "--grey", (one) => one.barrier_wait_percentage],
];

/** Returns where the time of the accelerators went, by epoch, and AU in figures. */
export function renderTime(summary: Summary): Html | null {
  const epochs = judgedEpochs(summary);
  if (epochs.length === 0) return null;
  const sharesOf = (accelerators: readonly Accelerator[]) =>
    ACCELERATOR_SHARES.map(([name, colour, of]) => ({
      name,
      colour,
      percent: meanOf(accelerators.map(of)),
    }));
  const all = sharesOf(epochs.flatMap(({ accelerators }) => accelerators));
  const shown = all.filter(({ percent }) => percent >= MIN_SHARE_PERCENT);
  const bars = epochs.length === 1
    ? [renderBar("mean", all)]
    : epochs.map(({ epoch, accelerators }) => renderBar(`epoch ${epoch}`, sharesOf(accelerators)));
  return markup`<section class="card"><h3>Where the time went</h3>
<p>Of the accelerators' time, by epoch: what they computed, and what they waited for${
    summary.mlps.bare ? " (decoding is part of reads with --bare)" : ""
  }.</p>
<ul class="key">${
    shown.map(({ name, colour, percent }) =>
      markup`<li><i style="--colour:var(${colour})"></i>${name} ${formatPercent(percent)}</li>`
    )
  }</ul>
<div class="bars">${bars}</div>
${renderAcceleratorTable(summary)}
</section>`;
}

function renderBar(name: string, shares: readonly Share[]): Html {
  const shown = shares.filter(({ percent }) => percent >= MIN_SHARE_PERCENT);
  const text = shown.map((share) => `${share.name} ${formatPercent(share.percent)}`).join(", ");
  return markup`
    <span>${name}</span><div class="bar" role="img" aria-label="${text}"
      title="${text}">${
    shown.map(({ colour, percent }) =>
      markup`<i class="${colour.slice(2)}" style="--colour:var(${colour});width:${
        percent.toFixed(2)
      }%"><span>${percent.toFixed(0)} %</span></i>`
    )
  }</div>
  `;
}

/** Returns AU of each accelerator in each epoch. */
function renderAcceleratorTable({ mlps: { epochs }, num_accelerators }: Summary): Html {
  const ranks = Array.from({ length: num_accelerators }, (_, rank) => rank);
  const rows = ranks.map((rank) => [
    String(rank),
    ...epochs.map(({ accelerators }) => accelerators[rank]?.au_percentage.toFixed(1) ?? ""),
  ]);
  const columns = [
    { title: "accelerator" },
    ...epochs.map(({ epoch, complete }) => ({
      title: complete ? `epoch ${epoch}` : `epoch ${epoch} (cut short)`,
      isNumber: true,
    })),
  ];
  return markup`<details><summary>AU of each accelerator in %</summary>${
    renderTable(columns, rows, { caption: "AU of each accelerator in %" })
  }</details>`;
}

type ReaderTimes = Summary["mlps"]["epochs"][number]["readers"]["each"][number];

const READER_SHARES: readonly (readonly [string, string, (times: ReaderTimes) => number])[] = [
  ["reading", "--blue", (times) => times.read_seconds],
  ["decoding", "--orange", (times) => times.decode_seconds],
  ["footers", "--red", (times) => times.footer_seconds],
  ["preprocessing", "--teal", (times) => times.preprocess_seconds],
  ["waiting for the prefetch window", "--purple", (times) => times.window_wait_seconds],
  ["waiting for their turn", "--grey", (times) => times.turn_wait_seconds],
  ["paused", "--amber", (times) => times.paused_seconds],
  ["idle", "--line-strong", (times) => times.idle_seconds],
];

/** Returns where the time of the reader threads went, all together and each over all epochs. */
export function renderReaders(summary: Summary): Html | null {
  const epochs = judgedEpochs(summary);
  const numReaders = Math.max(0, ...epochs.map(({ readers }) => readers.each.length));
  if (numReaders === 0) return null;
  const ranks = Array.from({ length: numReaders }, (_, rank) => rank);
  const secondsOf = (rank: number | undefined, of: (times: ReaderTimes) => number) =>
    epochs.flatMap(({ readers }) => rank === undefined ? readers.each : readers.each.slice(rank, rank + 1))
      .reduce((sum, times) => sum + of(times), 0);
  const total = READER_SHARES.reduce((sum, [, , of]) => sum + secondsOf(undefined, of), 0);
  const shares = READER_SHARES.map(([name, colour, of]) => ({
    name,
    colour,
    percent: total > 0 ? secondsOf(undefined, of) / total * 100 : 0,
  })).filter(({ percent }) => percent >= MIN_SHARE_PERCENT);
  const format = (seconds: number) => formatNs(seconds * NS_PER_SECOND);
  const rows = ranks.map((rank) => [
    String(rank),
    ...READER_SHARES.map(([, , of]) => ({
      content: format(secondsOf(rank, of)),
      value: secondsOf(rank, of),
    })),
    {
      content: format(secondsOf(rank, ({ cpu_seconds }) => cpu_seconds ?? 0)),
      value: secondsOf(rank, ({ cpu_seconds }) => cpu_seconds ?? 0),
    },
  ]);
  const columns = [
    { title: "reader" },
    ...READER_SHARES.map(([title]) => ({ title, isNumber: true })),
    { title: "on a core", isNumber: true },
  ];
  return markup`
    <h4>${numReaders} reader threads</h4>
    <ul class="key">${
    shares.map(({ name, colour, percent }) =>
      markup`<li><i style="--colour:var(${colour})"></i>${name} ${formatPercent(percent)}</li>`
    )
  }</ul>
    <div class="bars">${renderBar("all", shares)}</div>
    <details data-screen><summary>Each reader, over all epochs</summary>${
    renderTable(columns, rows, {
      caption: "Times of each reader",
      isSortable: true,
    })
  }</details>
  `;
}
