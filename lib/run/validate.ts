// Validation: is the dataset what the workload says, and with `deep`, does storage return what was written? Files are
// checked by several threads. Differences are collected, not thrown, so that one run tells all of them.
import { availableParallelism } from "node:os";
import { nowNs } from "../base/clock.ts";
import { FileError, PreflightError } from "../base/errors.ts";
import { NS_PER_SECOND } from "../base/units.ts";
import { directOffSetting } from "../config/direct.ts";
import type { LoadedWorkload } from "../config/load.ts";
import { filePath, numFiles } from "../dataset/file_names.ts";
import { type Manifest, MANIFEST_NAME, manifestPath, readManifest } from "../dataset/manifest.ts";
import { requireFolder } from "../dataset/open_dataset.ts";
import { describeDifferences, specificationHash, specificationOf } from "../dataset/specification.ts";
import { refuseSynthetic } from "../dataset/synthetic.ts";
import { type DatasetExpectation, expectationOf } from "../dataset/validate_expectation.ts";
import type { Finding } from "../dataset/validate_finding.ts";
import { expectForeign } from "../dataset/validate_foreign.ts";
import { mergeDamage } from "../dataset/validate_ranges.ts";
import type { ValidationReport } from "../dataset/validate_report.ts";
import { findUnexpectedFiles } from "../dataset/validate_names.ts";
import { differenceOf } from "../metrics/host_counters.ts";
import { deviceReadsOf, readHostCounters } from "../storage/accounting.ts";
import { probeDirectRead } from "../storage/direct_probe.ts";
import { isFile } from "../storage/file_kind.ts";
import { mountOf } from "../storage/mounts.ts";
import { evictFiles } from "../storage/page_cache.ts";
import { measureResidency } from "../storage/residency.ts";
import { spawnWorker } from "../worker/spawn.ts";
import { allFinished } from "./all_finished.ts";
import { ValidateProgress } from "../worker/validate_progress.ts";

export interface ValidateOptions {
  readonly loaded: LoadedWorkload;
  readonly dataFolder: string;
  /** The command that generates the dataset; errors that it would mend name it. */
  readonly generateCommand: string;
  /** Whether every value is read and compared. */
  readonly deep: boolean;
  /** Threads that check; by default one for each core. */
  readonly threads?: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ValidationProgress) => void;
}

export type ValidationProgress = CheckProgress | {
  readonly phase: "dropping";
  readonly droppedFiles: number;
  readonly numFiles: number;
};

interface CheckProgress {
  readonly phase: "checking";
  readonly checkedFiles: number;
  readonly numFiles: number;
  readonly readBytes: number;
  /** What a deep check reads in all; 0 without. */
  readonly wantedBytes: number;
  readonly elapsedNs: number;
}

interface Subject {
  readonly expectation: DatasetExpectation;
  readonly findings: readonly Finding[];
  readonly manifest: Manifest | undefined;
}

/** Checks a dataset. @throws {PreflightError} When there is none, or nothing tells what it must be. */
export async function validateDataset(options: ValidateOptions): Promise<ValidationReport> {
  const { loaded: { name, workload }, dataFolder, deep, signal } = options;
  const { expectation, findings, manifest } = await findSubject(options);
  const direct = workload.reader.odirect;
  const [firstPath] = existingPaths(expectation);
  if (direct && firstPath !== undefined) {
    probeDirectRead(firstPath, directOffSetting(workload, "reader"));
  }
  const cacheDropped = deep && !direct && await dropCache(expectation, options);
  const cachedBytes = deep ? await residentBytes(expectation, signal) : undefined;

  const mount = firstPath === undefined ? undefined : mountOf(firstPath);
  const beginNs = nowNs(), before = readHostCounters(mount);
  const files = await checkFiles(expectation, options);
  const elapsedNs = nowNs() - beginNs, after = readHostCounters(mount);
  const unexpected = manifest === undefined || signal.aborted
    ? []
    : await findUnexpectedFiles(expectation.names, signal);
  const all = [...findings, ...files.findings, ...unexpected];
  const numUnreadable = all.filter(({ kind }) => kind === "unreadable").length;
  const numDifferences = findings.length + files.numFindings + unexpected.length - numUnreadable;
  const { deviceBytes } = deviceReadsOf(mount, differenceOf(before, after));
  return {
    workload: name,
    data_folder: dataFolder,
    generator: manifest?.generator ?? null,
    deep,
    status: signal.aborted
      ? "interrupted"
      : numDifferences > 0
      ? "different"
      : numUnreadable > 0
      ? "unreadable"
      : "valid",
    num_files: numFiles(expectation.names),
    num_files_checked: files.progress.checkedFiles,
    num_values_compared: files.progress.comparedValues,
    read_bytes: files.progress.readBytes,
    device_read_bytes: deviceBytes ?? null,
    direct,
    page_cache_dropped: cacheDropped,
    cached_bytes_before: cachedBytes ?? null,
    elapsed_seconds: elapsedNs / NS_PER_SECOND,
    num_differences: numDifferences,
    num_files_unreadable: numUnreadable,
    damaged_ranges: mergeDamage(all),
    differences: all,
  };
}

async function findSubject({ loaded: { name, workload }, ...options }: ValidateOptions): Promise<Subject> {
  const { dataFolder, generateCommand, deep, signal } = options;
  refuseSynthetic(workload, `validate the dataset of "${name}"`);
  requireFolder(dataFolder, { generateCommand });
  const manifest = readManifest(dataFolder);
  if (manifest !== undefined) {
    return {
      manifest,
      expectation: expectationOf(dataFolder, manifest),
      findings: compareManifest(manifest, { path: manifestPath(dataFolder), workload, generateCommand }),
    };
  }
  const foreign = await expectForeign(workload, dataFolder, signal);
  if (foreign === undefined) {
    throw new PreflightError(
      `Cannot validate the dataset "${dataFolder}": it holds no ${MANIFEST_NAME} and no *.parquet file. ` +
        `Generate it with \`${generateCommand}\`, or name another with dataset.data_folder or --data-dir`,
    );
  }
  if (deep) {
    throw new PreflightError(
      `Cannot compare the values of the dataset "${dataFolder}": it has no ${MANIFEST_NAME}, so another tool made it ` +
        "and nothing tells which values it must have. Validate it without --deep",
    );
  }
  return { ...foreign, manifest };
}

interface ManifestPlace {
  readonly path: string;
  readonly workload: LoadedWorkload["workload"];
  readonly generateCommand: string;
}

function compareManifest(manifest: Manifest, { path, workload, generateCommand }: ManifestPlace): Finding[] {
  const findings: Finding[] = [];
  if (manifest.status !== "complete") {
    const message = `the generation did not end. Run \`${generateCommand}\` to generate what is missing`;
    findings.push({ kind: "incomplete", path, message });
  }
  if (specificationHash(manifest.specification) !== manifest.specification_hash) {
    const message = "its hash belongs to another specification: the manifest was edited or damaged";
    findings.push({ kind: "specification", path, message });
  }
  for (const message of describeDifferences(manifest.specification, specificationOf(workload))) {
    findings.push({ kind: "specification", path, message });
  }
  return findings;
}

/** Yields the paths of the files that are there; a list of tens of millions would take gigabytes. */
function* existingPaths({ names }: DatasetExpectation): Generator<string, undefined> {
  for (let index = 0; index < numFiles(names); index++) {
    const path = filePath(names, index);
    if (isFile(path)) yield path;
  }
}

/** Drops the files' pages from the page cache; returns whether that worked for all. The signal ends it. */
async function dropCache(
  expectation: DatasetExpectation,
  { signal, onProgress }: ValidateOptions,
): Promise<boolean> {
  let isDropped = true, droppedFiles = 0;
  for (const path of existingPaths(expectation)) {
    if (signal.aborted) return false;
    onProgress({ phase: "dropping", droppedFiles: droppedFiles++, numFiles: numFiles(expectation.names) });
    try {
      await evictFiles([path]);
    } catch (cause) {
      // The check itself tells what is wrong with the file.
      if (!(cause instanceof FileError)) throw cause;
      isDropped = false;
    }
  }
  return isDropped;
}

async function residentBytes(
  { names }: DatasetExpectation,
  signal: AbortSignal,
): Promise<number | undefined> {
  const path = (index: number) => {
    const named = filePath(names, index);
    return isFile(named) ? named : undefined;
  };
  try {
    return (await measureResidency({ numFiles: numFiles(names), path }, signal)).cachedBytes;
  } catch (cause) {
    if (!(cause instanceof FileError) && !signal.aborted) throw cause;
    return undefined;
  }
}

interface FileFindings {
  readonly progress: ValidateProgress;
  /** In the order of the files. */
  readonly findings: Finding[];
  readonly numFindings: number;
}

async function checkFiles(expectation: DatasetExpectation, options: ValidateOptions): Promise<FileFindings> {
  const { deep, signal, onProgress, loaded: { workload } } = options;
  const beginNs = nowNs();
  const progress = new ValidateProgress();
  const byFile = new Map<number, readonly Finding[]>();
  let numFindings = 0;
  const count = numFiles(expectation.names);
  const wantedBytes = deep ? expectation.own?.fileBytes?.reduce((sum, bytes) => sum + bytes, 0) ?? 0 : 0;
  const workers = Array.from(
    { length: Math.min(options.threads ?? availableParallelism(), count) },
    () =>
      spawnWorker("validate_worker", {
        kind: "validate",
        expectation,
        deep,
        direct: workload.reader.odirect,
        progress: progress.buffer,
      }, (message) => {
        if (message.kind !== "validated") return;
        byFile.set(message.fileIndex, message.findings);
        numFindings += message.numFindings;
      }),
  );
  await allFinished(workers, {
    stop: () => progress.stop(),
    signal,
    onPoll: () =>
      onProgress({
        phase: "checking",
        checkedFiles: progress.checkedFiles,
        numFiles: count,
        readBytes: progress.readBytes,
        wantedBytes,
        elapsedNs: nowNs() - beginNs,
      }),
  });
  const findings = [...byFile].sort(([a], [b]) => a - b).flatMap(([, found]) => found);
  return { progress, findings, numFindings };
}
