// The search for the largest number of accelerators that reaches the required AU: which number is to be measured next,
// found from those that were. Doubles until a number fails, then halves the gap between the largest that passed and the
// smallest above it that failed.
//
// A single run may be wrong, and AU may rise again where a larger number suits the files better. Against the first, a
// point near the required AU is decided by the mean of three runs, and the two numbers that decide the answer have two
// runs each at least. Against the second, the number behind the first failure is looked at as well; where it passes the
// search goes on from there.

/** One number of accelerators, and the AU of each run with it. */
export interface SearchPoint {
  readonly numAccelerators: number;
  readonly auPercents: readonly number[];
}

export interface SearchRules {
  /** Where the search begins. */
  readonly first: number;
  /** The largest number that can be measured. */
  readonly max: number;
  readonly requiredAuPercent: number;
  /** How many runs each point has at least. */
  readonly minRuns: number;
}

export type SearchStep =
  | { readonly kind: "measure"; readonly numAccelerators: number }
  /** `numAccelerators` is the answer; 0 where not even one passes. */
  | { readonly kind: "done"; readonly numAccelerators: number };

/** "open": more runs are wanted before it is decided. */
export type PointState = "pass" | "fail" | "open";

/** Within these points of AU around the required one, a single run decides nothing. */
const NEAR_POINTS = 2;
const NEAR_RUNS = 3, DECIDING_RUNS = 2;

/** Returns whether a point passes, by the mean of its runs. */
export function stateOf(
  { auPercents }: Pick<SearchPoint, "auPercents">,
  { requiredAuPercent, minRuns }: Pick<SearchRules, "requiredAuPercent" | "minRuns">,
): PointState {
  const isNear = auPercents.some((au) => Math.abs(au - requiredAuPercent) < NEAR_POINTS);
  const wanted = isNear || !doRunsAgree(auPercents, requiredAuPercent)
    ? Math.max(minRuns, NEAR_RUNS)
    : minRuns;
  if (auPercents.length < wanted) return "open";
  const mean = auPercents.reduce((sum, au) => sum + au, 0) / auPercents.length;
  return mean >= requiredAuPercent ? "pass" : "fail";
}

/** Returns whether all runs of a point say the same. */
export function doRunsAgree(auPercents: readonly number[], requiredAuPercent: number): boolean {
  const passed = auPercents.filter((au) => au >= requiredAuPercent).length;
  return passed === 0 || passed === auPercents.length;
}

/** Returns what to measure next, or the answer. */
export function nextStep(points: readonly SearchPoint[], rules: SearchRules): SearchStep {
  const { first, max } = rules;
  const states = new Map(points.map((point) => [point.numAccelerators, stateOf(point, rules)]));
  const runsOf = (wanted: number) =>
    points.find(({ numAccelerators }) => numAccelerators === wanted)?.auPercents.length ?? 0;
  const measure = (numAccelerators: number): SearchStep => ({ kind: "measure", numAccelerators });
  for (const [numAccelerators, state] of states) if (state === "open") return measure(numAccelerators);

  const { passing, failing } = boundsOf(points, rules);
  if (failing === undefined && passing < max) return measure(Math.min(max, passing * 2 || first));
  if (failing !== undefined && failing - passing > 1) return measure(Math.floor((passing + failing) / 2));
  for (const deciding of [passing, failing ?? 0]) {
    if (deciding > 0 && runsOf(deciding) < DECIDING_RUNS) return measure(deciding);
  }
  const behind = (failing ?? max) + 1;
  if (behind <= max && !states.has(behind)) return measure(behind);
  return { kind: "done", numAccelerators: passing };
}

/** Between which numbers the answer lies. */
export interface SearchBounds {
  /** The largest number that passed; 0 for none. */
  readonly passing: number;
  /** The smallest above it that failed. */
  readonly failing?: number;
  /** Numbers below `passing` that failed: AU is not monotone. */
  readonly failingBelow: readonly number[];
}

/** Returns what the points that are decided say. */
export function boundsOf(
  points: readonly SearchPoint[],
  rules: Pick<SearchRules, "requiredAuPercent" | "minRuns">,
): SearchBounds {
  const numbersOf = (state: PointState) =>
    points.filter((point) => stateOf(point, rules) === state)
      .map(({ numAccelerators }) => numAccelerators)
      .sort((a, b) => a - b);
  const passing = numbersOf("pass").at(-1) ?? 0, failed = numbersOf("fail");
  return {
    passing,
    failing: failed.find((numAccelerators) => numAccelerators > passing),
    failingBelow: failed.filter((numAccelerators) => numAccelerators < passing),
  };
}
