// MLPerf Storage's categories: whether a configuration is CLOSED, OPEN or neither (mlcommons/storage v3.0: Rules.md and
// mlpstorage's lists of parameters; dlio.md §7). A run is compared with MLPerf's own workload for the same model; each
// parameter that differs has to be one that the category lets a submitter choose.
import { describeOptions } from "../config/describe.ts";
import type { Workload } from "../config/schema.ts";
import { valueAt } from "../config/tree.ts";
import { datasizeOf } from "./datasize.ts";
import { sampleSizes } from "./demand.ts";
import { MLPERF_MODELS, type MlperfWorkload, mlperfWorkloads } from "./mlperf_workloads.ts";

export type Category = "closed" | "open" | "neither";

/** A parameter that is not as MLPerf has it, and the best category that lets it be so. */
export interface Parameter {
  readonly key: string;
  readonly category: Category;
  /** The value, what MLPerf has or wants, and why. */
  readonly reason: string;
}

export interface Judgement {
  readonly category: Category;
  /** MLPerf's workload that comes nearest; null where it has none for the model. */
  readonly reference: string | null;
  readonly parameters: readonly Parameter[];
}

/** What a run is judged by, besides its workload. */
export interface RunSize {
  readonly numAccelerators: number;
  readonly numHosts: number;
  readonly hostMemoryBytes: number;
}

const RANK: Readonly<Record<Category, number>> = { closed: 0, open: 1, neither: 2 };

const CLOSED_KEYS: ReadonlySet<string> = new Set([
  "dataset.num_files_train",
  "dataset.num_subfolders_train",
  "dataset.data_folder",
  "reader.read_threads",
  "reader.computation_threads",
  "reader.transfer_size",
  "reader.prefetch_size",
  "checkpoint.checkpoint_folder",
  "storage.storage_type",
  "storage.storage_root",
  "storage.storage_options.prefetch_window",
  "dataset.odirect", // a key of mlps: it changes no byte of the dataset
  "reader.io_engine", // keys of mlps: how the client asks for bytes is its own affair, as reader.transfer_size is
  "reader.io_depth",
  "reader.page_cache", // a key of mlps: MLPerf wants nothing served from memory, and drops caches between epochs
]);

const OPEN_KEYS: ReadonlySet<string> = new Set([
  "framework",
  "dataset.format",
  "dataset.num_samples_per_file",
  "reader.data_loader",
]);

/** They say which workload it is, or what a command does. */
const UNJUDGED_KEYS: ReadonlySet<string> = new Set(["extends", "model.name", "workflow.generate_data"]);

/** The keys that change nothing where the workload does not evaluate. */
const EVALUATION_KEY = /^evaluation\.|_eval$/;

const MAX_READ_THREADS = 32, MAX_PREFETCH_SIZE = 2;

/** Returns the category of a run with every parameter that decides it, the worst first. */
export function judgeRun(workload: Workload, size: RunSize): Judgement {
  const { name: model } = workload.model;
  const references = mlperfWorkloads(model);
  const candidates = references.map((reference) => ({ reference, parameters: compare(workload, reference) }));
  const weight = (parameters: readonly Parameter[]) =>
    parameters.reduce((sum, { category }) => sum + RANK[category], 0);
  const [nearest] = candidates.toSorted((a, b) => weight(a.parameters) - weight(b.parameters));
  const parameters = [
    ...judgeModel(model, { isWithdrawn: references.length > 0 }),
    ...judgeSize(workload, size),
    ...nearest?.parameters ?? [],
  ]
    .toSorted((a, b) => RANK[b.category] - RANK[a.category]);
  return {
    category: parameters[0]?.category ?? "closed",
    reference: nearest?.reference.name ?? null,
    parameters,
  };
}

function judgeModel(model: string, { isWithdrawn }: { isWithdrawn: boolean }): Parameter[] {
  if (MLPERF_MODELS.includes(model)) return [];
  const reason = `${model}, round v3.0 has ${MLPERF_MODELS.join(" and ")}`;
  return [{
    key: "model.name",
    category: "neither",
    reason: isWithdrawn ? `${reason}; MLPerf withdrew it before the round` : reason,
  }];
}

function judgeSize({ dataset, reader }: Workload, size: RunSize): Parameter[] {
  const { numFiles, decidedBy } = datasizeOf({
    ...size,
    batchSize: reader.batch_size,
    sampleBytes: sampleSizes(dataset).sampleBytes,
    samplesPerFile: dataset.num_samples_per_file,
  });
  if (dataset.num_files_train >= numFiles) return [];
  const because = decidedBy === "memory" ? "5 times the memory of the host" : "500 steps an epoch";
  return [{
    key: "dataset.num_files_train",
    category: "neither",
    reason: `${dataset.num_files_train}, at least ${numFiles} wanted for ${because}`,
  }];
}

/** Returns the parameters in which a workload differs from MLPerf's. */
function compare(workload: Workload, reference: MlperfWorkload): Parameter[] {
  return describeOptions().flatMap(({ key, isSection, effect, default: byDefault }): Parameter[] => {
    if (isSection || key.includes("[]") || effect === "refused" || UNJUDGED_KEYS.has(key)) return [];
    if (!workload.workflow.evaluation && EVALUATION_KEY.test(key)) return [];
    const found = valueAt(workload, key.split("."));
    const isGiven = effect === undefined || found !== undefined;
    const isKnown = effect === undefined || reference.values.has(key) || CLOSED_KEYS.has(key);
    const wanted = reference.values.has(key) ? reference.values.get(key) : byDefault;
    if (!isGiven || !isKnown || JSON.stringify(found) === JSON.stringify(wanted)) return [];
    const followsFormat = key.startsWith("dataset.parquet.") &&
      workload.dataset.format !== reference.values.get("dataset.format");
    const [category, limit] = followsFormat
      ? ["open", "; it follows from dataset.format"] as const
      : judgeKey(key, { found, model: workload.model.name });
    return [{ key, category, reason: `${brief(found)}, MLPerf has ${brief(wanted)}${limit}` }];
  });
}

/** Returns the category of a key that differs, and what limits it. */
function judgeKey(
  key: string,
  { found, model }: { readonly found: unknown; readonly model: string },
): readonly [Category, limit: string] {
  if (key === "reader.odirect") return model === "unet3d" ? ["closed", ""] : ["neither", "; only unet3d may"];
  if (key === "dataset.format" && found === "synthetic") return ["neither", "; nothing is read"];
  if (key === "reader.prefetch_size" && Number(found) > MAX_PREFETCH_SIZE) {
    return ["neither", `; at most ${MAX_PREFETCH_SIZE} allowed`];
  }
  if (key === "reader.read_threads" && Number(found) > MAX_READ_THREADS) {
    return ["neither", `; at most ${MAX_READ_THREADS} allowed`];
  }
  if (CLOSED_KEYS.has(key)) return ["closed", ""];
  return [OPEN_KEYS.has(key) ? "open" : "neither", ""];
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? "1 entry" : `${value.length} entries`;
  return value === undefined ? "none" : typeof value === "string" ? value : JSON.stringify(value);
}
