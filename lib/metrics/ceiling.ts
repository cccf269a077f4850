// The client's own ceiling for a workload: the highest rate that mlps reaches on this host when storage takes no time.
// Plain JSON, as it is stored and printed.
import type { HostCounters } from "./host_counters.ts";

export const CEILING_VERSION = 1;

/** What a ceiling holds for: another host, kernel or version of mlps may be faster or slower. */
export interface CeilingHost {
  readonly hostname: string;
  readonly processor_name: string;
  readonly cpu_count: number;
  /** That mlps may use: its CPU affinity and CPU quota. */
  readonly available_cores: number;
  readonly kernel: string;
  readonly mlps_version: string;
}

/** The rounds in which a rate was measured. */
export interface CeilingRate {
  /** The median of the rounds. */
  readonly samples_per_second: number;
  readonly rounds_samples_per_second: readonly number[];
  /** From the slowest to the fastest round, in percent of the median. */
  readonly spread_percentage: number;
  readonly cores_used: number;
  readonly samples_per_second_per_core: number;
  /** Of the host's CPU time, what others used: the rate is too low for it. Null where the kernel does not tell. */
  readonly others_cpu_percentage: number | null;
}

/** A rate with reading and decoding, of files that lie in memory. */
export interface PageCacheRate extends CeilingRate {
  /** Bytes of the wanted columns as stored. */
  readonly useful_bytes_per_second: number;
  readonly files: number;
  readonly row_groups_per_file: number;
  readonly dataset_bytes: number;
  /** The filesystem that the files were on. */
  readonly filesystem: string;
  /** Null where the kernel does not tell. */
  readonly cached_percentage: number | null;
  /** Where the readers' time went; all three are 100 %. */
  readonly time: {
    /** What the synthetic rate leaves of it: planning, claiming, handing over. */
    readonly hand_over_percentage: number;
    /** Copying from the page cache, footers and opening of files included. */
    readonly read_percentage: number;
    readonly decode_percentage: number;
  };
}

export interface Ceiling {
  readonly schema_version: typeof CEILING_VERSION;
  readonly measured_at: string;
  readonly workload: string;
  /** A hash of all that decides the rate, columns to batch size. */
  readonly key: string;
  readonly host: CeilingHost;
  readonly decode: string;
  readonly read_threads: number;
  readonly window_batches: number;
  /** The ceiling: the rate from the page cache, or without one the synthetic. */
  readonly samples_per_second: number;
  readonly synthetic: CeilingRate;
  readonly page_cache: PageCacheRate | null;
  /** Why there is no rate from the page cache. */
  readonly page_cache_missing: string | null;
  readonly demand_samples_per_second: number | null;
  readonly required_au_percentage: number;
  /** How many accelerators that feeds at their full pace; null where a step takes no time. */
  readonly accelerators: number | null;
  /** How many whole accelerators that feeds at the required AU. */
  readonly accelerators_at_required_au: number | null;
}

/** What a run has to have in common with a ceiling. */
export type CeilingSubject = Pick<Ceiling, "key" | "host">;

/** Where others used more of the host's CPU, the rate says nothing of the client: runs are not compared with it. */
const MAX_OTHERS_PERCENT = 10;

/** Returns whether others kept the CPU busy while a rate was measured. */
export function isDisturbed({ others_cpu_percentage: percent }: CeilingRate): boolean {
  return percent !== null && percent > MAX_OTHERS_PERCENT;
}

/** Returns the ceiling that was stored if it holds for a run, else undefined. */
export function ceilingFor({ key, host }: CeilingSubject, stored: Ceiling | undefined): Ceiling | undefined {
  if (stored?.key !== key || isDisturbed(stored.page_cache ?? stored.synthetic)) return undefined;
  const names = Object.keys(host) as (keyof CeilingHost)[];
  return names.every((name) => stored.host[name] === host[name]) ? stored : undefined;
}

/** What was counted in the rounds of one stage. */
export interface RoundCounts {
  readonly roundsSamplesPerSecond: readonly number[];
  readonly elapsedSeconds: number;
  /** What the process and the host used meanwhile. */
  readonly host: HostCounters;
  /** Of the host, whether mlps may use them or not. */
  readonly cpuCount: number;
}

/** Returns the rate of a stage. */
export function rateOf({ roundsSamplesPerSecond, elapsedSeconds, host, cpuCount }: RoundCounts): CeilingRate {
  const sorted = [...roundsSamplesPerSecond].sort((a, b) => a - b);
  const median = (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) /
    2;
  const coresUsed = (host.userSeconds + host.systemSeconds) / elapsedSeconds;
  return {
    samples_per_second: median,
    rounds_samples_per_second: roundsSamplesPerSecond,
    spread_percentage: (sorted[sorted.length - 1] - sorted[0]) / median * 100,
    cores_used: coresUsed,
    samples_per_second_per_core: median / coresUsed,
    others_cpu_percentage: host.hostTicks && host.hostBusyTicks !== undefined
      ? Math.max(0, host.hostBusyTicks / host.hostTicks - coresUsed / cpuCount) * 100
      : null,
  };
}

/** What the readers were busy with, summed over them. */
export interface BusyTimes {
  readonly readNs: number;
  readonly decodeNs: number;
  readonly footerNs: number;
}

/**
 * Returns where the time of a sample went: to hand one over takes 1 / synthetic rate of the 1 / page cache rate that it
 * takes in all, the rest is shared as the readers counted it.
 */
export function timeShares(
  { syntheticRate, pageCacheRate }: { readonly syntheticRate: number; readonly pageCacheRate: number },
  { readNs, decodeNs, footerNs }: BusyTimes,
): PageCacheRate["time"] {
  const handOver = Math.min(100, pageCacheRate / syntheticRate * 100);
  const busyNs = readNs + decodeNs + footerNs;
  const decode = busyNs > 0 ? (100 - handOver) * decodeNs / busyNs : 0;
  return {
    hand_over_percentage: handOver,
    read_percentage: 100 - handOver - decode,
    decode_percentage: decode,
  };
}

/** Returns how many accelerators a rate feeds: at full pace, and how many whole ones at the AU wanted. */
export function acceleratorsFed(
  samplesPerSecond: number,
  { demandSamplesPerSecond, requiredAuPercent }: {
    readonly demandSamplesPerSecond: number | undefined;
    readonly requiredAuPercent: number;
  },
): Pick<Ceiling, "accelerators" | "accelerators_at_required_au"> {
  if (demandSamplesPerSecond === undefined) return { accelerators: null, accelerators_at_required_au: null };
  const accelerators = samplesPerSecond / demandSamplesPerSecond;
  return {
    accelerators,
    accelerators_at_required_au: Math.floor(accelerators / (requiredAuPercent / 100)),
  };
}
