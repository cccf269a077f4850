// --closed and --open: a run that has to stay inside a category of MLPerf's rules is refused when it does not.
import { type Command, Option } from "commander";
import { PreflightError } from "../base/errors.ts";
import type { LoadedWorkload } from "../config/load.ts";
import { judgeRun, type RunSize } from "../plan/rules.ts";
import { nameOfCategory } from "../report/text_settings.ts";
import { readHostFacts } from "../storage/host_facts.ts";

export interface CategoryFlags {
  readonly numAccelerators: number;
  readonly closed?: boolean;
  readonly open?: boolean;
}

/** Adds --closed and --open. */
export function addCategoryFlags(command: Command): Command {
  return command
    .addOption(new Option("--closed", "refuse a run that is not CLOSED by MLPerf's rules").conflicts("open"))
    .addOption(new Option("--open", "refuse a run that is neither CLOSED nor OPEN by MLPerf's rules"));
}

/** Returns what MLPerf's rules ask of a run on this host. */
export function runSizeOf(numAccelerators: number): RunSize {
  return { numAccelerators, numHosts: 1, hostMemoryBytes: readHostFacts().memoryBytes };
}

/** Refuses a run outside of the category that the flags ask for. @throws {PreflightError} */
export function checkCategory({ name, workload }: LoadedWorkload, flags: CategoryFlags): void {
  if (!flags.closed && !flags.open) return;
  const wanted = flags.closed ? "closed" : "open";
  const { category, parameters } = judgeRun(workload, runSizeOf(flags.numAccelerators));
  const deciding = parameters.filter((parameter) =>
    parameter.category === "neither" || (parameter.category === "open" && wanted === "closed")
  );
  if (deciding.length === 0) return;
  throw new PreflightError(
    `Cannot run "${name}" as ${nameOfCategory(wanted)}: by MLPerf's rules it is ${
      nameOfCategory(category)
    }\n` +
      deciding.map(({ key, reason }) => `  ${key}: ${reason}\n`).join("") +
      `Leave --${wanted} out, or give these keys MLPerf's values`,
  );
}
