// What to try after a run: what the verdict advises, and the commands that measure it.
import { shellCommand } from "../base/shell.ts";
import type { Summary } from "../metrics/summary.ts";
import { answerOf, hasWarning } from "./answer.ts";

/** Advice that begins with what can be given to a run: `-n 4`, or `key.path=value`. */
const RUN_ADVICE = /^(?:(-n \d+)|([a-z_]+(?:\.[a-z_]+)+=[\w.]+))\b/;
/** What `mlps scan` takes of what `mlps run` takes, each with a value. */
const KEPT_FLAGS = ["--set", "--data-dir", "--results-dir"];
/** What a run said while it went on is not asked for again. */
const OUTPUT_FLAGS = ["-q", "--quiet", "--json"];
/** Other flags of `mlps run` with a value of their own. */
const VALUE_FLAGS = ["-n", "--num-accelerators", "--repeat"];

/** Returns advice and commands, the most useful first; `folderPath` is where the result lies. */
export function nextSteps(summary: Summary, folderPath?: string): string[] {
  // What a run that failed advises is beside the point.
  const [advice] = summary.status === "failed" ? [] : summary.mlps.verdict?.advice ?? [];
  return [
    ...(advice === undefined ? [] : [advice]),
    ...runCommands(summary, advice),
    ...(folderPath === undefined || summary.mlps.epochs.length === 0
      ? []
      : [shellCommand(["mlps", "report", folderPath, "--output", "report.html"])]),
  ];
}

function runCommands(summary: Summary, advice = ""): string[] {
  const { command_line, dataset } = summary.mlps;
  const args = command_line.filter((arg) => !OUTPUT_FLAGS.includes(arg));
  if (args[0] !== "run" || dataset.origin === "synthetic") return [];
  const [, accelerators, setting] = advice.match(RUN_ADVICE) ?? [];
  const again = accelerators !== undefined
    ? [["mlps", ...withoutAccelerators(args), ...accelerators.split(" ")]]
    : setting !== undefined
    ? [["mlps", ...args, "--set", setting]]
    : [];
  return [...again, ...furtherCommands(summary)].map(shellCommand);
}

/** How many are fed, what is wrong with the storage's way, or what the client can do, as the answer asks for. */
function furtherCommands(summary: Summary): string[][] {
  const { command_line: args, dataset, verdict, ceiling } = summary.mlps;
  if (summary.status === "failed") return [["mlps", "validate", ...datasetArguments(args)]];
  const { kind } = answerOf(summary);
  if (kind === "yes") return [["mlps", "scan", ...sharedArguments(args)]];
  if (kind === "no") return [["mlps", "doctor", dataset.folder]];
  const isClientBound = verdict?.limit === "client_cpu" && !hasWarning(summary, "served_from_memory");
  return isClientBound && ceiling === null ? [["mlps", "ceiling", ...sharedArguments(args)]] : [];
}

function withoutAccelerators(args: readonly string[]): string[] {
  const isFlag = (arg: string | undefined) => arg === "-n" || arg === "--num-accelerators";
  return args.filter((arg, at) =>
    !isFlag(arg) && !isFlag(args[at - 1]) && !/^(-n\d|--num-accelerators=)/.test(arg)
  );
}

/** Returns the workload and its changes, without where results go: `mlps validate` has none. */
function datasetArguments(args: readonly string[]): string[] {
  const shared = sharedArguments(args);
  return shared.filter((arg, at) => !arg.startsWith("--results-dir") && shared[at - 1] !== "--results-dir");
}

/** Returns the workload and its changes, of the arguments of `mlps run`. */
export function sharedArguments([, ...args]: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [flag] = args[at].split("=", 1);
    if (VALUE_FLAGS.includes(args[at])) at++;
    else if (!args[at].startsWith("-")) kept.push(args[at]);
    else if (KEPT_FLAGS.includes(flag)) kept.push(...args.slice(at, args[at] === flag ? ++at + 1 : at + 1));
  }
  return kept;
}
