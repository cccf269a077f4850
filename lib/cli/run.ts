// mlps run: the main job. Checks everything that can be checked, generates the dataset where the workload says so,
// trains, writes and prints the result.
import { Command, InvalidArgumentError } from "commander";
import { CheckFailedError, type InterruptedError, UsageError } from "../base/errors.ts";
import { directOffSetting } from "../config/direct.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { type DatasetPart, filePath } from "../dataset/file_names.ts";
import { openDataset } from "../dataset/open_dataset.ts";
import type { Summary } from "../metrics/summary.ts";
import { demandOf } from "../plan/demand.ts";
import { evaluationOf } from "../plan/evaluation.ts";
import { checkResultsDir, renderJson } from "../report/result_folder.ts";
import { renderResult } from "../report/text_result.ts";
import { renderLabelled } from "../report/text_table.ts";
import { checkMayDropCaches } from "../storage/page_cache.ts";
import { probeDirectFolder, probeDirectRead } from "../storage/direct_probe.ts";
import { addCategoryFlags, checkCategory } from "./category.ts";
import { findCeiling } from "./ceiling.ts";
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
  wholeNumber,
  type WorkloadFlags,
} from "./options.ts";
import { Messages, print } from "./output.ts";
import { describeChecking } from "./progress_text.ts";
import { recordRun, type RunRecipe } from "./record_run.ts";
import { runRepeatedly } from "./repeat.ts";

interface RunFlags extends WorkloadFlags, MessageFlags {
  readonly numAccelerators: number;
  readonly resultsDir: string;
  /** true: the workload's own metric.au; a number: percent. */
  readonly requireAu?: number | true;
  readonly closed?: boolean;
  readonly open?: boolean;
  /** How many runs count, after one to warm up. */
  readonly repeat?: number;
  readonly rawLog?: boolean;
  readonly bare?: boolean;
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
    )
    .option("--repeat <N>", "one warm-up run, then N measured runs, and their mean", wholeNumber)
    .option("--raw-log", "write every read to a file of its reader, beside the summary")
    .option("--bare", "measure no single read: shows what measuring costs");
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
    // All refuse what cannot train before anything is generated.
    demandOf(workload, flags.numAccelerators);
    evaluationOf(workload, flags.numAccelerators);
    if (workload.reader.page_cache === "drop") checkMayDropCaches();
  }
  // Before hours of generation; and where nothing is generated, not before all else is known to be right.
  const checkResults = () => checkResultsDir(flags.resultsDir, loaded.name);
  if (generates) {
    const beforeWriting = () => {
      checkResults();
      if (!workload.reader.odirect) return;
      const wayOut = directOffSetting(workload, "reader");
      probeDirectFolder(dataFolderOf(workload), { action: "read", wayOut });
    };
    const report = await generateMissing(loaded, {
      context,
      messages,
      beforeWriting: trains ? beforeWriting : undefined,
    });
    if (!trains && flags.json) await print(JSON.stringify(report, null, 2) + "\n");
  }
  if (!trains) return;
  const opening = { loaded, flags, context, messages };
  const dataset = await openChecked(opening, "train");
  const evaluationDataset = workload.workflow.evaluation ? await openChecked(opening, "valid") : undefined;
  checkResults();
  if (context.signal.aborted) throw context.signal.reason;
  const ceiling = findCeiling(loaded, { resultsDir: flags.resultsDir, version: context.version });
  const figure = await measure({ ...opening, dataset, evaluationDataset, ceiling }, flags);
  if (context.signal.aborted) throw context.signal.reason as InterruptedError;
  if (flags.requireAu !== undefined) checkAu(figure, flags.requireAu);
}

/** What --require-au judges. */
interface AuFigure {
  readonly meanPercent: number;
  readonly meetsExpectation: boolean;
}

/** Runs once, or as often as --repeat says, and prints the result. */
async function measure(recipe: RunRecipe, flags: RunFlags): Promise<AuFigure> {
  if (flags.repeat !== undefined) {
    const repeats = await runRepeatedly(recipe, { numMeasured: flags.repeat, json: flags.json ?? false });
    return {
      meanPercent: repeats.au_percentage?.mean ?? 0,
      meetsExpectation: repeats.au_meet_expectation === "success",
    };
  }
  const { folder, summary, failure } = await recordRun(recipe);
  if (summary !== undefined) {
    const printed = printResult(summary, flags, folder);
    await (failure === undefined ? printed : printed.catch(() => {})); // the first cause is the one to tell
  }
  if (failure !== undefined) throw failure;
  const { train_au_mean_percentage, train_au_meet_expectation } = summary!.metric;
  return {
    meanPercent: train_au_mean_percentage,
    meetsExpectation: train_au_meet_expectation === "success",
  };
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
  if (workload.reader.odirect && dataset.origin !== "synthetic") {
    probeDirectRead(filePath(dataset.names, 0), directOffSetting(workload, "reader"));
  }
  return dataset;
}

async function printResult(summary: Summary, { json }: RunFlags, folderPath: string): Promise<void> {
  if (json) return await print(renderJson(summary));
  await print([...renderResult(summary), "", ...renderLabelled("results", [folderPath])]);
}

function checkAu({ meanPercent, meetsExpectation }: AuFigure, required: number | true): void {
  const failed = required === true ? !meetsExpectation : meanPercent < required;
  if (failed) {
    const wanted = required === true ? "the workload's metric.au" : `${required} %`;
    throw new CheckFailedError(`The mean AU is ${meanPercent.toFixed(2)} %, --require-au wants ${wanted}`);
  }
}

function percent(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 100)) {
    throw new InvalidArgumentError("A percentage above 0 and up to 100 is wanted.");
  }
  return value;
}
