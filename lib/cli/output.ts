// What the commands print: data on stdout, messages on stderr, and on a terminal a few lines that show how far they are.
import process from "node:process";
import { FileError, reasonOf } from "../base/errors.ts";
import { isFirstRank, LiveFrame, type Screen } from "./terminal.ts";

const TERMINAL_INTERVAL_MS = 200, PLAIN_INTERVAL_MS = 5000;

/** Returns what shows how far a command is: lines for the screen, or one line where there is none. */
export type Draw = (screen?: Screen) => string | readonly string[];

let hasBegunPrinting = false;

/** Messages of a command. */
export class Messages {
  readonly #quiet: boolean;
  readonly #isFirstRank = isFirstRank();
  readonly #frame = LiveFrame.on(process.stderr);
  #nextAtMs = this.#firstAtMs();

  /** `signal` is raised when the user or the system ends the command, which is told even when quiet. */
  constructor({ quiet, signal }: { readonly quiet: boolean; readonly signal: AbortSignal }) {
    this.#quiet = quiet;
    signal.addEventListener("abort", () => {
      this.#frame?.clear();
      process.stderr.write("\nStopping; what is complete is kept. Once more ends at once\n");
    });
  }

  /** Prints a message. */
  say(text: string): void {
    if (this.#quiet) return;
    this.#frame?.clear();
    process.stderr.write(text + "\n");
  }

  /** Shows how far the command is: in place on a terminal, else as a line every few seconds. */
  progress(draw: Draw): void {
    const nowMs = performance.now();
    if (this.#quiet || !this.#isFirstRank || nowMs < this.#nextAtMs) return;
    this.#nextAtMs = nowMs + (this.#frame === undefined ? PLAIN_INTERVAL_MS : TERMINAL_INTERVAL_MS);
    if (this.#frame === undefined) {
      process.stderr.write([draw()].flat().join("\n") + "\n");
    } else {
      const { screen } = this.#frame;
      // What takes no notice of the screen is plain text, which can be cut anywhere.
      const drawn = draw(screen);
      this.#frame.show(typeof drawn === "string" ? [drawn.slice(0, screen.columns)] : drawn);
    }
  }

  /** Removes the progress. */
  endProgress(): void {
    this.#frame?.clear();
    this.#nextAtMs = this.#firstAtMs();
  }

  /** A plain line is worth its place in a log only for what takes long. */
  #firstAtMs(): number {
    return this.#frame === undefined ? performance.now() + PLAIN_INTERVAL_MS : 0;
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
