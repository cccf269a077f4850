// Results as Markdown, to be pasted into an issue or a wiki page.
import { formatBytes, formatBytesPerSecond, formatCount, formatNs } from "../base/units.ts";
import { meanOf } from "../metrics/epoch_result.ts";
import type { Repeats } from "../metrics/repeats.ts";
import type { Scan } from "../metrics/scan.ts";
import { answerOf, countOf, formatPercent, LIMIT_NAMES } from "./answer.ts";
import type { LoadedResult } from "./load_result.ts";
import { type LoadedSource, resultsOf } from "./load_results.ts";
import { describeScan } from "./text_scan.ts";

type Row = readonly string[];

/** Returns results as Markdown: what repeats tell together, a table of all where there are several, then each. */
export function renderMarkdown(sources: readonly LoadedSource[]): string {
  const results = resultsOf(sources);
  const blocks = [
    ...sources.flatMap(renderGroup),
    ...(results.length > 1 ? renderOverview(results) : []),
    ...results.flatMap(renderResult),
  ];
  return blocks.map((block) => `${block}\n`).join("\n");
}

/** Returns what several runs tell together. */
function renderGroup(source: LoadedSource): string[] {
  switch (source.kind) {
    case "run":
      return [];
    case "repeats":
      return renderRepeats(source.document);
    case "scan":
      return renderScan(source.document);
  }
}

function renderScan(scan: Scan): string[] {
  const rows = scan.points.map((
    { value, state, au_percentage: au, samples_per_second: rate, limit, runs },
  ) => [
    String(value),
    au === null || state === null ? "" : au.mean.toFixed(1),
    rate === null ? "" : formatCount(rate.mean),
    state ?? "",
    limit ?? "",
    String(runs.length),
  ]);
  return [
    `## ${escape(scan.workload)}: scan over ${escape(scan.key)}`,
    table(["", ""], describeScan(scan).flatMap(([label, texts]) => texts.map((text) => [label, text]))),
    table([`${scan.key}>`, "AU %>", "samples/s>", "result", "limit", "runs>"], rows),
  ];
}

function renderOverview(results: readonly LoadedResult[]): string[] {
  const rows = results.map(({ path, summary }) => [
    summary.mlps.workload.name,
    summary.start,
    String(summary.num_accelerators),
    summary.metric.train_au_percentage.length > 0 ? summary.metric.train_au_mean_percentage.toFixed(1) : "",
    summary.metric.train_au_percentage.length > 0
      ? formatCount(summary.metric.train_throughput_mean_samples_per_second)
      : "",
    answerOf(summary).label,
    path,
  ]);
  return [
    "## Results",
    table(["workload", "start", "accelerators>", "AU %>", "samples/s>", "verdict", "result"], rows),
  ];
}

function renderRepeats(repeats: Repeats): string[] {
  const { au_percentage: au, samples_per_second: rate } = repeats;
  const runs = repeats.runs.map((run, index) => [
    run.kind === "warm_up" ? "warm-up" : String(index),
    run.status,
    run.au_percentage.toFixed(1),
    formatCount(run.samples_per_second),
    run.limit ?? "",
    run.warnings.join(", "),
  ]);
  const figures = au === null || rate === null
    ? "No measured run is complete."
    : `AU ${formatPercent(au.mean)} (${au.min.toFixed(1)} to ${au.max.toFixed(1)}), ${
      formatCount(rate.mean)
    } ` +
      `samples/s; ${repeats.required_au_percentage.toFixed(0)} % wanted: ${repeats.au_meet_expectation}.`;
  return [
    `## ${escape(repeats.workload)}: ${countOf(repeats.measured_runs_wanted, "measured run")}`,
    ...(repeats.error === null ? [] : [`**Stopped:** ${escape(repeats.error)}`]),
    figures,
    table(["run", "status", "AU %>", "samples/s>", "limit", "warnings"], runs),
    table(
      ["MLPerf's condition", "met", "evidence"],
      repeats.mlperf_conditions.map(({ rule, met, evidence }) => [
        rule,
        met === null ? "not known" : met ? "yes" : "no",
        evidence,
      ]),
    ),
  ];
}

function renderResult({ path, summary }: LoadedResult): string[] {
  const { mlps } = summary;
  const { label, headline, detail } = answerOf(summary);
  return [
    `## ${escape(mlps.workload.name)}, ${countOf(summary.num_accelerators, "accelerator")}, ${summary.start}`,
    `**${label}.** ${escape(headline)}. ${escape(detail)}`,
    ...(mlps.warnings.length === 0 ? [] : [
      mlps.warnings.map(({ code, message }) => `- **Warning** \`${code}\`: ${escape(message)}`).join("\n"),
    ]),
    table(["", ""], [...evidenceOf(summary), ["result", path]]),
    ...renderEpochs(mlps.epochs),
    ...(mlps.evaluation === null ? [] : ["Evaluation:", ...renderEpochs(mlps.evaluation.epochs)]),
  ];
}

function evidenceOf({ mlps, hostname, num_files_train }: LoadedResult["summary"]): Row[] {
  const { verdict, dataset, histograms: { read } } = mlps;
  const data = dataset.origin === "synthetic"
    ? "synthetic, nothing is read"
    : `${formatBytes(dataset.bytes)} in ${countOf(num_files_train, "file")} in ${dataset.folder}`;
  return [
    ["host", `${hostname}, ${mlps.kernel}`],
    ["dataset", data],
    ...(verdict === null ? [] : [
      ["limit", [LIMIT_NAMES[verdict.limit], ...verdict.evidence].join("; ")],
      ...verdict.advice.map((advice) => ["try", advice]),
    ]),
    ...(read.count === 0 ? [] : [[
      "reads",
      `${countOf(read.count, "read")}, p50 ${formatNs(read.p50_ns)}, p99 ${formatNs(read.p99_ns)}, ` +
      `p99.9 ${formatNs(read.p99_9_ns)}, max ${formatNs(read.max_ns)}`,
    ]]),
    ["mlps", `${mlps.version}, configuration ${mlps.workload.configuration_hash.slice(0, 12)}`],
  ];
}

function renderEpochs(
  epochs: LoadedResult["summary"]["mlps"]["epochs"],
): string[] {
  if (epochs.length === 0) return ["No epoch was begun."];
  const rows = epochs.map((epoch) => {
    const wait = (name: "storage" | "decode") =>
      meanOf(epoch.accelerators.map((accelerator) => accelerator[`${name}_wait_percentage`])).toFixed(1);
    return [
      String(epoch.epoch) + (epoch.complete ? "" : " (cut short)"),
      epoch.au_percentage.toFixed(1),
      formatCount(epoch.samples_per_second),
      formatBytesPerSecond(epoch.useful_bytes_per_second),
      epoch.device_bytes_per_second === null
        ? "unknown"
        : formatBytesPerSecond(epoch.device_bytes_per_second),
      wait("storage"),
      wait("decode"),
      epoch.duration_seconds.toFixed(2),
    ];
  });
  return [
    table(
      [
        "epoch",
        "AU %>",
        "samples/s>",
        "useful>",
        "from device>",
        "storage wait %>",
        "decode wait %>",
        "seconds>",
      ],
      rows,
    ),
  ];
}

/** Returns a table; a title that ends in ">" is of numbers, which stand on the right. */
function table(titles: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(" | ")} |`;
  return [
    line(titles.map((title) => escape(title.replace(/>$/, "")))),
    line(titles.map((title) => title.endsWith(">") ? "---:" : "---")),
    ...rows.map((cells) => line(cells.map(escape))),
  ].join("\n");
}

/** Returns a text of a file as Markdown shows it unchanged; inside of a word an underscore means nothing. */
function escape(text: string): string {
  return text.replaceAll(/[\\`*{}[\]<>#|~]|(?<!\w)_|_(?!\w)/g, "\\$&").replaceAll(/\s+/g, " ");
}
