// How often `mlps compare` cries wolf, and how often it finds a true slowdown: pairs of runs of one configuration, and
// pairs of which one reads from a storage 5 % slower. Storage is a FUSE folder of a fixed rate (needs root), and for pairs
// without a difference also the page cache and the disk below --folder. Removes what it made.
import fs from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Comparison } from "../../lib/metrics/comparison_document.ts";
import { withFuse } from "../../tests/helpers/fuse.ts";
import { MLPS, ROOT, runProgram } from "./tools.ts";

const { values } = parseArgs({
  options: {
    folder: { type: "string", default: join(ROOT, "data") },
    same: { type: "string", default: "20" },
    slower: { type: "string", default: "10" },
    /** Runs of each side. */
    runs: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const numSame = Number(values.same), numSlower = Number(values.slower), numRuns = Number(values.runs);
fs.mkdirSync(values.folder, { recursive: true });
/** One of its own: all of it is removed in the end. */
const folder = fs.mkdtempSync(join(values.folder, "trials-"));
const dataDir = join(folder, "dataset");

const RATE_MIBPS = 64, SLOWER_SHARE = 0.95;
/** 48 MiB in row groups of 1 MiB, each a batch: an epoch takes 0.75 s at the rate, a run 7 s. */
const WORKLOAD = `model: { name: trial }
workflow: { generate_data: true, train: true }
dataset:
  format: parquet
  num_files_train: 4
  num_samples_per_file: 12288
  compression: none
  parquet:
    row_group_size: 1024
    columns: [{ name: values, dtype: float32, size: 256 }]
reader: { batch_size: 1024, read_threads: 2, prefetch_size: 4, odirect: true }
train: { epochs: 8, computation_time: 0.012 }
metric: { au: 0.5 }
`;
/** Memory and disk are quicker: epochs of sixteen times the size. */
const LARGE = "dataset.num_files_train=64";
const LARGE_SETTINGS = [
  LARGE,
  "reader.odirect=false",
  "train.epochs=12",
  "train.computation_time=0.0001",
];

let numFolders = 0;

/** Runs once and returns the folder of the result. */
function run(data: string, settings: readonly string[]): string {
  const results = join(folder, "results", String(numFolders++));
  const sets = settings.flatMap((setting) => ["--set", setting]);
  const workload = join(folder, "trial.yaml");
  runProgram(MLPS, ["run", workload, "--data-dir", data, "--results-dir", results, "--json", "-q", ...sets]);
  const [name] = fs.readdirSync(join(results, "trial"));
  return join(results, "trial", name);
}

/** Runs both sides, as often as asked, in turn and one side first as often as the other; returns their comparison. */
function runTrial(trial: number, base: () => string, next: () => string): Comparison {
  const folders: { base: string[]; next: string[] } = { base: [], next: [] };
  for (let round = 0; round < numRuns; round++) {
    const isBaseFirst = (trial + round) % 2 === 0;
    if (isBaseFirst) folders.base.push(base());
    folders.next.push(next());
    if (!isBaseFirst) folders.base.push(base());
  }
  return JSON.parse(runProgram(MLPS, ["compare", ...folders.base, "--new", ...folders.next, "--json"]));
}

/** Prints a trial and returns its verdict. */
function printTrial(what: string, comparison: Comparison): Comparison["verdict"] {
  const rate = comparison.metrics.find(({ name }) => name === "useful_bytes_per_second")!; // the surest figure
  const flagged = comparison.metrics.filter(({ verdict }) =>
    verdict !== "within_noise" && verdict !== "unknown"
  );
  const percent = (value: number | null) => `${(value ?? NaN).toFixed(2)} %`.padStart(9);
  console.log(
    `| ${what.padEnd(20)} |${percent(rate.difference_percentage)} |${percent(rate.noise_percentage)} | ` +
      `${comparison.verdict.padEnd(14)} | ${
        flagged.map(({ name, verdict }) => `${name} ${verdict}`).join(", ")
      }`,
  );
  return comparison.verdict;
}

/** Compares a configuration with itself and prints how often no figure is told from noise. */
function trySame(what: string, runOnce: () => string): void {
  if (values.only !== undefined && values.only !== what) return;
  let numQuiet = 0;
  for (let trial = 0; trial < numSame; trial++) {
    const comparison = runTrial(trial, runOnce, runOnce);
    printTrial(`${what}, same`, comparison);
    // Nor may a figure differ of which neither direction is better.
    const quiet = comparison.metrics.every(({ verdict }) =>
      verdict === "within_noise" || verdict === "unknown"
    );
    if (quiet && comparison.verdict === "within_noise") numQuiet++;
  }
  console.log(`${what}: within noise in ${numQuiet} of ${numSame} trials of one configuration\n`);
}

fs.writeFileSync(join(folder, "trial.yaml"), WORKLOAD);
try {
  runProgram(MLPS, [
    "datagen",
    join(folder, "trial.yaml"),
    "--data-dir",
    dataDir,
    "-q",
    "--set",
    LARGE,
  ]);
  console.log("| trial                |    change |     noise | verdict        | not within noise");
  console.log("|----------------------|-----------|-----------|----------------|-----------------");
  const generated = "workflow.generate_data=false";
  trySame("memory", () => run(dataDir, [generated, ...LARGE_SETTINGS]));
  trySame("disk", () => run(dataDir, [generated, ...LARGE_SETTINGS, "reader.page_cache=evict"]));
  if (values.only === undefined || values.only === "throttled") {
    const refusal = await withFuse(dataDir, { rateMibps: RATE_MIBPS }, async (fast) => {
      trySame("throttled", () => run(fast, [generated]));
      await withFuse(dataDir, { rateMibps: RATE_MIBPS * SLOWER_SHARE }, (slow) => {
        let numFound = 0;
        for (let trial = 0; trial < numSlower; trial++) {
          const comparison = runTrial(trial, () => run(fast, [generated]), () => run(slow, [generated]));
          if (printTrial("throttled, 5 % slower", comparison) === "worse") numFound++;
        }
        console.log(`throttled: a slowdown of 5 % found in ${numFound} of ${numSlower} trials`);
      });
    });
    if (refusal !== undefined) console.log(`throttled: skipped, ${refusal}`);
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
