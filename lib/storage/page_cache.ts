// Empties the page cache before an epoch: of exactly the dataset, without being root, or of the whole host, as root.
import fs from "node:fs";
import { breathe } from "../base/breathe.ts";
import { FileError, PreflightError, reasonOf } from "../base/errors.ts";
import { libc } from "../base/libc.ts";
import { askPageCache, type OpenFile, withOpenFile } from "./residency.ts";

const POSIX_FADV_DONTNEED = 4; // linux/fadvise.h
const DROP_CACHES = "/proc/sys/vm/drop_caches";
/** Pages, and names and inodes (Documentation/admin-guide/sysctl/vm.rst). */
const DROP_ALL = "3";

/**
 * Writes back and drops the files' pages from the page cache. Pages that another process has mapped stay: what is left
 * has to be measured.
 *
 * @throws {FileError} When the kernel refuses.
 * @throws {InterruptedError} When `signal` is raised.
 */
export async function evictFiles(paths: Iterable<string>, signal?: AbortSignal): Promise<void> {
  for (const path of paths) {
    await breathe(signal);
    withOpenFile(path, "drop the page cache of", (file) => {
      dropPages(file);
      // Only clean pages are dropped. Syncing a file costs a flush of the device even where all are clean.
      if (askPageCache(file)?.cachedBytes === 0) return;
      try {
        fs.fdatasyncSync(file.fd);
      } catch { /* a file that cannot be synced (a read-only mount) has no dirty pages */ }
      dropPages(file);
    });
  }
}

function dropPages({ fd, path }: OpenFile): void {
  const error = libc.posix_fadvise(fd, 0n, 0n, POSIX_FADV_DONTNEED);
  if (error === 0) return;
  const reason = `posix_fadvise gave error ${error}. Use --set reader.page_cache=keep`;
  throw new FileError({ action: "drop the page cache of", path, reason });
}

/** Refuses where the caches of the whole host cannot be dropped. @throws {PreflightError} */
export function checkMayDropCaches(): void {
  try {
    fs.closeSync(fs.openSync(DROP_CACHES, fs.constants.O_WRONLY));
  } catch (cause) {
    throw new PreflightError(
      `Cannot drop all caches by "${DROP_CACHES}": ${reasonOf(cause)}, it needs root on the host itself. ` +
        `Use --set reader.page_cache=evict, which needs no privilege`,
      { cause },
    );
  }
}

/**
 * Writes back what is dirty and drops pages, names and inodes of all filesystems of the host, as MLPerf's harness does.
 * Waits for the whole host's writes, in one call that nothing interrupts.
 *
 * @throws {FileError} When the kernel refuses.
 */
export function dropAllCaches(): void {
  libc.sync();
  try {
    fs.writeFileSync(DROP_CACHES, DROP_ALL);
  } catch (cause) {
    throw new FileError({ action: "drop all caches by", path: DROP_CACHES, reason: reasonOf(cause) }, {
      cause,
    });
  }
}
