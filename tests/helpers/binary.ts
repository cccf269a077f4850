// Runs the compiled binary as a user does: a process of its own, in a folder of its own, its output through pipes.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import { fileURLToPath } from "node:url";

/** The binary that the tests run. */
export const BINARY = fileURLToPath(new URL("../../mlps", import.meta.url).href);
/** A run of seconds may take several times as long on a machine that is busy with something else. */
const TIMEOUT_MS = 45_000;
const POLL_MS = 5;
/** Most tests ask no figure of a run, and would wait for its rehearsal in vain. */
const HASTE = { MLPS_REHEARSAL_SECONDS: "0.05" };

/** The environment of a run that is to measure. */
export const WITH_REHEARSAL = { MLPS_REHEARSAL_SECONDS: "" };

export interface ProcessOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface ProcessResult {
  /** Null when a signal that it did not handle ended the process. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProcess {
  readonly process: ChildProcess;
  /** Rejects when the process takes longer than its timeout, and ends it. */
  readonly ended: Promise<ProcessResult>;
}

/** Starts `mlps` with these arguments. */
export function startMlps(args: readonly string[], options: ProcessOptions): RunningProcess {
  assert.ok(fs.existsSync(BINARY), `${BINARY} is missing. Make it with \`deno task build\``);
  return startProcess(BINARY, args, options);
}

/** Runs `mlps` with these arguments to its end. */
export function runMlps(args: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  return startMlps(args, options).ended;
}

/** Runs a bash script, in which "$MLPS" is the binary, to its end. */
export function runScript(script: string, options: ProcessOptions): Promise<ProcessResult> {
  return startProcess("bash", ["-c", script], { ...options, env: { ...options.env, MLPS: BINARY } }).ended;
}

function startProcess(file: string, args: readonly string[], options: ProcessOptions): RunningProcess {
  const { cwd, env, timeoutMs = TIMEOUT_MS } = options;
  const child = spawn(file, args, {
    cwd,
    env: { ...HASTE, ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]!.setEncoding("utf8").on("data", (text: string) => output[name] += text);
  }
  const ended = new Promise<ProcessResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`${file} ${args.join(" ")} did not end within ${timeoutMs} ms:\n${output.stderr}`));
    }, timeoutMs);
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, ...output });
    });
  });
  return { process: child, ended };
}

/** Asserts that a process ended with this code; the message of a failure is what the process said. */
export function assertExit({ exitCode, stderr }: ProcessResult, wanted: number): void {
  assert.equal(exitCode, wanted, stderr);
}

/** Returns when `condition` holds; rejects when the process ends, or the time is over, before it does. */
export async function waitUntil(condition: () => boolean, running: RunningProcess): Promise<void> {
  const endMs = performance.now() + TIMEOUT_MS;
  while (!condition()) {
    const { process: { exitCode, signalCode } } = running;
    if (exitCode !== null || signalCode !== null) {
      throw new Error(`The process ended too early: ${(await running.ended).stderr}`);
    }
    if (performance.now() > endMs) throw new Error("The condition did not come true in time");
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
