// How much a filesystem still takes.
import fs from "node:fs";
import { dirname, resolve } from "node:path";

/** Returns the bytes that are free for a folder, which need not exist yet; undefined where the system does not say. */
export function readFreeBytes(folder: string): number | undefined {
  let path = resolve(folder);
  while (!fs.existsSync(path) && dirname(path) !== path) path = dirname(path);
  try {
    const { bavail, bsize } = fs.statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
