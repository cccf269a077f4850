// What the parser knows of the command line, as plain data: the one source of the completions and of the man page.
import type { Argument, Command, Option } from "commander";

/** A flag of a command. */
export interface FlagDescription {
  /** Such as `-n` and `--num-accelerators`, the short one first. */
  readonly names: readonly string[];
  readonly description: string;
  /** Absent for a flag that takes no value. */
  readonly value?: ValueDescription;
  readonly isRepeatable: boolean;
}

/** An argument of a command, or the value of a flag. */
export interface ValueDescription {
  /** As the usage line has it, without brackets: `WORKLOAD`, `folder`. */
  readonly placeholder: string;
  readonly description: string;
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
  /** The words that are accepted, empty where any text is. */
  readonly choices: readonly string[];
}

/** A command of the program. */
export interface CommandDescription {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** The words behind the name: `[options] <WORKLOAD>`. */
  readonly usage: string;
  readonly flags: readonly FlagDescription[];
  readonly args: readonly ValueDescription[];
  /** What --help prints before and after the list of flags. */
  readonly examples: string;
  readonly notes: string;
}

/** Returns the commands of the program in the order of its help. */
export function describeCommands(program: Command): CommandDescription[] {
  return program.commands.map(describeCommand);
}

/** Returns one command, or the program as a whole. */
export function describeCommand(command: Command): CommandDescription {
  const help = command.createHelp();
  return {
    name: command.name(),
    summary: command.summary(),
    description: command.description(),
    usage: command.usage(),
    flags: help.visibleOptions(command).map((option) => describeFlag(option, help.optionDescription(option))),
    args: command.registeredArguments.map((arg) => describeArgument(arg, help.argumentDescription(arg))),
    ...readHelpTexts(command),
  };
}

function describeFlag(option: Option, description: string): FlagDescription {
  const { short, long, flags, required, optional, variadic, argChoices, defaultValue } = option;
  const placeholder = /[<[]([^>\]]*)[>\]]/.exec(flags)?.[1].replace("...", "");
  return {
    names: [short, long].filter((name) => name !== undefined),
    description,
    value: placeholder === undefined ? undefined : {
      placeholder,
      description,
      isRequired: required && !optional,
      isVariadic: variadic,
      choices: argChoices ?? [],
    },
    isRepeatable: Array.isArray(defaultValue),
  };
}

function describeArgument(argument: Argument, description: string): ValueDescription {
  const { required: isRequired, variadic: isVariadic, argChoices } = argument;
  return {
    placeholder: argument.name(),
    description,
    isRequired,
    isVariadic,
    choices: argChoices ?? [],
  };
}

/** The parser keeps these texts to itself; they are what its help has around the part that it can be asked for. */
function readHelpTexts(command: Command): { examples: string; notes: string } {
  const { writeOut } = command.configureOutput();
  let text = "";
  command.configureOutput({ writeOut: (part) => text += part }).outputHelp();
  command.configureOutput({ writeOut });
  const [examples, notes] = text.split(command.helpInformation());
  return { examples: examples.trimEnd(), notes: notes.trim() };
}
