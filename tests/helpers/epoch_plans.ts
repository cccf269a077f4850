// Random plans for property tests, and the plan of an epoch written out sample by sample: what the cursor, which holds
// six numbers, has to agree with.
import { type EpochOrder, epochOrder, fileAt, rowGroupAt, type Shuffle } from "../../lib/plan/epoch_order.ts";
import {
  type Claim,
  CLAIM_EXTENT,
  CLAIM_NOTHING,
  emptyClaim,
  type EpochPlan,
  type ExtentCursor,
  layoutOf,
} from "../../lib/plan/extent_cursor.ts";
import { type FileLayout, regularLayout } from "../../lib/plan/file_layout.ts";
import type { RandomSource } from "./random_source.ts";

const SHUFFLES: readonly Shuffle[] = ["off", "seed", "random"];

export interface RandomPlan {
  readonly plan: EpochPlan;
  readonly numAccelerators: number;
}

/** Returns a plan of 1 to 9 files with at least one step; undefined where the shape that was drawn gives none. */
export function randomPlan(random: RandomSource): RandomPlan | undefined {
  const numFiles = random.integer(1, 9), numAccelerators = random.integer(1, 4);
  const samplesPerFile = random.integer(1, 25), batchSize = random.integer(1, 20);
  const steps = Math.floor(numFiles * samplesPerFile / batchSize / numAccelerators);
  if (steps < 1) return undefined;
  const plan: EpochPlan = {
    numFiles,
    samplesPerFile,
    batchSize,
    steps: random.integer(0, 3) === 0 ? random.integer(1, steps) : steps,
    order: randomOrder(random),
    ...randomLayouts(random, numFiles, samplesPerFile),
    footersAhead: random.integer(1, 4),
    hasFooterInExtent: random.integer(0, 3) === 0,
  };
  return { plan, numAccelerators };
}

function randomOrder(random: RandomSource): EpochOrder {
  return epochOrder({
    fileShuffle: random.pick(SHUFFLES),
    sampleShuffle: random.pick(SHUFFLES),
    seed: random.integer(0, 1000),
    seedChangeEpoch: random.integer(0, 1) === 1,
    runSeed: random.integer(0, 2 ** 31),
  }, random.integer(0, 5));
}

/** Half of the time one regular layout, as generated files have it, else up to three irregular ones. */
function randomLayouts(
  random: RandomSource,
  numFiles: number,
  samplesPerFile: number,
): Pick<EpochPlan, "layouts" | "layoutOfFile"> {
  if (random.integer(0, 1) === 0) return { layouts: [regularLayout(samplesPerFile, random.integer(1, 7))] };
  const layouts = Array.from(
    { length: random.integer(1, 3) },
    () => irregularLayout(random, samplesPerFile),
  );
  return {
    layouts,
    layoutOfFile: Uint16Array.from({ length: numFiles }, () => random.integer(0, layouts.length - 1)),
  };
}

/** Row groups of 0 to 7 rows, empty ones also at the beginning and at the end. */
function irregularLayout(random: RandomSource, samplesPerFile: number): FileLayout {
  const rows: number[] = [];
  for (let left = samplesPerFile; left > 0; left -= rows.at(-1)!) {
    rows.push(Math.min(left, random.integer(0, 7)));
  }
  while (random.integer(0, 2) === 0) rows.push(0);
  return { rows };
}

/** Where a sample lies. */
export interface SamplePlace {
  readonly filePosition: number;
  readonly file: number;
  readonly rowGroup: number;
  readonly row: number;
}

/** Returns all samples of all files in the order of the epoch. */
export function samplesInOrder(plan: EpochPlan): SamplePlace[] {
  const samples: SamplePlace[] = [];
  for (let filePosition = 0; filePosition < plan.numFiles; filePosition++) {
    const file = fileAt(plan.order, filePosition, plan.numFiles);
    const { rows } = layoutOf(plan, file);
    for (let position = 0; position < rows.length; position++) {
      const rowGroup = rowGroupAt(plan.order, file, position, rows.length);
      for (let row = 0; row < rows[rowGroup]; row++) samples.push({ filePosition, file, rowGroup, row });
    }
  }
  return samples;
}

/** Returns all that a cursor hands out from where it is, in order. */
export function claimAll(cursor: ExtentCursor): Claim[] {
  const claims: Claim[] = [];
  for (;;) {
    const claim = emptyClaim();
    cursor.next(claim);
    if (claim.kind === CLAIM_NOTHING) return claims;
    claims.push(claim);
  }
}

export function extentsOf(claims: readonly Claim[]): Claim[] {
  return claims.filter(({ kind }) => kind === CLAIM_EXTENT);
}
