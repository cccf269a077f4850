// How long a reader preprocesses the samples of an extent. It depends on seed, accelerator and extent alone.
import { mix32 } from "../base/random.ts";
import { NS_PER_SECOND } from "../base/units.ts";
import type { Duration } from "../config/durations.ts";
import { drawSumSeconds } from "./draws.ts";

/** Keeps the draws apart from those of the steps. */
const DOMAIN = 0x70726570;

/** The time of each sample, in seconds, and what decides its draws. */
export interface PreprocessTime {
  readonly time: Duration;
  readonly seed: number;
}

/** Returns the nanoseconds that the `samples` samples of an accelerator's extent take together. */
export function preprocessNs(
  { time, seed }: PreprocessTime,
  { accelerator, ordinal, samples }: {
    readonly accelerator: number;
    readonly ordinal: number;
    readonly samples: number;
  },
): number {
  if (typeof time === "number") return time * samples * NS_PER_SECOND;
  const key = mix32(mix32(mix32(DOMAIN, seed), accelerator), ordinal);
  return drawSumSeconds(time, samples, key) * NS_PER_SECOND;
}
