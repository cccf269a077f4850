// Keeps a run's results on disk up to date. A disk that fills up does not end a measurement of hours: it is said once,
// and the run goes on; the last summary is printed whatever became of its file.
import type { SeriesPoint } from "../metrics/series.ts";
import type { Summary } from "../metrics/summary.ts";
import type { ResultFolder } from "../report/result_folder.ts";
import type { Messages } from "./output.ts";

/** Writes the results of one run. */
export class ResultRecorder {
  #summary: Summary | undefined;
  #summaryFailure: unknown;
  #hasComplained = false;

  constructor(readonly folder: ResultFolder, readonly messages: Messages) {}

  /** Adds a line to the series. */
  addPoint(point: SeriesPoint): void {
    this.#try(() => this.folder.appendSeries(point));
  }

  /** Writes the summary in place of the one before. */
  keep(summary: Summary): void {
    this.#summary = summary;
    this.#summaryFailure = this.#try(() => this.folder.writeSummary(summary));
  }

  /** Ends the series; returns the last summary, if there was one, and why its file could not be written, if so. */
  close(): { readonly summary?: Summary; readonly summaryFailure?: unknown } {
    this.folder.close();
    return { summary: this.#summary, summaryFailure: this.#summaryFailure };
  }

  #try(write: () => void): unknown {
    try {
      write();
      return undefined;
    } catch (cause) {
      if (!this.#hasComplained) this.messages.say(`Warning: ${(cause as Error).message}. The run goes on`);
      this.#hasComplained = true;
      return cause;
    }
  }
}
