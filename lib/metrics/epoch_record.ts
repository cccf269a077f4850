// Everything known of one epoch once it is over: what the summary, the text and later reports are made from.
import type { AcceleratorResult } from "./epoch_result.ts";
import type { HostCounters } from "./host_counters.ts";
import type { CounterTotals, HistogramName } from "./read_counters.ts";
import type { SlowRead } from "./slow_reads.ts";

/** What the page cache held of the files; where not all were asked, an estimate from evenly spaced ones. */
export interface CacheShare {
  readonly fileBytes: number;
  /** Absent where the kernel does not tell. */
  readonly cachedBytes?: number;
  /** Not yet written back, or under way; absent where the kernel does not tell. */
  readonly dirtyBytes?: number;
  readonly askedFiles: number;
  readonly numFiles: number;
}

/** Whose count the device bytes are: this process's own, the NFS mount's, or nobody's. */
export type DeviceSource = "process" | "nfs" | "unknown";

/** A second of an epoch, or what was left of one at its end. */
export interface EpochSecond {
  /** Since the epoch began, at the end of the interval. */
  readonly elapsedNs: number;
  readonly intervalNs: number;
  readonly samplesPerSecond: number;
  readonly requestedBytesPerSecond: number;
  /** False for what was left at the end of the epoch. */
  readonly isWhole: boolean;
}

export interface EpochRecord {
  /** 1 for the first. */
  readonly epoch: number;
  readonly startedAt: string;
  readonly durationNs: number;
  readonly complete: boolean;
  readonly steps: number;
  readonly accelerators: readonly AcceleratorResult[];
  /** What each reader counted; reader r serves accelerator floor(r / readThreads). */
  readonly readers: readonly CounterTotals[];
  readonly totals: CounterTotals;
  readonly histograms: Readonly<Record<HistogramName, Float64Array>>;
  readonly host: HostCounters;
  /** Bytes that a device or server delivered; absent where the filesystem does not account them. */
  readonly deviceBytes?: number;
  readonly deviceSource: DeviceSource;
  /** At most ten, the slowest first. */
  readonly slowestReads: readonly SlowRead[];
  /** In order, at most 3,600: of longer epochs every second, fourth, ... one. */
  readonly seconds: readonly EpochSecond[];
  readonly cacheBefore: CacheShare;
  readonly cacheAfter: CacheShare;
}

/** Returns the mean AU of the epoch's accelerators in percent (DLIO: the sum over ranks / their number). */
export function auOf({ accelerators }: EpochRecord): number {
  return accelerators.reduce((sum, { auPercent }) => sum + auPercent, 0) / accelerators.length;
}

/** Returns the samples per second of all accelerators together (DLIO: the sum over ranks). */
export function samplesPerSecondOf({ accelerators }: EpochRecord): number {
  return accelerators.reduce((sum, { samplesPerSecond }) => sum + samplesPerSecond, 0);
}

/** Returns a rate over the whole epoch. */
export function bytesPerSecond(record: EpochRecord, bytes: number): number {
  return record.durationNs > 0 ? bytes / (record.durationNs / 1e9) : 0;
}
