// How much a filesystem still takes.
import fs from "node:fs";
import { dirname, resolve } from "node:path";

/** Returns a path if it is there, else the nearest folder above it that is: what will be made lies on its filesystem. */
export function nearestExisting(path: string): string {
  let existing = resolve(path);
  while (!fs.existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  return existing;
}

/** Returns the bytes that are free for a folder, which need not exist yet; undefined where the system does not say. */
export function readFreeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = fs.statfsSync(nearestExisting(folder));
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
