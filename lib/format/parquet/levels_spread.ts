// Moves the values of a page, which are stored without a place for nulls, to the places of their rows: in place, from
// the last to the first, without a branch on each value's validity.
import type { ColumnOutput } from "./decode_output.ts";

/** Spreads `present` values behind the first `output.numValues` over `count` places; null becomes zero. */
export function spreadValues(output: ColumnOutput, present: number, count: number, valueBytes: number): void {
  const { buffer, validity, numValues } = output;
  if (valueBytes === 4) spreadWords(buffer.words, validity, { first: numValues, present, count });
  else if (valueBytes === 8) spreadPairs(buffer.words, validity, { first: numValues, present, count });
  else if (valueBytes === 1) spreadSingles(buffer.bytes, validity, { first: numValues, present, count });
  else spreadBytes(buffer.bytes, validity, valueBytes, { first: numValues, present, count });
}

/** Spreads the offsets of `present` byte arrays over `count` places; null becomes an empty one. */
export function spreadOffsets(output: ColumnOutput, present: number, count: number): void {
  const { validity, numValues: first } = output, { offsets } = output.buffer;
  let from = first + present;
  for (let to = first + count - 1; to >= first; to--) {
    offsets[to + 1] = offsets[from];
    from -= validity[to];
  }
}

interface Places {
  readonly first: number;
  readonly present: number;
  readonly count: number;
}

function spreadWords(words: Int32Array, validity: Uint8Array, { first, present, count }: Places): void {
  let from = (first + present) | 0;
  for (let to = (first + count - 1) | 0, stop = first | 0; to >= stop; to--) {
    const isPresent = validity[to];
    from -= isPresent;
    words[to] = words[from] & -isPresent;
  }
}

function spreadPairs(words: Int32Array, validity: Uint8Array, { first, present, count }: Places): void {
  let from = (first + present) | 0;
  for (let to = (first + count - 1) | 0, stop = first | 0; to >= stop; to--) {
    const isPresent = validity[to];
    from -= isPresent;
    words[2 * to] = words[2 * from] & -isPresent;
    words[2 * to + 1] = words[2 * from + 1] & -isPresent;
  }
}

function spreadSingles(bytes: Uint8Array, validity: Uint8Array, { first, present, count }: Places): void {
  let from = (first + present) | 0;
  for (let to = (first + count - 1) | 0, stop = first | 0; to >= stop; to--) {
    const isPresent = validity[to];
    from -= isPresent;
    bytes[to] = bytes[from] & -isPresent;
  }
}

function spreadBytes(
  bytes: Uint8Array,
  validity: Uint8Array,
  valueBytes: number,
  { first, present, count }: Places,
): void {
  let from = first + present;
  for (let to = first + count - 1; to >= first; to--) {
    const isPresent = validity[to];
    from -= isPresent;
    if (isPresent === 1) bytes.copyWithin(to * valueBytes, from * valueBytes, (from + 1) * valueBytes);
    else bytes.fill(0, to * valueBytes, (to + 1) * valueBytes);
  }
}
