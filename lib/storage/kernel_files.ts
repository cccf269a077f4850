// Reads the small text files under /proc and /sys. What the kernel does not tell is undefined, never 0.
import fs from "node:fs";

/** Returns the text of a file without the white space around it; undefined where there is none, or it cannot be read. */
export function readKernelText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** Returns the number that a file holds; undefined where it holds something else, or cannot be read. */
export function readKernelNumber(path: string): number | undefined {
  const text = readKernelText(path);
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}
