// One measured run with its own result folder.
import { meanSeconds } from "../config/durations.ts";
import { renderWorkload } from "../config/load.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Summary } from "../metrics/summary.ts";
import type { SummaryInput } from "../metrics/summary_input.ts";
import { findPreviousResult } from "../report/previous_result.ts";
import { ResultFolder } from "../report/result_folder.ts";
import { refusalText } from "../run/io_engine.ts";
import { runTraining } from "../run/training_run.ts";
import type { Context } from "./options.ts";
import type { Messages } from "./output.ts";
import { rehearsalSecondsOf } from "./rehearsal_setting.ts";
import { ResultRecorder } from "./result_recorder.ts";
import { TrainingView } from "./training_view.ts";

/** What is run, and how. */
export interface RunRecipe {
  readonly loaded: LoadedWorkload;
  readonly dataset: Dataset;
  readonly evaluationDataset: Dataset | undefined;
  readonly flags: {
    readonly numAccelerators: number;
    readonly resultsDir: string;
    readonly rawLog?: boolean;
    readonly bare?: boolean;
  };
  /** What this client can reach without storage, where somebody measured it. */
  readonly ceiling?: SummaryInput["ceiling"];
  readonly context: Context;
  readonly messages: Messages;
}

/** What became of a run. */
export interface RecordedRun {
  readonly folder: string;
  /** Absent when the run failed before there was one. */
  readonly summary?: Summary;
  /** Whether the last summary lies in the folder. */
  readonly isStored: boolean;
  /** What ended the run, or kept its last summary from being written. */
  readonly failure?: unknown;
}

/** Trains once and writes the results. @throws {FileError} When there is no place for them. */
export async function recordRun(recipe: RunRecipe): Promise<RecordedRun> {
  const { loaded, flags, context, messages } = recipe;
  const { name, workload } = loaded;
  const startedAt = new Date();
  const previous = findPreviousResult(flags.resultsDir, name, startedAt);
  const folder = new ResultFolder(flags.resultsDir, name, {
    startedAt,
    configYaml: renderWorkload(workload),
  });
  const recorder = new ResultRecorder(folder, messages);
  const isJudged = recipe.dataset.origin !== "synthetic" && meanSeconds(workload.train.computation_time) > 0;
  const view = new TrainingView({
    epochs: workload.train.epochs,
    requiredPercent: isJudged ? workload.metric.au * 100 : undefined,
  });
  let failure: unknown;
  try {
    await runTraining({
      loaded,
      dataset: recipe.dataset,
      evaluationDataset: recipe.evaluationDataset,
      numAccelerators: flags.numAccelerators,
      version: context.version,
      commandLine: context.commandLine,
      startedAt,
      previous,
      ceiling: recipe.ceiling,
      ...(flags.rawLog && { rawLogFolder: folder.path }),
      onRawLogEnd: (message) => messages.say(`Warning: ${message}`),
      onRingRefusal: (reason) => messages.say(`Warning: ${refusalText(reason)}`),
      bare: flags.bare ?? false,
      rehearsalSeconds: rehearsalSecondsOf(process.env),
      signal: context.signal,
      onProgress: (progress) => messages.progress((screen) => view.describe(progress, screen)),
      onSecond: (point) => {
        view.addPoint(point);
        recorder.addPoint(point);
      },
      onSummary: (latest) => recorder.keep(latest),
    });
  } catch (cause) {
    failure = cause;
  }
  messages.endProgress();
  const { summary, summaryFailure } = recorder.close();
  return {
    folder: folder.path,
    summary,
    isStored: summary !== undefined && summaryFailure === undefined,
    failure: failure ?? summaryFailure,
  };
}
