// Durations of a workload file, as DLIO writes them: a number of seconds, or a mapping that says how each one is drawn
// (reference: dlio_benchmark/utils/utility.py `sleep`). What is constant becomes a number.
import * as v from "valibot";
import { mapping } from "./fields.ts";

/** How a duration is drawn, parameters in seconds; DLIO takes the absolute value of a draw. */
export type DurationDistribution =
  | { readonly type: "normal"; readonly mean: number; readonly stdev: number }
  | { readonly type: "uniform"; readonly min: number; readonly max: number }
  | { readonly type: "gamma"; readonly shape: number; readonly scale: number }
  | { readonly type: "exponential"; readonly scale: number }
  | { readonly type: "poisson"; readonly lam: number };

/** Seconds, the same for each step or drawn for each. */
export type Duration = number | DurationDistribution;

/** The forms of a duration, for the error about another one. */
export const DURATION_HINT = "Write seconds, {mean, stdev}, {type: normal, mean, stdev}, " +
  "{type: uniform, min, max}, {type: gamma, shape, scale}, {type: exponential, scale} or {type: poisson, lam}";

/** Returns the schema of a number of seconds. */
export function seconds() {
  return v.pipe(v.number(), v.finite(), v.minValue(0));
}

/** Returns the schema of a duration; its output is a {@link Duration}. */
export function duration() {
  const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
  const normal = v.pipe(
    mapping({
      type: v.optional(v.literal("normal")),
      mean: v.optional(seconds(), 0),
      stdev: v.optional(seconds(), 0),
    }),
    v.transform(({ mean, stdev }) => spreadDuration(mean, stdev)),
  );
  const uniform = v.pipe(
    mapping({ type: v.literal("uniform"), min: seconds(), max: seconds() }),
    v.check(
      ({ min, max }) => min <= max,
      ({ input: { min, max } }) => `found min ${min} and max ${max}, expected min <= max`,
    ),
  );
  return v.union([
    seconds(),
    normal,
    uniform,
    mapping({ type: v.literal("gamma"), shape: positive, scale: seconds() }),
    mapping({ type: v.literal("exponential"), scale: seconds() }),
    mapping({ type: v.literal("poisson"), lam: seconds() }),
  ]);
}

/** Returns the duration with a standard deviation of `stdevSeconds`; one that is drawn already keeps its own. */
export function spreadDuration(time: Duration, stdevSeconds: number): Duration {
  return typeof time === "number" && stdevSeconds > 0
    ? { type: "normal", mean: time, stdev: stdevSeconds }
    : time;
}

/** Returns the mean of a duration in seconds. */
export function meanSeconds(time: Duration): number {
  if (typeof time === "number") return time;
  switch (time.type) {
    case "normal":
      return foldedMean(time.mean, time.stdev);
    case "uniform":
      return (time.min + time.max) / 2;
    case "gamma":
      return time.shape * time.scale;
    case "exponential":
      return time.scale;
    case "poisson":
      return time.lam;
  }
}

/** The mean of the absolute value of a normal draw: above `mean` where draws below 0 are likely. */
function foldedMean(mean: number, stdev: number): number {
  const ratio = mean / (stdev * Math.SQRT2);
  return stdev * Math.sqrt(2 / Math.PI) * Math.exp(-ratio * ratio) + mean * errorFunction(ratio);
}

/** The error function for x >= 0, to 1.5e-7 (Abramowitz and Stegun, 7.1.26). */
function errorFunction(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const sum = t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 1 - sum * Math.exp(-x * x);
}
