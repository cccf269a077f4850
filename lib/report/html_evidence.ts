// The evidence in the HTML report that it was storage, and that the client kept up.
import { formatBytes, formatBytesPerSecond } from "../base/units.ts";
import type { Summary } from "../metrics/summary.ts";
import { formatPercent } from "./answer.ts";
import { Html, markup, renderTable } from "./html_markup.ts";
import { renderReaders } from "./html_time.ts";

type EpochSummary = Summary["mlps"]["epochs"][number];

/** Returns, epoch by epoch, what was asked for, what a device delivered and what lay in memory. */
export function renderCacheEvidence({ mlps }: Summary): Html | null {
  const { epochs, evaluation } = mlps;
  if (epochs.length === 0 || mlps.dataset.origin === "synthetic") return null;
  const columns = [
    { title: "epoch" },
    { title: "asked for", isNumber: true },
    { title: "from the device", isNumber: true },
    { title: "share", isNumber: true },
    { title: "in memory before", isNumber: true },
    { title: "in memory after", isNumber: true },
    { title: "not written back before", isNumber: true },
  ];
  const rows = [
    ...epochs.map((epoch) => cacheRow(String(epoch.epoch), epoch)),
    ...(evaluation?.epochs ?? []).map((epoch) => cacheRow(`evaluation after ${epoch.epoch}`, epoch)),
  ];
  const how = mlps.direct_io
    ? "Reads bypassed the page cache (O_DIRECT)"
    : `Reads went through the page cache (reader.page_cache: ${mlps.page_cache})`;
  return markup`<section class="card"><h3>Was it really storage?</h3>
<p>${how}. ${sourceText(epochs)}</p>
${renderTable(columns, rows, { caption: "Bytes from memory and from the device, by epoch" })}
</section>`;
}

function cacheRow(name: string, { bytes, cache }: EpochSummary): string[] {
  const share = (part: number | null) =>
    part === null || cache.dataset_bytes === 0 ? "unknown" : formatPercent(part / cache.dataset_bytes * 100);
  return [
    name,
    formatBytes(bytes.requested),
    bytes.device === null ? "unknown" : formatBytes(bytes.device),
    bytes.device === null || bytes.requested === 0 ? "" : formatPercent(bytes.device / bytes.requested * 100),
    share(cache.cached_bytes_before),
    share(cache.cached_bytes_after),
    share(cache.dirty_bytes_before),
  ];
}

/** Who told what the device delivered. */
const SOURCES: Readonly<Record<EpochSummary["device"]["source"], string>> = {
  process: "What the device delivered is what the kernel accounts for this process.",
  nfs: "What the server delivered is what the kernel counts for this mount, whoever asked for it.",
  unknown: "Nobody accounts what the device delivered: whether it was storage that answered is not known.",
};

function sourceText(epochs: readonly EpochSummary[]): string {
  return [...new Set(epochs.map(({ device }) => device.source))].map((source) => SOURCES[source]).join(" ");
}

/** Returns how busy the client was: host CPU, network and the reader threads. */
export function renderClient(summary: Summary): Html | null {
  const { epochs, available_cores } = summary.mlps;
  if (epochs.length === 0) return null;
  const columns = [
    { title: "epoch" },
    { title: "cores used", isNumber: true },
    { title: "host busy", isNumber: true },
    { title: "stolen", isNumber: true },
    { title: "waiting for I/O", isNumber: true },
    { title: "variation of the seconds", isNumber: true },
    { title: "network received" },
  ];
  const percent = (value: number | null) => value === null ? "unknown" : formatPercent(value);
  const rows = epochs.map(({ epoch, cpu, steadiness, network_interfaces: interfaces }) => [
    String(epoch),
    cpu.cores_used.toFixed(2),
    percent(cpu.host_busy_percentage),
    percent(cpu.host_steal_percentage),
    percent(cpu.host_iowait_percentage),
    steadiness.variation_percentage === null ? "too short" : formatPercent(steadiness.variation_percentage),
    interfaces.map(({ name, received_bytes_per_second: rate, link_percentage: link }) =>
      `${name} ${formatBytesPerSecond(rate)}${link === null ? "" : ` (${formatPercent(link)} of the link)`}`
    ).join(", "),
  ]);
  return markup`<section class="card"><h3>Did the client keep up?</h3>
<p>${available_cores} cores were available. A host that is busy, or whose hypervisor takes its CPU away, measures itself.</p>
${renderTable(columns, rows, { caption: "The client, by epoch" })}
${renderReaders(summary)}
</section>`;
}
