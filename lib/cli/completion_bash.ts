// The completion script for bash: static, it never calls mlps.
import FUNCTIONS from "./completion.bash" with { type: "text" };
import type { CommandDescription } from "./command_tree.ts";
import type { Completion, CompletionOf } from "./completion_values.ts";

const PATHS = {
  all: ["_mlps_paths -f"],
  folders: ["_mlps_paths -d"],
  yaml: ["_mlps_paths -d", "_mlps_paths -f -X '!*.yaml'", "_mlps_paths -f -X '!*.yml'"],
} as const;

const NONE = "*) return 1 ;;";

/** Returns the script for the commands of `program`. */
export function renderBashCompletion(
  program: CommandDescription,
  commands: readonly CommandDescription[],
  completionOf: CompletionOf,
): string {
  const used = new Map<string, Completion>();
  const use = (completion: Completion) => {
    used.set(completion.name, completion);
    return completion;
  };
  use(completionOf.commands);
  const flagPlaces = commands.flatMap(({ name, flags }) =>
    flags.flatMap(({ names, value }) =>
      value?.isRequired
        ? names.map((flag) => [`${name}:${flag}`, use(completionOf.value(value))] as const)
        : []
    )
  );
  const argumentPlaces = commands.flatMap(({ name, args }) =>
    args.map((arg, place) => {
      return [`${name}:${arg.isVariadic ? "*" : place}`, use(completionOf.value(arg))] as const;
    })
  );
  const wordCases = [{ ...program, name: "''" }, ...commands].map(({ name, flags }) =>
    `${name}) words='${flags.flatMap(({ names }) => names).join(" ")}' ;;`
  );
  return [
    "# Completion of mlps for bash, made by `mlps completions bash`.",
    "",
    "# Sets kind to what completes the value of COMMAND:FLAG; fails where it takes none.",
    ...renderFunction("_mlps_flag", [...renderKindCases(flagPlaces), NONE]),
    "",
    "# Sets kind to what completes an argument, given as COMMAND:PLACE; fails where there is none.",
    ...renderFunction("_mlps_argument", [":0) kind=command ;;", ...renderKindCases(argumentPlaces), NONE]),
    "",
    "# Sets words to the flags of a command.",
    ...renderFunction("_mlps_flags", [...wordCases, NONE]),
    "",
    "# Offers what a kind of value can be.",
    ...renderFunction("_mlps_complete", [...used.values()].map(renderKind)),
    FUNCTIONS,
  ].join("\n");
}

function renderFunction(name: string, cases: readonly string[]): string[] {
  return [`${name}() {`, "    case $1 in", ...cases.map((line) => `    ${line}`), "    esac", "}"];
}

/** Returns a case for each kind with the places where it stands. */
function renderKindCases(places: readonly (readonly [place: string, completion: Completion])[]): string[] {
  const byName = Map.groupBy(places, ([, { name }]) => name);
  return [...byName].map(([name, alike]) => {
    const { after } = alike[0][1];
    const condition = after === undefined ? "" : `[[ $previous == ${after} ]] && `;
    return `${alike.map(([place]) => place).join(" | ")}) ${condition}kind=${name} ;;`;
  });
}

function renderKind({ name, words, files }: Completion): string {
  const steps = [
    ...(words.length > 0 ? [`_mlps_words '${words.map(({ text }) => text).join(" ")}'`] : []),
    ...(files === undefined ? [] : PATHS[files]),
  ];
  return `${name}) ${steps.join("; ") || ":"} ;;`;
}
