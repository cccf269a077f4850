// Whether two sides of a comparison measured the same thing, and in what else they differ.
import { type Difference, differencesOf } from "./differences.ts";
import type { Summary } from "./summary.ts";

/** A result, and where it was found. */
export interface FoundResult {
  readonly path: string;
  readonly summary: Summary;
}

/** The results of one side: one, or runs that repeat each other. */
export type Side = readonly FoundResult[];

/** What the sides differ in; of a side with several results, the first. */
export interface SideDifferences {
  readonly configuration: readonly Difference[];
  readonly dataset: readonly Difference[];
  readonly environment: readonly Difference[];
}

/** A reason to doubt a comparison. */
export interface Doubt {
  readonly code: string;
  readonly message: string;
  /** Whether differences say nothing of the storage then: the sides did not measure the same. */
  readonly forbids: boolean;
}

/** Keys of a dataset that do not change what is read from it. */
const HARMLESS_DATASET_KEYS =
  /^dataset\.(data_folder|odirect|seed|file_prefix|num_subfolders_\w+|num_files_eval)$/;
/** Keys that decide how much work a sample is. */
const LOAD_KEYS =
  /^(num_accelerators|reader\.(batch_size|decode|preprocess_time)|train\.computation_time)(\.|$)/;
/** Sizes of datasets of one shape differ by their footers alone. */
const MAX_SIZE_RATIO = 1.01;

/** Returns in what configuration, dataset and environment differ. */
export function sideDifferencesOf(base: Side, next: Side): SideDifferences {
  const [before, after] = [base[0].summary, next[0].summary];
  return {
    configuration: differencesOf(configurationOf(before), configurationOf(after)),
    dataset: differencesOf(datasetOf(before), datasetOf(after)),
    environment: differencesOf(before.mlps.environment, after.mlps.environment),
  };
}

/** What a run was asked to do: its workload and what the command line adds. */
function configurationOf({ num_accelerators, mlps }: Summary) {
  return { num_accelerators, bare: mlps.bare, ...mlps.workload.configuration as Record<string, unknown> };
}

/** Without the folder, which is a key of the configuration. */
function datasetOf({ mlps: { dataset: { id, origin, files, bytes } } }: Summary) {
  return { id, origin, files, bytes };
}

/** Returns what makes a comparison doubtful, the reasons that forbid it first. */
export function doubtsOf(base: Side, next: Side): Doubt[] {
  const differences = sideDifferencesOf(base, next);
  const doubts = [
    ...partialDoubts(base, next),
    ...mixedDoubts("BASE", base),
    ...mixedDoubts("NEW", next),
    ...datasetDoubts(base, next, differences),
    ...loadDoubts(differences),
    ...memoryDoubts(base, next),
    ...rehearsalDoubts([...base, ...next]),
  ];
  return doubts.toSorted((a, b) => Number(b.forbids) - Number(a.forbids));
}

function partialDoubts(base: Side, next: Side): Doubt[] {
  const partial = [...base, ...next].filter(({ summary }) => summary.status !== "complete");
  if (partial.length === 0) return [];
  return [{
    code: "partial",
    forbids: true,
    message: `Not all runs are complete: ${partial.map(({ path }) => path).join(", ")}`,
  }];
}

/** Runs of one side have to repeat each other. */
function mixedDoubts(name: string, side: Side): Doubt[] {
  const doubts: Doubt[] = [];
  const kinds = new Set(
    side.map(({ summary }) => JSON.stringify([configurationOf(summary), datasetOf(summary)])),
  );
  if (kinds.size > 1) {
    doubts.push({
      code: "mixed_runs",
      forbids: true,
      message:
        `The ${side.length} runs of ${name} differ in configuration or dataset: they do not repeat each other`,
    });
  }
  const first = side[0].summary.mlps.environment;
  const keys = side.slice(1).flatMap(({ summary }) => differencesOf(first, summary.mlps.environment));
  if (keys.length > 0) {
    const names = [...new Set(keys.map(({ key }) => key))];
    doubts.push({
      code: "mixed_environment",
      forbids: false,
      message: `The environment changed between the runs of ${name}: ${names.join(", ")}`,
    });
  }
  return doubts;
}

function datasetDoubts(base: Side, next: Side, { configuration }: SideDifferences): Doubt[] {
  const keys = configuration.map(({ key }) => key)
    .filter((key) => key.startsWith("dataset.") && !HARMLESS_DATASET_KEYS.test(key));
  const sizes = [base, next].map(([{ summary }]) => summary.mlps.dataset.bytes);
  const differ = Math.max(...sizes) > MAX_SIZE_RATIO * Math.min(...sizes);
  if (keys.length === 0 && !differ) return [];
  const what = keys.length > 0 ? `they differ in ${listKeys(keys)}` : "their sizes differ";
  return [{
    code: "other_dataset",
    forbids: true,
    message: `BASE and NEW read datasets of another kind: ${what}`,
  }];
}

function loadDoubts({ configuration }: SideDifferences): Doubt[] {
  const keys = configuration.map(({ key }) => key).filter((key) => LOAD_KEYS.test(key));
  if (keys.length === 0) return [];
  return [{
    code: "other_load",
    forbids: true,
    message: `BASE and NEW asked for different work: they differ in ${listKeys(keys)}`,
  }];
}

function memoryDoubts(base: Side, next: Side): Doubt[] {
  const isFromMemory = ({ summary }: FoundResult) =>
    summary.mlps.warnings.some(({ code }) => code === "served_from_memory");
  const [ofBase, ofNew] = [base.filter(isFromMemory).length, next.filter(isFromMemory).length];
  if (ofBase + ofNew === 0) return [];
  if (ofBase + ofNew === base.length + next.length) {
    return [{
      code: "served_from_memory",
      forbids: false,
      message: "Memory served both sides: this compares clients, not storage",
    }];
  }
  return [{
    code: "memory_on_one_side",
    forbids: true,
    message:
      `Memory, not storage, served ${ofBase} of ${base.length} runs of BASE and ${ofNew} of ${next.length} of NEW`,
  }];
}

function rehearsalDoubts(results: readonly FoundResult[]): Doubt[] {
  const isCut = ({ summary }: FoundResult) =>
    summary.mlps.warnings.some(({ code }) => code === "short_rehearsal");
  if (!results.some(isCut)) return [];
  return [{
    code: "short_rehearsal",
    forbids: false,
    message:
      "Readers rehearsed for less than they need (MLPS_REHEARSAL_SECONDS): programs that begin are compared too",
  }];
}

const KEYS_SHOWN = 3;

function listKeys(keys: readonly string[]): string {
  const more = keys.length - KEYS_SHOWN;
  return keys.slice(0, KEYS_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
