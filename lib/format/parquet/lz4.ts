// Decompresses LZ4 blocks from where they were read to where they are wanted, without a copy of their own; also in the
// framing that Hadoop puts around them. Sources: github.com/lz4/lz4 doc/lz4_Block_format.md; arrow
// cpp/src/arrow/util/compression_lz4.cc (Lz4HadoopCodec).
import { CorruptionError } from "./corruption.ts";
import type { ByteSpan } from "./snappy.ts";

const MIN_MATCH_BYTES = 4;
// Shorter literals are faster by a loop than by a view and a copy.
const MIN_BLOCK_BYTES = 64;
const HADOOP_PREFIX_BYTES = 8;

/** Decompresses one block to exactly fill `output`; throws a CorruptionError with an offset in the input otherwise. */
export function uncompressLz4(input: ByteSpan, output: ByteSpan): void {
  // Positions computed from a file's numbers are doubles to the compiler; as such they make the loop slow.
  const source = input.bytes, sourceEnd = input.end | 0;
  const target = output.bytes, targetStart = output.start | 0, targetEnd = output.end | 0;
  let at = input.start | 0;
  let to = targetStart;
  while (at < sourceEnd) {
    const token = source[at++];
    let length = token >> 4;
    if (length === 15) {
      let more = 255;
      while (more === 255 && at < sourceEnd) {
        more = source[at++];
        length = (length + more) | 0;
      }
      if (more === 255) throw overrun(at);
    }
    if (length > sourceEnd - at || length > targetEnd - to) throw overrun(at);
    if (length >= MIN_BLOCK_BYTES) {
      target.set(source.subarray(at, at + length), to);
      at += length;
      to += length;
    } else {
      for (const stop = at + length; at < stop;) target[to++] = source[at++];
    }
    if (at === sourceEnd) break; // the last sequence has no match
    const distance = source[at] | (source[at + 1] << 8);
    at += 2;
    length = (token & 15) + MIN_MATCH_BYTES;
    if (length === 15 + MIN_MATCH_BYTES) {
      let more = 255;
      while (more === 255 && at < sourceEnd) {
        more = source[at++];
        length = (length + more) | 0;
      }
      if (more === 255) throw overrun(at);
    }
    if (at > sourceEnd || distance === 0 || distance > to - targetStart || length > targetEnd - to) {
      throw overrun(at);
    }
    if (length >= MIN_BLOCK_BYTES) {
      repeat(target, to, distance, length);
      to += length;
    } else {
      // Source and target may overlap: a run is a match at a distance shorter than its length.
      let from = to - distance;
      for (const stop = to + length; to < stop;) target[to++] = target[from++];
    }
  }
  if (to !== targetEnd) throw overrun(at);
}

/** Writes `length` bytes from `to` on that repeat those `distance` before them, each copy twice as long as the last. */
function repeat(bytes: Uint8Array, to: number, distance: number, length: number): void {
  const from = to - distance;
  for (let done = 0; done < length;) {
    const copied = Math.min(length - done, distance + done);
    bytes.copyWithin(to + done, from, from + copied);
    done += copied;
  }
}

/**
 * Decompresses what Parquet calls LZ4: blocks, each behind its two sizes (big-endian: decompressed, compressed), as
 * Hadoop writes them; data that is not so framed is one bare block, as Arrow wrote it for some years.
 */
export function uncompressHadoopLz4(input: ByteSpan, output: ByteSpan): void {
  if (!isHadoopFramed(input, output)) {
    uncompressLz4(input, output);
    return;
  }
  const { bytes, start, end } = input;
  let to = output.start;
  for (let at = start; at < end;) {
    const blockAt = at + HADOOP_PREFIX_BYTES;
    const blockTo = to + readBigEndian(bytes, at);
    const blockEnd = blockAt + readBigEndian(bytes, at + 4);
    uncompressLz4({ bytes, start: blockAt, end: blockEnd }, { bytes: output.bytes, start: to, end: blockTo });
    at = blockEnd;
    to = blockTo;
  }
}

/** Returns whether the sizes of the frames add up to both spans exactly: chance does not do that. */
function isHadoopFramed({ bytes, start, end }: ByteSpan, output: ByteSpan): boolean {
  let at = start, to = output.start;
  while (at < end) {
    if (end - at < HADOOP_PREFIX_BYTES) return false;
    to += readBigEndian(bytes, at);
    at += HADOOP_PREFIX_BYTES + readBigEndian(bytes, at + 4);
  }
  return at === end && to === output.end;
}

function readBigEndian(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

function overrun(at: number): CorruptionError {
  return new CorruptionError(at, "lz4 data that does not fit its page");
}
