// A small workload for runs of the binary, and what a run left behind.
import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Summary } from "../../lib/metrics/summary.ts";

/** 3 files of 4096 samples in 8 row groups: 48 batches an epoch, 3 of 8 columns are read. */
const SMALL_WORKLOAD = `model:
  name: small
workflow:
  generate_data: true
dataset:
  data_folder: data
  format: parquet
  num_files_train: 3
  num_samples_per_file: 4096
  compression: none
  parquet:
    row_group_size: 512
    columns:
      - { name: a, dtype: float32 }
      - { name: b, dtype: float16, read: false }
      - { name: c, dtype: float64 }
      - { name: d, dtype: int8 }
      - { name: e, dtype: int32, read: false }
      - { name: f, dtype: int64, read: false }
      - { name: g, dtype: uint8, read: false }
      - { name: h, dtype: int16, read: false }
reader:
  batch_size: 256
  read_threads: 2
train:
  epochs: 2
  computation_time: 0.0005
`;

/** The bytes of a sample's values as Parquet stores those that are read: float32, float64, and int8 in 4 bytes. */
export const READ_SAMPLE_BYTES = 4 + 8 + 4;

/** Bun's own limit of 5 s is too short for a test that runs the binary several times. */
const TEST_TIMEOUT_MS = 60_000;

/** Defines a test that runs in a new folder, in `parent`, which holds nothing but the workload `small.yaml`. */
export function testInFolder(
  name: string,
  use: (folder: string, t: TestContext) => Promise<void>,
  { parent = tmpdir(), timeoutMs = TEST_TIMEOUT_MS }: { parent?: string; timeoutMs?: number } = {},
): void {
  test(name, { timeout: timeoutMs }, async (t) => {
    const folder = fs.mkdtempSync(join(parent, "mlps-e2e-"));
    try {
      fs.writeFileSync(join(folder, "small.yaml"), SMALL_WORKLOAD);
      await use(folder, t);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Returns `--set` arguments. */
export function setting(...overrides: string[]): string[] {
  return overrides.flatMap((override) => ["--set", override]);
}

/** A generation that takes a second or so: 12 files of many tiny row groups. */
export const SLOW_GENERATION = setting(
  "dataset.num_files_train=12",
  "dataset.num_samples_per_file=32768",
  "dataset.parquet.row_group_size=64",
);

/** Returns the folders of all runs below a results folder, oldest first. */
export function resultFolders(resultsDir: string): string[] {
  if (!fs.existsSync(resultsDir)) return [];
  return fs.readdirSync(resultsDir, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("series.jsonl"))
    .map((path) => join(resultsDir, path, ".."))
    .sort();
}

/** Returns the summary of a run's folder. */
export function readSummary(folder: string): Summary {
  return JSON.parse(fs.readFileSync(join(folder, "summary.json"), "utf8"));
}

/** Returns the summary of the only run below a results folder. */
export function onlySummary(resultsDir: string): Summary {
  const folders = resultFolders(resultsDir);
  assert.equal(folders.length, 1);
  return readSummary(folders[0]);
}

/** Returns the paths of all files below a folder, sorted. */
export function listFiles(folder: string): string[] {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
