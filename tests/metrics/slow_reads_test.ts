import assert from "node:assert/strict";
import { test } from "node:test";
import {
  insertSlowRead,
  SLOW_READ_BOUND,
  SLOW_READS_WORDS,
  slowestReads,
} from "../../lib/metrics/slow_reads.ts";
import { randomSource } from "../helpers/random_source.ts";

const MAX_READS = 10;
const pathOf = (file: number) => `/data/${file}`;

interface TestRead {
  readonly file: number;
  readonly offsetBytes: number;
  readonly bytes: number;
  readonly atNs: number;
  readonly elapsedNs: number;
}

function tableOf(reads: readonly TestRead[]): Float64Array {
  const words = new Float64Array(SLOW_READS_WORDS);
  for (const { file, offsetBytes, bytes, atNs, elapsedNs } of reads) {
    if (elapsedNs > words[SLOW_READ_BOUND]) {
      insertSlowRead(words, file, offsetBytes, bytes, atNs, elapsedNs);
    }
  }
  return words;
}

/** Returns reads of which no two take equally long. */
function randomReads(seed: number, count: number): TestRead[] {
  const random = randomSource(seed);
  return Array.from({ length: count }, (_, read) => ({
    file: random.integer(0, 9),
    offsetBytes: random.integer(0, 1e12),
    bytes: random.integer(1, 1e6),
    atNs: random.integer(0, 1e9),
    elapsedNs: random.integer(1, 1e6) * 1000 + read,
  }));
}

test("slowestReads() finds what sorting all reads of all readers finds", () => {
  for (let seed = 0; seed < 100; seed++) {
    for (const count of [0, 1, 9, 10, 11, 200]) {
      const readers = [1, 2, 3].map((reader) => randomReads(1000 * reader + seed, count));
      const sorted = readers.flat().sort((a, b) => b.elapsedNs - a.elapsedNs).slice(0, MAX_READS);
      assert.deepEqual(
        slowestReads(readers.map(tableOf), pathOf),
        sorted.map((read) => ({ ...read, path: pathOf(read.file) })),
      );
    }
  }
});

test("slowestReads() keeps the first of reads that take equally long", () => {
  const reads = randomReads(1, 30).map((read, order) => ({ ...read, atNs: order, elapsedNs: 700 }));
  const kept = slowestReads([tableOf(reads)], pathOf);
  assert.deepEqual(kept.map(({ atNs }) => atNs), Array.from({ length: MAX_READS }, (_, order) => order));
});

test("SLOW_READ_BOUND rises once the table is full, and is what the fastest read in it took", () => {
  const words = new Float64Array(SLOW_READS_WORDS);
  for (let read = 1; read <= 30; read++) {
    insertSlowRead(words, 0, 0, 1, 0, read * 100);
    assert.equal(words[SLOW_READ_BOUND], Math.max(0, read - MAX_READS + 1) * 100);
  }
});
