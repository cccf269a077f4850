import assert from "node:assert/strict";
import { test } from "node:test";
import { planRanges, type RangeRules, ReadRanges } from "../../lib/plan/read_ranges.ts";
import { type RandomSource, randomSource } from "../helpers/random_source.ts";

/** Rules under which only what touches is fetched together, in one piece. */
const RULES: RangeRules = { gapBytes: 0, maxReadBytes: 1e6, alignBytes: 1, pieceBytes: Infinity };

type Chunk = readonly [startByte: number, bytes: number];

/** Plans `chunks` as the second row group of a table, whose first one must have no influence. */
function planOf(chunks: readonly Chunk[], rules: Partial<RangeRules> = {}): ReadRanges {
  const others = chunks.map(() => 1e9);
  const table = {
    startByte: Float64Array.from([...others, ...chunks.map(([start]) => start)]),
    bytes: Float64Array.from([...others, ...chunks.map(([, bytes]) => bytes)]),
  };
  const ranges = new ReadRanges(chunks.length);
  planRanges(ranges, table, chunks.length, { ...RULES, ...rules });
  return ranges;
}

/** The ranges in use as [offset in the file, bytes, offset in the buffer]. */
function rangesOf({ count, fileOffset, bytes, bufferOffset }: ReadRanges): number[][] {
  return Array.from({ length: count }, (_, range) => [fileOffset[range], bytes[range], bufferOffset[range]]);
}

test("planRanges() fetches neighbours together, within gap and length", () => {
  const table: { chunks: Chunk[]; rules?: Partial<RangeRules>; ranges: number[][]; chunkAt: number[] }[] = [
    { chunks: [[100, 50]], ranges: [[100, 50, 0]], chunkAt: [0] },
    // Touching chunks need no gap.
    { chunks: [[100, 50], [150, 10]], ranges: [[100, 60, 0]], chunkAt: [0, 50] },
    // One byte between them needs one.
    { chunks: [[100, 50], [151, 10]], ranges: [[100, 50, 0], [151, 10, 50]], chunkAt: [0, 50] },
    { chunks: [[100, 50], [151, 10]], rules: { gapBytes: 1 }, ranges: [[100, 61, 0]], chunkAt: [0, 51] },
    // A gap of gapBytes is bridged, one more byte is not.
    { chunks: [[0, 10], [30, 10]], rules: { gapBytes: 20 }, ranges: [[0, 40, 0]], chunkAt: [0, 30] },
    {
      chunks: [[0, 10], [31, 10]],
      rules: { gapBytes: 20 },
      ranges: [[0, 10, 0], [31, 10, 10]],
      chunkAt: [0, 10],
    },
    // No longer than maxReadBytes.
    {
      chunks: [[0, 10], [10, 10], [20, 10]],
      rules: { maxReadBytes: 20 },
      ranges: [[0, 20, 0], [20, 10, 20]],
      chunkAt: [0, 10, 20],
    },
    // A chunk that is longer by itself is one range, and the only one of its piece.
    {
      chunks: [[0, 10], [10, 50], [60, 5]],
      rules: { maxReadBytes: 20 },
      ranges: [[0, 10, 0], [10, 50, 0], [60, 5, 0]],
      chunkAt: [0, 0, 0],
    },
    // A chunk before the last one begins a range of its own.
    { chunks: [[100, 10], [90, 10]], ranges: [[100, 10, 0], [90, 10, 10]], chunkAt: [0, 10] },
    // … unless the range at hand has it already.
    {
      chunks: [[0, 10], [50, 10], [20, 10]],
      rules: { gapBytes: 40 },
      ranges: [[0, 60, 0]],
      chunkAt: [0, 50, 20],
    },
  ];
  for (const { chunks, rules, ranges, chunkAt } of table) {
    const planned = planOf(chunks, rules);
    assert.deepEqual(rangesOf(planned), ranges, JSON.stringify(chunks));
    assert.deepEqual([...planned.chunkAt], chunkAt, JSON.stringify(chunks));
  }
});

test("planRanges() widens ranges to whole blocks", () => {
  const alignBytes = 4096;
  assert.deepEqual(rangesOf(planOf([[5000, 100]], { alignBytes })), [[4096, 4096, 0]]);
  assert.deepEqual(rangesOf(planOf([[4096, 4096]], { alignBytes })), [[4096, 4096, 0]]);
  const across = planOf([[4095, 2], [20_000, 1]], { alignBytes });
  assert.deepEqual(rangesOf(across), [[0, 8192, 0], [16_384, 4096, 8192]]);
  assert.deepEqual([...across.chunkAt], [4095, 8192 + 20_000 - 16_384]);
  // Chunks whose blocks touch are one read without any gap allowed.
  assert.deepEqual(rangesOf(planOf([[0, 10], [4000, 200]], { alignBytes })), [[0, 8192, 0]]);
});

test("planRanges() gives a chunk longer than one read a piece of its own, and no place in the buffer", () => {
  const rules = { maxReadBytes: 20, pieceBytes: 1000 };
  const planned = planOf([[0, 10], [30, 10], [50, 50], [100, 5], [200, 21]], rules);
  assert.deepEqual([...planned.pieceRangeEnd.slice(0, planned.numPieces)], [2, 3, 4, 5]);
  assert.deepEqual([...planned.pieceChunkEnd.slice(0, planned.numPieces)], [2, 3, 4, 5]);
  const isLong = [0, 1, 2, 3, 4].map((range) => planned.isLong(range, { ...RULES, ...rules }));
  assert.deepEqual(isLong, [false, false, true, false, true]);
  assert.equal(planned.bufferBytes, 20);
});

test("planRanges() starts anew each time", () => {
  const table = { startByte: Float64Array.of(0, 100, 10, 20), bytes: Float64Array.of(10, 10, 10, 10) };
  const ranges = new ReadRanges(2);
  planRanges(ranges, table, 0, RULES);
  assert.equal(ranges.count, 2);
  planRanges(ranges, table, 2, RULES);
  assert.deepEqual(rangesOf(ranges), [[10, 20, 0]]);
  assert.equal(ranges.totalBytes, 20);
});

test("planRanges() ends a piece with the read that reaches pieceBytes, and begins the buffer anew", () => {
  const chunks: Chunk[] = [[0, 10], [20, 10], [40, 30], [80, 5], [90, 5]];
  // Bytes of a piece: which ranges and chunks each piece ends with, where the ranges go, bytes of the buffer.
  const table: [number, number[], number[], number][] = [
    [Infinity, [5], [0, 10, 20, 50, 55], 60],
    [60, [5], [0, 10, 20, 50, 55], 60], // reached by the last read
    [50, [3, 5], [0, 10, 20, 0, 5], 50],
    [20, [2, 3, 5], [0, 10, 0, 0, 5], 30],
    [1, [1, 2, 3, 4, 5], [0, 0, 0, 0, 0], 30],
  ];
  for (const [pieceBytes, ends, bufferOffsets, bufferBytes] of table) {
    const planned = planOf(chunks, { pieceBytes });
    const context = `pieces of ${pieceBytes}`;
    assert.deepEqual([...planned.pieceRangeEnd.slice(0, planned.numPieces)], ends, context);
    assert.deepEqual([...planned.pieceChunkEnd.slice(0, planned.numPieces)], ends, context);
    assert.deepEqual([...planned.bufferOffset], bufferOffsets, context);
    assert.deepEqual([...planned.chunkAt], bufferOffsets, context);
    assert.equal(planned.bufferBytes, bufferBytes, context);
    assert.equal(planned.totalBytes, 60, context);
  }
});

test("planRanges() obeys its rules for any chunks", () => {
  for (let seed = 0; seed < 2000; seed++) {
    const random = randomSource(seed);
    const chunks = randomChunks(random);
    const rules = {
      gapBytes: random.pick([0, 1, 100, 8192]),
      maxReadBytes: random.pick([4096, 8192, 20_000, 1e6]),
      alignBytes: random.pick([1, 1, 512, 4096]),
      pieceBytes: random.pick([1, 5000, 20_000, Infinity]),
    };
    const context = JSON.stringify({ seed, rules, chunks });
    checkRanges(planOf(chunks, rules), chunks, rules, context);
  }
});

/** Mostly ascending chunks, now and then one from elsewhere, none over another. */
function randomChunks(random: RandomSource): Chunk[] {
  const chunks: Chunk[] = [];
  let end = random.integer(0, 10_000);
  for (let chunk = random.integer(1, 12); chunk > 0; chunk--) {
    const start = end + random.pick([0, 0, 1, 50, 100, 101, 5000, 20_000]);
    const bytes = random.pick([1, 30, 700, 4096, 9000, 30_000]);
    chunks.push([start, bytes]);
    end = start + bytes;
  }
  if (random.integer(0, 3) === 0) {
    const [moved] = chunks.splice(random.integer(0, chunks.length - 1), 1);
    chunks.splice(random.integer(0, chunks.length), 0, moved);
  }
  return chunks;
}

function checkRanges(
  planned: ReadRanges,
  chunks: readonly Chunk[],
  rules: RangeRules,
  context: string,
): void {
  const ranges = rangesOf(planned);
  assert.equal(planned.usefulBytes, chunks.reduce((sum, [, bytes]) => sum + bytes, 0), context);
  assert.equal(planned.totalBytes, ranges.reduce((sum, [, bytes]) => sum + bytes, 0), context);
  assert.equal(planned.pieceRangeEnd[planned.numPieces - 1], ranges.length, context);
  assert.equal(planned.pieceChunkEnd[planned.numPieces - 1], chunks.length, context);
  let range = 0, chunk = 0, bufferBytes = 0;
  for (let piece = 0; piece < planned.numPieces; piece++) {
    const rangeEnd = planned.pieceRangeEnd[piece], chunkEnd = planned.pieceChunkEnd[piece];
    const ofPiece = ranges.slice(range, rangeEnd);
    const isLong = planned.isLong(rangeEnd - 1, rules);
    assert.ok(!isLong || ofPiece.length === 1, `a long range shares its piece: ${context}`);
    const mayBeShort = isLong || piece === planned.numPieces - 1 || planned.isLong(rangeEnd, rules);
    const pieceBytes = checkPiece(ofPiece, rules, { mayBeShort, context });
    if (!isLong) bufferBytes = Math.max(bufferBytes, pieceBytes);
    const chunkAt = planned.chunkAt.slice(chunk, chunkEnd);
    checkChunks(ofPiece, chunks.slice(chunk, chunkEnd), chunkAt, { rules, context });
    range = rangeEnd;
    chunk = chunkEnd;
  }
  assert.equal(planned.bufferBytes, bufferBytes, context);
}

/** Checks where the ranges of a piece lie in the buffer; returns the bytes of the piece. */
function checkPiece(
  ranges: readonly number[][],
  { alignBytes, pieceBytes }: RangeRules,
  { mayBeShort, context }: { mayBeShort: boolean; context: string },
): number {
  let usedBytes = 0;
  for (const [offset, bytes, bufferOffset] of ranges) {
    assert.ok(usedBytes < pieceBytes, `a piece goes on behind its end: ${context}`);
    assert.equal(bufferOffset, usedBytes, context);
    for (const value of [offset, bytes, bufferOffset]) assert.equal(value % alignBytes, 0, context);
    usedBytes += bytes;
  }
  assert.ok(mayBeShort || usedBytes >= pieceBytes, `a piece ends too soon: ${context}`);
  return usedBytes;
}

/** Checks that each chunk of a piece lies in one of its ranges, and that the ranges are no larger than they have to be. */
function checkChunks(
  ranges: readonly number[][],
  chunks: readonly Chunk[],
  chunkAt: Float64Array,
  { rules, context }: { rules: RangeRules; context: string },
): void {
  const { alignBytes, gapBytes, maxReadBytes } = rules;
  const blockStart = (byte: number) => Math.floor(byte / alignBytes) * alignBytes;
  const chunksOf: Chunk[][] = ranges.map(() => []);
  chunks.forEach((chunk, index) => {
    const [start, bytes] = chunk, at = chunkAt[index];
    const within = ranges.findIndex(([, length, bufferOffset]) =>
      at >= bufferOffset && at + bytes <= bufferOffset + length
    );
    assert.ok(within >= 0, `chunk ${index} is in no range: ${context}`);
    const [offset, , bufferOffset] = ranges[within];
    assert.equal(offset + at - bufferOffset, start, `chunk ${index} is elsewhere in its range: ${context}`);
    chunksOf[within].push(chunk);
  });
  ranges.forEach(([offset, bytes], range) => {
    assert.ok(bytes <= maxReadBytes || chunksOf[range].length === 1, `a range is too long: ${context}`);
    // From the first block of its chunks to the last, and no hole larger than the gap.
    const sorted = chunksOf[range].toSorted(([a], [b]) => a - b);
    assert.equal(blockStart(sorted[0][0]), offset, context);
    let end = offset;
    for (const [start, length] of sorted) {
      assert.ok(blockStart(start) - end <= gapBytes, `a range has a hole: ${context}`);
      end = Math.max(end, blockStart(start + length + alignBytes - 1));
    }
    assert.equal(end, offset + bytes, context);
  });
}
