// Everything known of one epoch once it is over: what the summary, the text and later reports are made from.
import type { AcceleratorResult } from "./epoch_result.ts";
import type { HostCounters } from "./host_counters.ts";
import type { CounterTotals, HistogramName } from "./read_counters.ts";

export interface CacheShare {
  readonly fileBytes: number;
  /** Absent where the kernel does not tell. */
  readonly cachedBytes?: number;
}

export interface EpochRecord {
  /** 1 for the first. */
  readonly epoch: number;
  readonly startedAt: string;
  readonly durationNs: number;
  readonly complete: boolean;
  readonly steps: number;
  readonly accelerators: readonly AcceleratorResult[];
  readonly totals: CounterTotals;
  readonly histograms: Readonly<Record<HistogramName, Float64Array>>;
  readonly host: HostCounters;
  /** Bytes that a device or server delivered; absent where the filesystem does not account them. */
  readonly deviceBytes?: number;
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
