// argv -> command -> exit code. The only place that exits.
import process from "node:process";
import { exitCodeOf, InterruptedError } from "./lib/base/errors.ts";
import manifest from "./deno.json" with { type: "json" };

const interruption = new AbortController();
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(exitCodeOf(signal));
    interruption.abort(new InterruptedError(signal));
  });
}

const commandLine = process.argv.slice(2);
try {
  if (["--version", "-V"].includes(commandLine[0])) {
    process.stdout.write(`mlps ${manifest.version}\n`); // without loading the rest of the program
    process.exit(0);
  }
  const { buildProgram } = await import("./lib/cli/program.ts");
  const program = buildProgram({ version: manifest.version, commandLine, signal: interruption.signal });
  await program.parseAsync(commandLine, { from: "user" });
  process.exit(0);
} catch (cause) {
  process.exit(await report(cause));
}

/** Tells what went wrong, with --json also as the one document on stdout, and returns the exit code. */
async function report(cause: unknown): Promise<number> {
  const { describeFailure, isHelp, renderFailure } = await import("./lib/cli/failure.ts");
  if (isHelp(cause)) return 0;
  process.stderr.write(renderFailure(cause));
  const failure = describeFailure(cause);
  if (commandLine.includes("--json")) {
    const { hasPrinted, print } = await import("./lib/cli/output.ts");
    // What cannot be written now has been told on stderr.
    if (!hasPrinted()) await print(JSON.stringify({ error: failure }, null, 2) + "\n").catch(() => {});
  }
  return failure.exit_code;
}
