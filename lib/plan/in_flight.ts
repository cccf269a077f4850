// How much of a plan can be under way at once: what bounds the memory of a run, whatever the size of the dataset.
import { KIB, MIB } from "../base/units.ts";
import type { FileLayout } from "./file_layout.ts";
import { MAX_KEPT_BYTES, MAX_READ_BYTES } from "./read_ranges.ts";

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

/** A column chunk as a reader meets it. */
export interface ChunkBytes {
  readonly storedBytes: number;
  /** Bytes of its values once decoded, and of those of its longest page. */
  readonly plainBytes: number;
  readonly pageBytes: number;
}

/** Returns how many bytes one reader has for the chunks of a row group: where they are fetched to and decoded to. */
export function readerBufferBytes(chunks: readonly ChunkBytes[]): number {
  const sum = (bytesOf: (chunk: ChunkBytes) => number) =>
    chunks.reduce((total, chunk) => total + bytesOf(chunk), 0);
  const storedBytes = sum((chunk) => chunk.storedBytes);
  const isLong = (chunk: ChunkBytes) => chunk.storedBytes > MAX_READ_BYTES;
  const pieceBytes = Math.min(sum((chunk) => isLong(chunk) ? 0 : chunk.storedBytes), MAX_READ_BYTES);
  const pageBytes = Math.max(0, ...chunks.map((chunk) => chunk.pageBytes));
  const streamBytes = chunks.some(isLong) ? MAX_READ_BYTES + pageBytes : 0;
  const keptBytes = storedBytes <= MAX_KEPT_BYTES
    ? Math.min(sum((chunk) => chunk.plainBytes), MAX_KEPT_BYTES)
    : 0;
  return pieceBytes + streamBytes + keptBytes + pageBytes;
}

/** The most row groups that one reader has under way by io_uring, and the longest that it fetches so. */
export const MAX_AHEAD = 4, MAX_AHEAD_BYTES = 16 * MIB;

/** Returns how many bytes one reader has for row groups that are under way by io_uring, each with a buffer of its own. */
export function readerAheadBytes(chunks: readonly ChunkBytes[]): number {
  const storedBytes = chunks.reduce((sum, chunk) => sum + chunk.storedBytes, 0);
  return storedBytes <= MAX_AHEAD_BYTES ? MAX_AHEAD * storedBytes : 0;
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
