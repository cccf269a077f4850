// mlps man: the man page, as `man` reads it.
import { Command } from "commander";
import { describeCommand, describeCommands } from "./command_tree.ts";
import { renderManPage } from "./man_page.ts";
import { print } from "./output.ts";
import type { Context } from "./options.ts";

const EXAMPLES = `Examples:
  mlps man | man -l -
  mlps man > /usr/local/share/man/man1/mlps.1
`;

/** Returns the command; `program` is the one that the page is about. */
export function manCommand(program: Command, context: Context): Command {
  return new Command("man")
    .summary("print the man page")
    .description("Prints the man page in the format that man(1) reads (roff).")
    .addHelpText("before", EXAMPLES)
    .action(() => print(makeManPage(program, context)));
}

/** Returns the man page of a program. */
export function makeManPage(program: Command, { version }: Context): string {
  return renderManPage(describeCommand(program), describeCommands(program), { version });
}
