// Where the result of several runs goes: <results_dir>/<workload>/<YYYYMMDD_HHMMSS>_repeats/repeats.json or _scan/scan.json,
// beside the folders of the runs themselves.
import fs from "node:fs";
import { join } from "node:path";
import type { Repeats } from "../metrics/repeats.ts";
import type { Scan } from "../metrics/scan.ts";
import { createFolder, renderJson, timestamp, writeWhole } from "./result_folder.ts";

/** The folder of several runs. */
export class GroupFolder {
  readonly path: string;
  readonly #kind: string;

  /** Creates the folder. @throws {FileError} */
  constructor(
    kind: "repeats" | "scan",
    { resultsDir, workloadName, startedAt }: {
      readonly resultsDir: string;
      readonly workloadName: string;
      readonly startedAt: Date;
    },
  ) {
    this.#kind = kind;
    this.path = createFolder(join(resultsDir, workloadName, `${timestamp(startedAt)}_${kind}`));
  }

  /** Removes the folder where nothing was written to it. */
  discard(): void {
    try {
      fs.rmdirSync(this.path);
    } catch {
      // An empty folder too many is no reason to hide what ended the runs.
    }
  }

  /** Writes the result, in place of the one before; a reader finds one or the other, whole. @throws {FileError} */
  write(result: Repeats | Scan): void {
    writeWhole(join(this.path, `${this.#kind}.json`), renderJson(result));
  }
}
