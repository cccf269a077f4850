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
import type { Summary } from "../metrics/summary.ts";

const LABEL_WIDTH = 12;
type EpochSummary = Summary["mlps"]["epochs"][number];

/** Returns the result as lines of at most some 80 columns; warnings last. */
export function renderResult(summary: Summary): string[] {
  const { mlps } = summary;
  const epochs = mlps.epochs.filter(({ complete }) => complete);
  if (epochs.length === 0) {
    const cause = mlps.error ?? "no epoch was completed";
    return [title(summary), "", line("result", `none: ${cause}`), ...warningLines(summary)];
  }
  return [
    title(summary),
    "",
    line("AU", auText(summary)),
    line("verdict", verdictText(summary)),
    line("throughput", throughputText(summary)),
    line("storage", storageText(epochs)),
    line("read cache", cacheText(epochs)),
    line("time", lossText(epochs)),
    line("reads", latencyText(summary)),
    line("client", clientText(epochs)),
    ...warningLines(summary),
  ];
}

function title({ mlps, num_accelerators, num_files_train, status }: Summary): string {
  const done = mlps.epochs.filter(({ complete }) => complete).length;
  const state = status === "complete" ? "" : ` (${status}: ${done} of the epochs complete)`;
  return `${mlps.workload.name}: ${plural(num_accelerators, "accelerator")}, ${plural(done, "epoch")} of ` +
    `${plural(mlps.steps_per_epoch, "step")}, ${formatBytes(mlps.dataset.bytes)} in ` +
    `${plural(num_files_train, "file")}${state}`;
}

function auText({ metric }: Summary): string {
  const {
    train_au_percentage: perEpoch,
    train_au_mean_percentage: mean,
    train_au_stdev_percentage: deviation,
  } = metric;
  const range = perEpoch.length > 1
    ? ` (+- ${deviation.toFixed(1)}, epochs ${Math.min(...perEpoch).toFixed(1)} to ${
      Math.max(...perEpoch).toFixed(1)
    })`
    : "";
  return `${mean.toFixed(1)} % of the time computing${range}`;
}

function verdictText({ metric, mlps, num_accelerators }: Summary): string {
  const wanted = `${mlps.required_au_percentage.toFixed(0)} % wanted`;
  return metric.train_au_meet_expectation === "success"
    ? `PASS (${wanted}): this storage feeds ${plural(num_accelerators, "accelerator")}`
    : `FAIL (${wanted}): ${plural(num_accelerators, "accelerator")} would starve`;
}

function throughputText({ metric, mlps, num_accelerators }: Summary): string {
  const rate = metric.train_throughput_mean_samples_per_second;
  const demand = mlps.demand_samples_per_second;
  const wanted = demand === null ? "" : ` of the ${formatCount(demand * num_accelerators)} that they consume`;
  return `${formatCount(rate)} samples/s${wanted}`;
}

function storageText(epochs: readonly EpochSummary[]): string {
  const mean = (of: (epoch: EpochSummary) => number) =>
    epochs.reduce((sum, epoch) => sum + of(epoch), 0) / epochs.length;
  const device = epochs.every(({ device_bytes_per_second: rate }) => rate !== null)
    ? formatBytesPerSecond(mean((epoch) => epoch.device_bytes_per_second!))
    : "unknown";
  return `${formatBytesPerSecond(mean((epoch) => epoch.useful_bytes_per_second))} of wanted columns, ` +
    `${
      formatBytesPerSecond(mean((epoch) => epoch.requested_bytes_per_second))
    } asked for, ${device} from the device`;
}

function cacheText(epochs: readonly EpochSummary[]): string {
  const shares = epochs.flatMap(({ cache }) =>
    cache.cached_bytes_before === null || cache.dataset_bytes === 0
      ? []
      : [cache.cached_bytes_before / cache.dataset_bytes * 100]
  );
  if (shares.length === 0) return "unknown how much of the dataset lay in memory (Linux before 6.5)";
  return `${Math.max(...shares).toFixed(0)} % of the dataset lay in memory when an epoch began`;
}

function lossText(epochs: readonly EpochSummary[]): string {
  const accelerators = epochs.flatMap((epoch) => epoch.accelerators);
  const mean = (
    key: "au_percentage" | "storage_wait_percentage" | "decode_wait_percentage" | "barrier_wait_percentage",
  ) =>
    (accelerators.reduce((sum, accelerator) => sum + accelerator[key], 0) / accelerators.length).toFixed(1);
  const others = accelerators.length > epochs.length
    ? `, ${mean("barrier_wait_percentage")} % for each other`
    : "";
  return `${mean("au_percentage")} % computing, waiting ${mean("storage_wait_percentage")} % for storage, ` +
    `${mean("decode_wait_percentage")} % for decode${others}`;
}

function latencyText({ mlps }: Summary): string {
  const { read } = mlps.histograms;
  const requested = mlps.epochs.reduce((sum, epoch) => sum + epoch.bytes.requested, 0);
  return `${formatInteger(read.count)} of ${formatBytes(requested / Math.max(1, read.count))} on average: ` +
    `p50 ${formatNs(read.p50_ns)}, p99 ${formatNs(read.p99_ns)}, max ${formatNs(read.max_ns)}`;
}

function clientText(epochs: readonly EpochSummary[]): string {
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.duration_seconds, 0);
  const cpu = epochs.reduce((sum, { cpu }) => sum + cpu.user_seconds + cpu.system_seconds, 0);
  const busy = epochs.flatMap(({ cpu }) =>
    cpu.host_busy_percentage === null ? [] : [cpu.host_busy_percentage]
  );
  const host = busy.length > 0
    ? `, host CPU ${(busy.reduce((a, b) => a + b, 0) / busy.length).toFixed(0)} % busy`
    : "";
  return `${(cpu / seconds).toFixed(2)} cores used${host}, epochs took ${
    formatNs(seconds * NS_PER_SECOND)
  } in all`;
}

function warningLines({ mlps }: Summary): string[] {
  return mlps.warnings.flatMap(({ message }) => ["", `Warning: ${message}`]);
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

function plural(count: number, noun: string): string {
  return `${formatInteger(count)} ${noun}${count === 1 ? "" : "s"}`;
}
