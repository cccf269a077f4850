// mlps completions: what a shell needs to complete command lines of mlps, made from the parser and the schema.
import { Argument, Command } from "commander";
import { describeCommand, describeCommands } from "./command_tree.ts";
import { renderBashCompletion } from "./completion_bash.ts";
import { renderFishCompletion } from "./completion_fish.ts";
import { makeCompletions } from "./completion_values.ts";
import { renderZshCompletion } from "./completion_zsh.ts";
import { print } from "./output.ts";

const EXAMPLES = `Examples:
  source <(mlps completions bash)               in ~/.bashrc
  source <(mlps completions zsh)                in ~/.zshrc, behind compinit
  mlps completions fish > ~/.config/fish/completions/mlps.fish
`;

const NOTE = `
The script is text and needs no mlps to work: print it again after an update.`;

const RENDERERS = { bash: renderBashCompletion, zsh: renderZshCompletion, fish: renderFishCompletion };

/** A shell that mlps has completions for. */
export type Shell = keyof typeof RENDERERS;

/** Returns the command; `program` is the one whose commands are completed. */
export function completionsCommand(program: Command): Command {
  return new Command("completions")
    .summary("print a completion script for bash, zsh or fish")
    .description("Prints a script with which a shell completes commands, flags, workloads and their keys.")
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", NOTE)
    .addArgument(new Argument("<SHELL>", "the shell").choices(Object.keys(RENDERERS)))
    .action((shell: Shell) => print(renderCompletions(program, shell)));
}

/** Returns the completion script of a program for one shell. */
export function renderCompletions(program: Command, shell: Shell): string {
  const commands = describeCommands(program);
  return RENDERERS[shell](describeCommand(program), commands, makeCompletions(commands));
}
