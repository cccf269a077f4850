// The slowest reads of an epoch. Each reader keeps a small table of its own in memory that the caller gives, at the cost of
// one comparison a read; the tables are put together when the epoch is over.

/** One read, as it is told. */
export interface SlowRead {
  /** The number of the file within the dataset. */
  readonly file: number;
  readonly path: string;
  readonly offsetBytes: number;
  readonly bytes: number;
  readonly elapsedNs: number;
  /** When it began, since the epoch began. */
  readonly atNs: number;
}

const MAX_READS = 10;
const FILE = 0, OFFSET = 1, BYTES = 2, AT = 3, ELAPSED = 4, READ_WORDS = 5;
const READS_AT = 1;

/** The word of the bound: a read that took no longer has no place in the table. */
export const SLOW_READ_BOUND = 0;
/** How many 64-bit words a table needs. */
export const SLOW_READS_WORDS = READS_AT + MAX_READS * READ_WORDS;

/** Puts a read that took longer than the bound in the place of the fastest one. */
export function insertSlowRead(
  words: Float64Array,
  file: number,
  offsetBytes: number,
  bytes: number,
  atNs: number,
  elapsedNs: number,
): void {
  const at = fastestOf(words);
  words[at + FILE] = file;
  words[at + OFFSET] = offsetBytes;
  words[at + BYTES] = bytes;
  words[at + AT] = atNs;
  words[at + ELAPSED] = elapsedNs;
  words[SLOW_READ_BOUND] = words[fastestOf(words) + ELAPSED];
}

/** Returns the slowest reads of several tables, slowest first. */
export function slowestReads(
  tables: readonly Float64Array[],
  pathOf: (file: number) => string,
): SlowRead[] {
  return tables.flatMap(readsOf)
    .sort((a, b) => b.elapsedNs - a.elapsedNs)
    .slice(0, MAX_READS)
    .map((read) => ({ ...read, path: pathOf(read.file) }));
}

/** Returns where the fastest read stands; a place that is empty counts as 0 ns. */
function fastestOf(words: Float64Array): number {
  let fastest = READS_AT;
  for (let at = READS_AT; at < SLOW_READS_WORDS; at += READ_WORDS) {
    if (words[at + ELAPSED] < words[fastest + ELAPSED]) fastest = at;
  }
  return fastest;
}

function readsOf(words: Float64Array): Omit<SlowRead, "path">[] {
  return Array.from({ length: MAX_READS }, (_, read) => READS_AT + read * READ_WORDS)
    .filter((at) => words[at + ELAPSED] > 0)
    .map((at) => ({
      file: words[at + FILE],
      offsetBytes: words[at + OFFSET],
      bytes: words[at + BYTES],
      elapsedNs: words[at + ELAPSED],
      atNs: words[at + AT],
    }));
}
