// Finds out what a support engineer asks first: about the host, about a folder, and how fast its files can be read.
// Nothing of the user's is changed; files that are made for it are removed again.
import { FileError } from "../base/errors.ts";
import { MIB } from "../base/units.ts";
import type { DoctorFacts, FolderChecks, ReadTest } from "../metrics/doctor_facts.ts";
import { readEnvironment } from "../storage/environment.ts";
import { probeFolder, readSpace } from "../storage/folder_probe.ts";
import { probeHost } from "../storage/host_probe.ts";
import { findLargeFiles, type FoundFile } from "../storage/large_files.ts";
import { withTemporaryFile } from "../storage/temporary_file.ts";
import { measureRawRead, READ_SIZE_BYTES } from "./raw_read.ts";

/** More files would be opened again and again, fewer might all lie on one disk or server of many. */
const MAX_FILES = 64;
/** Less is read from a device's own memory. */
const MIN_TEST_BYTES = 256 * MIB;
const MAX_TEMPORARY_BYTES = 4096 * MIB, MAX_FREE_SHARE = 0.1;
const READ_MS = 3000, WRITE_MS = 2000;

export interface DoctorOptions {
  readonly version: string;
  /** That is there, absolute. */
  readonly folder: string;
  readonly readTest: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DoctorProgress) => void;
}

export interface DoctorProgress {
  readonly phase: "host" | "folder" | "writing" | "reading";
  readonly bytesPerSecond?: number;
}

/** Returns the facts; takes some five seconds. @throws {InterruptedError} When `signal` is raised. */
export async function examine(options: DoctorOptions): Promise<DoctorFacts> {
  const { version, folder, signal, onProgress } = options;
  const environment = readEnvironment({ version, dataFolder: folder });
  onProgress({ phase: "host" });
  const host = await probeHost(signal);
  onProgress({ phase: "folder" });
  return { environment, host, folder: await examineFolder(options) };
}

async function examineFolder(options: DoctorOptions): Promise<FolderChecks> {
  const { folder: path, readTest: isWanted, signal } = options;
  const space = readSpace(path);
  const existing = await findLargeFiles(path, { minBytes: READ_SIZE_BYTES, maxFiles: MAX_FILES, signal });
  const tried = await tryFolder({ path, writable: space.writable, existing, signal });
  const untested = { read_test: null, read_test_refusal: null, read_test_error: null };
  const facts = { path, ...space, ...tried };
  if (!isWanted) return { ...facts, ...untested };
  try {
    const tested = await testReading({
      ...options,
      existing,
      direct: tried.probe?.direct_refusal === null,
      facts,
    });
    return { ...facts, ...untested, ...tested };
  } catch (cause) {
    if (!(cause instanceof FileError)) throw cause;
    return { ...facts, ...untested, read_test_error: cause.message };
  }
}

/** Whether a folder can be written to is known for sure only when it was tried: a server may refuse root. */
async function tryFolder(
  { path, writable, existing, signal }: {
    readonly path: string;
    readonly writable: boolean;
    readonly existing: readonly FoundFile[];
    readonly signal: AbortSignal;
  },
): Promise<Pick<FolderChecks, "writable" | "probe">> {
  for (const own of writable ? [true, false] : [false]) {
    try {
      return { writable: own, probe: await probeFolder(path, { writable: own, existing, signal }) };
    } catch (cause) {
      if (!(cause instanceof FileError)) throw cause;
    }
  }
  return { writable: false, probe: null };
}

interface TestOptions extends DoctorOptions {
  readonly existing: readonly FoundFile[];
  readonly direct: boolean;
  readonly facts: Pick<FolderChecks, "writable" | "free_bytes">;
}

/** Reads what lies in the folder, or where that is too little a file of its own. */
async function testReading(options: TestOptions): Promise<Partial<FolderChecks>> {
  const { folder, existing, direct, facts: { writable, free_bytes }, signal, onProgress } = options;
  const read = async (
    files: readonly FoundFile[],
    origin: ReadTest["files"],
  ): Promise<Partial<FolderChecks>> => ({
    read_test: await measureRawRead({
      files,
      origin,
      direct,
      durationMs: READ_MS,
      signal,
      onProgress: (bytesPerSecond) => onProgress({ phase: "reading", bytesPerSecond }),
    }),
  });
  const existingBytes = existing.reduce((sum, { bytes }) => sum + bytes, 0);
  if (existingBytes >= MIN_TEST_BYTES) return await read(existing, "existing");
  const room = Math.floor((free_bytes ?? 0) * MAX_FREE_SHARE / MIB) * MIB;
  const bytes = Math.min(MAX_TEMPORARY_BYTES, room);
  if (!writable || bytes < MIN_TEST_BYTES) {
    const whyNot = writable ? "there is no room for a file of 256 MiB" : "this user may not write there";
    return { read_test_refusal: `there are no files of 256 MiB in all, and ${whyNot}` };
  }
  onProgress({ phase: "writing" });
  const temporary = { bytes, maxMs: WRITE_MS, direct, signal };
  return await withTemporaryFile(
    folder,
    temporary,
    async (path, fileBytes) => await read([{ path, bytes: fileBytes }], "temporary"),
  );
}
