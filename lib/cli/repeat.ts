// mlps run --repeat: one run to warm up, then N that count, each with its own results; repeats.json holds what they tell
// together, and is right after each of them.
import fs from "node:fs";
import { type RepeatedRun, type Repeats, repeatsOf } from "../metrics/repeats.ts";
import { GroupFolder } from "../report/group_folder.ts";
import { renderRepeats } from "../report/text_repeats.ts";
import { GroupRecorder } from "./group_recorder.ts";
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
  const recorder = new GroupRecorder<Repeats>({
    folder,
    messages,
    signal,
    json,
    describe: (status, error) => repeatsOf({ status, error, numMeasured, runs, sharesFilesystem }),
    render: renderRepeats,
  });
  for (let run = 0; run <= numMeasured && !recorder.isOver; run++) {
    messages.say(run === 0 ? "Warm-up run" : `Measured run ${run} of ${numMeasured}`);
    const recorded = await recordRun(recipe);
    recorder.failure = recorded.failure;
    if (recorded.summary === undefined) break;
    runs.push({ folder: recorded.folder, summary: recorded.summary });
    const { metric, status } = recorded.summary;
    messages.say(`  AU ${metric.train_au_mean_percentage.toFixed(1)} %, ${status}: ${recorded.folder}`);
    recorder.keep();
  }
  return runs.length === 0 ? recorder.discard() : await recorder.finish();
}
