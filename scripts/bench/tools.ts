// What all benchmarks share: running programs, medians, the table.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url).href);
export const MLPS = `${ROOT}mlps`;
/** The runtime that the source runs on. */
export const BUN = `${ROOT}node_modules/bun/bin/bun.exe`;

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly target: string;
  /** Whether the target is reached; absent for a line without one. */
  readonly ok?: boolean;
}

/** Runs a program and returns its stdout. @throws When it fails. */
export function runProgram(program: string, args: readonly string[], cwd = ROOT): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${stderr}`);
  return stdout;
}

/** Returns whether a program can be run. */
export function hasProgram(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Returns the median with the least and the most, as text. */
export function spread(values: readonly number[], digits = 1): string {
  const text = (value: number) => value.toFixed(digits);
  return `${text(median(values))} (${text(Math.min(...values))} to ${text(Math.max(...values))})`;
}

/** Prints rows as they are known. */
export function printRow({ what, measured, target, ok }: Row): void {
  const mark = ok === undefined ? "" : ok ? "reached" : "MISSED";
  console.log(`| ${what.padEnd(58)} | ${measured.padEnd(30)} | ${target.padEnd(12)} | ${mark.padEnd(7)} |`);
}

export function printHead(): void {
  printRow({ what: "what", measured: "measured: median (min to max)", target: "target" });
  console.log(`|${"-".repeat(60)}|${"-".repeat(32)}|${"-".repeat(14)}|---------|`);
}
