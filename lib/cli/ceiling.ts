// mlps ceiling: the highest rate that mlps itself reaches on this host for a workload, storage aside.
import { Command } from "commander";
import type { LoadedWorkload } from "../config/load.ts";
import { refuseSynthetic } from "../dataset/synthetic.ts";
import { ceilingFor } from "../metrics/ceiling.ts";
import type { SummaryInput } from "../metrics/summary_input.ts";
import { demandOf } from "../plan/demand.ts";
import { ceilingPath, readCeiling, writeCeiling } from "../report/ceiling_file.ts";
import { checkResultsDir } from "../report/result_folder.ts";
import { renderCeiling } from "../report/text_ceiling.ts";
import { renderLabelled } from "../report/text_table.ts";
import { ceilingSubject, measureCeiling } from "../run/ceiling.ts";
import {
  addMessageFlags,
  addWorkloadFlags,
  type Context,
  loadFromFlags,
  type MessageFlags,
  type WorkloadFlags,
} from "./options.ts";
import { Messages, print } from "./output.ts";
import { describeCeiling } from "./progress_text.ts";

/** Returns the ceiling that was stored for a workload, if it holds for a run of it by this mlps on this host. */
export function findCeiling(
  { name, workload }: LoadedWorkload,
  { resultsDir, version }: { readonly resultsDir: string; readonly version: string },
): SummaryInput["ceiling"] {
  const ceiling = ceilingFor(ceilingSubject(workload, version), readCeiling(ceilingPath(resultsDir, name)));
  return ceiling && { samplesPerSecond: ceiling.samples_per_second, measuredAt: ceiling.measured_at };
}

interface CeilingFlags extends WorkloadFlags, MessageFlags {
  readonly resultsDir: string;
}

const EXAMPLES = `Examples:
  mlps ceiling dlrm_b200
  mlps ceiling dlrm --set reader.decode=none --json | jq .accelerators
`;

/** Returns the command. */
export function ceilingCommand(context: Context): Command {
  const command = new Command("ceiling")
    .summary("measure what this client can do at most, storage aside")
    .description(
      "Measures the highest rate that mlps reaches on this host for a workload: first without any file, then on a " +
        "small dataset of the same shape that lies in memory and is removed afterwards. Takes some ten seconds. " +
        "Stores the result as ceiling.json beside the workload's results: runs that come near it are marked.",
    )
    .addHelpText("before", EXAMPLES);
  addMessageFlags(addWorkloadFlags(command), "print the ceiling as JSON on stdout, and no text");
  command.option("--results-dir <folder>", "where results go", "results");
  return command.action(async (name: string, overrides: string[], flags: CeilingFlags) => {
    const loaded = loadFromFlags(name, overrides, flags);
    const messages = new Messages({ quiet: flags.quiet ?? false, signal: context.signal });
    // Both refuse what cannot be measured before anything is made.
    refuseSynthetic(loaded.workload, `measure the ceiling of "${loaded.name}"`);
    demandOf(loaded.workload, 1);
    checkResultsDir(flags.resultsDir, loaded.name);
    const ceiling = await measureCeiling({
      loaded,
      version: context.version,
      signal: context.signal,
      onProgress: (progress) => messages.progress(() => describeCeiling(progress)),
    }).finally(() => messages.endProgress());
    const path = ceilingPath(flags.resultsDir, loaded.name);
    writeCeiling(path, ceiling);
    await print(
      flags.json
        ? JSON.stringify(ceiling, null, 2) + "\n"
        : [...renderCeiling(ceiling), "", ...renderLabelled("stored", [path])],
    );
  });
}
