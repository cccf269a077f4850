// What a folder's filesystem allows, tried out on one small file: direct I/O, questions about the page cache, and whether
// its reads are accounted for.
import fs from "node:fs";
import { MIB } from "../base/units.ts";
import type { FolderChecks, FolderProbe } from "../metrics/doctor_facts.ts";
import { differenceOf } from "../metrics/host_counters.ts";
import { deviceReadsOf, readHostCounters } from "./accounting.ts";
import { directBlockBytes, findDirectRefusal } from "./direct_probe.ts";
import type { FoundFile } from "./large_files.ts";
import { mountOf } from "./mounts.ts";
import { evictFiles } from "./page_cache.ts";
import { askPageCache, type CachedBytes, withOpenFile } from "./residency.ts";
import { withTemporaryFile } from "./temporary_file.ts";

const PROBE_BYTES = MIB;

/** Returns how much a folder's filesystem takes, and whether this user may write to it. */
export function readSpace(
  path: string,
): Pick<FolderChecks, "writable" | "free_bytes" | "total_bytes" | "free_inodes"> {
  const { bavail, blocks, bsize, files, ffree } = fs.statfsSync(path);
  return {
    writable: isWritable(path),
    free_bytes: bavail * bsize,
    total_bytes: blocks * bsize,
    free_inodes: files > 0 ? ffree : null,
  };
}

function isWritable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Tries a file of its own where this user may write, else one of `existing`; null where there is neither.
 *
 * @throws {FileError} When a file cannot be written or read.
 */
export async function probeFolder(
  path: string,
  { writable, existing, signal }: {
    readonly writable: boolean;
    readonly existing: readonly FoundFile[];
    readonly signal: AbortSignal;
  },
): Promise<FolderProbe | null> {
  if (writable) {
    const options = { bytes: PROBE_BYTES, signal };
    return await withTemporaryFile(path, options, (made) => probeFile(made, "temporary"));
  }
  const smallest = existing.at(-1);
  return smallest === undefined ? null : await probeFile(smallest.path, "existing");
}

async function probeFile(path: string, file: FolderProbe["file"]): Promise<FolderProbe> {
  let cached: CachedBytes | undefined;
  withOpenFile(path, "ask the page cache about", (open) => cached = askPageCache(open));
  return {
    file,
    direct_refusal: findDirectRefusal(path) ?? null,
    direct_block_bytes: directBlockBytes(path),
    // Only cachestat tells of dirty bytes.
    page_cache_source: cached === undefined
      ? null
      : cached.dirtyBytes === undefined
      ? "mincore"
      : "cachestat",
    accounting: await probeAccounting(path),
  };
}

async function probeAccounting(path: string): Promise<FolderProbe["accounting"]> {
  await evictFiles([path]);
  const mount = mountOf(path);
  const before = readHostCounters(mount);
  let readBytes = 0;
  withOpenFile(path, "read", ({ fd }) => {
    readBytes = fs.readSync(fd, new Uint8Array(PROBE_BYTES), 0, PROBE_BYTES, 0);
  });
  const { deviceSource, deviceBytes } = deviceReadsOf(mount, differenceOf(before, readHostCounters(mount)));
  return { source: deviceSource, read_bytes: readBytes, counted_bytes: deviceBytes ?? null };
}
