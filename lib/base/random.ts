// Deterministic pseudo-random order without memory: the same seed gives the same order on every host.

/** Returns a well mixed unsigned 32-bit hash of two 32-bit numbers (the finalizer of MurmurHash3). */
export function mix32(seed: number, value: number): number {
  let hash = (seed ^ Math.imul(value, 0x9e3779b1)) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const FEISTEL_ROUNDS = 6;

/**
 * Returns the element at `index` of a pseudo-random permutation of 0 … length-1 that `seed` alone decides.
 *
 * A Feistel network over the next even power of two, walked until it falls into the range (Black and Rogaway,
 * "Ciphers with Arbitrary Finite Domains", 2002): constant memory, at most four rounds expected, lengths up to 2^30.
 */
export function permute(index: number, length: number, seed: number): number {
  const halfBits = Math.max(1, (33 - Math.clz32(Math.max(length - 1, 1))) >> 1);
  const mask = (1 << halfBits) - 1;
  let value = index;
  do {
    let left = value >>> halfBits, right = value & mask;
    for (let round = 0; round < FEISTEL_ROUNDS; round++) {
      const next = left ^ (mix32(seed + round, right) & mask);
      left = right;
      right = next;
    }
    value = ((left << halfBits) | right) >>> 0;
  } while (value >= length);
  return value;
}
