import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import manifest from "../../deno.json" with { type: "json" };
import { describeCommands } from "../../lib/cli/command_tree.ts";
import { HELP_TOPICS } from "../../lib/cli/help_topics.ts";
import { makeManPage } from "../../lib/cli/man.ts";
import { renderManPage } from "../../lib/cli/man_page.ts";
import { CONTEXT, hasProgram, makeProgram } from "../helpers/programs.ts";

const PAGE = makeManPage(makeProgram(), { ...CONTEXT, version: manifest.version });

test("docs/mlps.1 is what makeManPage() returns (bun scripts/docs.ts writes it)", () => {
  assert.equal(fs.readFileSync(join(import.meta.dirname!, "../../docs/mlps.1"), "utf8"), PAGE);
});

test("makeManPage() has the sections of a man page, every command and every flag", () => {
  const sections = [...PAGE.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(sections.slice(0, 4), ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS"]);
  for (const title of ["WORKLOAD FILES", "EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"]) {
    assert.ok(sections.includes(title), title);
  }
  const text = PAGE.replaceAll("\\-", "-").replaceAll(/\\f[BIR]/g, "");
  for (const { name, flags } of describeCommands(makeProgram())) {
    const own = text.split(`\n.SS mlps ${name}\n`)[1].split(/^\.S[SH]/m)[0];
    for (const { names, value } of flags) {
      const operand = value === undefined
        ? ""
        : ` ${value.isRequired ? value.placeholder : `[${value.placeholder}]`}`;
      assert.ok(own.includes(`\n.TP\n${names.join(", ")}${operand}\n`), `${name} ${names}`);
    }
  }
  for (const { blocks } of HELP_TOPICS) {
    for (const block of blocks) {
      if (typeof block !== "string" && "terms" in block) {
        for (const [term] of block.terms) assert.ok(text.includes(`\n.B ${term}\n`), term);
      }
    }
  }
});

test("renderManPage() leaves nothing to roff that is text", () => {
  const program = {
    name: "mlps",
    summary: "",
    description: "Tells. 'quoted' and\\path and --flag.",
    usage: "",
    flags: [],
    args: [],
    examples: "Examples:\n  .hidden\n  'x'",
    notes: "",
  };
  const page = renderManPage(program, [], { version: "1.2.3" });
  assert.match(page, /^\.TH MLPS 1 "" "mlps 1\.2\.3"/m);
  assert.ok(page.includes("Tells. 'quoted' and\\epath and \\-\\-flag."), page);
  assert.ok(page.includes("\n\\&.hidden\n\\&'x'\n"), page);
});

test("makeManPage() passes mandoc's lint, except that a page without a build date has none", (t) => {
  if (!hasProgram("mandoc", t)) return;
  const { stdout, status } = spawnSync("mandoc", ["-T", "lint"], { input: PAGE, encoding: "utf8" });
  assert.deepEqual(
    stdout.split("\n").filter((line) => line !== "" && !line.includes("missing date")),
    [],
    `exit code ${status}`,
  );
});

test("makeManPage() is read by man without a warning", (t) => {
  if (!hasProgram("man", t) || !hasProgram("groff", t)) return;
  const env = { ...process.env, MANWIDTH: "80", LC_ALL: "C.UTF-8" };
  const { stdout, stderr } = spawnSync("man", ["--warnings", "-l", "-"], {
    input: PAGE,
    encoding: "utf8",
    env,
  });
  assert.equal(stderr, "");
  assert.match(stdout, /^NAME\n {7}mlps +- +tells /m);
  assert.match(stdout, /^ {7}--data-dir folder$/m);
});
