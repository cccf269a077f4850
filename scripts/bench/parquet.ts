// Reading Parquet beside pyarrow: the same files, in the page cache, one thread each, in turn. At most 2 GB are written
// below the folder.
import fs from "node:fs";
import { join } from "node:path";
import { loadWorkload } from "../../lib/config/load.ts";
import { columnsToRead } from "../../lib/dataset/specification.ts";
import { pythonWith } from "../../tests/helpers/python.ts";
import { ReadingProgram, type ReadRequest } from "./parquet_child.ts";
import { BUN, median, printRow, ROOT, runProgram, spread } from "./tools.ts";

const PYARROW_PROGRAM = join(import.meta.dirname!, "parquet_pyarrow.py");
const MLPS_PROGRAM = join(import.meta.dirname!, "parquet_mlps.ts");

const DLRM_ROW_GROUPS = 24, DLRM_ROW_GROUP_ROWS = 6144; // 132 MB in 200 columns
const DLRM_ROWS = DLRM_ROW_GROUPS * DLRM_ROW_GROUP_ROWS;
const FLUX_ROWS = 64; // 139 MB, in one row group as in the workload
const SMALL_FILES = 65_536, SMALL_FILES_A_ROUND = 8192, SMALL_FILE_BYTES = 512;
// Files of one sample are copies of so many, as a dataset of them takes minutes to write safely.
const SMALL_FILES_WRITTEN = 64;
const WARM_UP_READS = 2;

/** One line of the table: files that both read. */
interface Case {
  readonly what: string;
  /** How many times as fast as pyarrow it is to be. */
  readonly target?: number;
  readonly columns: readonly string[] | null;
  readonly rows: number;
  /** Times that all is read in one round, for a round of some tenths of a second. */
  readonly passes: number;
  /** What rates are printed in. */
  readonly unit: "M/s" | "/s";
  /** Returns the files to read in a round, made on the first call. */
  readonly files: (folder: string, python: string, round: number) => readonly string[];
  readonly opensInTime?: boolean;
}

const dlrm = {
  columns: columnsToRead(loadWorkload("dlrm_b200").workload)!,
  rows: DLRM_ROWS,
  unit: "M/s",
} as const;

const flux = { columns: null, rows: FLUX_ROWS, passes: 2, unit: "/s", target: 1 } as const;

const CASES: readonly Case[] = [
  {
    ...dlrm,
    what: "DLRM, PLAIN as mlps writes it",
    target: 2,
    passes: 20,
    files: (f) => [dlrmFile(f, "none")],
  },
  {
    ...dlrm,
    what: "DLRM, pyarrow's defaults, its row groups",
    target: 1,
    passes: 4,
    files: (f, python) => [dlrmFileOfPyarrow(f, python, DLRM_ROW_GROUP_ROWS)],
  },
  {
    ...dlrm,
    what: "DLRM, pyarrow's defaults, one large row group",
    target: 1,
    passes: 4,
    files: (f, python) => [dlrmFileOfPyarrow(f, python, DLRM_ROWS)],
  },
  { ...dlrm, what: "DLRM, snappy", target: 0.8, passes: 4, files: (f) => [dlrmFile(f, "snappy")] },
  { ...dlrm, what: "DLRM, zstd", target: 0.8, passes: 2, files: (f) => [dlrmFile(f, "zstd")] },
  { ...dlrm, what: "DLRM, gzip", target: 0.8, passes: 1, files: (f) => [dlrmFile(f, "gzip")] },
  { ...dlrm, what: "DLRM, lz4", passes: 4, files: (f) => [dlrmFile(f, "lz4")] },
  { ...flux, what: "FLUX, as mlps writes it", files: (f) => [fluxFile(f)] },
  { ...flux, what: "FLUX, pyarrow's defaults", files: (f, python) => [fluxFileOfPyarrow(f, python)] },
  {
    what: `${SMALL_FILES.toLocaleString("en-US")} files of one sample, opened in the time`,
    target: 3,
    columns: null,
    rows: SMALL_FILES_A_ROUND,
    passes: 1,
    unit: "/s",
    files: (folder, _python, round) => smallFiles(folder, round),
    opensInTime: true,
  },
];

/** Measures all cases `rounds` times and removes the files below `folder` unless `keep`. */
export async function benchParquet(
  folder: string,
  { rounds, keep }: { readonly rounds: number; readonly keep: boolean },
): Promise<void> {
  const python = pythonWith("pyarrow");
  if (python === undefined) {
    printRow({ what: "reading Parquet beside pyarrow", measured: "skipped: no pyarrow", target: "" });
    return;
  }
  fs.mkdirSync(folder, { recursive: true });
  try {
    for (const one of CASES) await measure(one, { folder, python, rounds });
  } finally {
    if (!keep) fs.rmSync(folder, { recursive: true });
  }
}

interface Scene {
  readonly folder: string;
  readonly python: string;
  readonly rounds: number;
}

async function measure(one: Case, { folder, python, rounds }: Scene): Promise<void> {
  const { what, target, columns, passes, unit, opensInTime = false } = one;
  const requestOf = (round: number): ReadRequest => ({
    paths: one.files(folder, python, round),
    columns,
    passes,
    opens_in_time: opensInTime,
  });
  const wantedRows = one.rows * passes;
  const mlps: number[] = [], pyarrow: number[] = [];
  const ours = new ReadingProgram(BUN, [MLPS_PROGRAM]),
    theirs = new ReadingProgram(python, [PYARROW_PROGRAM]);
  try {
    for (let round = -WARM_UP_READS; round < rounds; round++) {
      const request = requestOf(Math.max(round, 0));
      const rates = [await ours.read(request, wantedRows), await theirs.read(request, wantedRows)];
      if (round < 0) continue;
      mlps.push(rates[0]);
      pyarrow.push(rates[1]);
    }
  } finally {
    ours.end();
    theirs.end();
  }
  const ratio = mlps.map((rate, round) => rate / pyarrow[round]);
  printRow({
    what,
    measured: `${spread(ratio, 2)} x`,
    target: target === undefined ? "" : `>= ${target} x`,
    ok: target === undefined ? undefined : median(ratio) >= target,
  });
  const inUnit = (rates: readonly number[]) =>
    unit === "M/s" ? spread(rates.map((rate) => rate / 1e6), 2) : spread(rates, 0);
  printRow({ what: "  mlps, samples", measured: `${inUnit(mlps)} ${unit}`, target: "" });
  printRow({ what: "  pyarrow, samples", measured: `${inUnit(pyarrow)} ${unit}`, target: "" });
}

/** Returns the one file of a dataset that mlps generates, unless it is there. */
function generateFile(dataDir: string, workload: string, sets: readonly string[]): string {
  const train = join(dataDir, "train");
  if (!fs.existsSync(train)) generateDataset(dataDir, workload, ["dataset.num_files_train=1", ...sets]);
  return join(train, fs.readdirSync(train)[0]);
}

function generateDataset(dataDir: string, workload: string, sets: readonly string[]): void {
  const options = sets.flatMap((set) => ["--set", set]);
  runProgram(BUN, [`${ROOT}main.ts`, "datagen", workload, "--data-dir", dataDir, "-q", ...options]);
}

function dlrmFile(folder: string, compression: string): string {
  return generateFile(join(folder, `dlrm-${compression}`), "dlrm_b200", [
    `dataset.num_samples_per_file=${DLRM_ROWS}`,
    `dataset.compression=${compression}`,
  ]);
}

function fluxFile(folder: string): string {
  return generateFile(join(folder, "flux"), "flux_b200", [
    `dataset.num_samples_per_file=${FLUX_ROWS}`,
    `dataset.compression=none`,
  ]);
}

function dlrmFileOfPyarrow(folder: string, python: string, rowGroupRows: number): string {
  return rewrite(
    dlrmFile(folder, "none"),
    join(folder, `dlrm-pyarrow-${rowGroupRows}.parquet`),
    python,
    rowGroupRows,
  );
}

function fluxFileOfPyarrow(folder: string, python: string): string {
  return rewrite(fluxFile(folder), join(folder, "flux-pyarrow.parquet"), python, FLUX_ROWS);
}

function rewrite(source: string, target: string, python: string, rowGroupRows: number): string {
  if (!fs.existsSync(target)) {
    runProgram(python, [PYARROW_PROGRAM, "write", source, target, String(rowGroupRows)]);
  }
  return target;
}

/** Returns the files of a round, each round's being others, in turn. */
function smallFiles(folder: string, round: number): string[] {
  const dataDir = join(folder, "small");
  if (!fs.existsSync(dataDir)) writeSmallFiles(folder, dataDir);
  const first = round * SMALL_FILES_A_ROUND % SMALL_FILES;
  return Array.from({ length: SMALL_FILES_A_ROUND }, (_, index) => smallFile(dataDir, first + index));
}

function smallFile(dataDir: string, index: number): string {
  return join(dataDir, `${String(index).padStart(5, "0")}.parquet`);
}

function writeSmallFiles(folder: string, dataDir: string): void {
  const sourceDir = join(folder, "small-source"), workload = join(folder, "small.yaml");
  fs.writeFileSync(
    workload,
    `dataset:
  format: parquet
  num_files_train: ${SMALL_FILES_WRITTEN}
  num_samples_per_file: 1
  record_length_bytes: ${SMALL_FILE_BYTES}
  compression: none
`,
  );
  generateDataset(sourceDir, workload, []);
  const train = join(sourceDir, "train");
  const sources = fs.readdirSync(train).map((name) => fs.readFileSync(join(train, name)));
  fs.mkdirSync(dataDir);
  for (let index = 0; index < SMALL_FILES; index++) {
    fs.writeFileSync(smallFile(dataDir, index), sources[index % sources.length]);
  }
}
