// The command line as a whole.
import { Command } from "commander";
import { ceilingCommand } from "./ceiling.ts";
import { compareCommand } from "./compare.ts";
import { completionsCommand } from "./completions.ts";
import { datagenCommand } from "./datagen.ts";
import { datasizeCommand } from "./datasize.ts";
import { doctorCommand } from "./doctor.ts";
import { helpCommand, renderTopicList } from "./help_topic.ts";
import { inspectCommand } from "./inspect.ts";
import { manCommand } from "./man.ts";
import type { Context } from "./options.ts";
import { throwUsageErrors } from "./parser_errors.ts";
import { planCommand } from "./plan.ts";
import { reportCommand } from "./report.ts";
import { runCommand } from "./run.ts";
import { scanCommand } from "./scan.ts";
import { validateCommand } from "./validate.ts";
import { workloadsCommand } from "./workloads.ts";

const EXAMPLES = `Examples:
  mlps run workloads/dlrm.yaml                      generate, read, report
  mlps plan dlrm_b200                               what a workload demands
  mlps datagen dlrm_b200 --data-dir /mnt/nvme/dlrm  generate a dataset
  mlps validate dlrm --deep                         does storage return what
                                                    was written?
`;

/** Returns the parser of the whole command line; it throws instead of exiting. */
export function buildProgram(context: Context): Command {
  const program = new Command("mlps")
    .description("Tells how many accelerators a storage system can feed with training data.")
    .version(`mlps ${context.version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false) // help is a command of its own, with workload keys as a topic
    .showSuggestionAfterError(false) // parser_errors.ts has its own
    .configureHelp({ subcommandTerm: (command) => command.name() }) // with arguments it would not fit 80 columns
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", `\n${renderTopicList()}`);
  for (
    const make of [
      runCommand,
      datagenCommand,
      planCommand,
      datasizeCommand,
      scanCommand,
      ceilingCommand,
      reportCommand,
      compareCommand,
      validateCommand,
      inspectCommand,
      workloadsCommand,
      doctorCommand,
    ]
  ) {
    program.addCommand(make(context).helpOption("-h, --help", "print help").copyInheritedSettings(program));
  }
  for (const command of [completionsCommand(program), manCommand(program, context), helpCommand(program)]) {
    program.addCommand(command.helpOption("-h, --help", "print help").copyInheritedSettings(program));
  }
  for (const command of [program, ...program.commands]) throwUsageErrors(command);
  return program;
}
