// The command line as a whole.
import { Command } from "commander";
import { datagenCommand } from "./datagen.ts";
import { datasizeCommand } from "./datasize.ts";
import { helpCommand } from "./help_topic.ts";
import { inspectCommand } from "./inspect.ts";
import type { Context } from "./options.ts";
import { planCommand } from "./plan.ts";
import { runCommand } from "./run.ts";
import { validateCommand } from "./validate.ts";
import { workloadsCommand } from "./workloads.ts";

const EXAMPLES = `Examples:
  mlps run workloads/dlrm.yaml                      generate, read, report
  mlps plan dlrm_b200                               what a workload demands
  mlps datagen dlrm_b200 --data-dir /mnt/nvme/dlrm  generate a dataset
  mlps validate dlrm --deep                         does storage return what
                                                    was written?

`;

const EXIT_CODES = `
Exit codes: 0 done; 1 failed; 2 wrong usage or workload; 3 refused before it
began; 4 --require-au not met, or validate found differences; 130 interrupted
(what was measured until then is written).`;

/** Returns the parser of the whole command line; it throws instead of exiting. */
export function buildProgram(context: Context): Command {
  const program = new Command("mlps")
    .description("Tells how many accelerators a storage system can feed with training data.")
    .version(`mlps ${context.version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false) // help is a command of its own, with workload keys as a topic
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: (command) => command.name() }) // with arguments it would not fit 80 columns
    .configureOutput({ outputError: (text, write) => write(asOurs(text)) })
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", EXIT_CODES);
  for (
    const make of [
      runCommand,
      datagenCommand,
      planCommand,
      datasizeCommand,
      validateCommand,
      inspectCommand,
      workloadsCommand,
    ]
  ) {
    program.addCommand(make(context).helpOption("-h, --help", "print help").copyInheritedSettings(program));
  }
  program.addCommand(helpCommand(program).helpOption(false).copyInheritedSettings(program));
  for (const command of [program, ...program.commands]) command.exitOverride();
  return program;
}

/** Returns a message of commander ("error: unknown ...") in the form of our own. */
function asOurs(text: string): string {
  return text.replace(/^error: (.)/, (_, first: string) => `mlps: ${first.toUpperCase()}`);
}
