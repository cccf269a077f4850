// The result of a run as a person reads it: can this storage feed the accelerators, how well, what was the limit, was it
// really storage, how long reads took, how busy the client was, how steady it all was, what to doubt, where the files are
// and what to try next.
import { formatBytes, formatCount, formatInteger } from "../base/units.ts";
import { meanOf } from "../metrics/epoch_result.ts";
import type { Summary } from "../metrics/summary.ts";
import { answerOf, countOf as plural, LIMIT_NAMES } from "./answer.ts";
import { nextSteps } from "./next_steps.ts";
import {
  describeCache,
  describeClient,
  describeReads,
  describeStalls,
  describeSteadiness,
  describeStorage,
} from "./text_result_evidence.ts";
import { LABEL_COLUMNS, renderLabelled, TEXT_COLUMNS, wrapText } from "./text_table.ts";

type EpochSummary = Summary["mlps"]["epochs"][number];

const EVIDENCE_SHOWN = 2;

/**
 * Returns the result as lines of at most 80 columns, commands and paths aside: the title, the answer, and what is behind
 * it. `folderPath` is where the result lies.
 */
export function renderResult(summary: Summary, folderPath?: string): string[] {
  const { mlps } = summary;
  const complete = mlps.epochs.filter((epoch) => epoch.complete);
  // Without a complete epoch, what was measured of one that was cut short is better than nothing.
  const epochs = complete.length > 0 ? complete : mlps.epochs.filter(({ steps }) => steps > 0);
  const head = [...wrapText(title(summary), TEXT_COLUMNS), answerOf(summary).headline, ""];
  const tail = [...renderWarnings(summary), ...renderWhatNext(summary, folderPath)];
  if (epochs.length === 0) {
    const cause = mlps.error ?? "no epoch was completed";
    return [...head, ...renderLabelled("result", [`none: ${cause}`]), ...tail];
  }
  const rows: [label: string, texts: string[]][] = [
    ["stopped", mlps.error === null ? [] : [mlps.error]],
    ["AU", [complete.length > 0 ? auText(summary) : cutShortText(epochs[0], summary)]],
    ["throughput", [throughputText(summary, epochs)]],
    ["evaluation", evaluationTexts(summary)],
    ["time", [lossText(summary, epochs)]],
    ["limit", limitTexts(summary)],
    ["storage", describeStorage(summary, epochs)],
    ["cache", describeCache(summary, epochs)],
    ["reads", describeReads(summary)],
    ["stalls", describeStalls(epochs)],
    ["client", describeClient(epochs)],
    ["steadiness", describeSteadiness(summary)],
  ];
  return [...head, ...rows.flatMap(([label, texts]) => renderLabelled(label, texts)), ...tail];
}

function title({ mlps, num_accelerators, num_files_train, status, epochs }: Summary): string {
  const done = mlps.epochs.filter(({ complete }) => complete).length;
  const state = status === "complete" ? "" : `, ${status.toUpperCase()}`;
  const extent = done === epochs ? plural(done, "epoch") : `${done} of ${plural(epochs, "epoch")}`;
  const data = isSynthetic(mlps)
    ? "synthetic"
    : `${formatBytes(mlps.dataset.bytes)} in ${plural(num_files_train, "file")}`;
  return `${mlps.workload.name}: ${plural(num_accelerators, "accelerator")}, ${extent} of ` +
    `${plural(mlps.steps_per_epoch, "step")}${shortEpochsText(mlps)}, ${data}${state}`;
}

/** Returns how many epochs a time ended (train.max_epoch_seconds), and after how many steps. */
function shortEpochsText({ epochs, steps_per_epoch: planned }: Summary["mlps"]): string {
  const steps = epochs.filter((epoch) => epoch.complete && epoch.steps < planned).map((epoch) => epoch.steps);
  if (steps.length === 0) return "";
  const least = Math.min(...steps), most = Math.max(...steps);
  const range = least === most ? formatInteger(least) : `${formatInteger(least)} to ${formatInteger(most)}`;
  return `, ${formatInteger(steps.length)} of them ended by time after ${range}`;
}

function auText({ metric, mlps }: Summary): string {
  const { train_au_percentage: perEpoch, train_au_mean_percentage: mean } = metric;
  const range = perEpoch.length > 1
    ? ` (+- ${metric.train_au_stdev_percentage.toFixed(1)}, ${Math.min(...perEpoch).toFixed(1)} to ` +
      `${Math.max(...perEpoch).toFixed(1)})`
    : "";
  if (isSynthetic(mlps)) return `${mean.toFixed(1)} %${range}: of mlps itself, NO STORAGE WAS READ`;
  const verdict = metric.train_au_meet_expectation === "success" ? "PASS" : "FAIL";
  const warns = (wanted: string) => mlps.warnings.some(({ code }) => code === wanted);
  const doubt = warns("served_from_memory")
    ? ", BUT READ FROM MEMORY"
    : warns("memory_device") || warns("source_unknown")
    ? ", BUT PERHAPS READ FROM MEMORY"
    : "";
  if (mlps.demand_samples_per_second === null) return `none, as steps take no time${doubt}`;
  return `${mean.toFixed(1)} %${range}, ${
    mlps.required_au_percentage.toFixed(0)
  } % wanted: ${verdict}${doubt}`;
}

function cutShortText({ au_percentage, steps }: EpochSummary, { mlps }: Summary): string {
  return `${au_percentage.toFixed(1)} %, no verdict: cut short after ${formatInteger(steps)} of ` +
    plural(mlps.steps_per_epoch, "step");
}

function throughputText({ mlps, num_accelerators }: Summary, epochs: readonly EpochSummary[]): string {
  const rate = meanOf(epochs.map(({ samples_per_second }) => samples_per_second));
  const demand = mlps.demand_samples_per_second;
  const wanted = demand === null
    ? ""
    : ` of the ${formatCount(demand * num_accelerators)} that ${
      plural(num_accelerators, "accelerator")
    } can consume`;
  return `${formatCount(rate)} samples/s${wanted}`;
}

/** Returns one text, or none where the run does not evaluate. */
function evaluationTexts({ mlps, metric }: Summary): string[] {
  if (mlps.evaluation === null) return [];
  const { epochs, evaluations, steps } = mlps.evaluation;
  const done = epochs.filter(({ complete }) => complete).length;
  if (evaluations === 0) return ["none: no epoch is followed by one (evaluation.eval_after_epoch)"];
  const extent = `${formatInteger(done)} of ${plural(evaluations, "evaluation")} of ${plural(steps, "step")}`;
  const { eval_au_mean_percentage: au = 0, eval_throughput_mean_samples_per_second: rate = 0 } = metric;
  return [done === 0 ? extent : `AU ${au.toFixed(1)} %, ${formatCount(rate)} samples/s, ${extent}`];
}

/**
 * Returns where the time went; what took none is left out, but for reads and decode. Whether it was storage that the reads
 * waited for is for the verdict to say.
 */
function lossText({ mlps }: Summary, epochs: readonly EpochSummary[]): string {
  const all = epochs.flatMap((epoch) => epoch.accelerators);
  // Where no step counted no share is known; the others add up to 100 %.
  const counted = all.filter(({ counted_steps }) => counted_steps > 0),
    accelerators = counted.length > 0 ? counted : all;
  type Share = "au" | "storage_wait" | "decode_wait" | "window_wait" | "preprocess_wait" | "barrier_wait";
  const share = (name: Share) => meanOf(accelerators.map((one) => one[`${name}_percentage`]));
  const text = (name: Share) => `${share(name).toFixed(1)} %`;
  const preprocesses = epochs.some(({ readers }) => readers.preprocess_seconds > 0);
  return [
    `${text("au")} computing, waiting ${text("storage_wait")} for reads`,
    mlps.bare ? "decoding included" : `${text("decode_wait")} for decode`,
    ...(share("window_wait") > 0.05 ? [`${text("window_wait")} for the prefetch window`] : []),
    ...(preprocesses ? [`${text("preprocess_wait")} for preprocessing`] : []),
    ...(all.length > epochs.length ? [`${text("barrier_wait")} for others`] : []),
  ].join(", ");
}

/** Returns the verdict with its strongest evidence. */
function limitTexts({ mlps: { verdict } }: Summary): string[] {
  if (verdict === null) return [];
  const [strongest, ...others] = verdict.evidence.slice(0, EVIDENCE_SHOWN);
  return [`${LIMIT_NAMES[verdict.limit]}: ${strongest}`, ...others];
}

function renderWarnings({ mlps }: Summary): string[] {
  return mlps.warnings.flatMap(({ message }) => ["", ...wrapText(`Warning: ${message}`, TEXT_COLUMNS - 2)]);
}

/** A path or a command is not broken: it is to be copied. */
function renderWhatNext(summary: Summary, folderPath?: string): string[] {
  const steps = nextSteps(summary, folderPath).flatMap((step) => {
    return step.startsWith("mlps ") && !step.includes(": ")
      ? [step]
      : wrapText(step, TEXT_COLUMNS - LABEL_COLUMNS);
  });
  const rows: [label: string, lines: string[]][] = [
    ["results", folderPath === undefined ? [] : [folderPath]],
    ["try next", steps],
  ];
  const lines = rows.flatMap(([label, texts]) =>
    texts.map((text, index) => (index === 0 ? `  ${label}` : "").padEnd(LABEL_COLUMNS) + text)
  );
  return lines.length === 0 ? [] : ["", ...lines];
}

function isSynthetic({ dataset }: Summary["mlps"]): boolean {
  return dataset.origin === "synthetic";
}
