// Doubts whether it was storage that served the reads.
import { formatBytes } from "../base/units.ts";
import type { CacheShare } from "./epoch_record.ts";
import { percent, sumOf } from "./warnings_text.ts";
import type { Warning, WarningInput } from "./warnings_input.ts";

/** MLPerf Storage's rule: a dataset of five times the memory cannot be served by the page cache. */
const MEMORY_FACTOR = 5;
const MAX_CACHED_SHARE = 0.05;
/** What may be left after the dataset was dropped: a page that someone else reads at the time. */
const MAX_LEFT_SHARE = 0.01;
const MAX_DIRTY_SHARE = 0.01;
const MIN_DEVICE_SHARE = 0.9;

/** Yields the warnings about the page cache. */
export function* cacheWarnings(input: WarningInput): Generator<Warning> {
  const { epochs, datasetBytes, memoryBytes, cacheKept, cacheDropped, direct, memoryDevice } = input;
  const requested = sumOf(epochs, ({ totals }) => totals.requestedBytes);
  const accounted = epochs.every(({ deviceBytes }) => deviceBytes !== undefined);
  // Epoch by epoch: read-ahead may deliver more than was asked for in one and serve the next from memory.
  const delivered = sumOf(
    epochs,
    ({ deviceBytes, totals }) => Math.min(deviceBytes ?? 0, totals.requestedBytes),
  );
  if (accounted && delivered < requested * MIN_DEVICE_SHARE) {
    yield {
      code: "served_from_memory",
      message: `Memory, not storage, served ${percent(1 - delivered / requested)} of the reads: ` +
        `${formatBytes(requested)} were asked for, the device delivered ${formatBytes(delivered)}. ` +
        (cacheDropped || direct
          ? "The page cache had been left out: the filesystem keeps files in memory, or others read them too"
          : "Use reader.page_cache=evict or reader.odirect=true, or a dataset far larger than memory"),
    };
  }
  if (memoryDevice !== undefined) {
    yield {
      code: "memory_device",
      message: `Memory may have served what the device is said to have delivered: ${memoryDevice}`,
    };
  }
  const caches = epochs.map(({ cacheBefore }) => cacheBefore);
  const cached = largestShare(caches, ({ cachedBytes }) => cachedBytes);
  if (cacheDropped && cached.share > MAX_LEFT_SHARE) {
    yield {
      code: "cache_not_evicted",
      message:
        `Up to ${percent(cached.share)} of the dataset (${formatBytes(cached.bytes)}) lay in the page ` +
        `cache when an epoch began, although it was to be dropped: another process has it open or mapped, or ` +
        `the filesystem keeps it in memory`,
    };
  } else if (cached.share > MAX_CACHED_SHARE) {
    yield {
      code: "cached_before_epoch",
      message:
        `Up to ${percent(cached.share)} of the dataset (${formatBytes(cached.bytes)}) lay in the page ` +
        `cache when an epoch began`,
    };
  }
  const dirty = largestShare(caches, ({ dirtyBytes }) => dirtyBytes);
  if (dirty.share > MAX_DIRTY_SHARE) {
    yield {
      code: "dirty_pages",
      message:
        `${formatBytes(dirty.bytes)} of the dataset (${percent(dirty.share)}) were not written back yet ` +
        `when an epoch began: storage wrote them while it was measured. Wait, or run sync, before the run`,
    };
  }
  if (cacheKept && datasetBytes < MEMORY_FACTOR * memoryBytes) {
    yield {
      code: "dataset_small",
      message: `The dataset of ${formatBytes(datasetBytes)} is less than ${MEMORY_FACTOR} times the memory ` +
        `of this host (${
          formatBytes(memoryBytes)
        }), so that the page cache can serve it: not valid for MLPerf`,
    };
  }
  const avoidsCache = cacheDropped || direct;
  if (avoidsCache && !accounted && datasetBytes < MEMORY_FACTOR * memoryBytes) {
    yield {
      code: "source_unknown",
      message: `It is not known whether storage served the reads: the filesystem does not account what was ` +
        `delivered, and may keep a cache of its own (ZFS, FUSE). The dataset of ${
          formatBytes(datasetBytes)
        } ` +
        `is less than ${MEMORY_FACTOR} times the memory of this host (${formatBytes(memoryBytes)})`,
    };
  }
}

/** Returns the largest share of the files, over all epochs that tell it. */
function largestShare(
  caches: readonly CacheShare[],
  of: (cache: CacheShare) => number | undefined,
): { share: number; bytes: number } {
  let largest = { share: 0, bytes: 0 };
  for (const cache of caches) {
    const bytes = of(cache) ?? 0;
    const share = cache.fileBytes > 0 ? bytes / cache.fileBytes : 0;
    if (share > largest.share) largest = { share, bytes };
  }
  return largest;
}
