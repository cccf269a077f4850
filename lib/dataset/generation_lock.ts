// `mlps-dataset.lock`, which a data folder holds for the time of a generation, so that no second generation takes the
// files that the first one is writing for leftovers. A lock whose process died is taken over.
import fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { PreflightError, reasonOf } from "../base/errors.ts";

export const LOCK_NAME = "mlps-dataset.lock";
export const TAKEOVER_NAME = `${LOCK_NAME}.takeover`;

const WAY_OUT = "use another folder (dataset.data_folder or --data-dir)";

/** Who holds a lock, as the file says it. */
interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** Containers may share a host name and yet have process numbers of their own. */
  readonly pid_namespace: string;
  readonly started: string;
}

/**
 * Locks a data folder, which is made when it is absent, and returns what releases it.
 *
 * @throws {PreflightError} When another generation holds the lock, or it cannot be written.
 */
export function lockDataFolder(dataFolder: string): () => void {
  const path = join(dataFolder, LOCK_NAME);
  const holder: LockHolder = {
    host: hostname(),
    pid: process.pid,
    pid_namespace: pidNamespace(),
    started: new Date().toISOString(),
  };
  const text = JSON.stringify(holder) + "\n";
  try {
    fs.mkdirSync(dataFolder, { recursive: true });
    if (!createFile(path, text)) {
      refuseLive(path, dataFolder);
      removeStale(path, dataFolder);
      if (!createFile(path, text)) throw heldBy(parseHolder(readIfThere(path) ?? ""), path, dataFolder);
    }
  } catch (cause) {
    if (cause instanceof PreflightError) throw cause;
    throw new PreflightError(`Cannot lock "${dataFolder}" by "${path}": ${reasonOf(cause)}`, { cause });
  }
  return () => release(path, text);
}

/** Creates a file and returns whether it was not there yet. */
function createFile(path: string, text: string): boolean {
  let fd: number;
  try {
    fd = fs.openSync(path, "wx");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw cause;
  }
  try {
    fs.writeFileSync(fd, text);
  } catch (cause) {
    fs.rmSync(path, { force: true });
    throw cause;
  } finally {
    fs.closeSync(fd);
  }
  return true;
}

/** Throws when the lock's process lives, or may live. @throws {PreflightError} */
function refuseLive(path: string, dataFolder: string): void {
  const text = readIfThere(path);
  if (text === undefined) return; // released meanwhile
  const holder = parseHolder(text);
  if (!isStale(holder)) throw heldBy(holder, path, dataFolder);
}

/**
 * Removes the lock of a process that died. Of several processes that find it only the one that made the takeover file
 * looks again and removes: else a slow one would remove the lock of a quick one that has taken over already.
 *
 * @throws {PreflightError}
 */
function removeStale(path: string, dataFolder: string): void {
  const takeover = join(dataFolder, TAKEOVER_NAME);
  if (!createFile(takeover, "")) {
    throw new PreflightError(
      `Cannot generate into "${dataFolder}": another mlps is taking over the lock "${path}". ` +
        `Delete "${takeover}" if it does not go away, or ${WAY_OUT}`,
    );
  }
  try {
    refuseLive(path, dataFolder);
    fs.rmSync(path, { force: true });
  } finally {
    fs.rmSync(takeover, { force: true });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}

function isStale(holder: LockHolder | undefined): boolean {
  if (holder?.host !== hostname() || holder.pid_namespace !== pidNamespace()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** Returns the holder, or undefined when the file does not say it: it was being written, or its host lost power. */
function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder> | null;
    return Number.isSafeInteger(holder?.pid) && holder!.pid! > 0 ? holder as LockHolder : undefined;
  } catch {
    return undefined;
  }
}

function heldBy(holder: LockHolder | undefined, path: string, dataFolder: string): PreflightError {
  const cannot = `Cannot generate into "${dataFolder}":`;
  if (holder === undefined) {
    return new PreflightError(
      `${cannot} it is locked by "${path}", which does not say by whom. ` +
        `Delete that file if no other generation is under way, or ${WAY_OUT}`,
    );
  }
  const { host, pid, started } = holder;
  return new PreflightError(
    `${cannot} process ${pid} on host ${host} has been generating into it since ${started} (its lock is "${path}"). ` +
      `Wait for its end, delete that file if it is dead, or ${WAY_OUT}`,
  );
}

/** Removes the lock if it is still the one that was made. One that stays behind is stale as soon as this process ends. */
function release(path: string, text: string): void {
  try {
    if (fs.readFileSync(path, "utf8") === text) fs.rmSync(path);
  } catch { /* see above; how the generation ended is what has to be told */ }
}

function pidNamespace(): string {
  try {
    return fs.readlinkSync("/proc/self/ns/pid");
  } catch {
    return "unknown";
  }
}
