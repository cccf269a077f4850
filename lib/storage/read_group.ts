// The reads that io_uring is asked for at once and that are waited for together: the ranges of one submission, and what
// became of them.
import type { FileError } from "../base/errors.ts";
import type { ReadRanges } from "../plan/read_ranges.ts";
import type { FileHandle } from "./storage.ts";

/** The ranges of one submission. */
export class ReadGroup {
  file: FileHandle | undefined;
  ranges: ReadRanges | undefined;
  /** Kept from the garbage collector while the kernel writes to it. */
  into: Uint8Array | undefined;
  address = 0;
  /** The range that is read next, and the end of them. */
  nextRange = 0;
  rangeEnd = 0;
  inFlight = 0;
  returnedBytes = 0;
  /** Why the first of the ranges that failed did. */
  failure: FileError | undefined;
  failedRange = 0;
  isQueued = false;

  /** Notes that a range failed, and has no more of them read. */
  fail(range: number, failure: FileError): void {
    this.nextRange = this.rangeEnd;
    if (this.failure !== undefined && range > this.failedRange) return;
    this.failure = failure;
    this.failedRange = range;
  }

  get isPending(): boolean {
    return this.inFlight > 0 || this.nextRange < this.rangeEnd;
  }
}
