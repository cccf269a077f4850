// Made-up sides of a comparison: runs of which only what a test names differs.
import type { FoundResult, Side } from "../../lib/metrics/comparability.ts";
import type { EpochRecord } from "../../lib/metrics/epoch_record.ts";
import { summarize } from "../../lib/metrics/summary.ts";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import { acceleratorWith, epochWith, summaryInputWith } from "./epoch_records.ts";

/** Returns an epoch with this AU and, as they rise and fall together, samples per second and bytes. */
export function epochOf(auPercent: number, changes: Partial<EpochRecord> = {}): EpochRecord {
  const measuredNs = 0.8e9 / auPercent * 100;
  return epochWith({
    accelerators: [acceleratorWith({ measuredNs })],
    durationNs: 2 * measuredNs,
    ...changes,
  });
}

/** Returns the result of a run of these epochs. */
export function resultOf(
  path: string,
  epochs: readonly EpochRecord[],
  changes: Partial<SummaryInput> = {},
): FoundResult {
  const input = summaryInputWith({ epochs, numEpochs: epochs.length, ...changes });
  return { path, summary: summarize(input) };
}

/** Returns a side of one run for each list of AUs, one for each epoch. */
export function sideOf(path: string, auPercents: readonly (readonly number[])[]): Side {
  return auPercents.map((aus, index) => resultOf(`${path}/${index}`, aus.map((au) => epochOf(au))));
}
