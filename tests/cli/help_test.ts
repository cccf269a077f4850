import assert from "node:assert/strict";
import { test } from "node:test";
import { describeCommand, describeCommands } from "../../lib/cli/command_tree.ts";
import { renderTopic } from "../../lib/cli/help_topic.ts";
import { HELP_TOPICS } from "../../lib/cli/help_topics.ts";
import { makeProgram } from "../helpers/programs.ts";

const MAX_LINES = 45;

/** Returns the help of a command, as --help prints it. */
function helpOf(name?: string): string {
  const program = makeProgram();
  const command = name === undefined ? program : program.commands.find((one) => one.name() === name)!;
  let text = "";
  command.configureOutput({ writeOut: (part) => text += part }).outputHelp();
  return text;
}

test("buildProgram() gives every command a help that begins with examples and fits a terminal", () => {
  for (const name of [undefined, ...describeCommands(makeProgram()).map((command) => command.name)]) {
    const label = name ?? "mlps", text = helpOf(name), lines = text.trimEnd().split("\n");
    assert.equal(lines[0], "Examples:", label);
    assert.match(lines[1], new RegExp(`^  (.* <\\()?mlps ${name ?? ""}`), label);
    assert.ok(lines.length <= MAX_LINES, `${label}: ${lines.length} lines`);
    for (const line of lines) assert.ok(line.length <= 80, `${label}: ${line}`);
    assert.doesNotMatch(text, /\n\n\n/, label);
    assert.match(text, /^ {2}-h, --help +print help$/m, label);
  }
});

test("buildProgram() lists all commands and topics in its help, each in a line or two", () => {
  const text = helpOf();
  for (const { name } of describeCommands(makeProgram())) {
    assert.match(text, new RegExp(`^  ${name} +\\S`, "m"));
  }
  for (const { name, summary } of HELP_TOPICS) assert.match(text, new RegExp(`^  ${name} +${summary}$`, "m"));
});

test("renderTopic() fits a terminal and says more than its summary", () => {
  for (const topic of HELP_TOPICS.filter(({ blocks }) => blocks.length > 0)) {
    const lines = renderTopic(topic);
    assert.ok(lines.length > 5, topic.name);
    for (const line of lines) assert.ok(line.length <= 80, `${topic.name}: ${line}`);
  }
  assert.deepEqual(
    renderTopic({
      name: "a",
      summary: "b",
      blocks: ["text", { terms: [["x", "1"], ["yy", "2"]] }, { lines: ["z"] }],
    }),
    ["a: b", "", "text", "", "  x   1", "  yy  2", "", "  z"],
  );
});

test("describeCommand() reads names, values and texts of a command from the parser", () => {
  const program = makeProgram();
  const { usage, args, flags, examples, notes } = describeCommand(
    program.commands.find((command) => command.name() === "datasize")!,
  );
  assert.equal(usage, "[options] <WORKLOAD> [OVERRIDES...]");
  assert.deepEqual(
    args.map(({ placeholder, isRequired, isVariadic }) => [placeholder, isRequired, isVariadic]),
    [
      ["WORKLOAD", true, false],
      ["OVERRIDES", false, true],
    ],
  );
  const accelerators = flags.find(({ names }) => names.includes("-n"))!;
  assert.deepEqual(accelerators.names, ["-n", "--num-accelerators"]);
  assert.equal(accelerators.value!.placeholder, "N");
  assert.match(accelerators.description, /\(default: 1\)$/);
  assert.equal(flags.find(({ names }) => names.includes("--set"))!.isRepeatable, true);
  assert.equal(flags.find(({ names }) => names.includes("--json"))!.value, undefined);
  assert.match(examples, /^Examples:\n {2}mlps datasize /);
  assert.match(notes, /^MLPerf's rule: /);
});
