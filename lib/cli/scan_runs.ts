// The runs of a scan, one after the other, each with its own results; scan.json holds what they tell together, and is
// right after each of them.
import { formatCount } from "../base/units.ts";
import type { LoadedWorkload } from "../config/load.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { type Scan, type ScanInput, scanOf } from "../metrics/scan.ts";
import type { ScanRun, ScanValue } from "../metrics/scan_points.ts";
import { runLength, withLength } from "../plan/scan_length.ts";
import { GroupFolder } from "../report/group_folder.ts";
import { renderScan } from "../report/text_scan.ts";
import { findCeiling } from "./ceiling.ts";
import { GroupRecorder } from "./group_recorder.ts";
import { type RecordedRun, recordRun, type RunRecipe } from "./record_run.ts";

/** What is to be run next. */
export interface PlannedRun {
  readonly value: ScanValue;
  /** As it is told: "4 accelerators". */
  readonly label: string;
  readonly loaded: LoadedWorkload;
  readonly dataset: Dataset;
  readonly numAccelerators: number;
}

export interface ScanRecipe extends Pick<RunRecipe, "context" | "messages"> {
  readonly workloadName: string;
  readonly resultsDir: string;
  readonly json: boolean;
  /** What scan.json says besides the runs. */
  readonly about: Pick<ScanInput, "secondsPerRun" | "requiredAuPercent" | "minRuns" | "key" | "search">;
  /** A run that does not count, so that the first one finds no cold start. */
  readonly warmUp?: PlannedRun;
  /** Returns the next run; undefined when all is known. */
  readonly next: (runs: readonly ScanRun[]) => PlannedRun | undefined;
}

/** Without a demand, how much faster than the fastest run the next one may be and still last as long as wanted. */
const MAX_GAIN = 2;

/** Runs until nothing is left to find out, prints and returns the result. @throws What ended a run. */
export async function runScan(recipe: ScanRecipe): Promise<Scan> {
  const { context: { signal, commandLine }, messages, resultsDir, workloadName, about } = recipe;
  const startedAt = new Date();
  const folder = new GroupFolder("scan", { resultsDir, workloadName, startedAt });
  const runs: ScanRun[] = [];
  let warmUpFolder: string | undefined, fastest: number | undefined;
  const recorder = new GroupRecorder<Scan>({
    folder,
    messages,
    signal,
    json: recipe.json,
    describe: (status, error) =>
      scanOf({
        ...about,
        status,
        error,
        startedAt: startedAt.toISOString(),
        endedAt: new Date().toISOString(),
        workload: workloadName,
        commandLine,
        warmUpFolder,
        runs,
      }),
    render: renderScan,
  });
  const measure = async (planned: PlannedRun, title: string): Promise<RecordedRun> => {
    messages.say(title);
    const recorded = await runOnce(planned, recipe, fastest);
    recorder.failure = recorded.failure;
    if (recorded.summary !== undefined) {
      const { metric, status, mlps: { demand_samples_per_second: demand } } = recorded.summary;
      const rate = metric.train_throughput_mean_samples_per_second;
      fastest = Math.max(fastest ?? 0, rate);
      const au = demand === null ? "" : `AU ${metric.train_au_mean_percentage.toFixed(1)} %, `;
      const figures = status === "complete"
        ? `${au}${formatCount(rate)} samples/s`
        : `${status}, does not count`;
      messages.say(`  ${figures}: ${recorded.folder}`);
    }
    return recorded;
  };
  const { warmUp } = recipe;
  if (warmUp !== undefined) warmUpFolder = (await measure(warmUp, "Warm-up run")).folder;
  while (!recorder.isOver) {
    const planned = recipe.next(runs);
    if (planned === undefined) break;
    const before = runs.filter(({ value }) => value === planned.value).length;
    const recorded = await measure(planned, `${planned.label}${before > 0 ? `, run ${before + 1}` : ""}`);
    if (recorded.summary === undefined) break;
    runs.push({ value: planned.value, folder: recorded.folder, summary: recorded.summary });
    recorder.keep();
  }
  return runs.length === 0 ? recorder.discard() : await recorder.finish();
}

async function runOnce(
  { loaded, dataset, numAccelerators }: PlannedRun,
  { context, messages, resultsDir, about }: ScanRecipe,
  fastest: number | undefined,
): Promise<RecordedRun> {
  const length = runLength(loaded.workload, {
    seconds: about.secondsPerRun,
    numAccelerators,
    maxSamplesPerSecond: fastest && fastest * MAX_GAIN,
  });
  const asRun = { ...loaded, workload: withLength(loaded.workload, length) };
  return await recordRun({
    loaded: asRun,
    dataset,
    evaluationDataset: undefined,
    flags: { numAccelerators, resultsDir },
    ceiling: findCeiling(asRun, { resultsDir, version: context.version }),
    context,
    messages,
  });
}
