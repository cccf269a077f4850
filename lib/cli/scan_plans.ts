// What a scan runs, and in which order: a search decides from the runs so far, a sweep takes one value after the other.
import { UsageError } from "../base/errors.ts";
import type { LoadedWorkload } from "../config/load.ts";
import { parseOverride } from "../config/override.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { nextStep } from "../metrics/search.ts";
import { type ScanValue, searchPointsOf } from "../metrics/scan_points.ts";
import { demandOf } from "../plan/demand.ts";
import { filesFor, maxAcceleratorsOf } from "../plan/scan_length.ts";
import type { MessageFlags, WorkloadFlags } from "./options.ts";
import { prepareTraining, type TrainingRequest } from "./prepare_training.ts";
import type { PlannedRun, ScanRecipe } from "./scan_runs.ts";

export interface ScanFlags extends WorkloadFlags, MessageFlags {
  readonly numAccelerators: number;
  readonly resultsDir: string;
  readonly seconds: number;
  readonly repeat: number;
  readonly max: number;
  readonly over?: Sweep;
}

/** A key and the texts of its values. */
export interface Sweep {
  readonly key: string;
  readonly values: readonly string[];
}

export interface ScanRequest extends Omit<TrainingRequest, "loaded"> {
  /** Returns the workload, with one more setting where one is given. */
  readonly load: (setting?: string) => LoadedWorkload;
  readonly flags: ScanFlags & TrainingRequest["flags"];
}

/** Returns the search for the largest number of accelerators. @throws {UsageError} {PreflightError} */
export async function planSearch(request: ScanRequest): Promise<ScanRecipe> {
  const { flags } = request, loaded = request.load(), { name, workload } = loaded;
  if (demandOf(workload, 1).samplesPerSecond === undefined) {
    throw new UsageError(
      `Cannot search with "${name}": train.computation_time is 0, so that AU says nothing. Set it, or measure the ` +
        "values of a key with --over",
    );
  }
  const maxByDataset = maxAcceleratorsOf(workload), first = flags.numAccelerators;
  if (flags.max < first) {
    throw new UsageError(
      `Cannot search from ${first} to ${flags.max}: -n is where the search begins. Raise --max, or lower -n`,
    );
  }
  if (maxByDataset < first) {
    throw new UsageError(
      `Cannot search from ${first} with "${name}": the dataset has enough steps for ${maxByDataset}. Raise ` +
        `dataset.num_files_train to ${filesFor(workload, first)} or more`,
    );
  }
  const max = Math.min(flags.max, maxByDataset);
  const { dataset } = await prepareTraining({ ...request, loaded });
  const rules = {
    first,
    max,
    minRuns: flags.repeat,
    requiredAuPercent: workload.metric.au * 100,
  };
  return {
    ...recipeOf(request, loaded),
    about: {
      ...aboutOf(flags, loaded),
      search: { max, maxFrom: maxByDataset < flags.max ? "dataset" : "flag" },
    },
    next(runs) {
      const { kind, numAccelerators } = nextStep(searchPointsOf(runs), rules);
      if (kind === "done") return undefined;
      const label = numAccelerators === 1 ? "1 accelerator" : `${numAccelerators} accelerators`;
      return { value: numAccelerators, label, loaded, dataset, numAccelerators };
    },
  };
}

/** Returns the measurement of each value of a key. @throws {UsageError} {PreflightError} */
export async function planSweep(request: ScanRequest, { key, values }: Sweep): Promise<ScanRecipe> {
  const { flags } = request, { numAccelerators } = flags;
  const all = values.map((value) => request.load(`${key}=${value}`));
  for (const { workload } of all) demandOf(workload, numAccelerators); // before anything is generated
  const opened = new Map<string, Dataset>(), planned: PlannedRun[] = [];
  for (const [index, loaded] of all.entries()) {
    const { dataset, storage, reader } = loaded.workload;
    const same = JSON.stringify([dataset, storage, reader.odirect, reader.page_cache]);
    const found = opened.get(same) ?? (await prepareTraining({ ...request, loaded })).dataset;
    opened.set(same, found);
    const label = `${key}=${values[index]}`;
    planned.push({ value: valueOf(label), label, loaded, dataset: found, numAccelerators });
  }
  return {
    ...recipeOf(request, all[0]),
    about: { ...aboutOf(flags, all[0]), key },
    warmUp: planned[0],
    next: (runs) =>
      planned.find(({ value }) => runs.filter((run) => run.value === value).length < flags.repeat),
  };
}

function recipeOf({ flags, context, messages }: ScanRequest, { name }: LoadedWorkload) {
  return { workloadName: name, resultsDir: flags.resultsDir, json: flags.json ?? false, context, messages };
}

function aboutOf({ seconds, repeat }: ScanFlags, { workload }: LoadedWorkload) {
  return { secondsPerRun: seconds, minRuns: repeat, requiredAuPercent: workload.metric.au * 100 };
}

/** Returns the value of an override as YAML has it; of a list or a mapping its text. */
function valueOf(setting: string): ScanValue {
  const { value, text } = parseOverride(setting);
  return typeof value === "object" && value !== null ? text : value as ScanValue;
}
