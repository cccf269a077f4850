import assert from "node:assert/strict";
import { test } from "node:test";
import { epochOrder } from "../../lib/plan/epoch_order.ts";
import {
  type Claim,
  CLAIM_EXTENT,
  CLAIM_FOOTER,
  CLAIM_NOTHING,
  CURSOR_WORDS,
  emptyClaim,
  type EpochPlan,
  ExtentCursor,
  layoutOf,
} from "../../lib/plan/extent_cursor.ts";
import { regularLayout } from "../../lib/plan/file_layout.ts";
import { claimAll, extentsOf, type RandomPlan, randomPlan, samplesInOrder } from "../helpers/epoch_plans.ts";
import { randomSource } from "../helpers/random_source.ts";

const NUM_PLANS = 1500;

function claimsOf(plan: EpochPlan, accelerator: number): Claim[] {
  const cursor = new ExtentCursor(new Float64Array(CURSOR_WORDS), plan, accelerator);
  cursor.rewind();
  return claimAll(cursor);
}

/** Calls `check` with many plans; a failure names the seed of the plan. */
function forRandomPlans(check: (plan: RandomPlan) => void): void {
  let numChecked = 0;
  for (let seed = 0; seed < NUM_PLANS; seed++) {
    const plan = randomPlan(randomSource(seed));
    if (plan === undefined) continue;
    try {
      check(plan);
    } catch (cause) {
      throw new Error(`plan ${seed}: ${(cause as Error).message}`, { cause });
    }
    numChecked++;
  }
  assert.ok(numChecked > NUM_PLANS / 2, `${numChecked} plans only`);
}

test("ExtentCursor gives each accelerator steps * batchSize samples, one after the other", () => {
  forRandomPlans(({ plan, numAccelerators }) => {
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      let samples = 0;
      extentsOf(claimsOf(plan, accelerator)).forEach(({ ordinal, sampleStart, sampleEnd }, index) => {
        assert.equal(ordinal, index);
        assert.equal(sampleStart, samples);
        assert.ok(sampleEnd >= sampleStart);
        samples = sampleEnd;
      });
      assert.equal(samples, plan.steps * plan.batchSize);
    }
  });
});

test("ExtentCursor hands out the samples of the written-out epoch, each at most once", () => {
  forRandomPlans(({ plan, numAccelerators }) => {
    const all = samplesInOrder(plan);
    assert.equal(all.length, plan.numFiles * plan.samplesPerFile);
    assert.equal(
      new Set(all.map(({ file, rowGroup, row }) => `${file}/${rowGroup}/${row}`)).size,
      all.length,
    );
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      const first = accelerator * plan.steps * plan.batchSize;
      for (const claim of extentsOf(claimsOf(plan, accelerator))) {
        for (const sample of all.slice(first + claim.sampleStart, first + claim.sampleEnd)) {
          assert.equal(sample.filePosition, claim.filePosition);
          assert.equal(sample.file, claim.file);
          assert.equal(sample.rowGroup, claim.rowGroup);
        }
      }
    }
  });
});

test("ExtentCursor hands out no extent twice to an accelerator", () => {
  forRandomPlans(({ plan, numAccelerators }) => {
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      const extents = extentsOf(claimsOf(plan, accelerator));
      const names = new Set(extents.map(({ file, rowGroup }) => `${file}/${rowGroup}`));
      assert.equal(names.size, extents.length);
    }
  });
});

test("ExtentCursor hands out no extent of which nothing is used, but for an empty row group", () => {
  forRandomPlans(({ plan, numAccelerators }) => {
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      for (const { file, rowGroup, sampleStart, sampleEnd } of extentsOf(claimsOf(plan, accelerator))) {
        assert.ok(sampleEnd > sampleStart || layoutOf(plan, file).rows[rowGroup] === 0);
      }
    }
  });
});

test("ExtentCursor hands out footers in order, before the file's extents, at most footersAhead ahead", () => {
  forRandomPlans(({ plan, numAccelerators }) => {
    if (plan.hasFooterInExtent) return;
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      const claims = claimsOf(plan, accelerator);
      const files = extentsOf(claims).map(({ filePosition }) => filePosition);
      const firstFile = files[0], lastFile = files.at(-1)!;
      let footers = firstFile;
      claims.forEach((claim, index) => {
        if (claim.kind === CLAIM_FOOTER) {
          assert.equal(claim.filePosition, footers++);
          const next = claims.slice(index).find(({ kind }) => kind === CLAIM_EXTENT)!;
          assert.ok(claim.filePosition <= next.filePosition + plan.footersAhead);
          // The file of a footer is the file of the extents behind it.
          const ofFile = claims.find(({ kind, filePosition }) =>
            kind === CLAIM_EXTENT && filePosition === claim.filePosition
          );
          assert.equal(claim.file, ofFile?.file);
        } else {
          assert.equal(footers - 1, Math.min(claim.filePosition + plan.footersAhead, lastFile));
        }
      });
      assert.equal(footers, lastFile + 1);
    }
  });
});

test("ExtentCursor hands out the same extents and no footers where each extent brings its own", () => {
  forRandomPlans(({ plan, numAccelerators }) => {
    for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
      const claims = (hasFooterInExtent: boolean) => claimsOf({ ...plan, hasFooterInExtent }, accelerator);
      assert.deepEqual(claims(true), extentsOf(claims(false)));
    }
  });
});

test("ExtentCursor goes on saying that nothing is left", () => {
  const plan = examplePlan({ numFiles: 1, steps: 1 });
  const cursor = new ExtentCursor(new Float64Array(CURSOR_WORDS), plan, 0);
  cursor.rewind();
  claimAll(cursor);
  const claim = emptyClaim();
  for (let times = 0; times < 3; times++) {
    claim.kind = CLAIM_EXTENT;
    cursor.next(claim);
    assert.equal(claim.kind, CLAIM_NOTHING);
  }
});

test("ExtentCursor shares its state with other cursors on the same words", () => {
  const plan = examplePlan({});
  const alone = claimsOf(plan, 0);
  const words = new Float64Array(CURSOR_WORDS);
  const cursors = [0, 1, 2].map(() => new ExtentCursor(words, plan, 0));
  cursors[0].rewind();
  const together = alone.map((_, index) => {
    const claim = emptyClaim();
    cursors[index % 3].next(claim);
    return claim;
  });
  assert.deepEqual(together, alone);
});

test("ExtentCursor rewinds to what it began with", () => {
  const plan = examplePlan({ batchSize: 7, steps: 3 });
  const cursor = new ExtentCursor(new Float64Array(CURSOR_WORDS), plan, 1);
  cursor.rewind();
  const first = claimAll(cursor);
  cursor.rewind();
  assert.deepEqual(claimAll(cursor), first);
});

test("ExtentCursor divides a row group that lies across two accelerators", () => {
  // Two files of 10 rows in groups of 4, 4, 2; two accelerators of 9 samples: the cut is in row 1 of the last group.
  const plan = examplePlan({ numFiles: 2, samplesPerFile: 10, batchSize: 3, steps: 3, footersAhead: 1 });
  const pick = ({ kind, file, rowGroup, sampleStart, sampleEnd }: Claim) =>
    kind === CLAIM_FOOTER ? ["footer", file] : [file, rowGroup, sampleStart, sampleEnd];
  assert.deepEqual(claimsOf(plan, 0).map(pick), [
    ["footer", 0],
    [0, 0, 0, 4],
    [0, 1, 4, 8],
    [0, 2, 8, 9],
  ]);
  assert.deepEqual(claimsOf(plan, 1).map(pick), [
    ["footer", 0],
    ["footer", 1],
    [0, 2, 0, 1],
    [1, 0, 1, 5],
    [1, 1, 5, 9],
  ]);
});

test("ExtentCursor plans 100,000 files of 4.7 million samples like one file", () => {
  const samplesPerFile = 4_718_592, numFiles = 100_000, batchSize = 12_288;
  const numAccelerators = 4;
  const plan: EpochPlan = {
    numFiles,
    samplesPerFile,
    batchSize,
    steps: Math.floor(numFiles * samplesPerFile / batchSize / numAccelerators),
    order: epochOrder(
      { fileShuffle: "seed", sampleShuffle: "seed", seed: 10, seedChangeEpoch: true, runSeed: 0 },
      3,
    ),
    layouts: [regularLayout(samplesPerFile, 6144)],
    footersAhead: 1,
    hasFooterInExtent: false,
  };
  for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
    const cursor = new ExtentCursor(new Float64Array(CURSOR_WORDS), plan, accelerator);
    cursor.rewind();
    const claim = emptyClaim();
    for (let index = 0; index < 1000; index++) {
      cursor.next(claim);
      assert.notEqual(claim.kind, CLAIM_NOTHING);
      assert.ok(claim.file >= 0 && claim.file < numFiles);
    }
    assert.ok(claim.sampleEnd > 990 * 6144, `${claim.sampleEnd} samples in 1000 claims`);
  }
});

function examplePlan(changes: Partial<EpochPlan>): EpochPlan {
  const samplesPerFile = changes.samplesPerFile ?? 10;
  return {
    numFiles: 4,
    samplesPerFile,
    batchSize: 4,
    steps: 4,
    order: {},
    layouts: [regularLayout(samplesPerFile, 4)],
    footersAhead: 1,
    hasFooterInExtent: false,
    ...changes,
  };
}
