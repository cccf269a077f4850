// What commands print with --json is what docs/json.md tells of, and the other way round. The documents of run, compare,
// doctor, inspect and validate have pages and tests of their own.
import assert from "node:assert/strict";
import { test } from "node:test";
import fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runMlps } from "../helpers/binary.ts";
import { assertDocumented } from "../helpers/documented_keys.ts";
import { makeProgram } from "../helpers/programs.ts";
import { setting, testInFolder } from "../helpers/runs.ts";

const EVALUATION = setting("workflow.evaluation=true", "dataset.num_files_eval=1");
/** A key without effect, which `notes` and `settings` tell of. */
const INERT = setting("dataset.keep_files=false");

/** In this order in one folder. */
const ROWS: readonly (readonly [section: string, args: readonly string[]])[] = [
  ["errors", ["plan", "missing.yaml"]],
  ["plan", ["plan", "small.yaml", "--config", ...EVALUATION, ...INERT]],
  ["datasize", ["datasize", "small.yaml"]],
  ["datagen", ["datagen", "small.yaml", "--quiet"]],
  ["workloads", ["workloads"]],
];

testInFolder("docs/json.md tells of all that commands print with --json", async (folder) => {
  for (const [section, args] of ROWS) {
    const { stdout } = await runMlps([...args, "--json"], { cwd: folder });
    assertDocumented(JSON.parse(stdout), section, "json.md");
  }
});

testInFolder("docs/json.md tells of what mlps report prints", async (folder) => {
  await runMlps(["run", "small.yaml", "--quiet", "--repeat", "1"], { cwd: folder });
  const group = fs.readdirSync(join(folder, "results/small")).find((name) => name.endsWith("_repeats"));
  const { stdout } = await runMlps(["report", join("results/small", group!), "--json"], { cwd: folder });
  const document = JSON.parse(stdout);
  assert.ok(document.groups.length > 0);
  assertDocumented(document, "report", "json.md");
});

test("docs/json.md names every command that has --json", () => {
  const page = fs.readFileSync(fileURLToPath(new URL("../../docs/json.md", import.meta.url).href), "utf8");
  for (const command of makeProgram().commands) {
    if (!command.options.some(({ long }) => long === "--json")) continue;
    assert.ok(page.includes(`\n| \`${command.name()}\` `), join("docs/json.md", command.name()));
  }
});
