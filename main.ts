// argv -> command -> exit code. The only place that exits.
import process from "node:process";
import { CommanderError } from "commander";
import {
  CheckFailedError,
  FileError,
  InterruptedError,
  PreflightError,
  UsageError,
} from "./lib/base/errors.ts";
import manifest from "./deno.json" with { type: "json" };

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

const interruption = new AbortController();
for (const signal of Object.keys(SIGNAL_NUMBERS) as (keyof typeof SIGNAL_NUMBERS)[]) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(128 + SIGNAL_NUMBERS[signal]);
    interruption.abort(new InterruptedError(signal));
  });
}

try {
  const commandLine = process.argv.slice(2);
  if (["--version", "-V"].includes(commandLine[0])) {
    process.stdout.write(`mlps ${manifest.version}\n`); // without loading the rest of the program
    process.exit(0);
  }
  const { buildProgram } = await import("./lib/cli/program.ts");
  const program = buildProgram({ version: manifest.version, commandLine, signal: interruption.signal });
  await program.parseAsync(commandLine, { from: "user" });
  process.exit(0);
} catch (cause) {
  process.exit(report(cause));
}

/** Prints what went wrong and returns the exit code (DESIGN, "Commands"). */
function report(cause: unknown): number {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? 0 : 2; // commander has printed it
  if (cause instanceof InterruptedError) return 128 + SIGNAL_NUMBERS[cause.signal];
  const isForUser = cause instanceof UsageError || cause instanceof PreflightError ||
    cause instanceof FileError ||
    cause instanceof CheckFailedError;
  const { message, stack } = cause as Error;
  process.stderr.write(
    isForUser ? `mlps: ${message}\n` : `mlps: an error that should not happen\n${stack ?? message}\n`,
  );
  if (cause instanceof UsageError) return 2;
  if (cause instanceof PreflightError) return 3;
  if (cause instanceof CheckFailedError) return 4;
  return 1;
}
