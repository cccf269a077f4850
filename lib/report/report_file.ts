// Where a report goes when it is to be a file. What a user has is never overwritten, but for metrics: whoever collects
// those rereads one path, and finds the old ones or the new ones there, whole.
import fs from "node:fs";
import { FileError, reasonOf, UsageError } from "../base/errors.ts";
import { isOwnOpenMetrics } from "./openmetrics.ts";
import type { ReportFormat } from "./render_report.ts";
import { writeWhole } from "./result_folder.ts";

/** Writes a report. @throws {UsageError} Where a file is in the way. @throws {FileError} Where it cannot be written. */
export function writeReport(path: string, text: string, format: ReportFormat): void {
  if (format === "openmetrics") {
    if (fs.existsSync(path) && !isOwnOpenMetrics(readText(path))) {
      throw refusal(path, "only metrics that mlps wrote are replaced");
    }
    return writeWhole(path, text);
  }
  try {
    fs.closeSync(fs.openSync(path, "wx"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") throw refusal(path, "nothing is overwritten");
    throw new FileError({ action: "write", path, reason: reasonOf(cause) }, { cause });
  }
  try {
    fs.writeFileSync(path, text);
  } catch (cause) {
    fs.rmSync(path, { force: true }); // half a report is none
    throw new FileError({ action: "write", path, reason: reasonOf(cause) }, { cause });
  }
}

function refusal(path: string, rule: string): UsageError {
  return new UsageError(`Cannot write the report to "${path}": it exists, and ${rule}. Name another file`);
}

function readText(path: string): string {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (cause) {
    throw new FileError({ action: "read", path, reason: reasonOf(cause) }, { cause });
  }
}
