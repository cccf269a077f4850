// What is wrong with a workload, as text for the user: the place (file:line:column, or the override it came from),
// the key, the value found, what was expected, and the nearest thing that would have been right.
import leven from "leven";
import type * as v from "valibot";
import type { Document } from "yaml";
import {
  describeChoices,
  describeKeys,
  describeMetadata,
  describeOptions,
  describeType,
  formatPath,
  type KeyPath,
} from "./describe.ts";
import type { Override } from "./override.ts";
import { findKeyNode, findNode, type TextPosition, type YamlDocument } from "./yaml_document.ts";

/** What a workload was made from, to say where a value stands. */
export interface WorkloadOrigin {
  /** How the file is named in messages. */
  readonly label: string;
  readonly yaml: YamlDocument;
  readonly overrides: readonly Override[];
}

const MAX_VALUE_CHARACTERS = 60;
const MAX_LISTED_KEYS = 12;

/** Returns one line for each problem, in the order of the file, those of the command line at the end. */
export function formatIssues(issues: readonly v.BaseIssue<unknown>[], origin: WorkloadOrigin): string[] {
  const problems = issues.flatMap((issue) => isUnknownKey(issue) ? unknownKeys(issue) : [wrongValue(issue)]);
  const placed = problems.map(({ path, isKey, message }) => {
    const { position, text } = locate(origin, path, isKey);
    return { position, line: `${text}: ${formatPath(path)}: ${message}` };
  });
  placed.sort((a, b) =>
    (a.position?.line ?? Infinity) - (b.position?.line ?? Infinity) ||
    (a.position?.column ?? 0) - (b.position?.column ?? 0)
  );
  return [...new Set(placed.map(({ line }) => line))];
}

/** Returns one line for each key of the workload that is accepted without any effect. */
export function describeIneffectiveKeys(origin: WorkloadOrigin): string[] {
  return describeOptions().filter(({ effect }) => effect === "none").flatMap(({ key, description }) => {
    const path = key.split(".");
    if (findNode(origin.yaml.doc, path).depth < path.length) return [];
    return [`${locate(origin, path, true).text}: ${key}: has no effect. ${description}`];
  });
}

interface Problem {
  readonly path: KeyPath;
  /** Whether the problem is the key itself, not its value. */
  readonly isKey: boolean;
  readonly message: string;
}

function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === "strict_object" && issue.expected === "never";
}

/** Returns all unknown keys of a mapping; valibot reports the first one alone. */
function unknownKeys(issue: v.BaseIssue<unknown>): Problem[] {
  const parent = pathOf(issue).slice(0, -1);
  const known = describeKeys(parent);
  const mapping = issue.path!.at(-1)!.input as object;
  return Object.keys(mapping).filter((key) => !known.some((option) => option.key === key)).map((key) => ({
    path: [...parent, key],
    isKey: true,
    message: `unknown key${adviseKey(parent, key)}`,
  }));
}

function adviseKey(parent: KeyPath, key: string): string {
  const elsewhere = describeOptions().map((option) => option.key).filter((known) =>
    known.split(".").at(-1) === key
  );
  if (elsewhere.length > 0) return `. It belongs elsewhere: ${elsewhere.join(" or ")}`;
  const known = describeKeys(parent);
  const nearest = findNearest(key, known.map((option) => option.key));
  if (nearest) return `. Did you mean ${formatPath([...parent, nearest])}?`;
  const listed = known.filter(({ hasEffect }) => hasEffect).map((option) => option.key);
  const more = listed.length > MAX_LISTED_KEYS ? ", ..." : "";
  return `, expected one of ${listed.slice(0, MAX_LISTED_KEYS).join(", ")}${more}`;
}

function wrongValue(issue: v.BaseIssue<unknown>): Problem {
  const path = pathOf(issue);
  if (issue.kind === "validation" && /check$/.test(issue.type)) {
    return { path, isKey: false, message: issue.message };
  }
  const found = issue.input === undefined ? "missing" : `found ${formatValue(issue.input)}`;
  const { hint } = describeMetadata(path);
  const nearest = typeof issue.input === "string"
    ? findNearest(issue.input, describeChoices(path))
    : undefined;
  const isTooLarge = Number.isInteger(issue.input) && (issue.input as number) > Number.MAX_SAFE_INTEGER;
  const expected = isTooLarge ? `at most ${Number.MAX_SAFE_INTEGER}` : describeType(path);
  const advice = [nearest && `Did you mean ${nearest}?`, hint].filter(Boolean).join(" ");
  return {
    path,
    isKey: false,
    message: `${found}, expected ${expected}${advice && `. ${advice}`}`,
  };
}

function pathOf(issue: v.BaseIssue<unknown>): KeyPath {
  return (issue.path ?? []).map((item) => item.key as string | number);
}

/** Returns the word of `known` that `word` is probably a slip of: the same letters, or a third of them wrong. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const ranked = known.map((candidate) => ({ candidate, distance: leven(plain(word), plain(candidate)) }))
    .toSorted((a, b) => a.distance - b.distance);
  return ranked.length > 0 && ranked[0].distance <= Math.max(1, plain(word).length / 3)
    ? ranked[0].candidate
    : undefined;
}

/** Returns a value as the user would write it, shortened. */
export function formatValue(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}...` : text;
}

/** Returns where the value at `path` comes from: the last override of it or of something above it, else the file. */
function locate({ label, yaml, overrides }: WorkloadOrigin, path: KeyPath, isKey: boolean) {
  const override = overrides.findLast((candidate) => candidate.path.every((part, at) => path[at] === part));
  if (override) return { text: `--set ${override.text}` };
  const position = positionAt(yaml.doc, path, isKey, yaml.positionOf);
  return { position, text: position ? `${label}:${position.line}:${position.column}` : label };
}

function positionAt(
  doc: Document,
  path: KeyPath,
  isKey: boolean,
  positionOf: YamlDocument["positionOf"],
): TextPosition | undefined {
  const keyNode = isKey ? findKeyNode(doc, path) : undefined;
  const node = keyNode ?? findNode(doc, path).node;
  const position = node ? positionOf(node) : undefined;
  return position ?? (path.length > 0 ? positionAt(doc, path.slice(0, -1), false, positionOf) : undefined);
}
