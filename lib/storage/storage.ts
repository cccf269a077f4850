// The one interface between readers and whatever holds the files. Storage is asked in batches: the ranges of an extent
// are one call, so that preads in a loop, many reads in flight and parallel object GETs are three ways to serve it.
import type { ReadRanges } from "../plan/read_ranges.ts";

/** Storage as one reader thread sees it. */
export interface ReaderStorage {
  /** When the last read ended, in ns of `nowNs`; 0 where reads are not timed. */
  readonly endNs: number;
  /** Opens a file and returns a handle for it; `file` is a number for it that the reader chooses. @throws {FileError} */
  open(path: string, file?: number): FileHandle;
  close(file: FileHandle): void;
  /**
   * Fills `into` with the ranges `rangeStart` <= range < `rangeEnd` of `file`, each at its `bufferOffset`, and returns the
   * bytes that storage returned: fewer than asked for only where the last block of a direct read ends behind the end
   * of the file.
   *
   * `beginNs` is now: whoever has just asked the clock saves asking it again.
   *
   * @throws {FileError} Naming file and offset, when a read fails or the file ends before a range does.
   */
  readRanges(
    file: FileHandle,
    ranges: ReadRanges,
    into: Uint8Array,
    rangeStart: number,
    rangeEnd: number,
    beginNs?: number,
  ): number;
}

/** An open file. */
export interface FileHandle {
  readonly path: string;
  /** The reader's number for it. */
  readonly file: number;
  readonly fd: number;
  readonly fileBytes: number;
}

/** Hears of one read: the reader's number of the file, the bytes that it returned, when it began and how long it took. */
export type OnRead = (
  file: number,
  offsetBytes: number,
  bytes: number,
  beginNs: number,
  elapsedNs: number,
) => void;
