// Trees of plain values, as YAML gives them: merged without touching what they were merged from.

/** A mapping of a workload file before it is checked. */
export type Tree = Record<string, unknown>;

/** Returns whether a value is a mapping, not a list or a single value. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Returns a copy of `base` with all of `over`: mappings merge key by key, any other value of `over` takes the place of
 * the one in `base`. An empty value (`reader:`) over a mapping adds nothing to it.
 */
export function mergeTrees(base: Tree, over: Tree): Tree {
  const merged = new Map(Object.entries(copyValue(base) as Tree));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    if (isTree(below) && value === null) continue;
    merged.set(key, isTree(below) && isTree(value) ? mergeTrees(below, value) : copyValue(value));
  }
  return Object.fromEntries(merged); // for which __proto__ is a key like any other
}

/** Returns a copy in which nothing appears twice: YAML's aliases lead to one value from several places. */
function copyValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyValue);
  if (!isTree(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copyValue(member)]));
}

/** Returns what stands at `key` of a mapping or list, undefined where there is nothing. */
export function childOf(parent: unknown, key: string | number): unknown {
  const isParent = typeof parent === "object" && parent !== null;
  return isParent && Object.hasOwn(parent, key)
    ? (parent as Record<string | number, unknown>)[key]
    : undefined;
}

/** Returns what stands at `path`, undefined where there is nothing. */
export function valueAt(tree: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(childOf, tree);
}
