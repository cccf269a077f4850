// mlps run: the main job. Checks everything that can be checked, generates the dataset where the workload says so,
// trains, writes and prints the result.
import process from "node:process";
import { Command, InvalidArgumentError, Option } from "commander";
import { CheckFailedError, type InterruptedError, UsageError } from "../base/errors.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Summary } from "../metrics/summary.ts";
import { answerOf } from "../report/answer.ts";
import { renderJson } from "../report/result_folder.ts";
import { renderResult } from "../report/text_result.ts";
import { addCategoryFlags, checkCategory } from "./category.ts";
import { findCeiling } from "./ceiling.ts";
import { generateMissing } from "./generation.ts";
import {
  addAcceleratorFlag,
  addMessageFlags,
  addWorkloadFlags,
  type Context,
  generateCommandOf,
  loadFromFlags,
  type MessageFlags,
  wholeNumber,
  type WorkloadFlags,
} from "./options.ts";
import { Messages, print } from "./output.ts";
import { paintAnswer } from "./paint.ts";
import { prepareTraining } from "./prepare_training.ts";
import { recordRun, type RunRecipe } from "./record_run.ts";
import { runRepeatedly } from "./repeat.ts";
import { paintFor } from "./terminal.ts";

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
    .addOption(
      new Option("--bare", "measure no single read: shows what measuring costs").conflicts("rawLog"),
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
  if (!trains) {
    const report = await generateMissing(loaded, { context, messages });
    if (flags.json) await print(JSON.stringify(report, null, 2) + "\n");
    return;
  }
  const request = { loaded, flags, context, messages };
  const prepared = await prepareTraining(request);
  const ceiling = findCeiling(loaded, { resultsDir: flags.resultsDir, version: context.version });
  const figure = await measure({ ...request, ...prepared, ceiling }, flags);
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
  const { folder, summary, isStored, failure } = await recordRun(recipe);
  if (summary !== undefined) {
    const printed = printResult(summary, flags, isStored ? folder : undefined);
    await (failure === undefined ? printed : printed.catch(() => {})); // the first cause is the one to tell
  }
  if (failure !== undefined) throw failure;
  const { train_au_mean_percentage, train_au_meet_expectation } = summary!.metric;
  return {
    meanPercent: train_au_mean_percentage,
    meetsExpectation: train_au_meet_expectation === "success",
  };
}

async function printResult(summary: Summary, { json }: RunFlags, folderPath?: string): Promise<void> {
  if (json) return await print(renderJson(summary));
  const paint = paintFor(process.stdout);
  await print(paintAnswer(renderResult(summary, folderPath), answerOf(summary), paint));
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
