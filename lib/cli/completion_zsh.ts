// The completion script for zsh: static, it never calls mlps.
import FUNCTIONS from "./completion.zsh" with { type: "text" };
import type { CommandDescription, FlagDescription } from "./command_tree.ts";
import type { Completion, CompletionOf, Word } from "./completion_values.ts";

const FILES = { all: "_files", folders: "_files -/", yaml: "_files -g '*.(yaml|yml)'" } as const;

/** Returns the script for the commands of `program`. */
export function renderZshCompletion(
  program: CommandDescription,
  commands: readonly CommandDescription[],
  completionOf: CompletionOf,
): string {
  const used = new Map<string, Completion>();
  const actionOf = (completion: Completion) => {
    used.set(completion.name, completion);
    return functionName(completion);
  };
  const renderFlag = ({ names, description, value, isRepeatable }: FlagDescription) => {
    const exclusion = isRepeatable ? "*" : names.length > 1 ? `(${names.join(" ")})` : "";
    const about = `[${escapeSpec(description)}]`;
    const end = value === undefined
      ? ""
      : `${value.isRequired ? ":" : "::"}${escapeSpec(value.placeholder)}:${
        actionOf(completionOf.value(value))
      }`;
    return names.map((name) => {
      const assign = value === undefined ? "" : name.startsWith("--") ? "=" : "+";
      return quote(`${exclusion}${name}${assign}${about}${end}`);
    });
  };
  const commandCases = commands.flatMap(({ name, flags, args }) => [
    `    ${name})`,
    ...renderArguments("        _arguments", [
      ...flags.flatMap(renderFlag),
      ...args.map((arg, at) => {
        const place = arg.isVariadic ? "*" : `${at + 1}`;
        return quote(`${place}:${arg.placeholder}:${actionOf(completionOf.value(arg))}`);
      }),
    ]),
    "        ;;",
  ]);
  return [
    "#compdef mlps",
    "# Completion of mlps for zsh, made by `mlps completions zsh`.",
    "",
    "_mlps() {",
    "    setopt localoptions extendedglob",
    "    local curcontext=$curcontext state line",
    "    local -A opt_args",
    ...renderArguments("    _arguments -C", [
      ...program.flags.flatMap(renderFlag),
      quote(`1:command:${actionOf(completionOf.commands)}`),
      quote("*::argument:->argument"),
    ]),
    "    local ret=$?",
    "    [[ $state == argument ]] || return ret",
    "    curcontext=${curcontext%:*:*}:mlps-$words[1]:",
    "    case $words[1] in",
    ...commandCases,
    "    esac",
    "}",
    ...[...used.values()].flatMap((completion) => ["", ...renderKind(completion)]),
    FUNCTIONS,
  ].join("\n");
}

function renderArguments(head: string, specs: readonly string[]): string[] {
  const indent = " ".repeat(head.length - head.trimStart().length + 4);
  return [`${head} \\`, ...specs.map((spec, at) => indent + spec + (at < specs.length - 1 ? " \\" : ""))];
}

function renderKind(completion: Completion): string[] {
  const { name, words, files, after } = completion;
  return [
    `${functionName(completion)}() {`,
    ...(after === undefined ? [] : [`    [[ $words[CURRENT-1] == ${after} ]] || return 1`]),
    "    local ret=1",
    ...(words.length === 0
      ? []
      : [`    _mlps_words ${name} \\`, ...words.map(renderWord), "        && ret=0"]),
    ...(files === undefined ? [] : [`    ${FILES[files]} && ret=0`]),
    "    return ret",
    "}",
  ];
}

function renderWord({ text, about }: Word): string {
  return `        ${quote(about === "" ? text : `${text}:${about}`)} \\`;
}

function functionName({ name }: Completion): string {
  return `_mlps_value_${name}`;
}

/** Returns a text for the brackets and between the colons of a specification of _arguments. */
function escapeSpec(text: string): string {
  return text.replaceAll(/[\\:[\]]/g, "\\$&");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
