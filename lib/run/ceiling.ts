// Measures the client's own ceiling for a workload: first without any file, then on a small dataset of the workload's own
// shape that lies in memory and is removed afterwards.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { formatBytes, GIB, MIB, NS_PER_MS } from "../base/units.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Workload } from "../config/schema.ts";
import {
  type CeilingReaders,
  ceilingReaders,
  type CeilingShape,
  ceilingShape,
  ceilingWorkload,
  rateFacts,
  repeatDataset,
} from "../dataset/ceiling_dataset.ts";
import { filePath } from "../dataset/file_names.ts";
import { planGeneration } from "../dataset/generation_plan.ts";
import { openDataset } from "../dataset/open_dataset.ts";
import { columnsToRead, specificationOf } from "../dataset/specification.ts";
import {
  acceleratorsFed,
  type Ceiling,
  CEILING_VERSION,
  type CeilingRate,
  type CeilingSubject,
  type PageCacheRate,
  rateOf,
  timeShares,
} from "../metrics/ceiling.ts";
import { demandOf } from "../plan/demand.ts";
import { describeCgroup } from "../storage/cgroups.ts";
import { readFreeBytes } from "../storage/free_space.ts";
import { readHostFacts } from "../storage/host_facts.ts";
import { filesystemName, mountOf } from "../storage/mounts.ts";
import { measureResidency } from "../storage/residency.ts";
import { measureRounds, type RoundOptions } from "./ceiling_rounds.ts";
import { generateDataset } from "./generate.ts";
import { trainingPass } from "./passes.ts";

const SYNTHETIC_ROUNDS = { numRounds: 4, roundNs: 500 * NS_PER_MS };
const PAGE_CACHE_ROUNDS = { numRounds: 5, roundNs: 1000 * NS_PER_MS };

/** Memory that the dataset of a ceiling may take at most, and the share of what is free. */
const MAX_BYTES = 2 * GIB, MAX_MEMORY_SHARE = 1 / 4;
/** Room that is left on its filesystem. */
const RESERVE_BYTES = 64 * MIB;
const SHARED_MEMORY = "/dev/shm";

export interface CeilingOptions {
  readonly loaded: LoadedWorkload;
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CeilingProgress) => void;
}

/** What happens now; `round` is the last that is over, 0 for none. */
export interface CeilingProgress {
  readonly phase: "synthetic" | "generating" | "page cache";
  readonly round: number;
  readonly numRounds: number;
  readonly samplesPerSecond?: number;
}

/** Returns what a ceiling and a run have to have in common. */
export function ceilingSubject(workload: Workload, version: string): CeilingSubject {
  const { hostname, processorName, cpuCount, kernel } = readHostFacts();
  return {
    key: createHash("sha256").update(JSON.stringify(rateFacts(workload))).digest("hex"),
    host: {
      hostname,
      processor_name: processorName,
      cpu_count: cpuCount,
      available_cores: availableParallelism(),
      kernel,
      mlps_version: version,
    },
  };
}

/**
 * Measures the ceiling of a workload that has files on this host; takes some ten seconds.
 *
 * @throws {UsageError} If the workload cannot train.
 * @throws {InterruptedError} When `signal` is raised; nothing is left behind.
 */
export async function measureCeiling(options: CeilingOptions): Promise<Ceiling> {
  const { loaded: { name, workload }, version } = options;
  const demand = demandOf(workload, 1), requiredAuPercent = workload.metric.au * 100;
  const limitBytes = Math.min(MAX_BYTES, availableMemoryBytes() * MAX_MEMORY_SHARE);
  const shape = ceilingShape(specificationOf(workload), limitBytes);
  const readers = ceilingReaders(workload, availableParallelism());
  const stage = { ...options, shape, readers };
  const synthetic = await measureSynthetic(stage);
  const place = placeFor(shape, limitBytes);
  const pageCache = place.folder === undefined
    ? null
    : await measurePageCache(stage, { ...place, synthetic });
  const samplesPerSecond = (pageCache ?? synthetic).samples_per_second;
  return {
    schema_version: CEILING_VERSION,
    measured_at: new Date().toISOString(),
    workload: name,
    ...ceilingSubject(workload, version),
    decode: workload.reader.decode,
    read_threads: readers.readThreads,
    window_batches: readers.windowBatches,
    samples_per_second: samplesPerSecond,
    synthetic,
    page_cache: pageCache,
    page_cache_missing: place.reason ?? null,
    demand_samples_per_second: demand.samplesPerSecond ?? null,
    required_au_percentage: requiredAuPercent,
    ...acceleratorsFed(samplesPerSecond, {
      demandSamplesPerSecond: demand.samplesPerSecond,
      requiredAuPercent,
    }),
  };
}

/** What is free on the host does not count where a cgroup allows less: files in shared memory count against its limit. */
function availableMemoryBytes(): number {
  return Math.min(process.availableMemory(), describeCgroup().memory_limit_bytes ?? Infinity);
}

interface Stage extends CeilingOptions {
  readonly shape: CeilingShape;
  readonly readers: CeilingReaders;
}

async function measureSynthetic(stage: Stage): Promise<CeilingRate> {
  const { loaded, shape, readers, signal } = stage;
  const workload = ceilingWorkload(loaded.workload, { format: "synthetic", dataFolder: ".", shape, readers });
  const dataset = await openDataset(workload, ".", { generateCommand: "", signal });
  const pass = trainingPass({ workload, dataset: repeatDataset(dataset), numAccelerators: 1, bare: false });
  return rateOf(await measureRounds(pass, roundsOf(stage, "synthetic", SYNTHETIC_ROUNDS)));
}

async function measurePageCache(
  stage: Stage,
  { folder: parent, synthetic }: { readonly folder: string; readonly synthetic: CeilingRate },
): Promise<PageCacheRate> {
  const { loaded, shape, readers, signal } = stage;
  const temporary = makeTemporary(parent);
  try {
    const dataFolder = join(temporary.path, "data");
    const workload = ceilingWorkload(loaded.workload, { format: "parquet", dataFolder, shape, readers });
    await generate(workload, dataFolder, stage);
    const dataset = await openDataset(workload, dataFolder, { generateCommand: "mlps ceiling", signal });
    const pass = trainingPass({ workload, dataset: repeatDataset(dataset), numAccelerators: 1, bare: false });
    const rounds = await measureRounds(pass, roundsOf(stage, "page cache", PAGE_CACHE_ROUNDS));
    const rate = rateOf(rounds), { totals } = rounds;
    const path = (index: number) => filePath(dataset.names, index);
    const { cachedBytes, fileBytes } = await measureResidency({ numFiles: dataset.numFiles, path }, signal);
    return {
      ...rate,
      useful_bytes_per_second: rate.samples_per_second * totals.usefulBytes / totals.samples,
      files: dataset.numFiles,
      row_groups_per_file: shape.rowGroupsPerFile,
      dataset_bytes: dataset.totalBytes,
      filesystem: filesystemName(dataFolder),
      cached_percentage: cachedBytes === undefined ? null : cachedBytes / fileBytes * 100,
      time: timeShares(
        { syntheticRate: synthetic.samples_per_second, pageCacheRate: rate.samples_per_second },
        totals,
      ),
    };
  } finally {
    temporary.remove();
  }
}

async function generate(workload: Workload, dataFolder: string, stage: Stage): Promise<void> {
  const { signal, version, onProgress } = stage, specification = specificationOf(workload);
  await generateDataset({
    dataFolder,
    makePlan: () =>
      planGeneration(dataFolder, specification, {
        columnsToRead: columnsToRead(workload),
        evaluates: false,
        signal,
      }),
    onPlan: () => {},
    specification,
    version,
    direct: false,
    signal,
    onProgress: () => onProgress({ phase: "generating", round: 0, numRounds: 0 }),
  });
}

function roundsOf(
  { signal, onProgress }: Stage,
  phase: CeilingProgress["phase"],
  rounds: Pick<RoundOptions, "numRounds" | "roundNs">,
): RoundOptions {
  const { numRounds } = rounds;
  let round = 0;
  onProgress({ phase, round, numRounds });
  const onRound = (samplesPerSecond: number) =>
    onProgress({ phase, round: ++round, numRounds, samplesPerSecond });
  return { ...rounds, signal, onRound };
}

/** Where the files go, or why there is no place for them. */
type Place = { readonly folder: string; readonly reason?: undefined } | {
  readonly folder?: undefined;
  readonly reason: string;
};

/** Shared memory where it has room, as nothing else writes there; else the folder of temporary files. */
function placeFor({ bytes }: CeilingShape, limitBytes: number): Place {
  if (bytes > limitBytes) {
    return {
      reason: `a row group takes ${formatBytes(bytes)}, this host has memory for ${formatBytes(limitBytes)}`,
    };
  }
  const hasRoom = (folder: string) => (readFreeBytes(folder) ?? 0) >= bytes + RESERVE_BYTES;
  const folders = [...(mountOf(SHARED_MEMORY)?.fstype === "tmpfs" ? [SHARED_MEMORY] : []), tmpdir()];
  const folder = folders.find((candidate) => isWritable(candidate) && hasRoom(candidate));
  if (folder !== undefined) return { folder };
  return { reason: `neither ${folders.join(" nor ")} has room for ${formatBytes(bytes + RESERVE_BYTES)}` };
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Makes a folder that goes with `remove`, and also when the process exits before. */
function makeTemporary(parent: string): { readonly path: string; remove(): void } {
  const path = fs.mkdtempSync(join(parent, "mlps-ceiling-"));
  const remove = () => fs.rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    remove: () => {
      process.off("exit", remove);
      remove();
    },
  };
}
