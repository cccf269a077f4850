// How long an accelerator computes in a step whose time is drawn: it depends on seed, accelerator and step alone.
import { mix32 } from "../base/random.ts";
import { NS_PER_SECOND } from "../base/units.ts";
import type { DurationDistribution } from "../config/durations.ts";
import { drawSeconds } from "./draws.ts";

/** A computation time that differs from step to step. */
export interface DrawnTime {
  readonly distribution: DurationDistribution;
  readonly seed: number;
}

/** Returns the nanoseconds that an accelerator computes in a step. */
export function drawStepNs({ distribution, seed }: DrawnTime, accelerator: number, step: number): number {
  return drawSeconds(distribution, mix32(mix32(seed, accelerator), step)) * NS_PER_SECOND;
}
