// mlps help: the help of a command, what a key of a workload file means, or one of the other topics.
import { Command } from "commander";
import { UsageError } from "../base/errors.ts";
import { findNearest } from "../config/suggest.ts";
import { TEXT_COLUMNS, wrapText } from "../report/text_table.ts";
import { renderKeyHelp, renderKeyList } from "../report/workload_reference.ts";
import { HELP_TOPICS, type HelpBlock, type HelpTopic, WORKLOAD_TOPIC } from "./help_topics.ts";
import { print } from "./output.ts";

const EXAMPLES = `Examples:
  mlps help run
  mlps help workload                    the keys of a workload file
  mlps help workload reader.batch_size  what one of them means
  mlps help exit-codes
`;

const INDENT = "  ";

/** A longer term stands on a line of its own. */
const MAX_TERM_CHARACTERS = 16;

/** Returns the command; `program` is the one whose commands it explains. */
export function helpCommand(program: Command): Command {
  return new Command("help")
    .summary("print help for a command or a topic")
    .description("Prints help for a command, for a key of a workload file, or for a topic.")
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", `\n${renderTopicList()}`)
    .argument("[TOPIC]", "a command, or one of the topics below")
    .argument("[KEY]", `for ${WORKLOAD_TOPIC}: a key, such as reader.batch_size, or a section`)
    .action(async (topic: string | undefined, key: string | undefined) => {
      if (topic === WORKLOAD_TOPIC) {
        return await print(key === undefined ? renderKeyList() : renderKeyHelp(key));
      }
      if (key !== undefined) {
        throw new UsageError(`Cannot explain "${key}": only \`mlps help ${WORKLOAD_TOPIC}\` takes a KEY`);
      }
      if (topic === undefined) return program.outputHelp();
      const found = HELP_TOPICS.find(({ name }) => name === topic);
      if (found !== undefined) return await print(renderTopic(found));
      const command = program.commands.find((candidate) => candidate.name() === topic);
      if (command === undefined) {
        throw new UsageError(`Cannot explain "${topic}": ${adviseTopic(program, topic)}`);
      }
      command.outputHelp();
    });
}

/** Returns the topics with what each is about, as the help lists its commands. */
export function renderTopicList(): string {
  const width = Math.max(...HELP_TOPICS.map(({ name }) => name.length));
  const rows = HELP_TOPICS.map(({ name, summary }) => `${INDENT}${name.padEnd(width)}  ${summary}`);
  return ["Topics (mlps help TOPIC):", ...rows].join("\n");
}

/** Returns a topic as lines of text. */
export function renderTopic({ name, summary, blocks }: HelpTopic): string[] {
  return [`${name}: ${summary}`, ...blocks.flatMap((block) => ["", ...renderBlock(block)])];
}

function renderBlock(block: HelpBlock): string[] {
  if (typeof block === "string") return wrapText(block, TEXT_COLUMNS);
  if ("lines" in block) return block.lines.map((line) => INDENT + line);
  const lengths = block.terms.map(([term]) => term.length);
  const width = Math.max(...lengths.filter((length) => length <= MAX_TERM_CHARACTERS)) + INDENT.length;
  return block.terms.flatMap(([term, meaning]) => {
    const lines = wrapText(meaning, TEXT_COLUMNS - INDENT.length - width);
    const isLong = term.length > MAX_TERM_CHARACTERS;
    return [
      ...(isLong ? [INDENT + term] : []),
      ...lines.map((line, at) => INDENT + (at === 0 && !isLong ? term : "").padEnd(width) + line),
    ];
  });
}

function adviseTopic(program: Command, topic: string): string {
  const commands = program.commands.map((command) => command.name());
  const topics = HELP_TOPICS.map(({ name }) => name);
  const nearest = findNearest(topic, [...commands, ...topics]);
  return `no such command or topic. ${nearest ? `Did you mean ${nearest}? ` : ""}Commands: ${
    commands.join(", ")
  }. Topics: ${topics.join(", ")}`;
}
