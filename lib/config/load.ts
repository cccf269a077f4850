// From the name of a workload to a checked, frozen configuration: finds the text, applies overrides, checks it
// against the schema, and reports all problems at once.
import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import * as v from "valibot";
import { Document, isMap, isScalar, isSeq } from "yaml";
import { reasonOf, UsageError } from "../base/errors.ts";
import { listEmbeddedWorkloads, readEmbeddedWorkload } from "./embedded.ts";
import { applyOverride, parseOverride, unaliasKey } from "./override.ts";
import { describeIneffectiveKeys, findNearest, formatIssues } from "./problems.ts";
import { type Workload, WorkloadSchema } from "./schema.ts";
import { findPair, parseYaml, YAML_OPTIONS, type YamlDocument } from "./yaml_document.ts";

/** A workload ready to be used, deep frozen. */
export interface LoadedWorkload {
  /** The file's base name without .yaml, or the embedded name. */
  readonly name: string;
  /** The path as given, or "embedded". */
  readonly source: string;
  readonly workload: Workload;
  /** The keys of the file that have no effect, one line each with its place. */
  readonly notes: readonly string[];
}

/** The text of a workload and how messages name it. */
export interface WorkloadText {
  readonly label: string;
  readonly text: string;
}

const MAX_WORKLOAD_BYTES = 16 * 1024 * 1024; // 200 columns take 12 KB; what is larger is another file
const YAML_EXTENSION = /\.ya?ml$/;

/**
 * Returns the workload of a file, or the embedded one of that name where no such file exists.
 *
 * @throws {UsageError} If there is no such workload, or with all problems of its text and of the overrides.
 */
export function loadWorkload(nameOrPath: string, overrides: readonly string[] = []): LoadedWorkload {
  const { name, source, text } = findWorkload(nameOrPath);
  const label = source === "embedded" ? `${name} (embedded)` : source;
  return { name, source, ...parseWorkload({ label, text }, overrides) };
}

/**
 * Returns the workload of a YAML text with `overrides` (`key.path=value`) applied.
 *
 * @throws {UsageError} With all problems of the text, or all problems of its values.
 */
export function parseWorkload(
  { label, text }: WorkloadText,
  overrides: readonly string[] = [],
): Pick<LoadedWorkload, "workload" | "notes"> {
  const parsedOverrides = overrides.map(parseOverride);
  const yaml = parseYaml(text);
  refuse(label, yaml.problems.map(({ line, column, message }) => `${label}:${line}:${column}: ${message}`));
  requireMapping(label, yaml.doc);
  renameSection(label, yaml);
  requireSmallTree(label, yaml.doc);
  for (const override of parsedOverrides) applyOverride(yaml.doc, override);
  const origin = { label, yaml, overrides: parsedOverrides };
  const result = v.safeParse(WorkloadSchema, yaml.doc.toJS());
  if (!result.success) refuse(label, formatIssues(result.issues, origin));
  return { workload: deepFreeze(result.output as Workload), notes: describeIneffectiveKeys(origin) };
}

/** Returns the YAML text of a workload; loading it gives the same workload again. */
export function renderWorkload(workload: Workload): string {
  const doc = new Document(workload, YAML_OPTIONS);
  const columns = doc.getIn(["dataset", "parquet", "columns"]);
  for (const column of isSeq(columns) ? columns.items : []) if (isMap(column)) column.flow = true;
  return doc.toString({ lineWidth: 0 });
}

function findWorkload(nameOrPath: string): { name: string; source: string; text: string } {
  const name = basename(nameOrPath).replace(YAML_EXTENSION, "");
  const fileText = readWorkloadFile(nameOrPath);
  if (fileText !== undefined) return { name, source: nameOrPath, text: fileText };
  const embeddedName = nameOrPath.replace(/^(?:\.\/)?workloads\//, "").replace(YAML_EXTENSION, "");
  const text = readEmbeddedWorkload(embeddedName);
  if (text !== undefined) return { name: embeddedName, source: "embedded", text };
  const names = listEmbeddedWorkloads();
  const nearest = findNearest(name, names);
  const advice = `${nearest ? `Did you mean ${nearest}? ` : ""}Workloads in this program: ${
    names.join(", ")
  }`;
  throw new UsageError(`Cannot find workload "${nameOrPath}": no such file found. ${advice}`);
}

/** Returns the text of a file, undefined where there is no file of that name; a folder may bear a workload's name. */
function readWorkloadFile(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat || stat.isDirectory()) return undefined;
    if (stat.size > MAX_WORKLOAD_BYTES) {
      throw new Error(`${stat.size} bytes found, a YAML file of some KB wanted`);
    }
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read workload "${path}": ${reasonOf(cause)}`, { cause });
  }
}

function refuse(label: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new UsageError(`Cannot use workload "${label}": ${count}\n  ${problems.join("\n  ")}`);
}

function requireMapping(label: string, { contents }: Document): void {
  if (isMap(contents)) return;
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  const found = isEmpty ? "it is empty" : isSeq(contents) ? "it is a list" : "it is a single value";
  throw new UsageError(
    `Cannot use workload "${label}": ${found}, a mapping of sections wanted (dataset, reader, train, ...)`,
  );
}

/** Renames DLIO's other name of the section `reader`, so that problems keep their place in the text. */
function renameSection(label: string, { doc, positionOf }: YamlDocument): void {
  const pair = findPair(doc.contents, "data_reader");
  if (!isScalar(pair?.key)) return;
  if (findPair(doc.contents, "reader")) {
    const { line, column } = positionOf(pair.key)!;
    refuse(label, [
      `${label}:${line}:${column}: data_reader: found beside reader, expected one name of the section`,
    ]);
  }
  pair.key.value = unaliasKey("data_reader", 0);
}

/** Refuses aliases of aliases that multiply without bound; the parser finds out when they are followed. */
function requireSmallTree(label: string, doc: Document): void {
  try {
    doc.toJS();
  } catch (cause) {
    refuse(label, [`${label}: ${(cause as Error).message}`]);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
