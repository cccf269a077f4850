// Doubts about a run, derived from its figures: each with a stable code for scripts and a sentence for people.
import { formatBytes } from "../base/units.ts";
import type { EpochRecord } from "./epoch_record.ts";

export interface Warning {
  readonly code: string;
  readonly message: string;
}

export interface WarningInput {
  readonly epochs: readonly EpochRecord[];
  readonly datasetBytes: number;
  readonly memoryBytes: number;
  /** Whether reads went through the page cache and nothing was dropped from it. */
  readonly cacheKept: boolean;
}

/** MLPerf Storage's rule: a dataset of five times the memory cannot be served by the page cache. */
const MEMORY_FACTOR = 5;
const MAX_CACHED_SHARE = 0.05;
const MIN_DEVICE_SHARE = 0.9;

/** Returns what a reader of the result has to know before believing it. */
export function warningsOf(input: WarningInput): Warning[] {
  return [...cacheWarnings(input), ...decodeWarnings(input.epochs), ...epochWarnings(input.epochs)];
}

function* cacheWarnings({ epochs, datasetBytes, memoryBytes, cacheKept }: WarningInput): Generator<Warning> {
  const requested = sum(epochs, ({ totals }) => totals.requestedBytes);
  const accounted = epochs.every(({ deviceBytes }) => deviceBytes !== undefined);
  // Epoch by epoch: read-ahead may deliver more than was asked for in one and serve the next from memory.
  const delivered = sum(
    epochs,
    ({ deviceBytes, totals }) => Math.min(deviceBytes ?? 0, totals.requestedBytes),
  );
  if (accounted && delivered < requested * MIN_DEVICE_SHARE) {
    yield {
      code: "served_from_memory",
      message: `Memory, not storage, served ${percent(1 - delivered / requested)} of the reads: ` +
        `${formatBytes(requested)} were asked for, the device delivered ${formatBytes(delivered)}. ` +
        `Use reader.page_cache=evict or reader.odirect=true, or a dataset far larger than memory`,
    };
  }
  const cachedShare = Math.max(
    0,
    ...epochs.map(({ cacheBefore: { cachedBytes, fileBytes } }) =>
      cachedBytes === undefined || fileBytes === 0 ? 0 : cachedBytes / fileBytes
    ),
  );
  if (cachedShare > MAX_CACHED_SHARE) {
    yield {
      code: "cached_before_epoch",
      message: `Up to ${percent(cachedShare)} of the dataset lay in the page cache when an epoch began`,
    };
  }
  if (cacheKept && datasetBytes < MEMORY_FACTOR * memoryBytes) {
    yield {
      code: "dataset_small",
      message:
        `The dataset of ${
          formatBytes(datasetBytes)
        } is less than ${MEMORY_FACTOR} times the memory of this ` +
        `host (${formatBytes(memoryBytes)}), so that the page cache can serve it: not valid for MLPerf`,
    };
  }
}

function* decodeWarnings(epochs: readonly EpochRecord[]): Generator<Warning> {
  const fast = sum(epochs, ({ totals }) => totals.fastChunks);
  const fallback = sum(epochs, ({ totals }) => totals.fallbackChunks);
  if (fallback === 0) return;
  yield {
    code: "slow_decode",
    message:
      `${percent(fallback / (fast + fallback))} of the column chunks (${
        reasons(epochs)
      }) were decoded by the general reader, which is slow: ` +
      `decode, not storage, may limit this run`,
  };
}

function reasons(epochs: readonly EpochRecord[]): string {
  const nested = sum(epochs, ({ totals }) => totals.nestedChunks);
  const deltas = sum(epochs, ({ totals }) => totals.deltaChunks);
  return [...(nested > 0 ? ["lists in lists"] : []), ...(deltas > 0 ? ["values stored as deltas"] : [])]
    .join(", ");
}

function* epochWarnings(epochs: readonly EpochRecord[]): Generator<Warning> {
  const uncounted = epochs.filter(({ accelerators }) =>
    accelerators.some(({ totals }) => totals.countedSteps === 0)
  );
  if (uncounted.length > 0) {
    yield {
      code: "no_step_counted",
      message:
        `${uncounted.length} of ${epochs.length} epochs have no step that counts, so that their AU is 0: ` +
        `use a larger dataset, or lower output.metric.exclude_start_steps and exclude_end_steps`,
    };
  }
}

function sum(epochs: readonly EpochRecord[], of: (epoch: EpochRecord) => number): number {
  return epochs.reduce((total, epoch) => total + of(epoch), 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
