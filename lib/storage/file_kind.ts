// What lies under the name of a file. Whoever opens a pipe waits for a writer, for ever, and no signal is heard then: what
// others may have put there is looked at first. (O_NONBLOCK would do as well, but some network filesystems read other
// meanings into it.)
import fs from "node:fs";

/** Returns whether a path leads to a file. */
export function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false;
}

/** Returns what a path leads to that is no file; undefined for a file, and where opening it will tell what is wrong. */
export function kindOfNonFile(path: string): "folder" | "pipe" | "device" | undefined {
  const stat = statOf(path);
  if (stat === undefined || stat.isFile()) return undefined;
  return stat.isDirectory() ? "folder" : stat.isFIFO() ? "pipe" : "device";
}

function statOf(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
