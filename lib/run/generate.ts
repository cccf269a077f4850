// Generation: the missing files of a dataset, written by several threads; the manifest before the first and after the
// last, all under a lock. What is complete stays, so that a generation which was cut short goes on where it stopped.
import fs from "node:fs";
import { availableParallelism } from "node:os";
import { breathe } from "../base/breathe.ts";
import type { InterruptedError } from "../base/errors.ts";
import { nowNs } from "../base/clock.ts";
import { syncFolder } from "../dataset/durable.ts";
import { folderPaths, patternNames } from "../dataset/file_names.ts";
import { lockDataFolder } from "../dataset/generation_lock.ts";
import type { GenerationPlan } from "../dataset/generation_plan.ts";
import { completeManifest, readManifest, startManifest, writeManifest } from "../dataset/manifest.ts";
import { type DatasetSpecification, specificationHash } from "../dataset/specification.ts";
import { GeneratorProgress } from "../worker/generator_progress.ts";
import { spawnWorker } from "../worker/spawn.ts";
import { allFinished } from "./all_finished.ts";

export interface GenerateOptions {
  readonly dataFolder: string;
  /** Returns what is to be done; called under the lock, when no other generation changes it any more. */
  readonly makePlan: () => Promise<GenerationPlan>;
  /** Hears of that plan before anything is written. */
  readonly onPlan: (plan: GenerationPlan) => void;
  readonly specification: DatasetSpecification;
  readonly version: string;
  /** Whether files are written around the page cache (O_DIRECT). */
  readonly direct: boolean;
  /** Threads that write; by default one for each core, with direct I/O two, as they wait for the device in turn. */
  readonly threads?: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: GenerationProgress) => void;
}

export interface GenerationProgress {
  readonly filesDone: number;
  readonly filesWanted: number;
  readonly bytesWritten: number;
  readonly bytesWanted: number;
  readonly elapsedNs: number;
}

export interface GenerationResult {
  readonly filesWritten: number;
  readonly filesKept: number;
  readonly bytesWritten: number;
  readonly elapsedNs: number;
}

/**
 * Locks the data folder, writes the files that are missing and returns what was written.
 *
 * @throws {PreflightError} When another generation into the folder is under way, or the plan is refused.
 * @throws {InterruptedError} When `signal` is raised; complete files are kept, the partial ones removed.
 * @throws {FileError} When a file cannot be written; likewise.
 */
export async function generateDataset(options: GenerateOptions): Promise<GenerationResult> {
  const release = lockDataFolder(options.dataFolder);
  try {
    const plan = await options.makePlan();
    options.onPlan(plan);
    if (plan.state !== "complete") return await writeMissing(plan, options);
    return { filesWritten: 0, filesKept: plan.keptFiles, bytesWritten: 0, elapsedNs: 0 };
  } finally {
    release();
  }
}

async function writeMissing(plan: GenerationPlan, options: GenerateOptions): Promise<GenerationResult> {
  const { specification, signal, onProgress } = options;
  const beginNs = nowNs();
  const manifest = readManifest(plan.dataFolder) ?? startManifest({
    version: options.version,
    specification,
    specificationHash: specificationHash(specification),
    created: new Date(),
  });
  writeManifest(plan.dataFolder, manifest);
  for (const leftover of plan.leftovers) fs.rmSync(leftover, { force: true });
  const usualThreads = availableParallelism() * (options.direct ? 2 : 1);
  const threads = Math.min(options.threads ?? usualThreads, plan.missing.length);
  const progress = new GeneratorProgress();
  const written = new Map<number, number>();
  let completeBytes = 0;
  const now = (): GenerationProgress => ({
    filesDone: written.size,
    filesWanted: plan.missing.length,
    bytesWritten: progress.bytesWritten,
    // All files are about as large as those that are complete, which the estimate, never too low, need not be.
    bytesWanted: written.size > 0 ? completeBytes / written.size * plan.missing.length : plan.missingBytes,
    elapsedNs: nowNs() - beginNs,
  });
  const workers = Array.from({ length: threads }, () =>
    spawnWorker("generate_worker", {
      kind: "generate",
      dataFolder: plan.dataFolder,
      specification,
      direct: options.direct,
      fileIndexes: plan.missing,
      progress: progress.buffer,
    }, (message) => {
      if (message.kind !== "generated") return;
      written.set(message.fileIndex, message.fileBytes);
      completeBytes += message.fileBytes;
    }));
  await allFinished(workers, { stop: () => progress.stop(), signal, onPoll: () => onProgress(now()) });
  if (signal.aborted) throw signal.reason as InterruptedError;
  for (const folder of folderPaths(patternNames(plan.dataFolder, specification))) {
    await breathe(signal);
    syncFolder(folder);
  }
  const fileBytes = plan.fileBytes.map((bytes, file) => written.get(file) ?? bytes);
  writeManifest(plan.dataFolder, completeManifest(manifest, fileBytes, new Date()));
  return {
    filesWritten: written.size,
    filesKept: plan.keptFiles,
    bytesWritten: progress.bytesWritten,
    elapsedNs: nowNs() - beginNs,
  };
}
