// What can stand where the command line has a placeholder: for a WORKLOAD the workloads inside the program and YAML
// files, for key.path=value the keys of the schema. The completions of all shells are made from this.
import { describeChoices, describeOptions, type OptionDescription } from "../config/describe.ts";
import { listEmbeddedWorkloads } from "../config/embedded.ts";
import type { CommandDescription, ValueDescription } from "./command_tree.ts";
import { HELP_TOPICS, WORKLOAD_TOPIC } from "./help_topics.ts";

/** A word that a shell may offer. */
export interface Word {
  /** `key=` is to be continued; `key=value` is offered once `key=` is written. */
  readonly text: string;
  readonly about: string;
}

/** What a shell offers in one place. */
export interface Completion {
  /** Names the function that offers it; equal names are equal completions. */
  readonly name: string;
  readonly words: readonly Word[];
  readonly files?: "folders" | "all" | "yaml";
  /** The argument that has to stand before; without it nothing is offered. */
  readonly after?: string;
}

/** What completes the values of a command line. */
export interface CompletionOf {
  readonly commands: Completion;
  /** An argument's or a flag's own choices, else what its placeholder stands for, else nothing. */
  readonly value: (value: ValueDescription) => Completion;
}

/** Returns what completes the values of these commands. */
export function makeCompletions(commands: readonly CommandDescription[]): CompletionOf {
  const options = describeOptions().filter(({ key, effect }) => effect === undefined && !key.includes("[]"));
  const settings = options.filter(({ isSection, key }) => !isSection && key !== "extends").flatMap(wordsOf);
  const workloads = listEmbeddedWorkloads().map((text) => ({ text, about: "" }));
  const commandWords = commands.map(({ name, summary }) => ({ text: name, about: summary }));
  const topics = HELP_TOPICS.map(({ name, summary }) => ({ text: name, about: summary }));
  const keys = options.map(({ key, description }) => ({ text: key, about: description }));
  const known: readonly Completion[] = [
    { name: "WORKLOAD", words: workloads, files: "yaml" },
    { name: "NAME", words: workloads, after: "show" },
    {
      name: "OVERRIDES",
      words: settings.map(({ text, about }) => ({ text: `++workload.${text}`, about })),
    },
    { name: "key.path=value", words: settings },
    { name: "key.path=values", words: settings.filter(({ text }) => text.endsWith("=")) },
    { name: "TOPIC", words: [...commandWords, ...topics] },
    { name: "KEY", words: keys, after: WORKLOAD_TOPIC },
    { name: "format", words: describeChoices(["dataset", "format"]).map((text) => ({ text, about: "" })) },
    { name: "folder", words: [], files: "folders" },
    { name: "DIR", words: [], files: "folders" },
    { name: "FILE", words: [], files: "all" },
    { name: "report", words: [], files: "all" },
    { name: "RESULT", words: [], files: "all" }, // a folder, or a file in it
  ];
  return {
    commands: { name: "command", words: commandWords },
    value({ placeholder, choices }) {
      if (choices.length > 0) {
        return { name: choices.join("_"), words: choices.map((text) => ({ text, about: "" })) };
      }
      const completion = known.find(({ name }) => name === placeholder);
      const name = placeholder.replaceAll(/\W/g, "_"); // part of a function's name
      return { words: [], ...completion, name };
    },
  };
}

/** Returns `key=` and, where the values are known, `key=value` for each. */
function wordsOf({ key, type, description }: OptionDescription): Word[] {
  const values = type === "true or false" ? ["true", "false"] : describeChoices(key.split("."));
  return [
    { text: `${key}=`, about: description },
    ...values.map((value) => ({ text: `${key}=${value}`, about: "" })),
  ];
}
