// The result before this one: of the same workload, below the same results folder.
import fs from "node:fs";
import { join } from "node:path";
import type { PreviousResult } from "../metrics/summary_input.ts";
import type { Summary } from "../metrics/summary.ts";

/**
 * Returns the newest complete result of a workload that began before `before`; undefined where there is none. Newest by the
 * names of the folders, which are times, so that of many results only the last are read. What cannot be read, or does not
 * tell its environment, is left out: it may come from another version, or from another tool.
 */
export function findPreviousResult(
  resultsDir: string,
  workloadName: string,
  before: Date,
): PreviousResult | undefined {
  for (const name of listFolders(join(resultsDir, workloadName)).sort().reverse()) {
    const folder = join(resultsDir, workloadName, name);
    const summary = readSummary(join(folder, "summary.json"));
    const environment = summary?.mlps?.environment;
    if (typeof environment !== "object" || environment === null) continue;
    if (summary?.status !== "complete" || !(Date.parse(String(summary.start)) < before.getTime())) continue;
    return { folder, environment };
  }
  return undefined;
}

function listFolders(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

function readSummary(path: string): Partial<Summary> | undefined {
  try {
    const summary: unknown = JSON.parse(fs.readFileSync(path, "utf8"));
    return typeof summary === "object" && summary !== null ? summary as Partial<Summary> : undefined;
  } catch {
    return undefined;
  }
}
