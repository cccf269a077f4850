// mlps scan: the largest number of accelerators that this storage feeds, or the rate for each value of a key.
import { Command, InvalidArgumentError, Option } from "commander";
import type { LoadedWorkload } from "../config/load.ts";
import {
  addAcceleratorFlag,
  addMessageFlags,
  addWorkloadFlags,
  type Context,
  generateCommandOf,
  loadFromFlags,
  wholeNumber,
} from "./options.ts";
import { Messages } from "./output.ts";
import { planSearch, planSweep, type ScanFlags, type Sweep } from "./scan_plans.ts";
import { runScan } from "./scan_runs.ts";

const EXAMPLES = `Examples:
  mlps scan dlrm_b200 --data-dir /mnt/nvme/dlrm
  mlps scan dlrm_b200 --data-dir /mnt/nvme/dlrm --seconds 60 --repeat 3
  mlps scan dlrm --over reader.read_threads=1,2,4,8
  mlps scan dlrm --over reader.odirect=true,false -n 4
`;

/** Returns the command. */
export function scanCommand(context: Context): Command {
  const command = new Command("scan")
    .summary("find how many accelerators the storage feeds, or the best value of a key")
    .description(
      "Finds the largest number of accelerators that the storage feeds at the required AU (metric.au): doubles the " +
        "number until it is too large, halves the gap, and repeats what is near the border. Says what ended the " +
        "search: the storage, or this client. With --over, measures each value of a key in its place. Between runs " +
        "the dataset is dropped from the page cache, unless the workload or --set says what reader.page_cache is.",
    )
    .addHelpText("before", EXAMPLES);
  addMessageFlags(
    addAcceleratorFlag(
      addWorkloadFlags(command),
      "accelerators of all runs with --over, else where the search begins",
    ),
    "print the result as JSON on stdout, and no text",
  );
  return command
    .option("--seconds <N>", "how long each run is at least", wholeNumber, 20)
    .option("--repeat <N>", "how many runs each point has at least", wholeNumber, 1)
    .addOption(
      new Option("--max <N>", "the largest number of accelerators that is tried")
        .argParser(wholeNumber).default(256).conflicts("over"),
    )
    .option("--over <key.path=values>", "the values of a key, separated by commas", sweep)
    .option("--results-dir <folder>", "where results go", "results")
    .action(async (name: string, overrides: string[], flags: ScanFlags) => {
      const load = (setting?: string) =>
        withoutEvaluation(
          loadFromFlags(
            name,
            overrides,
            setting === undefined ? flags : { ...flags, set: [...flags.set, setting] },
          ),
        );
      const scan = {
        load,
        flags: { ...flags, generateCommand: generateCommandOf(name, overrides, flags) },
        context,
        messages: new Messages({ quiet: flags.quiet ?? false, signal: context.signal }),
      };
      await runScan(flags.over === undefined ? await planSearch(scan) : await planSweep(scan, flags.over));
    });
}

/**
 * Returns a workload that does not evaluate, and does not read from memory what the run before has read, unless somebody
 * wants that: all runs read the same files.
 */
function withoutEvaluation(loaded: LoadedWorkload): LoadedWorkload {
  const { workload, settings } = loaded, { workflow, reader } = workload;
  const isChosen = settings.find(({ key }) => key === "reader.page_cache")?.source !== "default";
  const pageCache = isChosen || reader.odirect ? reader.page_cache : "evict";
  return {
    ...loaded,
    workload: {
      ...workload,
      workflow: { ...workflow, evaluation: false },
      reader: { ...reader, page_cache: pageCache },
    },
  };
}

function sweep(text: string): Sweep {
  const equalsAt = text.indexOf("=");
  const values = text.slice(equalsAt + 1).split(",").map((value) => value.trim());
  if (equalsAt < 1 || values.length < 2 || values.includes("") || new Set(values).size < values.length) {
    throw new InvalidArgumentError(
      "A key and several values wanted, each once, such as reader.read_threads=1,2,4.",
    );
  }
  return { key: text.slice(0, equalsAt).trim(), values };
}
