// What the parser refuses, told as our own errors are, with what was probably meant.
import type { Command, CommanderError } from "commander";
import { UsageError } from "../base/errors.ts";
import { findNearest } from "../config/suggest.ts";

/** Makes a command throw a UsageError for what its parser refuses; --help and the like still end it. */
export function throwUsageErrors(command: Command): void {
  command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
    throw isRefusal(error) ? new UsageError(describe(command, error), { cause: error }) : error;
  });
}

/** A program without a command prints its help and ends with an error that says nothing. */
function isRefusal({ exitCode, code }: CommanderError): boolean {
  return exitCode !== 0 && code !== "commander.help";
}

function describe(command: Command, { code, message }: CommanderError): string {
  const text = message.replace(/^error: (.)/, (_, first: string) => first.toUpperCase());
  const word = /'([^'=]*)/.exec(message)?.[1] ?? "";
  switch (code) {
    case "commander.unknownOption":
      return `${text}. ${adviseFlag(command, word)}`;
    case "commander.unknownCommand":
      return `${text}. ${adviseCommand(command, word)}`;
    case "commander.missingArgument":
      return `${text}. \`${pathOf(command)} --help\` tells how it is used`;
    default:
      return text;
  }
}

function adviseFlag(command: Command, flag: string): string {
  const flags = command.createHelp().visibleOptions(command).flatMap(({ long }) => long ?? []);
  const nearest = flag.startsWith("--") ? findNearest(flag, flags) : undefined;
  if (nearest !== undefined) return `Did you mean ${nearest}?`;
  const isOfCommand = command.commands.some(({ options }) =>
    options.some(({ short, long }) => flag === short || flag === long)
  );
  return isOfCommand ? "It stands behind the command" : `\`${pathOf(command)} --help\` lists the flags`;
}

function adviseCommand(program: Command, word: string): string {
  const nearest = findNearest(word, program.commands.map((command) => command.name()));
  return nearest ? `Did you mean ${nearest}?` : `\`${program.name()} --help\` lists the commands`;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${command.parent.name()} ${command.name()}`;
}
