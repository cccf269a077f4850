// Which of the two ways to read a run takes: as the workload says, and where it leaves that to mlps, as the host allows.
import { PreflightError } from "../base/errors.ts";
import type { Workload } from "../config/schema.ts";
import type { IoEngineInput } from "../metrics/io_engine.ts";
import { probeUring } from "../storage/uring_probe.ts";
import type { RingTask } from "../worker/protocol.ts";

/** What the workload asks for, and why it cannot have it. */
export type IoEngine = Pick<IoEngineInput, "requested" | "depth" | "refusal">;

/** Asks the kernel for io_uring where the workload would use it. @throws {PreflightError} When it asks for nothing else. */
export function chooseIoEngine({ reader: { io_engine, io_depth }, dataset }: Workload): IoEngine {
  const isWanted = io_engine !== "psync" && dataset.format !== "synthetic";
  const refusal = isWanted ? probeUring() : undefined;
  if (io_engine === "io_uring" && refusal !== undefined) {
    throw new PreflightError(
      `Cannot use reader.io_engine "io_uring" here: ${refusal}. Allow it, or use reader.io_engine=auto`,
    );
  }
  return { requested: io_engine, depth: io_depth, refusal };
}

/** Returns what is to be said where readers do without io_uring. */
export function refusalText(reason: string): string {
  return `io_uring cannot be used: ${reason}. Each reader has one read in flight at a time`;
}

/** Returns how the readers use io_uring; undefined where they do not. */
export function ringTaskOf(
  { requested, depth, refusal }: IoEngine,
  { direct }: { readonly direct: boolean },
): RingTask | undefined {
  if (requested === "psync" || refusal !== undefined) return undefined;
  return {
    depth,
    use: direct || requested === "io_uring" ? "always" : "while_reads_sleep",
    isRequired: requested === "io_uring",
  };
}
