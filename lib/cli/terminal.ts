// What a stream leads to: a terminal that may be drawn on, how wide it is, what it can show.
import process from "node:process";
import { createLogUpdate } from "log-update";

/** Where launchers of parallel jobs say which process this is; the innermost launcher first. */
const RANK_VARIABLES = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"];

/** A terminal, for who draws on it. */
export interface Screen {
  /** How long a line may be. */
  readonly columns: number;
  /** Whether it shows more than ASCII. */
  readonly isUnicode: boolean;
  readonly paint: Paint;
}

/** Returns a text with what makes it stand out; nothing of it is needed to understand the text. */
export type Paint = (tone: Tone, text: string) => string;
export type Tone = "good" | "watch" | "bad" | "dim";

/** Codes of ECMA-48 ("select graphic rendition"): on, and back to the default. */
const CODES: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  watch: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
};

/** Returns the text as it is. */
export function paintNothing(_tone: Tone, text: string): string {
  return text;
}

function paintColours(tone: Tone, text: string): string {
  const [on, off] = CODES[tone];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

/** Returns how texts for a stream are painted: not at all where it is no terminal, or nobody wants escape sequences. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return isTerminal(stream) ? paintColours : paintNothing;
}

/** Under Open MPI every rank sees a terminal, even where the output goes to a file: one alone may draw. */
function isTerminal(stream: NodeJS.WriteStream): boolean {
  const { TERM, NO_COLOR, CI } = process.env;
  return stream.isTTY === true && isFirstRank() && TERM !== "dumb" && !NO_COLOR && !CI;
}

/** Returns whether this process is the one that speaks for all of a parallel job. */
export function isFirstRank(): boolean {
  const variable = RANK_VARIABLES.find((name) => process.env[name] !== undefined);
  return variable === undefined || process.env[variable] === "0";
}

/** Returns whether the user's locale has characters beyond ASCII (locale(7): the first of these that is set counts). */
function isUnicodeLocale(): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = process.env;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
}

/** A few lines of a terminal that are redrawn in place. */
export class LiveFrame {
  readonly #stream: NodeJS.WriteStream;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #isUnicode = isUnicodeLocale();
  #lengths: readonly number[] = [];
  readonly #onResize = () => this.#resize();

  /**
   * Returns undefined where the stream may not be drawn on. A terminal without a size has nobody in front of it: Open MPI
   * makes such ones for its ranks, and writes what they show to wherever its own output goes.
   */
  static on(stream: NodeJS.WriteStream): LiveFrame | undefined {
    return isTerminal(stream) && stream.columns > 0 && stream.rows > 0 ? new LiveFrame(stream) : undefined;
  }

  private constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#draw = createLogUpdate(stream);
  }

  /** The last column stays free: a terminal that has written to it goes to the next line, or does so later. */
  get screen(): Screen {
    return {
      columns: Math.max(1, this.#stream.columns - 1),
      isUnicode: this.#isUnicode,
      paint: paintColours,
    };
  }

  /** Shows lines in place of those before; longer ones than `screen` says would be broken. */
  show(lines: readonly string[]): void {
    if (this.#lengths.length === 0) this.#stream.on("resize", this.#onResize);
    this.#lengths = lines.map(visibleLength);
    this.#draw(lines.join("\n"));
  }

  /** Removes the lines; what is written next stands in their place. */
  clear(): void {
    if (this.#lengths.length === 0) return;
    this.#stream.off("resize", this.#onResize);
    this.#lengths = [];
    this.#draw.clear();
    this.#draw.done();
  }

  /**
   * A terminal that becomes narrower breaks the lines that are too long now, so that there are more of them than were
   * drawn. All are removed, and drawn anew when there is something to show.
   */
  #resize(): void {
    const columns = Math.max(1, this.#stream.columns);
    const rows = this.#lengths.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / columns)), 0);
    if (rows === this.#lengths.length) return;
    this.#stream.write(`\x1b[${rows}A\r\x1b[J`);
    this.#draw.done();
    this.#lengths = []; // nothing is drawn until the next time: another resize must not erase what lies above
  }
}

function visibleLength(line: string): number {
  // deno-lint-ignore no-control-regex
  return line.replace(/\x1b\[\d+m/g, "").length;
}
