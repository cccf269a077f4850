// What the summary tells of the way in which row groups were fetched.
import type { EpochRecord } from "./epoch_record.ts";

/** How a run was to read. */
export interface IoEngineInput {
  readonly requested: "auto" | "psync" | "io_uring";
  /** Reads that one reader may have in flight. */
  readonly depth: number;
  /** Why the host gives no ring, where one was wanted. */
  readonly refusal?: string;
  /** Whether each file is fetched with one read, so that there is no queue to fill. */
  readonly readsWholeFiles: boolean;
}

export type IoEngineUsed = "psync" | "io_uring" | "both" | "none";

/** Returns which engine ran, and why not io_uring. */
export function describeIoEngine(input: IoEngineInput, epochs: readonly EpochRecord[]) {
  const sum = (counter: "extents" | "ringExtents") =>
    epochs.reduce((total, { totals }) => total + totals[counter], 0);
  const extents = sum("extents"), ringExtents = sum("ringExtents");
  const hasFiles = epochs.some(({ totals }) => totals.requestedBytes > 0);
  const used: IoEngineUsed = extents === 0 || !hasFiles
    ? "none"
    : ringExtents === 0
    ? "psync"
    : ringExtents < extents
    ? "both"
    : "io_uring";
  return {
    requested: input.requested,
    used,
    reason: used === "psync" || used === "both" ? reasonOf(input) : null,
    depth: input.depth,
    deepest_queue: epochs.reduce(
      (deepest, { readers }) => Math.max(deepest, ...readers.map(({ deepestQueue }) => deepestQueue)),
      0,
    ),
    io_uring_percentage: extents > 0 ? ringExtents / extents * 100 : 0,
  };
}

/** Returns why row groups were fetched by one read after another. */
function reasonOf({ requested, refusal, readsWholeFiles }: IoEngineInput): string {
  if (requested === "psync") return "reader.io_engine asks for it";
  if (refusal !== undefined) return `io_uring cannot be used: ${refusal}`;
  if (readsWholeFiles) return "each file is fetched with one read";
  return requested === "io_uring"
    ? "row groups above 16 MiB are fetched by long reads, one after another"
    : "reads that memory served, and row groups above 16 MiB, are faster one after another";
}
