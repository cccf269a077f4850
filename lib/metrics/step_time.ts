// How long an accelerator computes in a step whose time is drawn. The draw depends on seed, accelerator and step alone,
// so that a run can be repeated; like DLIO's (utils/utility.py `sleep`), its absolute value counts.
import { mix32 } from "../base/random.ts";
import { NS_PER_SECOND } from "../base/units.ts";
import type { DurationDistribution } from "../config/durations.ts";

/** A computation time that differs from step to step. */
export interface DrawnTime {
  readonly distribution: DurationDistribution;
  readonly seed: number;
}

/** A source of numbers in (0, 1). */
type Uniform = () => number;

/** Returns the nanoseconds that an accelerator computes in a step. */
export function drawStepNs({ distribution, seed }: DrawnTime, accelerator: number, step: number): number {
  const key = mix32(mix32(seed, accelerator), step);
  let count = 0;
  const uniform = () => (mix32(key, ++count) + 0.5) / 2 ** 32;
  return Math.abs(drawSeconds(distribution, uniform)) * NS_PER_SECOND;
}

function drawSeconds(distribution: DurationDistribution, uniform: Uniform): number {
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
