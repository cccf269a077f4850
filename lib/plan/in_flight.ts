// How much of a plan can be under way at once: what bounds the memory of a run, whatever the size of the dataset.
import { KIB } from "../base/units.ts";
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

/** A footer's first read: most footers fit, and so do small files as a whole. */
export const FOOTER_READ_BYTES = 64 * KIB;

/**
 * Returns whether a reader fetches a file's footer with its only row group, by one read of the whole file, rather than
 * ahead for all readers.
 */
export function hasFooterInExtent(layouts: readonly FileLayout[], meanFileBytes: number): boolean {
  return meanFileBytes <= FOOTER_READ_BYTES && layouts.every(({ rows }) => rows.length === 1);
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
