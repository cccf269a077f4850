// Small datasets for tests: a specification, the workload that asks for it, and its generation in one call.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseWorkload } from "../../lib/config/load.ts";
import type { Workload } from "../../lib/config/schema.ts";
import { FileGenerator } from "../../lib/dataset/generate_file.ts";
import { completeManifest, startManifest, writeManifest } from "../../lib/dataset/manifest.ts";
import { countFiles, type DatasetSpecification, specificationHash } from "../../lib/dataset/specification.ts";

/** Runs `use` with a new folder and removes it afterwards; what `use` promises is waited for. */
export function withFolder<T>(use: (folder: string) => T): T {
  const folder = fs.mkdtempSync(join(tmpdir(), "mlps-test-"));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true });
  let result: T;
  try {
    result = use(folder);
  } catch (cause) {
    remove();
    throw cause;
  }
  if (result instanceof Promise) return result.finally(remove) as T;
  remove();
  return result;
}

/** Runs `use` in a new tmpfs with these mount options; returns why it could not, or undefined. */
export function withTmpfs(
  options: string,
  use: (folder: string) => void | Promise<void>,
): Promise<string | undefined> {
  return withFolder(async (folder) => {
    const reason = mountTmpfs(options, folder);
    if (reason !== undefined) return reason;
    try {
      await use(folder);
    } finally {
      execFileSync("umount", [folder]);
    }
    return undefined;
  });
}

/** Mounts a tmpfs on a folder; returns why it could not, or undefined. */
export function mountTmpfs(options: string, folder: string): string | undefined {
  if (process.getuid?.() !== 0) return "skipped: mounting a tmpfs needs root";
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
    return undefined;
  } catch {
    return "skipped: a tmpfs cannot be mounted here";
  }
}

/** Returns a specification of 3 files of 250 rows in row groups of 100, with `changes` applied. */
export function smallSpecification(changes: Partial<DatasetSpecification> = {}): DatasetSpecification {
  return {
    format_version: 1,
    format: "parquet",
    num_files_train: 3,
    num_samples_per_file: 250,
    num_subfolders_train: 0,
    file_prefix: "part",
    row_group_size: 100,
    compression: "none",
    encoding: "plain",
    seed: 10,
    columns: [
      { name: "a", dtype: "float32", size: 1 },
      { name: "b", dtype: "int8", size: 1 },
      { name: "c", dtype: "float64", size: 1 },
    ],
    ...changes,
  };
}

/** Returns the workload that asks for a specification and reads `readColumns`, all columns unless given. */
export function workloadFor(
  spec: DatasetSpecification,
  readColumns?: readonly string[],
  overrides: readonly string[] = [],
): Workload {
  const { columns, row_group_size, encoding, page_size, format_version: _, ...dataset } = spec;
  const text = JSON.stringify({
    dataset: {
      ...dataset,
      parquet: {
        row_group_size,
        encoding,
        page_size,
        columns: columns.map((column) => ({ ...column, read: readColumns?.includes(column.name) ?? true })),
      },
    },
    train: { computation_time: 0.001 },
  });
  return parseWorkload({ label: "test.yaml", text }, overrides).workload;
}

/** Generates files, all unless given, without a manifest; returns their sizes. */
export function generateFiles(
  dataFolder: string,
  spec: DatasetSpecification,
  indexes?: readonly number[],
): number[] {
  const sizes = new Map<number, number>();
  const generator = new FileGenerator({
    dataFolder,
    spec,
    onProgress: () => true,
    onFile: (fileIndex, fileBytes) => sizes.set(fileIndex, fileBytes),
  });
  const wanted = indexes ?? [...Array(countFiles(spec)).keys()];
  for (const fileIndex of wanted) generator.write(fileIndex);
  generator.finish();
  return wanted.map((fileIndex) => sizes.get(fileIndex)!);
}

/** Generates a whole dataset; with `status: "generating"` the manifest stays as it is before the last file. */
export function generateDataset(
  dataFolder: string,
  spec: DatasetSpecification,
  status: "generating" | "complete" = "complete",
): void {
  const manifest = startManifest({
    version: "0.0.0",
    specification: spec,
    specificationHash: specificationHash(spec),
    created: new Date(0),
  });
  writeManifest(dataFolder, manifest);
  const fileBytes = generateFiles(dataFolder, spec);
  if (status === "complete") writeManifest(dataFolder, completeManifest(manifest, fileBytes, new Date(1000)));
}

/** Returns each file under a folder with its content and time of change, to compare before with after. */
export function snapshotFolder(folder: string): Record<string, string> {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, `${fs.statSync(path).mtimeMs} ${Bun.hash(fs.readFileSync(path))}`]);
  return Object.fromEntries(entries);
}
