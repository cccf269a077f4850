// The result of a run as a person reads it: can this storage feed the accelerators, how well, where the time went, was
// it really storage.
import {
  formatBytes,
  formatBytesPerSecond,
  formatCount,
  formatInteger,
  formatNs,
  NS_PER_SECOND,
} from "../base/units.ts";
import { meanOf } from "../metrics/epoch_result.ts";
import type { Summary } from "../metrics/summary.ts";

const LABEL_WIDTH = 12, TEXT_WIDTH = 78;
type EpochSummary = Summary["mlps"]["epochs"][number];

/** Returns the result as lines of at most 80 columns (paths aside); warnings last. */
export function renderResult(summary: Summary): string[] {
  const { mlps } = summary;
  const complete = mlps.epochs.filter((epoch) => epoch.complete);
  // Without a complete epoch, what was measured of one that was cut short is better than nothing.
  const epochs = complete.length > 0 ? complete : mlps.epochs.filter(({ steps }) => steps > 0);
  if (epochs.length === 0) {
    const cause = mlps.error ?? "no epoch was completed";
    return [title(summary), "", line("result", `none: ${cause}`), ...warningLines(summary)];
  }
  return [
    title(summary),
    "",
    ...(mlps.error === null ? [] : [line("stopped", mlps.error)]),
    line("AU", complete.length > 0 ? auText(summary) : cutShortText(epochs[0], summary)),
    line("throughput", throughputText(summary, epochs)),
    ...evaluationTexts(summary).map((text) => line("evaluation", text)),
    line("storage", storageText(epochs)),
    line("time", lossText(epochs)),
    ...preprocessTexts(epochs).map((text) => line("", text)),
    line("reads", readsText(summary)),
    line("", latencyText(summary)),
    line("cache", cacheText(epochs)),
    line("client", clientText(epochs)),
    ...warningLines(summary),
  ];
}

function title({ mlps, num_accelerators, num_files_train, status, epochs }: Summary): string {
  const done = mlps.epochs.filter(({ complete }) => complete).length;
  const state = status === "complete" ? "" : `, ${status.toUpperCase()}`;
  const extent = done === epochs ? plural(done, "epoch") : `${done} of ${plural(epochs, "epoch")}`;
  return `${mlps.workload.name}: ${plural(num_accelerators, "accelerator")}, ${extent} of ` +
    `${plural(mlps.steps_per_epoch, "step")}, ${formatBytes(mlps.dataset.bytes)} in ` +
    `${plural(num_files_train, "file")}${state}`;
}

function auText({ metric, mlps }: Summary): string {
  const { train_au_percentage: perEpoch, train_au_mean_percentage: mean } = metric;
  const range = perEpoch.length > 1
    ? ` (+- ${metric.train_au_stdev_percentage.toFixed(1)}, ${Math.min(...perEpoch).toFixed(1)} to ` +
      `${Math.max(...perEpoch).toFixed(1)})`
    : "";
  const verdict = metric.train_au_meet_expectation === "success" ? "PASS" : "FAIL";
  const fromMemory = mlps.warnings.some(({ code }) => code === "served_from_memory");
  return `${mean.toFixed(1)} %${range}, ${mlps.required_au_percentage.toFixed(0)} % wanted: ${verdict}` +
    (fromMemory ? ", BUT READ FROM MEMORY" : "");
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

function storageText(epochs: readonly EpochSummary[]): string {
  const rate = (of: (epoch: EpochSummary) => number) => formatBytesPerSecond(meanOf(epochs.map(of)));
  const device = epochs.every(({ device_bytes_per_second: known }) => known !== null)
    ? rate((epoch) => epoch.device_bytes_per_second!)
    : "unknown";
  return `${rate((epoch) => epoch.useful_bytes_per_second)} useful, ` +
    `${rate((epoch) => epoch.requested_bytes_per_second)} asked for, ${device} from the device`;
}

function lossText(epochs: readonly EpochSummary[]): string {
  const accelerators = epochs.flatMap((epoch) => epoch.accelerators);
  type Share = "au" | "storage_wait" | "decode_wait" | "barrier_wait";
  const share = (name: Share) =>
    `${meanOf(accelerators.map((one) => one[`${name}_percentage`])).toFixed(1)} %`;
  const others = accelerators.length > epochs.length ? `, ${share("barrier_wait")} for others` : "";
  return `${share("au")} computing, waiting ${share("storage_wait")} for storage, ` +
    `${share("decode_wait")} for decode${others}`;
}

/** Returns one text, or none where nothing is preprocessed. */
function preprocessTexts(epochs: readonly EpochSummary[]): string[] {
  if (epochs.every(({ readers }) => readers.preprocess_seconds === 0)) return [];
  const percents = epochs.flatMap(({ accelerators }) =>
    accelerators.map(({ preprocess_wait_percentage: percent }) => percent)
  );
  return [`${meanOf(percents).toFixed(1)} % for preprocessing (reader.preprocess_time)`];
}

function readsText({ mlps }: Summary): string {
  const { count } = mlps.histograms.read;
  const requestedBytes = mlps.epochs.reduce((sum, epoch) => sum + epoch.bytes.requested, 0);
  return `${formatInteger(count)} of ${formatBytes(requestedBytes / Math.max(1, count))} on average`;
}

function latencyText({ mlps }: Summary): string {
  const { read } = mlps.histograms;
  return `p50 ${formatNs(read.p50_ns)}, p99 ${formatNs(read.p99_ns)}, max ${formatNs(read.max_ns)}`;
}

function cacheText(epochs: readonly EpochSummary[]): string {
  const percents = epochs.flatMap(({ cache }) =>
    cache.cached_bytes_before === null || cache.dataset_bytes === 0
      ? []
      : [cache.cached_bytes_before / cache.dataset_bytes * 100]
  );
  if (percents.length === 0) return "unknown how much of the dataset lay in memory (Linux before 6.5)";
  return `${Math.max(...percents).toFixed(0)} % of the dataset lay in memory when an epoch began`;
}

function clientText(epochs: readonly EpochSummary[]): string {
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.duration_seconds, 0);
  const cpuSeconds = epochs.reduce((sum, { cpu }) => sum + cpu.user_seconds + cpu.system_seconds, 0);
  const busy = epochs.flatMap(({ cpu }) =>
    cpu.host_busy_percentage === null ? [] : [cpu.host_busy_percentage]
  );
  const host = busy.length > 0 ? `, host CPU ${meanOf(busy).toFixed(0)} % busy` : "";
  return `${(cpuSeconds / seconds).toFixed(2)} cores used${host}, ${
    formatNs(seconds * NS_PER_SECOND)
  } measured`;
}

function warningLines({ mlps }: Summary): string[] {
  return mlps.warnings.flatMap(({ message }) => ["", ...wrap(`Warning: ${message}`)]);
}

/** Returns a text in lines of at most TEXT_WIDTH columns. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= TEXT_WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

function plural(count: number, noun: string): string {
  return `${formatInteger(count)} ${noun}${count === 1 ? "" : "s"}`;
}
