// mlps validate: checks a dataset against its workload, and with --deep every value that storage returns.
import { Command } from "commander";
import { CheckFailedError, FileError } from "../base/errors.ts";
import type { ValidationReport } from "../dataset/validate_report.ts";
import { renderValidation } from "../report/text_validate.ts";
import { validateDataset } from "../run/validate.ts";
import {
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
import { describeValidation } from "./progress_text.ts";

interface ValidateFlags extends WorkloadFlags, MessageFlags {
  readonly deep?: boolean;
  readonly threads?: number;
}

const EXAMPLES = `Examples:
  mlps validate workloads/dlrm.yaml
  mlps validate dlrm_b200 --data-dir /mnt/nvme/dlrm --deep
  mlps validate dlrm --deep --set reader.odirect=true --json | jq .differences
`;

/** Returns the command. */
export function validateCommand(context: Context): Command {
  const command = new Command("validate")
    .summary("check a dataset, and whether storage returns what was written")
    .description(
      "Checks names, number, sizes, footers, row counts and schema of the dataset's " +
        "files against the workload. With --deep reads every value and compares it with " +
        "what the seed says, so that storage that returns wrong bytes is caught. Exit " +
        "code 4 when something differs, 1 when a file could not be read.",
    )
    .addHelpText("before", EXAMPLES);
  addMessageFlags(addWorkloadFlags(command), "print the result as JSON on stdout, and no text");
  command
    .option("--deep", "read every value, past the page cache, and compare it with what the seed says")
    .option("--threads <N>", "threads that check (default: one for each core)", wholeNumber);
  return command.action(async (name: string, overrides: string[], flags: ValidateFlags) => {
    const loaded = loadFromFlags(name, overrides, flags);
    const messages = new Messages({ quiet: flags.quiet ?? false, signal: context.signal });
    const report = await validateDataset({
      loaded,
      dataFolder: dataFolderOf(loaded.workload),
      generateCommand: generateCommandOf(name, overrides, flags),
      deep: flags.deep ?? false,
      threads: flags.threads,
      signal: context.signal,
      onProgress: (progress) => messages.progress(() => describeValidation(progress)),
    }).finally(() => messages.endProgress());
    await print(flags.json ? JSON.stringify(report, null, 2) + "\n" : renderValidation(report));
    failUnlessValid(report, context.signal);
  });
}

function failUnlessValid(report: ValidationReport, signal: AbortSignal): void {
  const { status, num_differences, num_files_unreadable, data_folder } = report;
  if (status === "interrupted") throw signal.reason;
  if (status === "different") {
    const count = num_differences === 1 ? "1 difference was" : `${num_differences} differences were`;
    throw new CheckFailedError(`The dataset "${data_folder}" is not what it should be: ${count} found`);
  }
  if (status === "unreadable") {
    const count = num_files_unreadable === 1 ? "1 file" : `${num_files_unreadable} files`;
    throw new FileError(`Cannot read ${count} of the dataset "${data_folder}", for the reasons above`);
  }
}
