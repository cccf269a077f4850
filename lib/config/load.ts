// From the name of a workload to a checked, frozen configuration: finds the text and what it builds on, applies
// overrides, checks the whole against the schema, and reports all problems at once.
import * as v from "valibot";
import { Document, isMap, isSeq } from "yaml";
import { findEmbedded, findWorkload, type FoundWorkload, type WorkloadText } from "./find_workload.ts";
import { mergeLayers, readLayers, refuse } from "./layers.ts";
import { describeIneffectiveKeys, describeSettings, type Setting } from "./origin.ts";
import { applyOverride, parseOverride } from "./override.ts";
import { formatIssues } from "./problems.ts";
import { type Workload, WorkloadSchema } from "./schema.ts";
import { YAML_OPTIONS } from "./yaml_document.ts";

/** A workload ready to be used, deep frozen. */
export interface LoadedWorkload {
  /** The file's base name without .yaml, or the embedded name. */
  readonly name: string;
  /** The path as given, or "embedded". */
  readonly source: string;
  readonly workload: Workload;
  /** The value of each option and where it comes from. */
  readonly settings: readonly Setting[];
  /** The keys of the file that have no effect, one line each with its place. */
  readonly notes: readonly string[];
}

/**
 * Returns the workload of a file, or the embedded one of that name where no such file exists.
 *
 * @throws {UsageError} If there is no such workload, or with all problems of its text and of the overrides.
 */
export function loadWorkload(nameOrPath: string, overrides: readonly string[] = []): LoadedWorkload {
  return load(findWorkload(nameOrPath), overrides);
}

/** Returns an embedded workload, whatever files there are; undefined for an unknown name. */
export function loadEmbeddedWorkload(name: string): LoadedWorkload | undefined {
  const found = findEmbedded(name);
  return found && load(found, []);
}

function load(found: FoundWorkload, overrides: readonly string[]): LoadedWorkload {
  return { name: found.name, source: found.source, ...parseWorkload(found, overrides) };
}

/**
 * Returns the workload of a YAML text with `overrides` (`key.path=value`) applied.
 *
 * @throws {UsageError} With all problems of the text, or all problems of its values.
 */
export function parseWorkload(
  text: WorkloadText,
  overrides: readonly string[] = [],
): Pick<LoadedWorkload, "workload" | "settings" | "notes"> {
  const parsedOverrides = overrides.map(parseOverride);
  const layers = readLayers(text);
  const tree = mergeLayers(layers);
  for (const override of parsedOverrides) applyOverride(tree, override);
  const origin = { layers, overrides: parsedOverrides, tree };
  const result = v.safeParse(WorkloadSchema, tree);
  if (!result.success) refuse(text.label, formatIssues(result.issues, origin));
  const workload = deepFreeze(result.output as Workload);
  return { workload, settings: describeSettings(workload, origin), notes: describeIneffectiveKeys(origin) };
}

/** Returns the YAML text of a workload; loading it gives the same workload again. */
export function renderWorkload(workload: Workload): string {
  const doc = new Document(workload, YAML_OPTIONS);
  const columns = doc.getIn(["dataset", "parquet", "columns"]);
  for (const column of isSeq(columns) ? columns.items : []) if (isMap(column)) column.flow = true;
  return doc.toString({ lineWidth: 0 });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
