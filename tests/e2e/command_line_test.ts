import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import manifest from "../../deno.json" with { type: "json" };
import { assertExit, type ProcessResult, runMlps, runScript } from "../helpers/binary.ts";
import { onlySummary, setting, testInFolder } from "../helpers/runs.ts";

/** Asserts that a command was refused as wrong usage: nothing on stdout, one message on stderr. */
function assertUsage(result: ProcessResult, message: RegExp): void {
  assertExit(result, 2);
  assert.equal(result.stdout, "");
  assert.match(result.stderr, message);
}

testInFolder("mlps without arguments explains itself, as wrong usage", async (folder) => {
  const result = await runMlps([], { cwd: folder });
  assertUsage(result, /^Examples:\n {2}mlps run workloads\/dlrm\.yaml/);
  assert.match(result.stderr, /\nUsage: mlps \[options\] \[command\]\n/);
});

testInFolder("mlps --help begins with examples, of every command", async (folder) => {
  const commands = [[], ["run"], ["datagen"], ["plan"], ["validate"]];
  for (const command of commands) {
    const result = await runMlps([...command, "--help"], { cwd: folder });
    assertExit(result, 0);
    assert.equal(result.stderr, "");
    assert.ok(result.stdout.startsWith(`Examples:\n  mlps ${command[0] ?? "run"} `), result.stdout);
    assert.match(result.stdout, /^Usage: mlps /m);
    if (command.length > 0) {
      assertExit(await runMlps(["help", ...command], { cwd: folder }), 0);
      for (const flag of ["--set", "--data-dir", "--json"]) {
        assert.match(result.stdout, new RegExp(`${flag}\\b`));
      }
    }
  }
  assert.deepEqual(fs.readdirSync(folder), ["small.yaml"]);
});

testInFolder("mlps --version prints the version, and nothing else", async (folder) => {
  const result = await runMlps(["--version"], { cwd: folder });
  assertExit(result, 0);
  assert.equal(result.stdout, `mlps ${manifest.version}\n`);
  assert.equal(result.stderr, "");
});

testInFolder("mlps refuses what it does not know and names what comes near", async (folder) => {
  const cases: [string[], RegExp][] = [
    [["rnu"], /^mlps: Unknown command 'rnu'\. Did you mean run\?\n$/],
    [["rn", "small.yaml"], /^mlps: Unknown command 'rn'\. Did you mean run\?\n$/],
    [["plan", "small.yaml", "--jsno"], /^mlps: Unknown option '--jsno'\. Did you mean --json\?\n$/],
    [["run"], /^mlps: Missing required argument 'WORKLOAD'\. `mlps run --help` tells how it is used\n$/],
    [
      ["run", "small.yaml", "-n", "0"],
      /^mlps: Option '-n, .*' argument '0' is invalid\. A whole number >= 1/,
    ],
    [["run", "small.yaml", "-n", "1.5"], /'1\.5' is invalid/],
    [
      ["run", "small.yaml", "--require-au", "101"],
      /'101' is invalid\. A percentage above 0 and up to 100/,
    ],
    [["datagen", "small.yaml", "--threads", "x"], /'x' is invalid/],
    [
      ["run", "small.yaml", "other.yaml"],
      /^mlps: Cannot use argument "other\.yaml": one WORKLOAD is expected\./,
    ],
    [
      ["run", "small.yaml", "--set", "reader.batch_size"],
      /^mlps: Cannot set "reader\.batch_size": it has no "="/,
    ],
    [["run", "small.yaml", "--set"], /^mlps: Option '--set <key\.path=value>' argument missing\n$/],
  ];
  for (const [args, message] of cases) assertUsage(await runMlps(args, { cwd: folder }), message);
  assert.deepEqual(fs.readdirSync(folder), ["small.yaml"]);
});

testInFolder("mlps takes overrides in DLIO's form and in its own", async (folder) => {
  const planOf = async (...args: string[]) => {
    const result = await runMlps(["plan", "small.yaml", "--json", ...args], { cwd: folder });
    assertExit(result, 0);
    return JSON.parse(result.stdout);
  };
  assert.equal((await planOf("++workload.reader.read_threads=3")).read_threads, 3);
  assert.equal((await planOf("--set", "reader.read_threads=4")).read_threads, 4);
  assert.equal(
    (await planOf(...setting("reader.batch_size=128", "reader.batch_size=512"))).batch_size,
    512,
  );
  assert.equal((await planOf("--data-dir", "some/where")).data_folder, join(folder, "some/where"));
});

testInFolder("mlps keeps data and messages apart; --quiet leaves the data alone", async (folder) => {
  const args = [
    "run",
    "small.yaml",
    "--quiet",
    "--json",
    ...setting("train.epochs=1", "reader.read_threads=1"),
  ];
  const result = await runMlps(args, { cwd: folder, env: { TERM: "xterm-256color", FORCE_COLOR: "1" } });
  assertExit(result, 0);
  assert.equal(result.stderr, "");
  assert.deepEqual(JSON.parse(result.stdout), onlySummary(join(folder, "results")));

  const loud = await runMlps(["datagen", "small.yaml", "--data-dir", "new", "--json"], {
    cwd: folder,
    env: { TERM: "xterm-256color", FORCE_COLOR: "1" },
  });
  assertExit(loud, 0);
  assert.match(loud.stderr, /^Generating 3 files .*\n(generating .*\n)*Generated .*\n$/);
  assert.equal(loud.stderr.includes("\x1b"), false, "escape codes are for terminals");
  JSON.parse(loud.stdout);
  // Without messages an error is still told.
  const failed = await runMlps(["datagen", "small.yaml", "--quiet", ...setting("dataset.seed=1")], {
    cwd: folder,
  });
  assertExit(failed, 3);
  assert.match(failed.stderr, /^mlps: Cannot generate into "data": /);
});

testInFolder("mlps bears a reader that has seen enough", async (folder) => {
  // `true` is gone before the first byte arrives, `head` after it.
  for (const command of ["plan small.yaml", "plan dlrm_b200 --json", "--help", "run --help"]) {
    for (const reader of ["true", "head -c 1"]) {
      const result = await runScript(`"$MLPS" ${command} | ${reader}; exit \${PIPESTATUS[0]}`, {
        cwd: folder,
      });
      assertExit(result, 0);
      assert.equal(result.stderr, "", command);
    }
  }
  // A run goes on, and its results are written, when nobody reads its messages or its result.
  const run = "run small.yaml --set train.epochs=1 --set reader.read_threads=1";
  assertExit(await runScript(`"$MLPS" ${run} 2>&1 | true; exit \${PIPESTATUS[0]}`, { cwd: folder }), 0);
  assert.equal(onlySummary(join(folder, "results")).status, "complete");
});
