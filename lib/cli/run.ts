// mlps run: the main job. Checks everything that can be checked, generates the dataset where the workload says so,
// trains, writes and prints the result.
import { Command, InvalidArgumentError } from "commander";
import { CheckFailedError, type InterruptedError, UsageError } from "../base/errors.ts";
import { renderWorkload } from "../config/load.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { type DatasetPart, filePath } from "../dataset/file_names.ts";
import { openDataset } from "../dataset/open_dataset.ts";
import type { Summary } from "../metrics/summary.ts";
import { demandOf } from "../plan/demand.ts";
import { evaluationOf } from "../plan/evaluation.ts";
import { checkResultsDir, renderJson, ResultFolder } from "../report/result_folder.ts";
import { ResultRecorder } from "./result_recorder.ts";
import { renderResult } from "../report/text_result.ts";
import { runTraining } from "../run/training_run.ts";
import { probeDirectRead } from "../storage/direct_probe.ts";
import { addCategoryFlags, checkCategory } from "./category.ts";
import { generateMissing } from "./generation.ts";
import {
  addAcceleratorFlag,
  addMessageFlags,
  addWorkloadFlags,
  type Context,
  dataFolderOf,
  generateCommandOf,
  loadFromFlags,
  type MessageFlags,
  type WorkloadFlags,
} from "./options.ts";
import { Messages, print } from "./output.ts";
import { describeChecking, describeTraining } from "./progress_text.ts";

interface RunFlags extends WorkloadFlags, MessageFlags {
  readonly numAccelerators: number;
  readonly resultsDir: string;
  /** true: the workload's own metric.au; a number: percent. */
  readonly requireAu?: number | true;
  readonly closed?: boolean;
  readonly open?: boolean;
}

const EXAMPLES = `Examples:
  mlps run workloads/dlrm.yaml
  mlps run dlrm_b200 --data-dir /mnt/nvme/dlrm -n 4
  mlps run dlrm.yaml --set reader.prefetch_size=16 --set reader.odirect=true
  mlps run dlrm.yaml --json --require-au | jq .metric

`;

/** Returns the command. */
export function runCommand(context: Context): Command {
  const command = new Command("run")
    .summary("read a dataset as training would, and report accelerator utilization")
    .description(
      "Reads the dataset of a workload as training would, with the accelerators emulated, and reports their " +
        "utilization (AU), the throughput, and what storage really did.",
    )
    .addHelpText("before", EXAMPLES);
  addMessageFlags(
    addAcceleratorFlag(addWorkloadFlags(command)),
    "print the summary as JSON on stdout, and no text",
  );
  command
    .option("--results-dir <folder>", "where results go", "results")
    .option(
      "--require-au [percent]",
      "exit with 4 when the mean AU is below (default: the workload's metric.au)",
      percent,
    );
  addCategoryFlags(command);
  return command.action(async (name: string, overrides: string[], flags: RunFlags) => {
    const loaded = loadFromFlags(name, overrides, flags);
    await run(loaded, { ...flags, generateCommand: generateCommandOf(name, overrides, flags) }, context);
  });
}

interface RunOptions extends RunFlags {
  readonly generateCommand: string;
}

async function run(loaded: LoadedWorkload, flags: RunOptions, context: Context): Promise<void> {
  const { workload } = loaded;
  const { generate_data: generates, train: trains } = workload.workflow;
  if (!generates && !trains) {
    throw new UsageError(
      `Cannot run "${loaded.name}": workflow.train and workflow.generate_data are both false. Set one of them`,
    );
  }
  checkCategory(loaded, flags);
  const messages = new Messages({ quiet: flags.quiet ?? false, signal: context.signal });
  if (trains) {
    // Both refuse what cannot train before anything is generated.
    demandOf(workload, flags.numAccelerators);
    evaluationOf(workload, flags.numAccelerators);
  }
  // Before hours of generation; and where nothing is generated, not before all else is known to be right.
  const checkResults = () => checkResultsDir(flags.resultsDir, loaded.name);
  if (generates) {
    await generateMissing(loaded, { context, messages, beforeWriting: trains ? checkResults : undefined });
  }
  if (!trains) return;
  const opening = { loaded, flags, context, messages };
  const dataset = await openChecked(opening, "train");
  const evaluationDataset = workload.workflow.evaluation ? await openChecked(opening, "valid") : undefined;
  checkResults();
  if (context.signal.aborted) throw context.signal.reason;
  const summary = await trainAndRecord({ ...opening, dataset, evaluationDataset });
  if (context.signal.aborted) throw context.signal.reason as InterruptedError;
  if (flags.requireAu !== undefined) checkAu(summary, flags.requireAu);
}

interface Opening {
  readonly loaded: LoadedWorkload;
  readonly flags: RunOptions;
  readonly context: Context;
  readonly messages: Messages;
}

async function openChecked(
  { loaded: { workload }, flags, context, messages }: Opening,
  part: DatasetPart,
): Promise<Dataset> {
  const dataset = await openDataset(workload, dataFolderOf(workload), {
    part,
    generateCommand: flags.generateCommand,
    signal: context.signal,
    onProgress: (done, wanted) => messages.progress(() => describeChecking(done, wanted)),
  }).finally(() => messages.endProgress());
  if (workload.reader.odirect) probeDirectRead(filePath(dataset.names, 0));
  return dataset;
}

interface Training extends Opening {
  readonly dataset: Dataset;
  readonly evaluationDataset: Dataset | undefined;
}

async function trainAndRecord(training: Training): Promise<Summary> {
  const { loaded: { name, workload }, flags, context, messages } = training;
  const startedAt = new Date();
  const folder = new ResultFolder(flags.resultsDir, name, {
    startedAt,
    configYaml: renderWorkload(workload),
  });
  const recorder = new ResultRecorder(folder, messages);
  let failure: unknown;
  try {
    await runTraining({
      loaded: training.loaded,
      dataset: training.dataset,
      evaluationDataset: training.evaluationDataset,
      numAccelerators: flags.numAccelerators,
      version: context.version,
      commandLine: context.commandLine,
      startedAt,
      signal: context.signal,
      onProgress: (progress) => messages.progress(() => describeTraining(progress, workload.train.epochs)),
      onSecond: (point) => recorder.addPoint(point),
      onSummary: (latest) => recorder.keep(latest),
    });
  } catch (cause) {
    failure = cause;
  }
  messages.endProgress();
  const summary = recorder.close();
  if (summary !== undefined) {
    const printed = printResult(summary, flags, folder.path);
    await (failure === undefined ? printed : printed.catch(() => {})); // the first cause is the one to tell
  }
  if (failure !== undefined) throw failure;
  return recorder.written();
}

async function printResult(summary: Summary, { json }: RunOptions, folderPath: string): Promise<void> {
  if (json) return await print(renderJson(summary));
  await print([...renderResult(summary), "", `  ${"results".padEnd(12)}${folderPath}`]);
}

function checkAu({ metric }: Summary, required: number | true): void {
  const { train_au_mean_percentage: mean, train_au_meet_expectation: expectation } = metric;
  const failed = required === true ? expectation !== "success" : mean < required;
  if (failed) {
    const wanted = required === true ? "the workload's metric.au" : `${required} %`;
    throw new CheckFailedError(`The mean AU is ${mean.toFixed(2)} %, --require-au wants ${wanted}`);
  }
}

function percent(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100)) {
    throw new InvalidArgumentError("A percentage above 0 and up to 100 is wanted.");
  }
  return value;
}
