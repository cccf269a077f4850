// Where the results of a run go: <results_dir>/<workload>/<YYYYMMDD_HHMMSS>/ with summary.json, config.yaml and
// series.jsonl. Nothing is ever overwritten but the summary of the run under way.
import fs from "node:fs";
import { dirname, join } from "node:path";
import { FileError, PreflightError, reasonOf } from "../base/errors.ts";
import type { Repeats } from "../metrics/repeats.ts";
import type { Scan } from "../metrics/scan.ts";
import type { SeriesPoint } from "../metrics/series.ts";
import type { Summary } from "../metrics/summary.ts";

/** Makes sure that results of a workload can be written below `resultsDir`. @throws {PreflightError} */
export function checkResultsDir(resultsDir: string, workloadName: string): void {
  const folder = join(resultsDir, workloadName);
  try {
    fs.mkdirSync(folder, { recursive: true });
    // Writing is the only sure test: root passes every permission check, a full disk or a read-only mount does not.
    const probe = fs.mkdtempSync(join(folder, ".mlps-"));
    try {
      fs.writeFileSync(join(probe, "probe"), "probe");
    } finally {
      fs.rmSync(probe, { recursive: true });
    }
  } catch (cause) {
    throw new PreflightError(
      `Cannot write results to "${folder}": ${reasonOf(cause)}. Use --results-dir with another folder`,
      { cause },
    );
  }
}

/** The folder of one run. */
export class ResultFolder {
  readonly path: string;
  readonly #series: number;

  /** Creates the folder and writes the resolved configuration to it. @throws {FileError} */
  constructor(resultsDir: string, workloadName: string, options: { startedAt: Date; configYaml: string }) {
    this.path = createFolder(join(resultsDir, workloadName, timestamp(options.startedAt)));
    tryWrite(join(this.path, "config.yaml"), (path) => fs.writeFileSync(path, options.configYaml));
    this.#series = tryWrite(this.#seriesPath, (path) => fs.openSync(path, "wx"));
  }

  get summaryPath(): string {
    return join(this.path, "summary.json");
  }

  appendSeries(point: SeriesPoint): void {
    tryWrite(this.#seriesPath, () => fs.writeSync(this.#series, JSON.stringify(point) + "\n"));
  }

  /** Writes the summary, in place of the one before; a reader finds one or the other, whole. */
  writeSummary(summary: Summary): void {
    writeWhole(this.summaryPath, renderJson(summary));
  }

  close(): void {
    fs.closeSync(this.#series);
  }

  get #seriesPath(): string {
    return join(this.path, "series.jsonl");
  }
}

/** Writes a file in place of the one before; a reader finds one or the other, whole. @throws {FileError} */
export function writeWhole(path: string, text: string): void {
  const partial = `${path}.partial`;
  try {
    tryWrite(partial, () => fs.writeFileSync(partial, text));
    tryWrite(path, () => fs.renameSync(partial, path));
  } catch (cause) {
    fs.rmSync(partial, { force: true }); // on a full disk it would be in the way of the next
    throw cause;
  }
}

function tryWrite<T>(path: string, write: (path: string) => T): T {
  try {
    return write(path);
  } catch (cause) {
    throw new FileError({ action: "write", path, reason: reasonOf(cause) }, { cause });
  }
}

/** Returns a result as the text of its file. */
export function renderJson(result: Summary | Repeats | Scan): string {
  return JSON.stringify(result, null, 2) + "\n";
}

/** Creates `path`, or, where a run of the same second has it, `path`-2, -3, … @throws {FileError} */
export function createFolder(path: string): string {
  let candidate = path;
  try {
    // Apart from the loop: a file in the place of a parent is EEXIST as well.
    fs.mkdirSync(dirname(path), { recursive: true });
    for (let attempt = 2; !makeFolder(candidate); attempt++) candidate = `${path}-${attempt}`;
    return candidate;
  } catch (cause) {
    throw new FileError({ action: "create", path: candidate, reason: reasonOf(cause) }, { cause });
  }
}

/** Creates a folder; returns false when there is something of that name. */
function makeFolder(path: string): boolean {
  try {
    fs.mkdirSync(path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
}

/** Returns the local time as YYYYMMDD_HHMMSS. */
export function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}_` +
    `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
}
