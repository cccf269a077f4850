// The large files of a folder, for a measurement that reads what lies there.
import fs from "node:fs";
import { join } from "node:path";
import { breathe } from "../base/breathe.ts";

/** A folder of millions of files is not looked through to its end. */
const MAX_ENTRIES = 20_000;

export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
}

/** Returns the largest files of at least `minBytes` below a folder that this user may read, at most `maxFiles`. */
export async function findLargeFiles(
  folder: string,
  { minBytes, maxFiles, signal }: {
    readonly minBytes: number;
    readonly maxFiles: number;
    readonly signal: AbortSignal;
  },
): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  const waiting = [folder];
  for (let entries = 0; waiting.length > 0 && entries < MAX_ENTRIES;) {
    const parent = waiting.shift()!;
    for (const entry of listFolder(parent)) {
      await breathe(signal);
      if (++entries > MAX_ENTRIES) break;
      const path = join(parent, entry.name);
      // Links are left alone: what they lead to may lie on another filesystem.
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) found.push(...readableFile(path, minBytes));
    }
  }
  return found.sort((a, b) => b.bytes - a.bytes).slice(0, maxFiles);
}

function listFolder(folder: string): fs.Dirent[] {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return []; // one that this user may not look into
  }
}

function readableFile(path: string, minBytes: number): FoundFile[] {
  try {
    const bytes = fs.statSync(path).size;
    if (bytes < minBytes) return [];
    fs.accessSync(path, fs.constants.R_OK);
    return [{ path, bytes }];
  } catch {
    return []; // one that has gone meanwhile, or that is another user's
  }
}
