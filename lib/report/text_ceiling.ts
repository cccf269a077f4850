// The client's ceiling for a workload as a person reads it.
import { formatBytes, formatBytesPerSecond, formatCount, formatInteger } from "../base/units.ts";
import { type Ceiling, type CeilingRate, isDisturbed, type PageCacheRate } from "../metrics/ceiling.ts";
import { renderLabelled } from "./text_table.ts";

/** Returns the ceiling as lines of at most 80 columns. */
export function renderCeiling(ceiling: Ceiling): string[] {
  const { workload, synthetic, page_cache: pageCache, page_cache_missing: missing } = ceiling;
  const best = pageCache ?? synthetic;
  return [
    `${workload}: the ceiling of this client`,
    "",
    ...renderLabelled("ceiling", [rateText(best), coresText(best)]),
    ...renderLabelled("feeds", [feedsText(ceiling)]),
    ...renderLabelled("synthetic", [`${rateText(synthetic)}, without any file`]),
    ...renderLabelled("memory", [pageCache === null ? `not measured: ${missing}` : memoryText(pageCache)]),
    ...renderLabelled("time", pageCache === null ? [] : [timeText(pageCache)]),
    ...renderLabelled("client", [clientText(ceiling), ...othersTexts(best)]),
  ];
}

function rateText(rate: CeilingRate): string {
  return `${formatCount(rate.samples_per_second)} samples/s, ${
    plural(rate.rounds_samples_per_second.length, "round")
  } within ${rate.spread_percentage.toFixed(1)} %`;
}

function coresText({ cores_used: cores, samples_per_second_per_core: perCore }: CeilingRate): string {
  return `${cores.toFixed(2)} cores used, ${formatCount(perCore)} samples/s with each`;
}

function feedsText({ accelerators, ...ceiling }: Ceiling): string {
  if (accelerators === null) return "as many accelerators as one likes: train.computation_time is 0";
  const demand = formatCount(ceiling.demand_samples_per_second!);
  return `${accelerators.toFixed(accelerators < 10 ? 2 : 1)} accelerators of ${demand} samples/s, ` +
    `${formatInteger(ceiling.accelerators_at_required_au!)} at an AU of ${
      ceiling.required_au_percentage.toFixed(0)
    } %`;
}

function othersTexts(rate: CeilingRate): string[] {
  if (!isDisturbed(rate)) return [];
  const percent = rate.others_cpu_percentage!.toFixed(0);
  return [`OTHERS USED ${percent} % OF ITS CPU: no run is compared with this; measure again`];
}

function memoryText(rate: PageCacheRate): string {
  const cached = rate.cached_percentage;
  const share = cached === null || cached > 99.5 ? "" : `, ONLY ${cached.toFixed(0)} % OF IT IN MEMORY`;
  return `${formatBytesPerSecond(rate.useful_bytes_per_second)} of wanted columns from ${
    formatBytes(rate.dataset_bytes)
  } on ${rate.filesystem}${share}`;
}

function timeText({ time }: PageCacheRate): string {
  return `${time.read_percentage.toFixed(1)} % reading from memory, ${
    time.decode_percentage.toFixed(1)
  } % decoding, ${time.hand_over_percentage.toFixed(1)} % planning and handing over`;
}

function clientText({ host, read_threads: threads, window_batches: batches }: Ceiling): string {
  const window = batches === 1 ? "1 batch" : `${formatInteger(batches)} batches`;
  const cores = host.available_cores < host.cpu_count ? `${host.available_cores} of ` : "";
  return `${host.hostname}, ${cores}${plural(host.cpu_count, "CPU")}, ${
    plural(threads, "reader thread")
  }, at most ${window} ahead`;
}

function plural(count: number, noun: string): string {
  return `${formatInteger(count)} ${noun}${count === 1 ? "" : "s"}`;
}
