// What is wrong with a workload, as text for the user: the place (file:line:column, or the override it came from),
// the key, the value found, what was expected, and the nearest thing that would have been right.
import type * as v from "valibot";
import {
  describeChoices,
  describeKeys,
  describeMetadata,
  describeOptions,
  describeType,
  formatPath,
  type KeyPath,
} from "./describe.ts";
import type { LayerPosition } from "./layers.ts";
import { locate, type WorkloadOrigin } from "./origin.ts";
import { findNearest, formatValue } from "./suggest.ts";

const MAX_LISTED_KEYS = 12;

/** Returns one line for each problem, in the order of the file, those of the command line at the end. */
export function formatIssues(issues: readonly v.BaseIssue<unknown>[], origin: WorkloadOrigin): string[] {
  const problems = issues.flatMap((issue) => isUnknownKey(issue) ? unknownKeys(issue) : [wrongValue(issue)]);
  const placed = problems.map(({ path, isKey, message }) => {
    const { position, text } = locate(origin, path, { isKey });
    return { position, line: `${text}: ${formatPath(path)}: ${message}` };
  });
  const rankOf = (position?: LayerPosition) =>
    position ? origin.layers.findIndex(({ label }) => label === position.label) : Infinity;
  placed.sort((a, b) =>
    rankOf(a.position) - rankOf(b.position) ||
    (a.position?.line ?? Infinity) - (b.position?.line ?? Infinity) ||
    (a.position?.column ?? 0) - (b.position?.column ?? 0)
  );
  return [...new Set(placed.map(({ line }) => line))];
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
  const elsewhere = describeOptions().filter(({ effect }) => effect !== "refused").map((option) => option.key)
    .filter((known) => known.split(".").at(-1) === key);
  const nearby = elsewhere.filter((known) => known.startsWith(`${parent[0]}.`));
  if (elsewhere.length > 0) {
    return `. It belongs elsewhere: ${(nearby.length > 0 ? nearby : elsewhere).join(" or ")}`;
  }
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
