// mlps compare: two results side by side, with the noise taken into account; a gate with --fail-if.
import { Command, Option } from "commander";
import { CheckFailedError, PreflightError, UsageError } from "../base/errors.ts";
import type { FoundResult } from "../metrics/comparability.ts";
import { completeEpochs } from "../metrics/compared_metrics.ts";
import {
  checkThresholds,
  judgingObstacle,
  parseThreshold,
  type ThresholdCheck,
} from "../metrics/thresholds.ts";
import { loadSide, refuseSame } from "../report/load_side.ts";
import { compareSides } from "../metrics/comparison.ts";
import { renderComparison } from "../report/text_comparison.ts";
import type { Context } from "./options.ts";
import { print } from "./output.ts";

interface CompareFlags {
  readonly new?: readonly string[];
  readonly failIf: readonly string[];
  readonly json?: boolean;
}

const EXAMPLES = `Examples:
  mlps compare results/dlrm/20261122_120929 results/dlrm/20261123_091500
  mlps compare results/dlrm/20261122_1*_repeats results/dlrm/20261123_1*_repeats
  mlps compare old/*/ --new new/*/ --fail-if 'au<-2%' --fail-if 'read_p99>10%'
`;

const NOTES = `
A RESULT is the folder of a run, its summary.json, or the folder of
"mlps run --repeat N", of which the measured runs count. With three or more
runs on each side the noise is what runs differ by, else what epochs differ by.
A condition is METRIC<NUMBER or METRIC>NUMBER. NUMBER is the difference of NEW
to BASE, in percent of BASE (au<-2%) or in the metric's unit (read_p99>200). A
difference within the noise fails nothing. Metrics: au (percentage points),
samples_per_second, useful_bytes_per_second, device_bytes_per_second, read_p50,
read_p99, read_p99_9, stall_p99 (in us), cores_used.`;

/** Returns the command. */
export function compareCommand(_context: Context): Command {
  return new Command("compare")
    .summary("compare results, and tell changes from noise")
    .description(
      "Compares the result NEW with the result BASE: what differs in configuration, dataset and environment, then each " +
        "figure with its verdict: better, worse, or within noise.",
    )
    .addHelpText("before", EXAMPLES)
    .addHelpText("after", NOTES)
    .usage("[options] BASE NEW | BASE... --new NEW...")
    .argument("<RESULT...>", "BASE and NEW; with --new, all are BASE")
    .option("--new <RESULT...>", "the results to compare with BASE, where a side has several")
    .addOption(
      new Option("--fail-if <condition>", "exit with 4 when it holds: au<-2% (repeatable)")
        .default([], "none")
        .argParser((value: string, previous: readonly string[]) => [...previous, value]),
    )
    .option("--json", "print the comparison as JSON on stdout")
    .action(compare);
}

async function compare(results: readonly string[], flags: CompareFlags): Promise<void> {
  const thresholds = flags.failIf.map(parseThreshold);
  const { base, next } = loadSides(results, flags.new);
  const comparison = compareSides(base, next);
  const obstacle = judgingObstacle(thresholds, comparison);
  const checks = obstacle === undefined ? checkThresholds(thresholds, comparison) : [];
  const hasObstacle = thresholds.length > 0 && obstacle !== undefined;
  // A gate that cannot judge has no result: with --json the error is the one document.
  if (!(hasObstacle && flags.json)) {
    await print(
      flags.json
        ? JSON.stringify({ ...comparison, checks }, null, 2) + "\n"
        : renderComparison(comparison, checks),
    );
  }
  if (hasObstacle) {
    throw new PreflightError(`Cannot judge --fail-if: ${obstacle}. Leave it out to see the comparison`);
  }
  const failed = checks.filter((check) => check.failed);
  if (failed.length > 0) {
    throw new CheckFailedError(`The gate failed: ${failed.map(describeFailed).join("; ")}`);
  }
}

function loadSides(
  results: readonly string[],
  ofNew: readonly string[] | undefined,
): { base: FoundResult[]; next: FoundResult[] } {
  if (ofNew === undefined && results.length !== 2) {
    throw new UsageError(
      `Cannot compare ${results.length} results: BASE and NEW are expected. Several of a side: BASE... --new NEW...`,
    );
  }
  const [base, next] = ofNew === undefined
    ? [loadSide([results[0]]), loadSide([results[1]])]
    : [loadSide(results), loadSide(ofNew)];
  refuseSame([...base, ...next]);
  for (const { path, summary } of [...base, ...next]) {
    if (completeEpochs(summary).length === 0) {
      throw new PreflightError(
        `Cannot compare "${path}": it has no complete epoch. Use the result of a complete run`,
      );
    }
  }
  return { base, next };
}

function describeFailed({ expression, difference, difference_percentage: percent }: ThresholdCheck): string {
  const change = percent === null ? String(difference) : `${percent.toFixed(2)} %`;
  return `${expression}: the difference of NEW to BASE is ${change}`;
}
