// Ranks 0 … cardinality - 1, uniform or by Zipf's law, each made of two random 32-bit words and nothing else, so that a
// rank can be drawn again without its neighbours. Only operations are used whose result IEEE 754 fixes to the last bit
// (Math.pow is none of them): ranks are the same on every machine.
//
// Zipf: ranks lie in buckets, of one rank each below 1024 and then of 1/1024 of their first rank, within which all are
// equally likely; that is at most exponent * 0.05 % away from the law. A bucket is drawn through an alias table
// (M. D. Vose, "A linear algorithm for generating random numbers with a given distribution", 1991) by the first word,
// the rank in it by the second. 2^31 ranks take 16,000 buckets, which stay in a core's cache.

const RANKS_PER_STEP = 1024;
const TWO_32 = 2 ** 32;

/** Draws ranks of one distribution. */
export interface RankTable {
  /** Makes `ranks[i]` of `words[2i]` and `words[2i + 1]`, for as many as there are words. */
  draw(words: Int32Array, ranks: Int32Array): void;
}

const tables = new Map<string, RankTable>();

/** Returns the table of a distribution; an exponent of 0 is the uniform one. A thread makes each table once. */
export function rankTableFor(cardinality: number, exponent: number): RankTable {
  const key = `${cardinality} ${exponent}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const table = exponent === 0 ? uniformTable(cardinality) : new ZipfTable(cardinality, exponent);
  tables.set(key, table);
  return table;
}

function uniformTable(cardinality: number): RankTable {
  return {
    draw(words, ranks) {
      const count = words.length >>> 1;
      for (let i = 0; i < count; i++) ranks[i] = (words[2 * i] >>> 0) * cardinality / TWO_32;
    },
  };
}

class ZipfTable implements RankTable {
  /** The first word's bits that choose a slot; the others are compared with the slot's threshold. */
  readonly #indexBits: number;
  /** Threshold and alias of each slot, one after the other. */
  readonly #slots: Int32Array;
  /** First rank and number of ranks of each bucket, one after the other. */
  readonly #buckets: Int32Array;

  constructor(cardinality: number, exponent: number) {
    const { buckets, weights } = cutBuckets(cardinality, exponent);
    // Two bits at least, so that a threshold is a positive 32-bit number.
    this.#indexBits = Math.ceil(Math.log2(Math.max(4, weights.length)));
    this.#buckets = Int32Array.from(buckets);
    const numSlots = 2 ** this.#indexBits, fractions = 2 ** (32 - this.#indexBits);
    const { shares, aliases } = fillAliases(weights, numSlots);
    this.#slots = new Int32Array(2 * numSlots);
    for (let slot = 0; slot < numSlots; slot++) {
      this.#slots[2 * slot] = Math.round(shares[slot] * fractions);
      this.#slots[2 * slot + 1] = aliases[slot];
    }
  }

  draw(words: Int32Array, ranks: Int32Array): void {
    const slots = this.#slots, buckets = this.#buckets;
    const shift = 32 - this.#indexBits | 0, mask = (1 << shift) - 1;
    const count = words.length >>> 1;
    for (let i = 0; i < count; i++) {
      const word = words[2 * i], slot = word >>> shift, alias = slots[2 * slot + 1];
      // All ones where the slot's own bucket is meant: a branch would be guessed wrong every other time.
      const own = (word & mask) - slots[2 * slot] >> 31;
      const bucket = alias ^ (slot ^ alias) & own;
      const width = buckets[2 * bucket + 1];
      ranks[i] = buckets[2 * bucket] + ((words[2 * i + 1] >>> 0) * width / TWO_32 | 0);
    }
  }
}

/** Returns first ranks and widths of the buckets, and how likely each is, up to a common factor. */
function cutBuckets(cardinality: number, exponent: number): { buckets: number[]; weights: number[] } {
  const buckets: number[] = [], weights: number[] = [];
  for (let first = 0; first < cardinality;) {
    const width = Math.min(cardinality - first, Math.max(1, Math.floor(first / RANKS_PER_STEP)));
    buckets.push(first, width);
    const middle = first + (width + 1) / 2; // ranks are counted from 1 in the law
    weights.push(width * power(middle, -exponent));
    first += width;
  }
  return { buckets, weights };
}

/** Returns for each slot the share that is its own, and the bucket that the rest of it stands for. */
function fillAliases(
  weights: readonly number[],
  numSlots: number,
): { shares: Float64Array; aliases: Int32Array } {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = Float64Array.from(
    { length: numSlots },
    (_, slot) => (weights[slot] ?? 0) / total * numSlots,
  );
  const aliases = Int32Array.from({ length: numSlots }, (_, slot) => slot);
  const small: number[] = [], large: number[] = [];
  for (let slot = 0; slot < numSlots; slot++) (shares[slot] < 1 ? small : large).push(slot);
  while (small.length > 0 && large.length > 0) {
    const from = small.pop()!, to = large[large.length - 1];
    aliases[from] = to;
    shares[to] -= 1 - shares[from];
    if (shares[to] < 1) small.push(large.pop()!);
  }
  // What is left over would be exactly 1 but for rounding; an empty slot beyond the buckets is never left.
  for (const slot of [...small, ...large]) shares[slot] = 1;
  return { shares, aliases };
}

/** Returns base ^ exponent to some 14 digits; the base is at least 1. */
export function power(base: number, exponent: number): number {
  return exponential(exponent * naturalLogarithm(base));
}

function naturalLogarithm(value: number): number {
  let halvings = 0;
  for (; value > Math.SQRT2; value /= 2) halvings++;
  const t = (value - 1) / (value + 1); // ln value = 2 artanh t
  let sum = 0;
  for (let k = 23; k >= 1; k -= 2) sum = sum * t * t + 1 / k;
  return halvings * Math.LN2 + 2 * t * sum;
}

function exponential(value: number): number {
  const doublings = Math.round(value / Math.LN2);
  const rest = value - doublings * Math.LN2;
  let sum = 1;
  for (let k = 16; k >= 1; k--) sum = 1 + sum * rest / k;
  return sum * 2 ** doublings; // exact: a power of two
}
