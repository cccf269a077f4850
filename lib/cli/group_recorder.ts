// Keeps the result of several runs (repeats, a scan) on disk while they go on, and ends with it, whatever ended the runs.
import type { InterruptedError } from "../base/errors.ts";
import type { Repeats } from "../metrics/repeats.ts";
import type { Scan } from "../metrics/scan.ts";
import type { RunStatus } from "../metrics/summary_input.ts";
import type { GroupFolder } from "../report/group_folder.ts";
import { renderJson } from "../report/result_folder.ts";
import { renderLabelled } from "../report/text_table.ts";
import { type Messages, print } from "./output.ts";

export interface GroupRecorderOptions<R> {
  readonly folder: GroupFolder;
  readonly messages: Messages;
  readonly signal: AbortSignal;
  readonly json: boolean;
  /** Returns what the runs so far tell together. */
  readonly describe: (status: RunStatus, error?: string) => R;
  /** Returns it as text. */
  readonly render: (result: R) => readonly string[];
}

/** Writes the result of one group of runs. */
export class GroupRecorder<R extends Repeats | Scan> {
  /** What a run threw. */
  failure: unknown;
  readonly #options: GroupRecorderOptions<R>;
  #writeFailure: unknown;

  constructor(options: GroupRecorderOptions<R>) {
    this.#options = options;
  }

  /** Whether no further run is to begin. */
  get isOver(): boolean {
    return this.failure !== undefined || this.#options.signal.aborted;
  }

  /** Writes what is known, after a run. */
  keep(): void {
    this.#write(this.#options.describe("partial"));
  }

  /** Removes the folder of a group without a run. @throws What ended the first. */
  discard(): never {
    this.#options.folder.discard();
    throw this.failure ?? this.#options.signal.reason;
  }

  /** Writes, prints and returns the result. @throws What ended a run, or why the result could not be written. */
  async finish(): Promise<R> {
    const { folder, signal, json, describe, render } = this.#options, { failure } = this;
    const result = failure !== undefined
      ? describe("failed", (failure as Error).message)
      : signal.aborted
      ? describe("partial", (signal.reason as InterruptedError).message)
      : describe("complete");
    this.#write(result);
    await print(
      json ? renderJson(result) : [...render(result), "", ...renderLabelled("results", [folder.path])],
    );
    if (failure !== undefined || this.#writeFailure !== undefined) throw failure ?? this.#writeFailure;
    if (signal.aborted) throw signal.reason;
    return result;
  }

  /** As with a run's own results: a disk that fills up ends no measurement of hours. */
  #write(result: R): void {
    const { folder, messages } = this.#options;
    try {
      folder.write(result);
      this.#writeFailure = undefined;
    } catch (cause) {
      if (this.#writeFailure === undefined) {
        messages.say(`Warning: ${(cause as Error).message}. The runs go on`);
      }
      this.#writeFailure = cause;
    }
  }
}
