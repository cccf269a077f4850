// mlps help: the help of a command, or what a key of a workload file means.
import { Command } from "commander";
import { UsageError } from "../base/errors.ts";
import { findNearest } from "../config/suggest.ts";
import { renderKeyHelp, renderKeyList } from "../report/workload_reference.ts";
import { print } from "./output.ts";

const WORKLOAD = "workload";

/** Returns the command; `program` is the one whose commands it explains. */
export function helpCommand(program: Command): Command {
  return new Command("help")
    .summary("print help for a command, or for a key of a workload file")
    .description(
      "Prints help for a command; `help workload` lists the keys of a workload file, and explains one.",
    )
    .argument("[COMMAND]", `a command, or the word ${WORKLOAD}`)
    .argument("[KEY]", "a key of a workload file, such as reader.batch_size, or a section of it")
    .action(async (topic: string | undefined, key: string | undefined) => {
      if (topic === WORKLOAD) return await print(key === undefined ? renderKeyList() : renderKeyHelp(key));
      if (key !== undefined) {
        throw new UsageError(`Cannot explain "${key}": only \`mlps help ${WORKLOAD}\` takes a KEY`);
      }
      if (topic === undefined) return program.outputHelp();
      const command = program.commands.find((candidate) => candidate.name() === topic);
      if (command === undefined) {
        throw new UsageError(`Cannot explain "${topic}": ${adviseTopic(program, topic)}`);
      }
      command.outputHelp();
    });
}

function adviseTopic(program: Command, topic: string): string {
  const topics = [...program.commands.map((command) => command.name()), WORKLOAD];
  const nearest = findNearest(topic, topics);
  return `no such command. ${nearest ? `Did you mean ${nearest}? ` : ""}There are ${topics.join(", ")}`;
}
