// What every refusal of the binary has in common.
import assert from "node:assert/strict";
import fs from "node:fs";
import { assertExit, type ProcessResult, runMlps } from "./binary.ts";
import { snapshotFolder } from "./datasets.ts";

/** Asserts that a process was refused with all parts of a message, as one error, and printed no data. */
export function assertRefused(result: ProcessResult, exitCode: number, ...parts: RegExp[]): void {
  assertExit(result, exitCode);
  assert.equal(result.stdout, "");
  assert.match(result.stderr, /^mlps: Cannot /);
  assert.doesNotMatch(result.stderr, /^ +at /m, "a stack is for faults of ours");
  for (const part of parts) assert.match(result.stderr, part);
}

/** Asserts that a command is refused with all parts of a message and leaves nothing behind, not even a folder. */
export async function refuse(
  folder: string,
  args: readonly string[],
  exitCode: number,
  ...parts: RegExp[]
): Promise<void> {
  const before = snapshotFolder(folder), names = fs.readdirSync(folder);
  assertRefused(await runMlps(args, { cwd: folder }), exitCode, ...parts);
  assert.deepEqual(snapshotFolder(folder), before);
  assert.deepEqual(fs.readdirSync(folder), names);
}
