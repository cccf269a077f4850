// Random inputs for property tests: the same seed gives the same inputs on every machine, so that a failure repeats.

/** A stream of random numbers that its seed decides. */
export interface RandomSource {
  /** Returns a number from 0 up to, not including, 1. */
  fraction(): number;
  /** Returns a whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  pick<T>(values: readonly T[]): T;
}

/** Returns the stream of `seed` (xorshift32, Marsaglia, "Xorshift RNGs", 2003: nothing of what is tested). */
export function randomSource(seed: number): RandomSource {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  const fraction = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const integer = (low: number, high: number) => low + Math.floor(fraction() * (high - low + 1));
  return { fraction, integer, pick: (values) => values[integer(0, values.length - 1)] };
}
