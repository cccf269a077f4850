// With --json: one document on stdout, whatever happens; messages on stderr.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, type ProcessResult, runMlps, startMlps, waitUntil } from "../helpers/binary.ts";
import { makeProgram } from "../helpers/programs.ts";
import { setting, SLOW_GENERATION, testInFolder } from "../helpers/runs.ts";

/** Commands that print text made to be read by man or a shell. */
const TEXT_COMMANDS = ["completions", "man", "help"];

/** One run of a command: its exit code, and the keys that its document begins with. */
type Row = readonly [args: readonly string[], exitCode: number, keys: readonly string[]];

const ERROR = ["error"];
const MISSING_DATA = ["--data-dir", "missing", ...setting("workflow.generate_data=false")];

/** In this order in one folder: the first one generates. */
const ROWS: readonly Row[] = [
  [["datagen", "small.yaml"], 0, ["data_folder", "files_written"]],
  [["datagen", "small.yaml", ...setting("dataset.seed=1")], 3, ERROR],
  [["datagen", "small.yaml", "--threads", "x"], 2, ERROR],
  [["run", "small.yaml", "--require-au", "0.01"], 0, ["schema_version", "status"]],
  [["run", "small.yaml", "--require-au", "100", ...setting("train.computation_time=0")], 4, [
    "schema_version",
  ]],
  [["run", "small.yaml", ...setting("workflow.train=false")], 0, ["data_folder", "files_written"]],
  [["run", "small.yaml", ...MISSING_DATA], 3, ERROR],
  [["run", "small.yaml", "--closed"], 3, ERROR],
  [["run", "missing.yaml"], 2, ERROR],
  [["run", "small.yaml", "--jsn"], 2, ERROR],
  [["run"], 2, ERROR],
  [["plan", "small.yaml"], 0, ["workload", "source"]],
  [["plan", "small.yaml", "--config"], 0, ["workload", "source"]],
  [["plan", "small.yaml", ...setting("reader.batch_size=no")], 2, ERROR],
  [["datasize", "small.yaml", "--host-memory", "1GiB"], 0, ["workload", "num_accelerators"]],
  [["datasize", "small.yaml", "--host-memory", "much"], 2, ERROR],
  [["scan", "small.yaml", "--over", "reader.read_threads"], 2, ERROR],
  [
    ["scan", "small.yaml", "--seconds", "1", "--over", "reader.odirect=false,true", ...MISSING_DATA],
    3,
    ERROR,
  ],
  [["ceiling", "missing.yaml"], 2, ERROR],
  [["report", "small.yaml"], 2, ERROR],
  [["report", "missing"], 2, ERROR],
  [["compare", "small.yaml"], 2, ERROR],
  [["compare", "missing", "small.yaml"], 2, ERROR],
  [["validate", "small.yaml"], 0, ["workload", "data_folder"]],
  [["validate", "small.yaml", ...setting("dataset.seed=1")], 4, ["workload", "data_folder"]],
  [["validate", "small.yaml", ...MISSING_DATA], 3, ERROR],
  [["inspect", "data/train/img_0_of_3.parquet"], 0, ["files"]],
  [["inspect", "missing", "small.yaml"], 1, ["files"]],
  [["doctor", "--no-read-test"], 0, ["mlps_version", "hostname"]],
  [["doctor", "missing"], 3, ERROR],
  [["workloads"], 0, ["0", "1"]],
  [["workloads", "show", "dlrm"], 0, ["name", "yaml"]],
  [["workloads", "show", "drlm"], 2, ERROR],
  [["workloads", "schema"], 0, ["$schema", "title"]],
  [["rnu"], 2, ERROR],
  [[], 2, ERROR],
];

testInFolder("mlps --json prints one document, the result or the error", async (folder) => {
  const kinds: Readonly<Record<number, string>> = { 1: "failed", 2: "usage", 3: "preflight", 4: "check" };
  for (const [args, exitCode, keys] of ROWS) {
    const result = await runMlps([...args, "--json"], { cwd: folder });
    assertExit(result, exitCode);
    const document = JSON.parse(result.stdout), label = args.join(" ");
    assert.deepEqual(Object.keys(document).slice(0, keys.length), keys, label);
    if (keys !== ERROR) continue;
    const { kind, exit_code, message } = document.error;
    assert.deepEqual(Object.keys(document), ERROR);
    assert.deepEqual([kind, exit_code], [kinds[exitCode], exitCode], label);
    assert.ok(result.stderr.endsWith(`mlps: ${message}\n`), label);
  }
  const covered = new Set(ROWS.map(([[command]]) => command));
  for (const command of makeProgram().commands) {
    const isJson = command.options.some(({ long }) => long === "--json");
    assert.equal(isJson, !TEXT_COMMANDS.includes(command.name()), command.name());
    assert.equal(isJson, covered.has(command.name()), command.name());
  }
});

testInFolder("mlps --json prints one document for a run that fails while it reads", async (folder) => {
  assertExit(await runMlps(["datagen", "small.yaml"], { cwd: folder }), 0);
  const file = join(folder, "data/train/img_1_of_3.parquet");
  const bytes = fs.readFileSync(file);
  fs.writeFileSync(file, bytes.fill(0xff, 4, bytes.length >> 1));
  const result = await runMlps(["run", "small.yaml", "--json"], { cwd: folder });
  assertExit(result, 1);
  const { status, mlps } = JSON.parse(result.stdout);
  assert.equal(status, "failed");
  assert.match(result.stderr, /^mlps: Cannot /m);
  assert.ok(result.stderr.includes(mlps.error));
});

/** Ends a command by SIGINT once `path` is there. */
async function interrupt(folder: string, args: readonly string[], path: string): Promise<ProcessResult> {
  const running = startMlps(args, { cwd: folder });
  await waitUntil(() => fs.existsSync(join(folder, path)), running);
  running.process.kill("SIGINT");
  return await running.ended;
}

for (const command of ["datagen", "run"]) {
  testInFolder(`mlps ${command} --json prints one document when it is interrupted early`, async (folder) => {
    const args = [command, "small.yaml", "--json", ...SLOW_GENERATION];
    const result = await interrupt(folder, args, "data/train");
    assertExit(result, 130);
    assert.deepEqual(JSON.parse(result.stdout), {
      error: { kind: "interrupted", exit_code: 130, message: "Interrupted by SIGINT" },
    });
  });
}

testInFolder("mlps tells messages on stderr and data on stdout, in every command", async (folder) => {
  const rows: readonly (readonly [args: readonly string[], stdout: RegExp, stderr: RegExp])[] = [
    [["datagen", "small.yaml"], /^$/, /^Generating /],
    [["run", "small.yaml"], /^small: /, /^The dataset in data is complete /],
    [["plan", "small.yaml"], /^small/, /^$/],
    [["datasize", "small.yaml"], /small/, /^$/],
    [["validate", "small.yaml"], /small/, /^$/],
    [
      ["inspect", "data/train/img_0_of_3.parquet", "missing"],
      /img_0_of_3/,
      /^mlps: Cannot inspect "missing"/,
    ],
    [["workloads"], /dlrm_b200/, /^$/],
    [["completions", "bash"], /^complete -F _mlps mlps$/m, /^$/],
    [["man"], /^\.TH MLPS 1 /m, /^$/],
    [["help", "overrides"], /^overrides: /, /^$/],
  ];
  for (const [args, stdout, stderr] of rows) {
    const result = await runMlps(args, { cwd: folder });
    assert.match(result.stdout, stdout, args.join(" "));
    assert.match(result.stderr, stderr, args.join(" "));
    assert.doesNotMatch(result.stdout, /^(mlps: |Generating |epoch \d|The dataset in )/m, args.join(" "));
  }
});
