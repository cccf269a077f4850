// Where the ceiling of a workload is kept: <results_dir>/<workload>/ceiling.json, beside the runs that it is for.
import fs from "node:fs";
import { dirname, join } from "node:path";
import { FileError, reasonOf } from "../base/errors.ts";
import { replaceFile } from "../dataset/durable.ts";
import { type Ceiling, CEILING_VERSION } from "../metrics/ceiling.ts";

/** Beside the folders of the runs. */
export const CEILING_NAME = "ceiling.json";

/** Returns the path of a workload's ceiling. */
export function ceilingPath(resultsDir: string, workloadName: string): string {
  return join(resultsDir, workloadName, CEILING_NAME);
}

/** Returns the ceiling that is stored there; undefined where there is none that this version of mlps understands. */
export function readCeiling(path: string): Ceiling | undefined {
  try {
    const stored = JSON.parse(fs.readFileSync(path, "utf8")) as Ceiling | null;
    return stored?.schema_version === CEILING_VERSION ? stored : undefined;
  } catch {
    return undefined; // a run can do without
  }
}

/** Stores a ceiling in place of the one before. @throws {FileError} */
export function writeCeiling(path: string, ceiling: Ceiling): void {
  try {
    fs.mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, JSON.stringify(ceiling, null, 2) + "\n");
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw new FileError({ action: "write", path, reason: reasonOf(cause) }, { cause });
  }
}
