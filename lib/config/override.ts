// `--set key.path=value`: edits the tree of a workload before it is checked, so that an override and a line of
// the file obey the same rules. Hydra's `++workload.key.path=value`, which DLIO's users write, is accepted too.
import { UsageError } from "../base/errors.ts";
import { formatPath, type KeyPath } from "./describe.ts";
import { childOf, isTree, type Tree } from "./tree.ts";
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
  if (path[0] === "extends") {
    throw new UsageError(
      `Cannot set "${text}": what a workload builds on stands in its file. Name another workload`,
    );
  }
  return { text, path: path.map((part) => /^\d+$/.test(part) ? Number(part) : part), value: doc.toJS() };
}

/** Returns the name by which a section is known here; DLIO calls `reader` also `data_reader`. */
export function unaliasKey(key: string, depth: number): string {
  return depth === 0 && key === "data_reader" ? "reader" : key;
}

/**
 * Edits `tree`; sections that are missing are made, elements of a list have to be there.
 *
 * @throws {UsageError} If the path leads through a value that is no mapping or list, or past the end of a list.
 */
export function applyOverride(tree: Tree, { text, path, value }: Override): void {
  let parent: unknown = tree;
  for (const [depth, part] of path.entries()) {
    requireElement(parent, { text, path, depth });
    const isLast = depth === path.length - 1;
    const child = childOf(parent, part) ?? (typeof path[depth + 1] === "number" ? [] : {});
    // A plain assignment would take the key __proto__ for another thing.
    const member = { value: isLast ? value : child, enumerable: true, writable: true, configurable: true };
    Object.defineProperty(parent, part, member);
    parent = child;
  }
}

interface Step {
  readonly text: string;
  readonly path: KeyPath;
  readonly depth: number;
}

/** Refuses a key or index of what cannot have it: a single value, a list without the element, a mapping. */
function requireElement(parent: unknown, { text, path, depth }: Step): void {
  const part = path[depth], subject = formatPath(path.slice(0, depth)) || "the workload";
  if (typeof parent !== "object" || parent === null) {
    const found = `${subject} is ${JSON.stringify(parent)}`;
    throw new UsageError(`Cannot set "${text}": ${found}, a mapping or list wanted`);
  }
  if (isTree(parent) && typeof part === "number") {
    throw new UsageError(`Cannot set "${text}": ${subject} is a mapping, a key wanted, not ${part}`);
  }
  if (Array.isArray(parent) && !(typeof part === "number" && part < parent.length)) {
    const found = `${subject} is a list of ${parent.length}`;
    throw new UsageError(
      `Cannot set "${text}": ${found}, an index of one of its elements wanted, not ${part}`,
    );
  }
}
