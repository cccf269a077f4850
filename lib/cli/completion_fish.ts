// The completion script for fish: static, it never calls mlps.
import FUNCTIONS from "./completion.fish" with { type: "text" };
import type { CommandDescription, FlagDescription } from "./command_tree.ts";
import type { Completion, CompletionOf } from "./completion_values.ts";

const FILES = {
  all: ["__mlps_paths"],
  folders: ["__fish_complete_directories (commandline -ct)"],
  yaml: ["__mlps_yaml"],
} as const;

/** Returns the script for the commands of `program`. */
export function renderFishCompletion(
  program: CommandDescription,
  commands: readonly CommandDescription[],
  completionOf: CompletionOf,
): string {
  const used = new Map<string, Completion>();
  const valuesOf = (completion: Completion) => {
    used.set(completion.name, completion);
    return `-x -a '(${functionName(completion)})'`;
  };
  const renderFlag = (command: string) => ({ names, description, value }: FlagDescription) => {
    const flags = names.map((name) => name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`);
    const values = value?.isRequired ? [valuesOf(completionOf.value(value))] : [];
    return [`complete -c mlps -n '__mlps_at ${command}'`, ...flags, ...values, `-d ${quote(description)}`]
      .join(" ");
  };
  const lines = [
    ...program.flags.map(renderFlag('""')),
    `complete -c mlps -n '__mlps_at "" 0' ${valuesOf(completionOf.commands)}`,
    ...commands.flatMap(({ name, flags, args }) => [
      ...flags.map(renderFlag(name)),
      ...args.map((arg, at) => {
        const completion = completionOf.value(arg);
        const words = [name, arg.isVariadic ? `${at}+` : at, ...(completion.after ? [completion.after] : [])];
        return `complete -c mlps -n '__mlps_at ${words.join(" ")}' ${valuesOf(completion)}`;
      }),
    ]),
  ];
  const flagsWithValue = commands.flatMap(({ name, flags }) =>
    flags.filter(({ value }) => value?.isRequired).flatMap(({ names }) =>
      names.map((flag) => `${name}:${flag}`)
    )
  );
  return [
    "# Completion of mlps for fish, made by `mlps completions fish`.",
    "",
    `set -g __mlps_flags_with_value ${flagsWithValue.join(" ")}`,
    FUNCTIONS,
    ...lines,
    ...[...used.values()].flatMap((completion) => ["", ...renderKind(completion)]),
    "",
  ].join("\n");
}

function renderKind(completion: Completion): string[] {
  const { words, files } = completion;
  const texts = words.map(({ text, about }) => `        ${quote(text)}\\t${quote(about)}`);
  return [
    `function ${functionName(completion)}`,
    ...(words.length === 0 ? [] : ["    __mlps_words \\", texts.join(" \\\n")]),
    ...(files === undefined ? [] : FILES[files].map((line) => `    ${line}`)),
    "end",
  ];
}

function functionName({ name }: Completion): string {
  return `__mlps_value_${name}`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
