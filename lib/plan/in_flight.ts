// How much of a plan can be under way at once: what bounds the memory of a run, whatever the size of the dataset.
import type { FileLayout } from "./file_layout.ts";

export interface InFlightInput {
  readonly samplesPerFile: number;
  readonly layouts: readonly FileLayout[];
  readonly batchSize: number;
  readonly windowBatches: number;
  readonly readThreads: number;
}

/** Returns how many extents of one accelerator can be claimed and not yet consumed. */
export function maxExtentsInFlight(input: InFlightInput): number {
  const samples = (input.windowBatches + 1) * input.batchSize;
  const files = Math.ceil(samples / input.samplesPerFile) + 1;
  return files * maxRowGroups(input.layouts) + input.readThreads;
}

/**
 * Returns how many files ahead of the one being read footers are fetched: one, or, where files hold few row groups,
 * enough that each reader finds its next two footers there.
 */
export function footersAhead(layouts: readonly FileLayout[], readThreads: number): number {
  const fewest = Math.min(...layouts.map(({ rows }) => rows.length));
  return Math.min(Math.max(1, Math.ceil(2 * readThreads / Math.max(1, fewest))), 2 * readThreads);
}

/** Returns the row groups of the file that has most. */
export function maxRowGroups(layouts: readonly FileLayout[]): number {
  return Math.max(...layouts.map(({ rows }) => rows.length));
}
