// The extents that one reader has asked io_uring for and not decoded yet: the next ones are fetched while this one is
// decoded. First in, first out, each with a buffer of its own.
//
// A reader blocks for nothing but these reads while it has any: whatever else it may have to wait for, another reader
// may bring about only when it gets what this one holds.
import { nowNs } from "../base/clock.ts";
import type { ChunkTable } from "../format/parquet/chunk_table.ts";
import type { RowGroupPlace } from "../format/parquet/decode.ts";
import { type Claim, emptyClaim } from "../plan/extent_cursor.ts";
import { MAX_AHEAD, MAX_AHEAD_BYTES } from "../plan/in_flight.ts";
import { planRanges, type RangeRules, ReadRanges } from "../plan/read_ranges.ts";
import { alignedBuffer } from "../storage/aligned_buffer.ts";
import type { UringStorage } from "../storage/uring_storage.ts";
import type { FetchedExtent } from "./extent_reader.ts";
import type { OpenFiles } from "./open_files.ts";

/** One of them. */
class ExtentAhead implements FetchedExtent {
  readonly claim: Claim = emptyClaim();
  readonly ranges: ReadRanges;
  readonly place: RowGroupPlace;
  buffer: Uint8Array = new Uint8Array(0);
  returnedBytes = 0;
  beginNs = 0;
  readNs = 0;
  windowWaitNs = 0;

  constructor(numColumns: number, table: ChunkTable) {
    this.ranges = new ReadRanges(numColumns);
    this.place = { path: "", table, rowGroup: 0 };
  }
}

export interface ExtentsAheadOptions {
  readonly ring: UringStorage;
  /** Reads in flight: no further extent is asked for while there are as many. */
  readonly depth: number;
  readonly files: OpenFiles;
  readonly numColumns: number;
  readonly rules: RangeRules;
  /** Any table. */
  readonly table: ChunkTable;
}

/** One reader's queue of extents. */
export class ExtentsAhead {
  /** How many are under way. */
  length = 0;
  readonly #options: ExtentsAheadOptions;
  readonly #rules: RangeRules;
  readonly #extents: readonly ExtentAhead[];
  /** The place of the oldest; the next one has the place behind the youngest. */
  #oldest = 0;
  #numReads = 0;

  constructor(options: ExtentsAheadOptions) {
    this.#options = options;
    this.#rules = { ...options.rules, pieceBytes: Infinity };
    this.#extents = Array.from(
      { length: MAX_AHEAD },
      () => new ExtentAhead(options.numColumns, options.table),
    );
  }

  /** Whether no other extent is to be asked for now. */
  get isFull(): boolean {
    return this.length === MAX_AHEAD || this.#numReads >= this.#options.depth;
  }

  /** Whether storage has been asked for something that nobody has seen come back yet. */
  get isUnderWay(): boolean {
    return this.#options.ring.isReading;
  }

  /** Computes which bytes the row group needs; returns false where it is too long to be fetched as a whole. */
  plan(table: ChunkTable, rowGroup: number): boolean {
    const extent = this.#next, { ranges, place } = extent;
    planRanges(ranges, table, rowGroup * table.numColumns, this.#rules);
    if (ranges.numPieces > 1 || ranges.totalBytes > MAX_AHEAD_BYTES) return false;
    place.table = table;
    place.rowGroup = rowGroup;
    if (extent.buffer.length < ranges.bufferBytes) extent.buffer = alignedBuffer(ranges.bufferBytes);
    return true;
  }

  /**
   * Asks for what `plan` computed, before which the reader waited `windowWaitNs` for the window; returns whether all that
   * is under way was there at once. @throws {FileError} When the file cannot be opened.
   */
  submit(claim: Claim, windowWaitNs: number): boolean {
    const extent = this.#next, { ranges, place, buffer } = extent, { ring, files } = this.#options;
    const tag = (this.#oldest + this.length) % MAX_AHEAD;
    copyClaim(extent.claim, claim);
    extent.windowWaitNs = windowWaitNs;
    extent.beginNs = nowNs();
    const file = files.open(claim.file);
    place.path = file.path;
    const isThere = ring.submit(file, ranges, buffer, 0, ranges.count, tag);
    this.length++;
    this.#numReads += ranges.count;
    extent.readNs = nowNs() - extent.beginNs;
    return isThere;
  }

  /** Waits until the oldest is there, and returns it; it stays as it is until the next `submit`. @throws {FileError} */
  take(): ExtentAhead {
    const tag = this.#oldest, extent = this.#extents[tag], beginNs = nowNs();
    extent.returnedBytes = this.#options.ring.wait(tag);
    extent.readNs += nowNs() - beginNs;
    this.#oldest = (tag + 1) % MAX_AHEAD;
    this.length--;
    this.#numReads -= extent.ranges.count;
    return extent;
  }

  /** Gives all extents up that are under way. */
  cancel(): void {
    if (this.length > 0) this.#options.ring.cancel();
    this.length = this.#oldest = this.#numReads = 0;
  }

  /** Lets storage go on with the others in the middle of a long work. */
  readonly poll = (): void => {
    if (this.length > 0) this.#options.ring.poll();
  };

  get #next(): ExtentAhead {
    return this.#extents[(this.#oldest + this.length) % MAX_AHEAD];
  }
}

function copyClaim(to: Claim, from: Claim): void {
  to.kind = from.kind;
  to.filePosition = from.filePosition;
  to.file = from.file;
  to.rowGroup = from.rowGroup;
  to.ordinal = from.ordinal;
  to.sampleStart = from.sampleStart;
  to.sampleEnd = from.sampleEnd;
}
