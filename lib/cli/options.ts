// The flags that several commands share, defined once.
import { isAbsolute, join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { UsageError } from "../base/errors.ts";
import { shellCommand } from "../base/shell.ts";
import { type LoadedWorkload, loadWorkload } from "../config/load.ts";
import type { Workload } from "../config/schema.ts";

/** What every command is given besides its own flags. */
export interface Context {
  readonly version: string;
  readonly commandLine: readonly string[];
  /** Raised by Ctrl-C and the like. */
  readonly signal: AbortSignal;
}

export interface WorkloadFlags {
  readonly set: readonly string[];
  readonly dataDir?: string;
}

export interface MessageFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Adds the WORKLOAD argument and the flags that change it. */
export function addWorkloadFlags(command: Command): Command {
  return command
    .argument("<WORKLOAD>", "a workload file, or the name of a workload inside this program")
    .argument("[OVERRIDES...]", "++workload.key.path=value, as for DLIO")
    .addOption(
      new Option("--set <key.path=value>", "override a key of the workload (repeatable)")
        .default([], "none")
        .argParser((value: string, previous: readonly string[]) => [...previous, value]),
    )
    .option("--data-dir <folder>", "the dataset's folder, in place of dataset.data_folder");
}

/** Adds --json and --quiet. */
export function addMessageFlags(command: Command, json: string): Command {
  return command.option("--json", json).option("-q, --quiet", "no messages and no progress on stderr");
}

/** Adds -n. */
export function addAcceleratorFlag(
  command: Command,
  description = "how many accelerators to emulate",
): Command {
  return command.option("-n, --num-accelerators <N>", description, wholeNumber, 1);
}

/** Returns a whole number of at least 1. @throws {InvalidArgumentError} */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("A whole number >= 1 is wanted.");
  }
  return value;
}

/** Loads the workload that the command line names, with its overrides. @throws {UsageError} */
export function loadFromFlags(
  workload: string,
  overrides: readonly string[],
  flags: WorkloadFlags,
): LoadedWorkload {
  const stray = overrides.find((text) => !text.startsWith("++"));
  if (stray !== undefined) {
    throw new UsageError(
      `Cannot use argument "${stray}": one WORKLOAD is expected. Overrides are --set key.path=value`,
    );
  }
  const dataDir = flags.dataDir === undefined
    ? []
    : [`dataset.data_folder=${JSON.stringify(resolve(flags.dataDir))}`];
  return loadWorkload(workload, [...overrides, ...flags.set, ...dataDir]);
}

/** Returns the command that generates the dataset which a command line with these arguments means. */
export function generateCommandOf(
  workload: string,
  overrides: readonly string[],
  { set, dataDir }: WorkloadFlags,
): string {
  const dataFlag = dataDir === undefined ? [] : ["--data-dir", dataDir];
  const words = [
    "mlps",
    "datagen",
    workload,
    ...overrides,
    ...set.flatMap((text) => ["--set", text]),
    ...dataFlag,
  ];
  return shellCommand(words);
}

/** Returns the folder of the workload's dataset, relative to the working directory unless it is absolute. */
export function dataFolderOf({ storage, dataset }: Workload): string {
  return isAbsolute(dataset.data_folder)
    ? dataset.data_folder
    : join(storage.storage_root, dataset.data_folder);
}
