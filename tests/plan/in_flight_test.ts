import assert from "node:assert/strict";
import { test } from "node:test";
import { MIB } from "../../lib/base/units.ts";
import { Timeline } from "../../lib/metrics/timeline.ts";
import {
  type Claim,
  CLAIM_FOOTER,
  CLAIM_NOTHING,
  CURSOR_WORDS,
  emptyClaim,
  type EpochPlan,
  ExtentCursor,
} from "../../lib/plan/extent_cursor.ts";
import {
  footersAhead,
  hasFooterInExtent,
  maxExtentsInFlight,
  maxRowGroups,
  readerBufferBytes,
} from "../../lib/plan/in_flight.ts";
import { randomPlan } from "../helpers/epoch_plans.ts";
import { type RandomSource, randomSource } from "../helpers/random_source.ts";

test("maxExtentsInFlight() bounds what readers have claimed and the accelerator has not consumed", () => {
  let reached = 0;
  for (let seed = 0; seed < 1500; seed++) {
    const random = randomSource(seed);
    const drawn = randomPlan(random);
    if (drawn === undefined) continue;
    const { plan, numAccelerators } = drawn;
    const readThreads = random.integer(1, 6), windowBatches = readThreads * random.integer(1, 3);
    const bound = maxExtentsInFlight({ ...plan, windowBatches, readThreads });
    const most = simulateReaders(random, plan, { numAccelerators, readThreads, windowBatches });
    assert.ok(most <= bound, `plan ${seed}: ${most} in flight, ${bound} expected at most`);
    reached = Math.max(reached, most / bound);
  }
  assert.ok(reached > 0.7, `the bound is far off: at most ${reached} of it was reached`);
});

test("maxExtentsInFlight() does not grow with the number of files", () => {
  const input = {
    samplesPerFile: 4_718_592,
    layouts: [{ rows: new Array(768).fill(6144) }],
    batchSize: 12_288,
    windowBatches: 16,
    readThreads: 4,
  };
  // 17 batches lie in at most two files.
  assert.equal(maxExtentsInFlight(input), 2 * 768 + 4);
});

test("footersAhead() is one file, or more where files hold few row groups", () => {
  // Row groups of the layouts, threads: files.
  const table: [number[], number, number][] = [
    [[768], 4, 1],
    [[8], 4, 1],
    [[7], 4, 2],
    [[1], 4, 8],
    [[1], 1, 2],
    [[768, 2], 4, 4],
  ];
  for (const [rowGroups, readThreads, files] of table) {
    const layouts = rowGroups.map((count) => ({ rows: new Array(count).fill(1) }));
    assert.equal(
      footersAhead(layouts, readThreads),
      files,
      `${rowGroups} row groups, ${readThreads} threads`,
    );
  }
});

test("hasFooterInExtent() is for small files of one row group", () => {
  const one = { rows: [5] }, two = { rows: [5, 5] };
  assert.equal(hasFooterInExtent([one], 512), true);
  assert.equal(hasFooterInExtent([one, { rows: [4] }], 65_536), true);
  assert.equal(hasFooterInExtent([one], 65_537), false);
  assert.equal(hasFooterInExtent([one, two], 512), false);
});

test("maxRowGroups() is that of the longest layout", () => {
  assert.equal(maxRowGroups([{ rows: [1] }, { rows: [1, 1, 1] }, { rows: [3, 0] }]), 3);
});

interface Readers {
  readonly numAccelerators: number;
  readonly readThreads: number;
  readonly windowBatches: number;
}

/** Runs an epoch with threads that come on in some order; returns the most extents in flight of one accelerator. */
function simulateReaders(random: RandomSource, plan: EpochPlan, readers: Readers): number {
  const { numAccelerators, readThreads, windowBatches } = readers;
  const settings = {
    ...readers,
    steps: plan.steps,
    batchSize: plan.batchSize,
    computeNs: 1,
    barrierEachStep: random.integer(0, 1) === 1,
    excludeStartSteps: 0,
    excludeEndSteps: 0,
    extentsInFlight: 1000, // more than any of these plans has
  };
  const timeline = new Timeline(settings, new Float64Array(Timeline.numWords(settings)));
  timeline.begin(0);
  const cursors = Array.from({ length: numAccelerators }, (_, accelerator) => {
    const cursor = new ExtentCursor(new Float64Array(CURSOR_WORDS), plan, accelerator);
    cursor.rewind();
    return cursor;
  });
  const threads = cursors.flatMap((_, accelerator) =>
    Array.from({ length: readThreads }, () => ({ accelerator, claim: undefined as Claim | undefined }))
  );
  const claimed = cursors.map(() => 0);
  let most = 0;
  /** Claims an extent, or completes the one at hand if the window allows it. */
  const comeOn = ({ accelerator, claim }: typeof threads[number]): Claim | undefined | "stuck" => {
    if (claim === undefined) {
      const next = claimExtent(cursors[accelerator]);
      if (next === undefined) return "stuck";
      claimed[accelerator] = next.ordinal + 1;
      return next;
    }
    const waitsFor = Math.floor(claim.sampleStart / plan.batchSize) - windowBatches;
    if (timeline.startsKnown(accelerator) <= waitsFor) return "stuck";
    timeline.complete(accelerator, claim.ordinal, claim.sampleEnd, 0, 0, 0, 0, 0);
    timeline.advance();
    return undefined;
  };
  while (timeline.stepsDone() < plan.steps) {
    // Mostly the thread with the oldest extent moves last, which lets the others run as far ahead as they may.
    const newness = ({ claim }: typeof threads[number]) => claim?.ordinal ?? 1e9;
    const first = random.integer(0, threads.length - 1);
    const order = random.integer(0, 9) === 0
      ? [...threads.slice(first), ...threads.slice(0, first)]
      : threads.toSorted((a, b) => newness(b) - newness(a));
    const moved = order.some((thread) => {
      const now = comeOn(thread);
      if (now !== "stuck") thread.claim = now;
      return now !== "stuck";
    });
    assert.ok(moved, "all readers wait for each other");
    cursors.forEach((_, accelerator) => {
      most = Math.max(most, claimed[accelerator] - timeline.extentsConsumed(accelerator));
    });
  }
  return most;
}

function claimExtent(cursor: ExtentCursor): Claim | undefined {
  const claim = emptyClaim();
  do cursor.next(claim); while (claim.kind === CLAIM_FOOTER);
  return claim.kind === CLAIM_NOTHING ? undefined : claim;
}

test("readerBufferBytes() does not grow with row groups that are read in parts", () => {
  const chunk = (storedMib: number, plainMib = storedMib, pageMib = 1) => ({
    storedBytes: storedMib * MIB,
    plainBytes: plainMib * MIB,
    pageBytes: pageMib * MIB,
  });
  const cases: [chunks: ReturnType<typeof chunk>[], wantedMib: number][] = [
    [[], 0],
    // A row group that is kept: fetched to, decoded to, and a page.
    [[chunk(1), chunk(2, 4)], 3 + 5 + 1],
    [[chunk(1, 900)], 1 + 64 + 1],
    // Too long to be kept: one read and one page.
    [Array.from({ length: 40 }, () => chunk(20)), 32 + 1],
    [Array.from({ length: 40 }, () => chunk(2000, 2000, 16)), 32 + 16 + 16],
    // One chunk comes in several reads, the others in one.
    [[chunk(576, 576, 14), chunk(9, 9, 9), chunk(9, 9, 9)], 18 + 32 + 14 + 14],
  ];
  for (const [chunks, wantedMib] of cases) assert.equal(readerBufferBytes(chunks) / MIB, wantedMib);
});
