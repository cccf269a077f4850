// A program that reads Parquet files on request: one line of JSON in, one out. mlps and pyarrow each get such a program,
// so that both are measured alike: one thread, warmed up, idle while the other is at work.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What to read: all row groups of the files, several times over. */
export interface ReadRequest {
  readonly paths: readonly string[];
  /** Names of the columns to read; null: all. */
  readonly columns: readonly string[] | null;
  readonly passes: number;
  /** Whether opening a file and reading its footer is part of the time. Otherwise it is done before, once. */
  readonly opens_in_time: boolean;
}

/** How long that took, and how many rows there were. */
export interface ReadAnswer {
  readonly elapsed_ns: number;
  readonly rows: number;
}

/** One such program. */
export class ReadingProgram {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #name: string;

  constructor(program: string, args: readonly string[]) {
    this.#name = [program, ...args].join(" ");
    this.#process = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface(this.#process.stdout);
  }

  /** Returns the rows read per second. @throws When the program ends, or reads another number of rows. */
  async read(request: ReadRequest, wantedRows: number): Promise<number> {
    const answer = new Promise<string>((resolve, reject) => {
      this.#lines.once("line", resolve);
      this.#lines.once("close", () => reject(new Error(`${this.#name} ended`)));
    });
    this.#process.stdin.write(JSON.stringify(request) + "\n");
    const { elapsed_ns, rows }: ReadAnswer = JSON.parse(await answer);
    if (rows !== wantedRows) throw new Error(`${this.#name} read ${rows} rows, wanted ${wantedRows}`);
    return rows / elapsed_ns * 1e9;
  }

  /** Has the program end. */
  end(): void {
    this.#lines.removeAllListeners("close");
    this.#process.stdin.end();
  }
}
