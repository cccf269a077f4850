// Draws from the distributions of a duration. A draw depends on its key alone, so that a run can be repeated; like DLIO's
// (utils/utility.py `sleep`), its absolute value counts.
import { mix32 } from "../base/random.ts";
import { type DurationDistribution, meanSeconds } from "../config/durations.ts";

/** A source of numbers in (0, 1). */
type Uniform = () => number;

/** Returns the absolute value of one draw in seconds. */
export function drawSeconds(distribution: DurationDistribution, key: number): number {
  return Math.abs(drawFrom(distribution, uniformOf(key)));
}

/** From so many draws on the sum of draws that are uniform or normal is taken for normal. */
const MANY = 32;

/**
 * Returns the sum of `count` draws in seconds, at the cost of one: gamma, exponential and Poisson variables add up to
 * variables of the same families; sums of many uniform or (folded) normal ones are normal by the central limit theorem.
 */
export function drawSumSeconds(distribution: DurationDistribution, count: number, key: number): number {
  const uniform = uniformOf(key);
  switch (distribution.type) {
    case "gamma":
      return drawFrom({ ...distribution, shape: distribution.shape * count }, uniform);
    case "exponential":
      return drawFrom({ type: "gamma", shape: count, scale: distribution.scale }, uniform);
    case "poisson":
      return drawFrom({ type: "poisson", lam: distribution.lam * count }, uniform);
    case "normal":
    case "uniform":
      return count < MANY
        ? addDraws(distribution, count, uniform)
        : drawNormalSum(distribution, count, uniform);
  }
}

function addDraws(distribution: DurationDistribution, count: number, uniform: Uniform): number {
  let sum = 0;
  for (let draw = 0; draw < count; draw++) sum += Math.abs(drawFrom(distribution, uniform));
  return sum;
}

function drawNormalSum(
  distribution: DurationDistribution & { readonly type: "normal" | "uniform" },
  count: number,
  uniform: Uniform,
): number {
  const mean = meanSeconds(distribution);
  const variance = distribution.type === "uniform"
    ? (distribution.max - distribution.min) ** 2 / 12
    : distribution.mean ** 2 + distribution.stdev ** 2 - mean ** 2;
  return Math.max(0, count * mean + Math.sqrt(Math.max(0, variance) * count) * drawNormal(uniform));
}

function uniformOf(key: number): Uniform {
  let count = 0;
  return () => (mix32(key, ++count) + 0.5) / 2 ** 32;
}

function drawFrom(distribution: DurationDistribution, uniform: Uniform): number {
  switch (distribution.type) {
    case "normal":
      return distribution.mean + distribution.stdev * drawNormal(uniform);
    case "uniform":
      return distribution.min + (distribution.max - distribution.min) * uniform();
    case "gamma":
      return distribution.scale * drawGamma(distribution.shape, uniform);
    case "exponential":
      return -distribution.scale * Math.log(uniform());
    case "poisson":
      return drawPoisson(distribution.lam, uniform);
  }
}

/** Box and Muller, 1958. */
function drawNormal(uniform: Uniform): number {
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Marsaglia and Tsang, "A simple method for generating gamma variables", 2000. */
function drawGamma(shape: number, uniform: Uniform): number {
  if (shape < 1) return drawGamma(shape + 1, uniform) * uniform() ** (1 / shape);
  const d = shape - 1 / 3, c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(uniform), v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(uniform()) < x * x / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** A Poisson variable is a sum of Poisson variables; of a small mean each is found by Knuth's product of uniforms. */
function drawPoisson(lam: number, uniform: Uniform): number {
  const parts = Math.max(1, Math.ceil(lam / 32)), limit = Math.exp(-lam / parts);
  let events = 0;
  for (let part = 0; part < parts; part++) {
    for (let product = uniform(); product > limit; product *= uniform()) events++;
  }
  return events;
}
