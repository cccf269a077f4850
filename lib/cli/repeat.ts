// mlps run --repeat: one run to warm up, then N that count, each with its own results; repeats.json holds what they tell
// together, and is right after each of them.
import fs from "node:fs";
import type { InterruptedError } from "../base/errors.ts";
import { type RepeatedRun, type Repeats, repeatsOf } from "../metrics/repeats.ts";
import type { RunStatus } from "../metrics/summary_input.ts";
import { GroupFolder } from "../report/group_folder.ts";
import { renderJson } from "../report/result_folder.ts";
import { renderRepeats } from "../report/text_repeats.ts";
import { renderLabelled } from "../report/text_table.ts";
import { print } from "./output.ts";
import { recordRun, type RunRecipe } from "./record_run.ts";

/** Runs 1 + `numMeasured` times, prints and returns the result. @throws What ended a run. */
export async function runRepeatedly(
  recipe: RunRecipe,
  { numMeasured, json }: { readonly numMeasured: number; readonly json: boolean },
): Promise<Repeats> {
  const { loaded, flags, context: { signal }, messages } = recipe;
  const folder = new GroupFolder("repeats", {
    resultsDir: flags.resultsDir,
    workloadName: loaded.name,
    startedAt: new Date(),
  });
  const sharesFilesystem = recipe.dataset.origin !== "synthetic" &&
    fs.statSync(folder.path).dev === fs.statSync(recipe.dataset.dataFolder).dev;
  const runs: RepeatedRun[] = [];
  const describe = (status: RunStatus, error?: string) =>
    repeatsOf({ status, error, numMeasured, runs, sharesFilesystem });
  let failure: unknown, writeFailure: unknown;
  // As with a run's own results: a disk that fills up ends no measurement of hours.
  const keep = (repeats: Repeats) => {
    try {
      folder.write(repeats);
      writeFailure = undefined;
    } catch (cause) {
      if (writeFailure === undefined) messages.say(`Warning: ${(cause as Error).message}. The runs go on`);
      writeFailure = cause;
    }
  };
  for (let run = 0; run <= numMeasured && failure === undefined && !signal.aborted; run++) {
    messages.say(run === 0 ? "Warm-up run" : `Measured run ${run} of ${numMeasured}`);
    const recorded = await recordRun(recipe);
    failure = recorded.failure;
    if (recorded.summary === undefined) break;
    runs.push({ folder: recorded.folder, summary: recorded.summary });
    const { metric, status } = recorded.summary;
    messages.say(`  AU ${metric.train_au_mean_percentage.toFixed(1)} %, ${status}: ${recorded.folder}`);
    keep(describe("partial"));
  }
  if (runs.length === 0) {
    folder.discard();
    throw failure ?? signal.reason;
  }
  const repeats = failure !== undefined
    ? describe("failed", (failure as Error).message)
    : signal.aborted
    ? describe("partial", (signal.reason as InterruptedError).message)
    : describe("complete");
  keep(repeats);
  await print(
    json ? renderJson(repeats) : [...renderRepeats(repeats), "", ...renderLabelled("results", [folder.path])],
  );
  if (failure !== undefined || writeFailure !== undefined) throw failure ?? writeFailure;
  if (signal.aborted) throw signal.reason;
  return repeats;
}
