// The raw read rate of a folder: blocks of 1 MiB of large files, many at a time, for some seconds. No format, no decoding:
// what is left between this and the rate of a run is not the storage's doing.
import { setTimeout as sleep } from "node:timers/promises";
import { nowNs } from "../base/clock.ts";
import { MIB, NS_PER_SECOND } from "../base/units.ts";
import type { ReadTest } from "../metrics/doctor_facts.ts";
import { percentileNs } from "../metrics/histogram.ts";
import { differenceOf } from "../metrics/host_counters.ts";
import { deviceReadsOf, readHostCounters } from "../storage/accounting.ts";
import type { FoundFile } from "../storage/large_files.ts";
import { mountOf } from "../storage/mounts.ts";
import { evictFiles } from "../storage/page_cache.ts";
import { makeHistograms, mergeHistograms, RawReadProgress } from "../worker/raw_read.ts";
import { spawnWorker } from "../worker/spawn.ts";
import { allFinished } from "./all_finished.ts";

/** Enough to keep a local device or a server's link busy; more would only wait in its queue. */
const THREADS = 16;
/** What is read at once. */
export const READ_SIZE_BYTES = MIB;

export interface RawReadOptions {
  readonly files: readonly FoundFile[];
  readonly origin: ReadTest["files"];
  readonly direct: boolean;
  readonly durationMs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (bytesPerSecond: number) => void;
}

/**
 * Reads files for `durationMs`, or until their end where they can be read but once.
 *
 * @throws {FileError} When one cannot be read.
 * @throws {InterruptedError} When `signal` is raised.
 */
export async function measureRawRead(options: RawReadOptions): Promise<ReadTest> {
  const { files, origin, direct, durationMs, signal, onProgress } = options;
  if (!direct) await evictFiles(files.map(({ path }) => path), signal);
  const progress = new RawReadProgress(), histograms = makeHistograms(THREADS);
  const plan = {
    paths: files.map(({ path }) => path),
    blocks: files.map(({ bytes }) => Math.floor(bytes / READ_SIZE_BYTES)),
    blockBytes: READ_SIZE_BYTES,
    direct,
    wraps: direct, // what was read through the page cache lies there
  };
  const mount = mountOf(files[0].path);
  const before = readHostCounters(mount), beginNs = nowNs();
  const workers = Array.from({ length: THREADS }, (_, thread) =>
    spawnWorker("raw_read_worker", {
      kind: "raw_read",
      thread,
      plan,
      histograms,
      progress: progress.buffer,
    }));
  const timer = new AbortController();
  sleep(durationMs, undefined, { signal: timer.signal }).then(() => progress.stop(), () => {});
  let elapsedNs = 0;
  Promise.allSettled(workers.map(({ finished }) => finished)).then(() => elapsedNs = nowNs() - beginNs);
  await allFinished(workers, {
    stop: () => progress.stop(),
    signal,
    onPoll: () => onProgress(progress.readBytes / ((nowNs() - beginNs) / NS_PER_SECOND)),
  }).finally(() => timer.abort());
  signal.throwIfAborted();
  const used = differenceOf(before, readHostCounters(mount));
  const histogram = mergeHistograms(histograms, THREADS);
  const seconds = elapsedNs / NS_PER_SECOND;
  return {
    files: origin,
    num_files: files.length,
    file_bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    direct,
    threads: THREADS,
    read_size_bytes: READ_SIZE_BYTES,
    elapsed_seconds: seconds,
    read_bytes: progress.readBytes,
    bytes_per_second: progress.readBytes / seconds,
    p50_ns: percentileNs(histogram, 50),
    p99_ns: percentileNs(histogram, 99),
    device_bytes: deviceReadsOf(mount, used).deviceBytes ?? null,
    host_busy_percentage: used.hostTicks ? used.hostBusyTicks! / used.hostTicks * 100 : null,
  };
}
