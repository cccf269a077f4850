// Where a value of a workload comes from: the command line, a line of one of its files, or the defaults.
import { describeOptions, type KeyPath } from "./describe.ts";
import { findPosition, formatPosition, type Layer, type LayerPosition } from "./layers.ts";
import type { Override } from "./override.ts";
import type { Workload } from "./schema.ts";
import { type Tree, valueAt } from "./tree.ts";

/** What a workload was made from. */
export interface WorkloadOrigin {
  /** Its own text first, what it builds on behind it. */
  readonly layers: readonly Layer[];
  readonly overrides: readonly Override[];
  /** What layers and overrides say together, not checked. */
  readonly tree: Tree;
}

/** A value of a resolved workload and where it comes from. */
export interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly source: "default" | "file" | "override";
  /** file:line:column or the text of the override; absent for a default. */
  readonly place?: string;
  /** Why the key has no effect; absent where it has one. */
  readonly inert?: string;
}

/** Where something stands: as text, and as a place where it is one in a file. */
export interface Location {
  readonly position?: LayerPosition;
  readonly text: string;
}

/** Returns where the value at `path` comes from: the last override of it or of something above it, else a file. */
export function locate(
  { layers, overrides }: WorkloadOrigin,
  path: KeyPath,
  about: { isKey: boolean },
): Location {
  const override = overrides.findLast((candidate) => candidate.path.every((part, at) => path[at] === part));
  if (override) return { text: `--set ${override.text}` };
  const position = findPosition(layers, path, about);
  return { position, text: position ? formatPosition(position) : layers[0].label };
}

/** Where a value that nobody gave may follow from another key. */
const FOLLOWS: Readonly<Record<string, string>> = {
  "dataset.odirect": "storage.storage_type",
  "reader.odirect": "storage.storage_type",
};

/** Returns the value of each option in the order of the schema; keys without effect only where they are given. */
export function describeSettings(workload: Workload, origin: WorkloadOrigin): Setting[] {
  const isGiven = (key: string) => valueAt(origin.tree, key.split(".")) !== undefined;
  return describeOptions().flatMap((option): Setting[] => {
    const { key, isSection, effect, why, default: byDefault } = option;
    if (isSection || key.includes("[]") || (!isGiven(key) && (effect !== undefined || key === "extends"))) {
      return [];
    }
    const value = valueAt(workload, key.split(".")) ?? null;
    const inert = effect === "none" ? { inert: why } : {};
    const follows = FOLLOWS[key] !== undefined && value !== byDefault && isGiven(FOLLOWS[key]);
    const from = isGiven(key) ? key : follows ? FOLLOWS[key] : undefined;
    if (from === undefined) return [{ key, value, source: "default", ...inert }];
    const { position, text } = locate(origin, from.split("."), { isKey: false });
    return [{ key, value, source: position ? "file" : "override", place: text, ...inert }];
  });
}

/** Returns one line for each key that is accepted without any effect; of a section without effect only its own. */
export function describeIneffectiveKeys(origin: WorkloadOrigin): string[] {
  const noted: string[] = [];
  return describeOptions().flatMap(({ key, effect, why }) => {
    const path = key.split(".");
    if (effect !== "none" || valueAt(origin.tree, path) === undefined) return [];
    if (noted.some((section) => key.startsWith(`${section}.`))) return [];
    noted.push(key);
    return [`${locate(origin, path, { isKey: true }).text}: ${key}: has no effect. ${why}`];
  });
}
