// Finds repeats in bytes, for the compressors of the LZ77 kind that have no entropy coding (snappy, lz4): a hash table
// of where each four bytes were seen last, and ever longer steps through data in which nothing repeats. The method is
// that of github.com/google/snappy, snappy.cc CompressFragment.

/** Matches lie within one fragment: distances and table entries are of 16 bits. */
export const FRAGMENT_BYTES = 65536;
/** Numbers in MatchFinder.sequences for each match. */
export const SEQUENCE_WORDS = 3;

const MIN_MATCH_BYTES = 4;
const MAX_TABLE_BITS = 14, MIN_TABLE_BITS = 8;
const HASH_FACTOR = 0x1e35a7bd, FIFTH_FACTOR = 0x9e3779b1;
// So many bytes at a fragment's end are not searched.
const END_BYTES = 15;
// One byte further for each 32 searches in vain.
const SKIP_BITS = 5;

/** Finds matches fragment by fragment, for one thread, in memory that it keeps. */
export class MatchFinder {
  /** For each match: bytes since the match before, bytes of the match, how far back the same bytes are. */
  readonly sequences = new Int32Array(FRAGMENT_BYTES / MIN_MATCH_BYTES * SEQUENCE_WORDS);
  readonly #table = new Uint16Array(1 << MAX_TABLE_BITS);

  /**
   * Fills `sequences` with the matches in the bytes from `start` to `end`, which is at most FRAGMENT_BYTES on, and
   * returns how many of its numbers are filled. Bytes behind the last match are no sequence.
   *
   * With `prefersLong` places are found by five bytes, not four: fewer and longer matches.
   */
  find(bytes: DataView, start: number, end: number, prefersLong: boolean): number {
    const { sequences } = this, table = this.#table;
    const tableBits = Math.min(MAX_TABLE_BITS, Math.max(MIN_TABLE_BITS, 32 - Math.clz32(end - start)));
    table.fill(0, 0, 1 << tableBits);
    const shift = 32 - tableBits, from = start | 0, limit = (end - END_BYTES) | 0;
    let at = (from + 1) | 0, nextLiteral = from, filled = 0;
    // An entry never set is 0, the fragment's begin, which lies before `at` as any other entry does: no check is needed
    // but that of the bytes.
    while (at <= limit) {
      let word = bytes.getInt32(at, true), skip = 1 << SKIP_BITS;
      let slot = hash(bytes, at, word, prefersLong) >>> shift;
      let candidate = from + table[slot];
      table[slot] = at - from;
      while (bytes.getInt32(candidate, true) !== word) {
        at += skip++ >> SKIP_BITS;
        if (at > limit) return filled;
        word = bytes.getInt32(at, true);
        slot = hash(bytes, at, word, prefersLong) >>> shift;
        candidate = from + table[slot];
        table[slot] = at - from;
      }
      do {
        const matchEnd = extendMatch(bytes, at, candidate, end | 0);
        sequences[filled] = at - nextLiteral;
        sequences[filled + 1] = matchEnd - at;
        sequences[filled + 2] = at - candidate;
        filled += SEQUENCE_WORDS;
        at = nextLiteral = matchEnd;
        if (at > limit) return filled;
        const before = at - 1;
        table[hash(bytes, before, bytes.getInt32(before, true), prefersLong) >>> shift] = before - from;
        word = bytes.getInt32(at, true);
        slot = hash(bytes, at, word, prefersLong) >>> shift;
        candidate = from + table[slot];
        table[slot] = at - from;
      } while (bytes.getInt32(candidate, true) === word);
      at++;
    }
    return filled;
  }
}

/** Returns the hash of the four bytes at `at`, which are `word`, or of five. */
function hash(bytes: DataView, at: number, word: number, ofFive: boolean): number {
  return Math.imul(
    ofFive ? word ^ Math.imul(bytes.getUint8(at + MIN_MATCH_BYTES), FIFTH_FACTOR) : word,
    HASH_FACTOR,
  );
}

/** Returns where the match that begins at `at` ends, its first four bytes being known to be the same. */
function extendMatch(bytes: DataView, at: number, candidate: number, end: number): number {
  const distance = at - candidate, wordLimit = (end - 4) | 0;
  let matchEnd = (at + MIN_MATCH_BYTES) | 0;
  while (matchEnd <= wordLimit) {
    const difference = bytes.getInt32(matchEnd, true) ^ bytes.getInt32(matchEnd - distance, true);
    if (difference !== 0) return matchEnd + ((31 - Math.clz32(difference & -difference)) >> 3);
    matchEnd += 4;
  }
  while (matchEnd < end && bytes.getUint8(matchEnd) === bytes.getUint8(matchEnd - distance)) matchEnd++;
  return matchEnd;
}
