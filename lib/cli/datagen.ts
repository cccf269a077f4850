// mlps datagen: generates a workload's dataset, or what is missing of it.
import { Command } from "commander";
import { generateMissing } from "./generation.ts";
import {
  addMessageFlags,
  addWorkloadFlags,
  type Context,
  loadFromFlags,
  type MessageFlags,
  wholeNumber,
  type WorkloadFlags,
} from "./options.ts";
import { Messages, print } from "./output.ts";

interface DatagenFlags extends WorkloadFlags, MessageFlags {
  readonly threads?: number;
  readonly format?: string;
}

const EXAMPLES = `Examples:
  mlps datagen workloads/dlrm.yaml
  mlps datagen dlrm_b200 --data-dir /mnt/dlrm --set dataset.num_files_train=64
  mlps datagen dlrm --set dataset.odirect=true      around the page cache
`;

/** Returns the command. */
export function datagenCommand(context: Context): Command {
  const command = new Command("datagen")
    .summary("generate the dataset of a workload")
    .description(
      "Generates the dataset of a workload, or what is missing of it: complete files are kept, so an interrupted " +
        "generation goes on where it stopped. Nothing that mlps did not write is touched.",
    )
    .addHelpText("before", EXAMPLES);
  addMessageFlags(addWorkloadFlags(command), "print what was generated as JSON on stdout");
  command.option("--format <format>", "the file format, in place of dataset.format");
  command.option(
    "--threads <N>",
    "threads that write (default: one for each core, with dataset.odirect two)",
    wholeNumber,
  );
  return command.action(async (name: string, overrides: string[], flags: DatagenFlags) => {
    const format = flags.format === undefined ? [] : [`dataset.format=${JSON.stringify(flags.format)}`];
    const loaded = loadFromFlags(name, overrides, { ...flags, set: [...flags.set, ...format] });
    const messages = new Messages({ quiet: flags.quiet ?? false, signal: context.signal });
    const report = await generateMissing(loaded, { context, messages, threads: flags.threads });
    if (flags.json) await print(JSON.stringify(report, null, 2) + "\n");
  });
}
