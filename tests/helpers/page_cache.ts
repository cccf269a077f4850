// Whether the page cache can be tested here.
import fs from "node:fs";
import { tmpdir } from "node:os";
import { askPageCache, withOpenFile } from "../../lib/storage/residency.ts";

const TMPFS_MAGIC = 0x01021994; // linux/magic.h

/** Returns why the page cache of files in the temporary folder cannot be tested; undefined where it can. */
export function cacheObstacle(): string | undefined {
  if (fs.statfsSync(tmpdir()).type === TMPFS_MAGIC) return "the files of the temporary folder are memory";
  let isTold = false;
  withOpenFile(import.meta.filename!, "ask", (file) => isTold = askPageCache(file) !== undefined);
  return isTold ? undefined : "the kernel does not tell what the page cache holds";
}
