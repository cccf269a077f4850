// The man page as roff (man(7)), from the parser and the topics of the help.
import { wrapText } from "../report/text_table.ts";
import type { CommandDescription, FlagDescription } from "./command_tree.ts";
import { ENVIRONMENT, EXIT_CODES, type HelpBlock, JSON_OUTPUT, OVERRIDES, RESULTS } from "./help_topics.ts";

const DESCRIPTION =
  "It generates a training dataset, reads it as a training job would with the accelerator emulated, and reports " +
  "accelerator utilization (AU), throughput and what storage really did.";

const WORKLOAD_FILES =
  "A workload file is DLIO's YAML. WORKLOAD is the path of one, or the name of a workload inside mlps; `mlps " +
  "workloads` lists these, and `mlps workloads show NAME` prints one, comments and all. `mlps help workload` lists " +
  "the keys.";

/** mandoc's lint wants the source to be readable too. */
const SOURCE_COLUMNS = 78;

/** Returns the page mlps(1). */
export function renderManPage(
  program: CommandDescription,
  commands: readonly CommandDescription[],
  { version }: { readonly version: string },
): string {
  return [
    '.\\" Made by `mlps man` from the command line itself. A test compares.',
    `.TH MLPS 1 "" "mlps ${version}" "User Commands"`,
    ...section("NAME", [`mlps \\- ${escapeText(lowerFirst(program.description.replace(/\.$/, "")))}`]),
    ...section("SYNOPSIS", [
      ...synopsis("mlps", "COMMAND [ARGUMENT...] [OPTION...]"),
      ".br",
      ...synopsis("mlps COMMAND", "--help"),
      ".br",
      ...synopsis("mlps help", "[TOPIC [KEY]]"),
    ]),
    ...section("DESCRIPTION", [
      ...renderBlocks([program.description, DESCRIPTION]),
      ...program.flags.flatMap(renderFlag),
    ]),
    ...section("COMMANDS", commands.flatMap(renderCommand)),
    ...section("WORKLOAD FILES", renderBlocks([WORKLOAD_FILES, ...OVERRIDES.blocks])),
    ...section("JSON OUTPUT", renderBlocks(JSON_OUTPUT.blocks)),
    ...section("EXIT STATUS", renderBlocks(EXIT_CODES.blocks)),
    ...section("ENVIRONMENT", renderBlocks(ENVIRONMENT.blocks)),
    ...section("FILES", renderBlocks(RESULTS.blocks)),
    ...section("EXAMPLES", renderExamples(program.examples)),
    "",
  ].join("\n");
}

function renderCommand(command: CommandDescription): string[] {
  const { name, description, usage, args, flags, examples, notes } = command;
  return [
    `.SS mlps ${escapeText(name)}`,
    ...synopsis(`mlps ${name}`, usage.replaceAll(/<([^>]*)>/g, "$1")),
    ".PP",
    ...fill(description),
    ...args.flatMap((arg) => [".TP", `.I ${escapeText(arg.placeholder)}`, ...fill(arg.description)]),
    ...flags.flatMap(renderFlag),
    // A list of topics is for a terminal: the page has all of them.
    ...(notes === "" || notes.startsWith("Topics") ? [] : [".PP", ...fill(notes.replaceAll("\n", " "))]),
    ...(examples === "" ? [] : [".PP", "Examples:", ...renderExamples(examples)]),
  ];
}

function renderFlag({ names, description, value }: FlagDescription): string[] {
  const flags = names.map((name) => `\\fB${escapeText(name)}\\fR`).join(", ");
  const operand = value === undefined
    ? ""
    : ` \\fI${escapeText(value.isRequired ? value.placeholder : `[${value.placeholder}]`)}\\fR`;
  return [".TP", flags + operand, ...fill(description)];
}

function renderBlocks(blocks: readonly HelpBlock[]): string[] {
  return blocks.flatMap((block) => {
    if (typeof block === "string") return [".PP", ...fill(block)];
    if ("lines" in block) return renderLines(block.lines);
    return block.terms.flatMap(([term, meaning]) => [".TP", `.B ${escapeText(term)}`, ...fill(meaning)]);
  });
}

/** The lines below the heading of the help, which are indented there. */
function renderExamples(examples: string): string[] {
  return renderLines(examples.split("\n").slice(1).map((line) => line.replace(/^ {2}/, "")));
}

function renderLines(lines: readonly string[]): string[] {
  return [".PP", ".nf", ".RS 4", ...lines.map((line) => guardLine(escapeText(line))), ".RE", ".fi"];
}

/** Returns a section; its first paragraph needs no macro. */
function section(title: string, body: readonly string[]): string[] {
  return [`.SH ${title}`, ...(body[0] === ".PP" ? body.slice(1) : body)];
}

function synopsis(bold: string, rest: string): string[] {
  return [`\\fB${escapeText(bold)}\\fR ${escapeText(rest)}`];
}

/** Returns the lines of a paragraph. */
function fill(text: string): string[] {
  return wrapText(escapeText(text), SOURCE_COLUMNS).map(guardLine);
}

/** Returns a text that roff prints as it is; a hyphen of a flag stays one that can be copied. */
function escapeText(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
}

/** Returns a line that roff does not take for a request. */
function guardLine(line: string): string {
  return line.replace(/^[.']/, "\\&$&");
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
