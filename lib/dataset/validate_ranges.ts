// Where the files of a dataset are damaged, whatever columns lie there: what a storage system loses are ranges of bytes.
import type { Finding } from "./validate_finding.ts";

/** Damage this near to the last belongs to it: between the values of two chunks there is a page header. */
const GAP_BYTES = 256;

/** A range of a file that does not hold what was written; keys are those of `mlps validate --json`. */
export interface DamagedRange {
  readonly path: string;
  readonly offset_bytes: number;
  readonly extent_bytes: number;
  /** Column chunks that have a part of it. */
  readonly num_column_chunks: number;
}

/** Returns the damaged ranges of the findings' files, by file and offset. */
export function mergeDamage(findings: readonly Finding[]): DamagedRange[] {
  const merged: { path: string; offset_bytes: number; extent_bytes: number; chunks: Set<string> }[] = [];
  for (const { path, start, end, chunk } of findings.flatMap(placesOf).sort(inOrder)) {
    const last = merged.at(-1);
    if (
      last === undefined || last.path !== path || start - (last.offset_bytes + last.extent_bytes) > GAP_BYTES
    ) {
      merged.push({ path, offset_bytes: start, extent_bytes: end - start, chunks: new Set([chunk]) });
    } else {
      last.extent_bytes = Math.max(last.extent_bytes, end - last.offset_bytes);
      last.chunks.add(chunk);
    }
  }
  return merged.map(({ chunks, ...range }) => ({ ...range, num_column_chunks: chunks.size }));
}

interface DamagedPlace {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly chunk: string;
}

function placesOf({ kind, path, row_group, column, offset_bytes, damage }: Finding): DamagedPlace[] {
  if (path === undefined || row_group === undefined) return [];
  const chunk = `${row_group} ${column}`;
  const runs = damage?.runs.map(({ offset_bytes: start, extent_bytes }) => ({
    start,
    end: start + extent_bytes,
  }));
  if (runs !== undefined) return runs.map((run) => ({ path, chunk, ...run }));
  // Of a page that cannot be followed only the beginning is known.
  return kind === "page" && offset_bytes !== undefined
    ? [{ path, chunk, start: offset_bytes, end: offset_bytes + 1 }]
    : [];
}

function inOrder(a: DamagedPlace, b: DamagedPlace): number {
  return a.path === b.path ? a.start - b.start : a.path < b.path ? -1 : 1;
}
