// The names in the folder of a generated dataset that are none of its files.
import fs from "node:fs";
import { join } from "node:path";
import { breathe } from "../base/breathe.ts";
import { PreflightError, reasonOf } from "../base/errors.ts";
import { type FileNames, filePath, partsOf } from "./file_names.ts";
import { PARTIAL_SUFFIX } from "./generate_file.ts";
import type { Finding } from "./validate_finding.ts";

/** Returns a finding for each file that is not one of `names`. @throws {PreflightError} {InterruptedError} */
export async function findUnexpectedFiles(names: FileNames, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  const folders = partsOf(names).map(({ folder }) => folder);
  for (const folder of folders) {
    await breathe(signal);
    for (const entry of listFolder(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (!isFileOf(names, path)) {
        const message = path.endsWith(PARTIAL_SUFFIX)
          ? "it was left by a generation that did not end"
          : "it is no file of this dataset";
        findings.push({ kind: "unexpected_file", path, message });
      }
    }
  }
  return findings;
}

function listFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return []; // each file is reported as missing
    throw new PreflightError(`Cannot list "${folder}": ${reasonOf(cause)}`, { cause });
  }
}

/** The name holds the index, from which the name is made again: no list of all names is needed. */
function isFileOf(names: FileNames, path: string): boolean {
  const index = Number(path.match(/_(\d+)_of_\d+\.[^./]+$/)?.[1] ?? -1);
  return index >= 0 && partsOf(names).some((part) => filePath(part, index) === path);
}
