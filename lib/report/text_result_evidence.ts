// The lines of a result that say whether it was really storage, how long reads took, and how the client did.
import { formatBytes, formatBytesPerSecond, formatInteger, formatNs, NS_PER_SECOND } from "../base/units.ts";
import { meanOf } from "../metrics/epoch_result.ts";
import type { Summary } from "../metrics/summary.ts";

type EpochSummary = Summary["mlps"]["epochs"][number];

/** Below this a device's own counter tells of nothing but this run. */
const NOTABLE_OTHERS_SHARE = 0.05;
const NOTABLE_PERCENT = 1;

/** Returns the rates of useful, requested and delivered bytes. */
export function describeStorage({ mlps }: Summary, epochs: readonly EpochSummary[]): string[] {
  if (mlps.dataset.origin === "synthetic") return ["none: nothing was read (dataset.format: synthetic)"];
  const rate = (of: (epoch: EpochSummary) => number) => formatBytesPerSecond(meanOf(epochs.map(of)));
  const device = epochs.every(({ device_bytes_per_second: known }) => known !== null)
    ? rate((epoch) => epoch.device_bytes_per_second!)
    : "unknown";
  return [
    `${rate((epoch) => epoch.useful_bytes_per_second)} useful, ` +
    `${rate((epoch) => epoch.requested_bytes_per_second)} asked for, ${device} from device`,
    ...othersTexts(epochs),
  ];
}

/** Returns what a device delivered beyond this run's own bytes, where that is worth telling. */
function othersTexts(epochs: readonly EpochSummary[]): string[] {
  let others = 0, own = 0, name = "";
  for (const { bytes, device: { block_device: device } } of epochs) {
    if (device === null || bytes.device === null) return [];
    name = device.name;
    own += bytes.device;
    others += Math.max(0, device.read_bytes - bytes.device);
  }
  if (others <= NOTABLE_OTHERS_SHARE * Math.max(own, 1) || others < 2 ** 20) return [];
  return [`others read ${formatBytes(others)} from ${name} at the same time`];
}

/** Returns how much of the dataset lay in memory when an epoch began. */
export function describeCache({ mlps }: Summary, epochs: readonly EpochSummary[]): string[] {
  if (mlps.dataset.origin === "synthetic") return [];
  const percents = epochs.flatMap(({ cache }) =>
    cache.cached_bytes_before === null || cache.dataset_bytes === 0
      ? []
      : [cache.cached_bytes_before / cache.dataset_bytes * 100]
  );
  if (percents.length === 0) return ["unknown how much of the dataset lay in memory"];
  const { asked_files: asked, files } = epochs[0].cache;
  const estimate = asked < files ? ` (estimated from ${formatInteger(asked)} files)` : "";
  return [
    `${Math.max(...percents).toFixed(0)} % of the dataset lay in memory when an epoch began${estimate}`,
  ];
}

/** Returns how many reads there were, how large they were and how long they took. */
export function describeReads({ mlps }: Summary): string[] {
  if (mlps.dataset.origin === "synthetic") return [];
  const { count, p50_ns, p99_ns, p99_9_ns, max_ns } = mlps.histograms.read;
  if (count === 0) return mlps.bare ? ["not measured (--bare)"] : [];
  const requestedBytes = mlps.epochs.reduce((sum, epoch) => sum + epoch.bytes.requested, 0);
  return [
    `${formatInteger(count)} of ${formatBytes(requestedBytes / count)} on average`,
    `p50 ${formatNs(p50_ns)}, p99 ${formatNs(p99_ns)}, p99.9 ${formatNs(p99_9_ns)}, max ${formatNs(max_ns)}`,
    ...describeQueue(mlps),
  ];
}

/** Returns how deep the queue was, where there was one: times of reads are to be seen with it. */
function describeQueue({ io_engine: engine }: Summary["mlps"]): string[] {
  if (engine?.used !== "io_uring" && engine?.used !== "both") return []; // absent in older results
  return [`up to ${formatInteger(engine.deepest_queue)} of each reader in flight (io_uring)`];
}

/** Returns how often and for how long accelerators stood still for want of a batch; nothing where they never did. */
export function describeStalls(epochs: readonly EpochSummary[]): string[] {
  const accelerators = epochs.flatMap((epoch) => epoch.accelerators);
  const count = accelerators.reduce((sum, { stalls }) => sum + stalls.count, 0);
  // An epoch that was cut short may have ended in a wait: of a step more than those that count.
  const steps = accelerators.reduce(
    (sum, { counted_steps, stalls }) => sum + Math.max(counted_steps, stalls.count),
    0,
  );
  if (count === 0) return [];
  const total = accelerators.reduce((sum, { stalls }) => sum + stalls.total_seconds, 0);
  const longest = Math.max(...accelerators.map(({ stalls }) => stalls.longest_seconds));
  return [
    `${formatInteger(count)} of ${formatInteger(steps)} steps waited, ` +
    `${formatNs(total / count * NS_PER_SECOND)} on average, ${formatNs(longest * NS_PER_SECOND)} at most`,
  ];
}

/** Returns what CPU the run took, and what kept it from having more. */
export function describeClient(epochs: readonly EpochSummary[]): string[] {
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.duration_seconds, 0);
  const cpuSeconds = epochs.reduce((sum, { cpu }) => sum + cpu.user_seconds + cpu.system_seconds, 0);
  const mean = (of: (cpu: EpochSummary["cpu"]) => number | null) => {
    const known = epochs.flatMap(({ cpu }) => of(cpu) ?? []);
    return known.length > 0 ? meanOf(known) : undefined;
  };
  const busy = mean((cpu) => cpu.host_busy_percentage), steal = mean((cpu) => cpu.host_steal_percentage) ?? 0;
  const host = busy === undefined ? "" : `, host CPU ${busy.toFixed(0)} % busy`;
  const stolen = steal > NOTABLE_PERCENT ? `, ${steal.toFixed(0)} % stolen` : "";
  return [
    `${(cpuSeconds / seconds).toFixed(2)} cores used${host}${stolen}, ${
      formatNs(seconds * NS_PER_SECOND)
    } measured`,
  ];
}

/** Returns how even the seconds of the run were; nothing where it was too short to tell. */
export function describeSteadiness({ mlps: { steadiness } }: Summary): string[] {
  const { variation_percentage: variation, trend_percentage: trend } = steadiness;
  if (variation === null) return [];
  const change = trend === null ? "" : `, ${trend > 0 ? "+" : ""}${trend.toFixed(0)} % from first to last`;
  return [
    `+- ${variation.toFixed(0)} % over ${formatInteger(steadiness.whole_seconds)} seconds${change}`,
  ];
}
