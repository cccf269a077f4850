// The command line as tests see it, and programs that a machine may lack.
import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";
import type { Command } from "commander";
import { buildProgram } from "../../lib/cli/program.ts";
import type { Context } from "../../lib/cli/options.ts";

/** A version that no release has. */
export const CONTEXT: Context = { version: "1.2.3", commandLine: [], signal: new AbortController().signal };

/** Returns the parser, made anew. */
export function makeProgram(): Command {
  return buildProgram(CONTEXT);
}

/** Returns whether a program is there; a test that needs it is skipped with a message where it is not. */
export function hasProgram(name: string, t: TestContext): boolean {
  const isThere = spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;
  if (!isThere) t.skip(`skipped: ${name} is not installed`);
  return isThere;
}
