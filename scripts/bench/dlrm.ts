// The DLRM rows: AU with the dataset in the page cache, each configuration in turn, and beside it, where it is given,
// another program that feeds one accelerator with the same file.
import { median, MLPS, printRow, ROOT, runProgram, spread } from "./tools.ts";

/** Two files of the real size: 768 row groups, footers of 153,600 column chunks, 8.5 GB together. */
export const BENCH_FILES = 2;
const EPOCHS = 10;

export function benchArgs(dataDir: string): string[] {
  return ["dlrm_b200", "--data-dir", dataDir, "--set", `dataset.num_files_train=${BENCH_FILES}`];
}

interface Figures {
  readonly au: number;
  readonly samplesPerSecond: number;
  readonly cores: number;
  readonly requestedBytesPerSecond: number;
}

/** Runs the workload and returns its figures, medians over the epochs. */
export function runWorkload(
  dataDir: string,
  overrides: readonly string[],
  { accelerators = 1, epochs = EPOCHS, flags = [] }: {
    readonly accelerators?: number;
    readonly epochs?: number;
    readonly flags?: readonly string[];
  } = {},
): Figures {
  const sets = [`train.epochs=${epochs}`, "output.metric.exclude_start_steps=1", ...overrides].flatMap((
    set,
  ) => ["--set", set]);
  const results = ["--results-dir", `${dataDir}.results`];
  const text = runProgram(MLPS, [
    "run",
    ...benchArgs(dataDir),
    ...sets,
    ...results,
    ...flags,
    "-n",
    String(accelerators),
    "--json",
    "-q",
  ]);
  const { metric, mlps } = JSON.parse(text);
  const of = (get: (epoch: { cpu: { cores_used: number }; requested_bytes_per_second: number }) => number) =>
    median(mlps.epochs.map(get));
  return {
    au: median(metric.train_au_percentage),
    samplesPerSecond: median(metric.train_throughput_samples_per_second),
    cores: of(({ cpu }) => cpu.cores_used),
    requestedBytesPerSecond: of((epoch) => epoch.requested_bytes_per_second),
  };
}

interface Case {
  readonly what: string;
  readonly overrides: readonly string[];
  readonly accelerators: number;
  readonly targetAu: number;
  /** Reader threads and prefetch for the program to compare with. */
  readonly compare?: readonly [string, string];
}

const CASES: readonly Case[] = [
  {
    what: "AU, 1 accelerator, its own 4 threads and prefetch 2",
    overrides: [],
    accelerators: 1,
    targetAu: 90,
    compare: ["4", "2"],
  },
  {
    what: "AU, 1 accelerator, prefetch 16",
    overrides: ["reader.prefetch_size=16"],
    accelerators: 1,
    targetAu: 97,
    compare: ["4", "16"],
  },
  {
    what: "AU, 2 accelerators, prefetch 16",
    overrides: ["reader.prefetch_size=16"],
    accelerators: 2,
    targetAu: 70,
  },
];

/** Measures all cases `rounds` times in turn. `prototype` is the script of the other program. */
export function benchDlrm(dataDir: string, rounds: number, prototype: string | undefined): void {
  const ours = CASES.map(() => [] as Figures[]), theirs = CASES.map(() => [] as number[]);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { overrides, accelerators, compare }] of CASES.entries()) {
      ours[index].push(runWorkload(dataDir, overrides, { accelerators }));
      if (prototype && compare) theirs[index].push(runPrototype(prototype, dataDir, compare));
    }
  }
  for (const [index, { what, targetAu, compare }] of CASES.entries()) {
    const au = ours[index].map((figures) => figures.au);
    printRow({ what, measured: `${spread(au)} %`, target: `>= ${targetAu} %`, ok: median(au) >= targetAu });
    if (compare && theirs[index].length > 0) {
      const ok = median(au) >= median(theirs[index]);
      printRow({
        what: "  the prototype on the same file, in turn",
        measured: `${spread(theirs[index])} %`,
        target: "not above",
        ok,
      });
    }
  }
  const perCore = ours[1].map(({ samplesPerSecond, cores }) => samplesPerSecond / cores / 1e6);
  printRow({
    what: "samples/s per core used (prefetch 16)",
    measured: `${spread(perCore)} M`,
    target: ">= 20 M",
    ok: median(perCore) >= 20,
  });
  const cores = ours[1].map((figures) => figures.cores);
  printRow({ what: "cores used (prefetch 16)", measured: spread(cores, 2), target: "" });
}

function runPrototype(
  script: string,
  dataDir: string,
  [readers, prefetch]: readonly [string, string],
): number {
  const steps = String(EPOCHS * BENCH_FILES * 384);
  const text = runProgram(`${ROOT}node_modules/bun/bin/bun.exe`, [
    script,
    `${dataDir}/train/img_0_of_2.parquet`,
    readers,
    prefetch,
    steps,
  ]);
  return Number(text.match(/AU ([\d.]+) %/)![1]);
}
