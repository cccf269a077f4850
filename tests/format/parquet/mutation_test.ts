// Damaged files: each ends in values or in a FileError that names file and place, whatever is wrong with it. Not in
// another error, a crash, a hang, values that depend on other data, or memory that a number in the file alone asks for.
// Processes of their own do it, so that a hang or a crash is found, too.
//
// MLPS_MUTANTS sets how many there are, MLPS_MUTATION_SEED their seed, MLPS_MUTANT the index of the only one to try.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { withFolder } from "../../helpers/datasets.ts";
import { writeMutationFiles } from "./mutation_files.ts";
import type { MutationReport, MutationTask } from "./mutation_process.ts";

const PROGRAM = join(import.meta.dirname, "mutation_process.ts");
const NUM_MUTANTS = Number(process.env.MLPS_MUTANTS ?? 8000);
const SEED = Number(process.env.MLPS_MUTATION_SEED ?? 3);
const ONLY = process.env.MLPS_MUTANT;
const NUM_PROCESSES = Math.min(2, availableParallelism());
/** Without progress for so long a mutant hangs; it has 2 s on a machine that is not busy. */
const HANG_MS = 30_000;
const POLL_MS = 500;
const TEST_TIMEOUT_MS = 600_000;

test("decode() ends in values or a FileError whatever is damaged", { timeout: TEST_TIMEOUT_MS }, async () => {
  await withFolder(async (folder) => {
    const missing = writeMutationFiles(folder);
    const numFiles = fs.readdirSync(folder).length;
    const first = Number(ONLY ?? 0), end = ONLY === undefined ? NUM_MUTANTS : first + 1;
    const children = new AbortController();
    const running = Array.from({ length: NUM_PROCESSES }, (_, process) =>
      runProcess({
        folder,
        progressFile: join(folder, `progress ${process}`),
        seed: SEED,
        start: first + process,
        step: NUM_PROCESSES,
        end,
      }, children.signal));
    // One that hangs is not to outlive the test.
    const reports = await Promise.all(running).finally(() => children.abort());
    const sum = (count: (report: MutationReport) => number) =>
      reports.reduce((total, report) => total + count(report), 0);
    const failures = reports.flatMap((report) => report.failures);
    const read = sum((report) => report.read), refused = sum((report) => report.refusedPages);
    console.log(
      `mutation: ${
        end - first
      } mutants of ${numFiles} files, seed ${SEED}: ${read} read, ${refused} refused at a ` +
        `page, ${sum((report) => report.refusedFooter)} at the footer; hyparquet agreed on ` +
        `${sum((report) => report.agreed)} chunks; the slowest took ` +
        `${
          Math.ceil(Math.max(...reports.map((report) => report.slowestMs)))
        } ms, the most memory at once was ` +
        `${Math.max(...reports.map((report) => report.mostBytes))} bytes${
          missing ? `. Skipped: ${missing}` : ""
        }`,
    );
    assert.deepEqual(
      failures.map(({ index, file, reason }) => `${file}, ${reproduce(index)}: ${reason}`),
      [],
    );
    if (ONLY !== undefined) return;
    // The mutants are of use only as long as enough of them get beyond the footer, and some are read.
    assert.ok(refused > NUM_MUTANTS / 3 && read > NUM_MUTANTS / 20, "too few mutants get beyond the footer");
    assert.ok(Math.max(...reports.map((report) => report.mostBytes)) > 0, "allocations were not watched");
  });
});

function reproduce(index: number): string {
  return `MLPS_MUTATION_SEED=${SEED} MLPS_MUTANT=${index}`;
}

/** Returns the report of a process; rejects, with the mutant that it was at, when it hangs or dies. */
function runProcess(task: MutationTask, signal: AbortSignal): Promise<MutationReport> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(task)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  signal.addEventListener("abort", () => child.kill("SIGKILL"));
  let output = "", lastIndex = -1, lastMs = performance.now();
  child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      const index = readProgress(task.progressFile);
      if (index !== lastIndex) lastMs = performance.now();
      lastIndex = index;
      if (performance.now() - lastMs < HANG_MS) return;
      child.kill("SIGKILL");
      reject(new Error(`A mutant hangs: ${reproduce(index)}`));
    }, POLL_MS);
    child.on("close", (exitCode, killedBy) => {
      clearInterval(timer);
      lastIndex = readProgress(task.progressFile);
      if (exitCode === 0) return resolve(JSON.parse(output) as MutationReport);
      reject(new Error(`A mutant ended the process (${killedBy ?? exitCode}): ${reproduce(lastIndex)}`));
    });
  });
}

/** Returns the index of the mutant that a process is at, -1 before the first. */
function readProgress(progressFile: string): number {
  if (!fs.existsSync(progressFile)) return -1;
  const bytes = fs.readFileSync(progressFile);
  return bytes.length < 4 ? -1 : bytes.readInt32LE(0);
}
