// Where the result of several runs goes: <results_dir>/<workload>/<YYYYMMDD_HHMMSS>_repeats/repeats.json, beside the folders
// of the runs themselves.
import { join } from "node:path";
import type { Repeats } from "../metrics/repeats.ts";
import { createFolder, renderJson, timestamp, writeWhole } from "./result_folder.ts";

/** The folder of several runs. */
export class RepeatsFolder {
  readonly path: string;

  /** Creates the folder. @throws {FileError} */
  constructor(resultsDir: string, workloadName: string, startedAt: Date) {
    this.path = createFolder(join(resultsDir, workloadName, `${timestamp(startedAt)}_repeats`));
  }

  /** Writes the result, in place of the one before; a reader finds one or the other, whole. @throws {FileError} */
  write(repeats: Repeats): void {
    writeWhole(join(this.path, "repeats.json"), renderJson(repeats));
  }
}
