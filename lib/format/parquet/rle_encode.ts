// Encodes levels and dictionary indices: Parquet's hybrid of run-length encoding and bit-packing. Source:
// parquet-format, Encodings.md, "RLE / bit-packing hybrid". A length in front of the runs, where a page wants one, is
// the caller's to write.
import type { ByteWriter } from "hyparquet-writer";

/** Bit-packed values come in groups of so many; a shorter run of equal values is not worth one of its own. */
const GROUP = 8;
// A header of a run is a varint of an i32.
const MAX_HEADER_BYTES = 5;

/** Appends one run: `value`, which has at most `bitWidth` bits, `count` times. */
export function appendRun(writer: ByteWriter, value: number, count: number, bitWidth: number): void {
  writer.appendVarInt(count * 2);
  for (let shift = 0; shift < bitWidth; shift += 8) writer.appendUint8((value >>> shift) & 255);
}

/**
 * Appends the values from index `start` to `end`, each of at most `bitWidth` bits: 8 and more equal ones as a run, the
 * others bit-packed.
 *
 * Runs are looked for at every eighth value, where a bit-packed stretch may end. The last group is filled with zeros,
 * which a reader knows by the number of values.
 */
export function appendHybrid(
  writer: ByteWriter,
  values: Int32Array,
  start: number,
  end: number,
  bitWidth: number,
): void {
  let packedFrom = start | 0, at = start | 0;
  const stop = end | 0;
  while (at < stop) {
    const value = values[at];
    let runEnd = at + 1;
    while (runEnd < stop && values[runEnd] === value) runEnd++;
    if (runEnd - at < GROUP && runEnd < stop) {
      at += GROUP;
      continue;
    }
    if (at > packedFrom) appendPacked(writer, values, packedFrom, at, bitWidth);
    appendRun(writer, value, runEnd - at, bitWidth);
    at = packedFrom = runEnd;
  }
  if (packedFrom < stop) appendPacked(writer, values, packedFrom, stop, bitWidth);
}

/** Appends the values from index `start` to `end` bit-packed, the last group filled with zeros. */
function appendPacked(
  writer: ByteWriter,
  values: Int32Array,
  start: number,
  end: number,
  bitWidth: number,
): void {
  const groups = Math.ceil((end - start) / GROUP), bytes = groups * bitWidth;
  writer.ensure(MAX_HEADER_BYTES + bytes);
  writer.appendVarInt(groups * 2 + 1);
  const { view } = writer,
    stop = end | 0,
    width = bitWidth | 0,
    first = writer.index | 0,
    last = first + bytes;
  // `word` holds the low `filled` bits that are not written yet.
  let word = 0, filled = 0, to = first;
  for (let index = start | 0; index < stop; index++) {
    const value = values[index];
    word |= value << filled;
    filled += width;
    if (filled >= 32) {
      view.setInt32(to, word, true);
      to += 4;
      filled -= 32;
      word = filled === 0 ? 0 : value >>> (width - filled);
    }
  }
  for (; to < last; to++) {
    view.setUint8(to, word & 255);
    word >>>= 8;
  }
  writer.index += bytes;
  writer.offset += bytes;
}
