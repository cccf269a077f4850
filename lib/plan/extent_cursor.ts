// Hands out one accelerator's extents (row groups) of an epoch, one at a time, in plan order. The state is six numbers
// in memory that the caller gives, so that reader threads share one cursor under their lock, and a plan of 100,000
// files costs what a plan of one costs.
import { type EpochOrder, fileAt, rowGroupAt } from "./epoch_order.ts";
import type { FileLayout } from "./file_layout.ts";

/** What is read and in which order: the same for all accelerators of an epoch. */
export interface EpochPlan {
  readonly numFiles: number;
  readonly samplesPerFile: number;
  readonly batchSize: number;
  readonly steps: number;
  readonly order: EpochOrder;
  readonly layouts: readonly FileLayout[];
  /** Which layout each file has; absent when all have the first. */
  readonly layoutOfFile?: Uint16Array;
  /** How many files ahead of the one being read footers are fetched. */
  readonly footersAhead: number;
  /** Whether each extent brings its own footer: none is handed out by itself. */
  readonly hasFooterInExtent: boolean;
}

export const CLAIM_NOTHING = 0, CLAIM_FOOTER = 1, CLAIM_EXTENT = 2;

/** What a reader is told to do next; one object a reader, filled anew by each claim. */
export interface Claim {
  kind: number;
  filePosition: number;
  file: number;
  rowGroup: number;
  /** How many extents were claimed before this one. */
  ordinal: number;
  /** The samples of the accelerator's epoch that this extent holds: sampleStart <= sample < sampleEnd. */
  sampleStart: number;
  sampleEnd: number;
}

export function emptyClaim(): Claim {
  return {
    kind: CLAIM_NOTHING,
    filePosition: 0,
    file: 0,
    rowGroup: 0,
    ordinal: 0,
    sampleStart: 0,
    sampleEnd: 0,
  };
}

const FILE_POSITION = 0,
  ROW_GROUP_POSITION = 1,
  SAMPLES_CLAIMED = 2,
  SAMPLES_SKIPPED = 3,
  ORDINAL = 4,
  FOOTERS = 5;
export const CURSOR_WORDS = 6;

/**
 * The samples of an epoch, in order, are cut into equal runs of whole batches, one run an accelerator. A row group that
 * a cut divides is read by both neighbours, each using its own samples of it.
 */
export class ExtentCursor {
  readonly #words: Float64Array;
  readonly #plan: EpochPlan;
  readonly #sampleOffset: number;
  readonly #sampleCount: number;

  constructor(words: Float64Array, plan: EpochPlan, accelerator: number) {
    this.#words = words;
    this.#plan = plan;
    this.#sampleCount = plan.steps * plan.batchSize;
    this.#sampleOffset = accelerator * this.#sampleCount;
  }

  /** Moves to the accelerator's first extent. */
  rewind(): void {
    const { samplesPerFile } = this.#plan;
    const words = this.#words;
    words.fill(0);
    words[FILE_POSITION] = words[FOOTERS] = Math.floor(this.#sampleOffset / samplesPerFile);
    let skip = this.#sampleOffset % samplesPerFile;
    for (;;) {
      const rows = this.#rowsAt(words[FILE_POSITION], words[ROW_GROUP_POSITION]);
      if (skip < rows) break;
      skip -= rows;
      words[ROW_GROUP_POSITION]++;
    }
    words[SAMPLES_SKIPPED] = skip;
  }

  /** The place of the file that the next extent belongs to. */
  get filePosition(): number {
    return this.#words[FILE_POSITION];
  }

  /** The first sample, of the accelerator's epoch, that the next extent holds. */
  get nextSample(): number {
    return this.#words[SAMPLES_CLAIMED];
  }

  /** Whether `next` would give an extent, and not a footer or nothing. */
  get isAtExtent(): boolean {
    return this.#words[SAMPLES_CLAIMED] < this.#sampleCount && !this.#isAtFooter();
  }

  /** Fills `claim` with what to do next; `claim.kind` is CLAIM_NOTHING when the epoch is handed out. */
  next(claim: Claim): void {
    const words = this.#words, plan = this.#plan;
    const claimed = words[SAMPLES_CLAIMED];
    if (claimed >= this.#sampleCount) {
      claim.kind = CLAIM_NOTHING;
      return;
    }
    if (this.#isAtFooter()) {
      const footer = words[FOOTERS]++;
      claim.kind = CLAIM_FOOTER;
      claim.filePosition = footer;
      claim.file = fileAt(plan.order, footer, plan.numFiles);
      return;
    }
    this.#claimExtent(claim, claimed);
  }

  #isAtFooter(): boolean {
    if (this.#plan.hasFooterInExtent) return false;
    const words = this.#words, footer = words[FOOTERS];
    return footer <= words[FILE_POSITION] + this.#plan.footersAhead && footer <= this.#lastFilePosition();
  }

  #claimExtent(claim: Claim, claimed: number): void {
    const words = this.#words, plan = this.#plan;
    const filePosition = words[FILE_POSITION], position = words[ROW_GROUP_POSITION];
    const file = fileAt(plan.order, filePosition, plan.numFiles);
    const { rows } = layoutOf(plan, file);
    const rowGroup = rowGroupAt(plan.order, file, position, rows.length);
    claim.kind = CLAIM_EXTENT;
    claim.filePosition = filePosition;
    claim.file = file;
    claim.rowGroup = rowGroup;
    claim.ordinal = words[ORDINAL]++;
    claim.sampleStart = claimed;
    claim.sampleEnd = Math.min(claimed + rows[rowGroup] - words[SAMPLES_SKIPPED], this.#sampleCount);
    words[SAMPLES_CLAIMED] = claim.sampleEnd;
    words[SAMPLES_SKIPPED] = 0;
    const isLast = position + 1 === rows.length;
    words[ROW_GROUP_POSITION] = isLast ? 0 : position + 1;
    if (isLast) words[FILE_POSITION]++;
  }

  #rowsAt(filePosition: number, position: number): number {
    const file = fileAt(this.#plan.order, filePosition, this.#plan.numFiles);
    const { rows } = layoutOf(this.#plan, file);
    return rows[rowGroupAt(this.#plan.order, file, position, rows.length)];
  }

  #lastFilePosition(): number {
    return Math.floor((this.#sampleOffset + this.#sampleCount - 1) / this.#plan.samplesPerFile);
  }
}

/** Returns the layout of file `file`. */
export function layoutOf(plan: Pick<EpochPlan, "layouts" | "layoutOfFile">, file: number): FileLayout {
  return plan.layouts[plan.layoutOfFile === undefined ? 0 : plan.layoutOfFile[file]];
}
