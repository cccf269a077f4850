// Which byte ranges of a file one extent asks of storage: neighbouring column chunks are fetched together, and where
// direct I/O wants it, ranges are widened to whole blocks.
import { KIB, MIB } from "../base/units.ts";

export interface RangeRules {
  /** Chunks at most this far apart are fetched with one read. */
  readonly gapBytes: number;
  /** No read is longer: a chunk that is makes a piece of its own, which is fetched in several reads (`isLong`). */
  readonly maxReadBytes: number;
  /** Offsets, lengths and places in memory are multiples of this: 1, or the block size of direct I/O. */
  readonly alignBytes: number;
  /** A piece ends with the read that reaches this. */
  readonly pieceBytes: number;
}

/** The longest single read (the kernel takes no more than 2 GiB; longer reads only delay the first byte's use). */
export const MAX_READ_BYTES = 32 * MIB;

/**
 * The values of a row group are kept until the next, as those of a batch are. What goes beyond this is decoded and
 * overwritten, page by page: all of a row group that takes more bytes in the file, else the chunks for which nothing is left.
 */
export const MAX_KEPT_BYTES = 64 * MIB;

/** Small enough that a piece still lies in a core's first caches when it is decoded (docs/engine.md). */
export const PIECE_BYTES = 16 * KIB;

/**
 * The reads of one extent, in arrays that are filled anew for each.
 *
 * They are cut into pieces that follow each other through one small buffer: a piece is decoded before the next is
 * fetched, while its bytes still lie in the core's own cache.
 */
export class ReadRanges {
  /** How many ranges are in use, and the first byte of the file that they fetch. */
  count = 0;
  firstByte = 0;
  /** Where each range begins in the file, how long it is and where it goes in the buffer. */
  readonly fileOffset: Float64Array;
  readonly bytes: Float64Array;
  readonly bufferOffset: Float64Array;
  /** Where each chunk lies in the buffer. */
  readonly chunkAt: Float64Array;
  /** How many pieces there are, and with which range and which chunk each ends (exclusive). */
  numPieces = 0;
  readonly pieceRangeEnd: Int32Array;
  readonly pieceChunkEnd: Int32Array;
  /** Bytes of the buffer in use: those of the largest piece that is not long. */
  bufferBytes = 0;
  /** Bytes of all ranges. */
  totalBytes = 0;
  /** Bytes of the chunks alone. */
  usefulBytes = 0;

  constructor(numChunks: number) {
    this.fileOffset = new Float64Array(numChunks);
    this.bytes = new Float64Array(numChunks);
    this.bufferOffset = new Float64Array(numChunks);
    this.chunkAt = new Float64Array(numChunks);
    this.pieceRangeEnd = new Int32Array(numChunks);
    this.pieceChunkEnd = new Int32Array(numChunks);
  }

  /** Returns whether a range is longer than one read: it holds one chunk. */
  isLong(range: number, { maxReadBytes }: RangeRules): boolean {
    return this.bytes[range] > maxReadBytes;
  }
}

/**
 * Fills `ranges` with the reads that fetch as many chunks as it has room for, from chunk `first` of a table; chunks that
 * follow each other in the table are fetched together when they do so in the file.
 */
export function planRanges(
  ranges: ReadRanges,
  chunks: { readonly startByte: Float64Array; readonly bytes: Float64Array },
  first: number,
  { gapBytes, maxReadBytes, alignBytes, pieceBytes }: RangeRules,
): void {
  const numChunks = ranges.chunkAt.length;
  let count = 0, pieces = 0, bufferBytes = 0, totalBytes = 0, usefulBytes = 0;
  let pieceUsed = 0; // bytes of the piece under way before the range under way
  let rangeStart = 0, rangeEnd = -1, firstByte = Infinity;
  for (let chunk = 0; chunk < numChunks; chunk++) {
    const start = chunks.startByte[first + chunk], end = start + chunks.bytes[first + chunk];
    usefulBytes += end - start;
    const alignedEnd = Math.ceil(end / alignBytes) * alignBytes;
    const follows = count > 0 && start >= rangeStart && start - rangeEnd <= gapBytes &&
      Math.max(alignedEnd, rangeEnd) - rangeStart <= maxReadBytes;
    if (!follows) {
      pieceUsed += count > 0 ? rangeEnd - rangeStart : 0;
      const isLong = alignedEnd - Math.floor(start / alignBytes) * alignBytes > maxReadBytes;
      if (pieceUsed >= pieceBytes || rangeEnd - rangeStart > maxReadBytes || (isLong && count > 0)) {
        ranges.pieceRangeEnd[pieces] = count;
        ranges.pieceChunkEnd[pieces++] = chunk;
        pieceUsed = 0;
      }
      rangeStart = Math.floor(start / alignBytes) * alignBytes;
      rangeEnd = rangeStart;
      firstByte = Math.min(firstByte, rangeStart);
      ranges.fileOffset[count] = rangeStart;
      ranges.bufferOffset[count] = pieceUsed;
      count++;
    }
    totalBytes += Math.max(alignedEnd - rangeEnd, 0);
    rangeEnd = Math.max(rangeEnd, alignedEnd);
    ranges.bytes[count - 1] = rangeEnd - rangeStart;
    ranges.chunkAt[chunk] = pieceUsed + start - rangeStart;
    if (rangeEnd - rangeStart <= maxReadBytes) {
      bufferBytes = Math.max(bufferBytes, pieceUsed + rangeEnd - rangeStart);
    }
  }
  if (count > 0) {
    ranges.pieceRangeEnd[pieces] = count;
    ranges.pieceChunkEnd[pieces++] = numChunks;
  }
  ranges.count = count;
  ranges.firstByte = firstByte;
  ranges.numPieces = pieces;
  ranges.bufferBytes = bufferBytes;
  ranges.totalBytes = totalBytes;
  ranges.usefulBytes = usefulBytes;
}
