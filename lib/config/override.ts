// `--set key.path=value`: edits the YAML tree of a workload before it is checked, so that an override and a line of
// the file obey the same rules. Hydra's `++workload.key.path=value`, which DLIO's users write, is accepted too.
import { type Document, isCollection, isMap, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import { UsageError } from "../base/errors.ts";
import { formatPath, type KeyPath } from "./describe.ts";
import { parseYaml } from "./yaml_document.ts";

/** A value for one option from the command line; `text` is what the user wrote. */
export interface Override {
  readonly text: string;
  readonly path: KeyPath;
  readonly value: unknown;
}

const WANTED = "key.path=value wanted, such as reader.batch_size=1024";

/**
 * Returns the path and the value of an override; the value is read as YAML.
 *
 * @throws {UsageError} If it has no "=", an empty key or a value that is not YAML.
 */
export function parseOverride(text: string): Override {
  const equalsAt = text.indexOf("=");
  if (equalsAt < 0) throw new UsageError(`Cannot set "${text}": it has no "=", ${WANTED}`);
  const keys = text.slice(0, equalsAt).trim().replace(/^\+{1,2}/, "").replace(/^workload\./, "");
  const path = keys.replace(/\[(\d+)\]/g, ".$1").split(".").map(unaliasKey);
  if (path.some((part) => !/^\w[\w-]*$/.test(part))) {
    throw new UsageError(`Cannot set "${text}": "${keys}" is not a key path, ${WANTED}`);
  }
  const { doc, problems } = parseYaml(text.slice(equalsAt + 1));
  if (problems.length > 0) {
    throw new UsageError(`Cannot set "${text}": the value is not YAML (${problems[0].message}). Quote it`);
  }
  return { text, path: path.map((part) => /^\d+$/.test(part) ? Number(part) : part), value: doc.toJS() };
}

/** Returns the name by which a section is known here; DLIO calls `reader` also `data_reader`. */
export function unaliasKey(key: string, depth: number): string {
  return depth === 0 && key === "data_reader" ? "reader" : key;
}

/**
 * Edits the tree `doc`; sections that are missing are made, elements of a list have to be there.
 *
 * @throws {UsageError} If the path leads through a value that is no mapping or list, or past the end of a list.
 */
export function applyOverride(doc: Document, { text, path, value }: Override): void {
  for (let depth = 1; depth < path.length; depth++) {
    const prefix = path.slice(0, depth);
    if (isCollection(doc.getIn(prefix, true))) continue;
    const empty = typeof path[depth] === "number" ? [] : {};
    doc.setIn(prefix, makeCollection(doc, { text, path: prefix, value: empty }));
  }
  requireElement(doc, path, text);
  doc.setIn(path, doc.createNode(value));
}

/** Returns a collection with what `path` has by way of an alias or a merge key, with `value` if it has nothing. */
function makeCollection(doc: Document, { text, path, value: empty }: Override): Node {
  requireElement(doc, path, text);
  const parent = doc.getIn(path.slice(0, -1), true) as YAMLMap | YAMLSeq;
  const value = parent.toJS(doc)[path.at(-1)!] ?? empty;
  if (typeof value !== "object") {
    const found = `${formatPath(path)} is ${JSON.stringify(value)}`;
    throw new UsageError(`Cannot set "${text}": ${found}, a mapping or list wanted`);
  }
  return doc.createNode(value);
}

/** Refuses the index of an element that a list has not, the name of one, and an index into a mapping. */
function requireElement(doc: Document, path: KeyPath, text: string): void {
  const parent = doc.getIn(path.slice(0, -1), true);
  const part = path.at(-1)!, subject = formatPath(path.slice(0, -1)) || "the workload";
  if (isMap(parent) && typeof part === "number") {
    throw new UsageError(`Cannot set "${text}": ${subject} is a mapping, a key wanted, not ${part}`);
  }
  if (isSeq(parent) && !(typeof part === "number" && part < parent.items.length)) {
    const found = `${subject} is a list of ${parent.items.length}`;
    throw new UsageError(
      `Cannot set "${text}": ${found}, an index of one of its elements wanted, not ${part}`,
    );
  }
}
