// What the commands print: data on stdout, messages on stderr, and on a terminal one line that shows how far they are.
import process from "node:process";
import { createLogUpdate } from "log-update";
import { FileError, reasonOf } from "../base/errors.ts";

const TERMINAL_INTERVAL_MS = 100, PLAIN_INTERVAL_MS = 5000;

/** Where launchers of parallel jobs say which process this is; the innermost launcher first. */
const RANK_VARIABLES = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"];

let hasBegunPrinting = false;

/** Messages of a command. */
export class Messages {
  readonly #quiet: boolean;
  readonly #isFirstRank = isFirstRank();
  readonly #line = isLiveTerminal() ? createLogUpdate(process.stderr) : undefined;
  #nextAtMs = this.#firstAtMs();

  /** `signal` is raised when the user or the system ends the command, which is told even when quiet. */
  constructor({ quiet, signal }: { readonly quiet: boolean; readonly signal: AbortSignal }) {
    this.#quiet = quiet;
    signal.addEventListener("abort", () => {
      this.#line?.clear();
      process.stderr.write("\nStopping; what is complete is kept. Once more ends at once\n");
    });
  }

  /** Prints a message. */
  say(text: string): void {
    if (this.#quiet) return;
    this.#line?.clear();
    process.stderr.write(text + "\n");
  }

  /** Shows how far the command is: in place on a terminal, else as a line every few seconds. */
  progress(describe: () => string): void {
    const nowMs = performance.now();
    if (this.#quiet || !this.#isFirstRank || nowMs < this.#nextAtMs) return;
    this.#nextAtMs = nowMs + (this.#line === undefined ? PLAIN_INTERVAL_MS : TERMINAL_INTERVAL_MS);
    if (this.#line === undefined) process.stderr.write(describe() + "\n");
    else this.#line(describe());
  }

  /** Removes the progress line. */
  endProgress(): void {
    this.#line?.clear();
    this.#line?.done();
    this.#nextAtMs = this.#firstAtMs();
  }

  /** A plain line is worth its place in a log only for what takes long. */
  #firstAtMs(): number {
    return this.#line === undefined ? performance.now() + PLAIN_INTERVAL_MS : 0;
  }
}

/** Prints data and returns when all of it is written: what is still buffered at the exit would be lost. */
export async function print(lines: readonly string[] | string): Promise<void> {
  const text = typeof lines === "string" ? lines : lines.join("\n") + "\n";
  hasBegunPrinting = true;
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (cause) => {
      // A reader such as `head` may have seen enough.
      if (!cause || (cause as NodeJS.ErrnoException).code === "EPIPE") return resolve();
      reject(
        new FileError({ action: "write to", path: "standard output", reason: reasonOf(cause) }, { cause }),
      );
    });
  });
}

/** Returns whether this process has printed data: with --json that is its one document. */
export function hasPrinted(): boolean {
  return hasBegunPrinting;
}

/** Under Open MPI every rank sees a terminal, even where the output goes to a file: one alone may draw. */
function isLiveTerminal(): boolean {
  const { TERM, NO_COLOR, CI } = process.env;
  return process.stderr.isTTY === true && isFirstRank() && TERM !== "dumb" && !NO_COLOR && !CI;
}

function isFirstRank(): boolean {
  const variable = RANK_VARIABLES.find((name) => process.env[name] !== undefined);
  return variable === undefined || process.env[variable] === "0";
}
