// Compresses snappy, for one thread, in memory that it keeps: hyparquet-writer's compressor loads and appends byte by
// byte. Source: github.com/google/snappy, format_description.txt.
import { copyLiteral, type CopyPair, copyPair } from "./copy_literal.ts";
import { FRAGMENT_BYTES, MatchFinder, SEQUENCE_WORDS } from "./find_matches.ts";

// Kinds of elements, in the low two bits of their first byte.
const LITERAL = 0, COPY_1 = 1, COPY_2 = 2;
const MAX_COPY_BYTES = 64, MIN_COPY_BYTES = 4;
// What a copy with one byte of distance can say: 4 to 11 bytes, a distance of 11 bits.
const SHORT_COPY_BYTES = 12, SHORT_DISTANCE = 2048;
// Literals up to here have their length in their first byte.
const SHORT_LITERAL_BYTES = 60;

/** Compresses pages one after another. */
export class SnappyCompressor {
  readonly #finder = new MatchFinder();
  #output = new Uint8Array(0);

  /** Returns the compressed bytes: a view that stays valid until the next call. */
  compress(input: Uint8Array): Uint8Array {
    const bytes = input.length, { sequences } = this.#finder;
    if (this.#output.length < maxCompressedBytes(bytes)) {
      this.#output = new Uint8Array(maxCompressedBytes(bytes));
    }
    const pair = copyPair(input, this.#output);
    let to = writeVarint(this.#output, bytes);
    for (let start = 0; start < bytes; start += FRAGMENT_BYTES) {
      const end = Math.min(bytes, start + FRAGMENT_BYTES);
      to = writeFragment(
        pair,
        to,
        start,
        end,
        sequences,
        this.#finder.find(pair.inputView, start, end, false),
      );
    }
    return this.#output.subarray(0, to);
  }
}

/** Returns snappy's own bound: of a literal of one byte and a copy of five, which take 2 and 5 bytes in turn. */
function maxCompressedBytes(bytes: number): number {
  return 32 + bytes + Math.ceil(bytes / 6);
}

/** Writes the elements of one fragment from offset `to` of the output on; returns the offset behind them. */
function writeFragment(
  pair: CopyPair,
  to: number,
  start: number,
  end: number,
  sequences: Int32Array,
  filled: number,
): number {
  const { output } = pair;
  let at = start | 0, place = to | 0;
  for (let index = 0; index < filled; index += SEQUENCE_WORDS) {
    const literalBytes = sequences[index], distance = sequences[index + 2];
    let copyBytes = sequences[index + 1];
    if (literalBytes > 0) place = writeLiteral(pair, place, at, literalBytes);
    at += literalBytes + copyBytes;
    // No copy may be left with less than 4 bytes.
    while (copyBytes >= MAX_COPY_BYTES + MIN_COPY_BYTES) {
      place = writeLongCopy(output, place, distance, MAX_COPY_BYTES);
      copyBytes -= MAX_COPY_BYTES;
    }
    if (copyBytes > MAX_COPY_BYTES) {
      place = writeLongCopy(output, place, distance, MAX_COPY_BYTES - MIN_COPY_BYTES);
      copyBytes -= MAX_COPY_BYTES - MIN_COPY_BYTES;
    }
    if (copyBytes < SHORT_COPY_BYTES && distance < SHORT_DISTANCE) {
      output[place] = COPY_1 | ((copyBytes - MIN_COPY_BYTES) << 2) | ((distance >> 8) << 5);
      output[place + 1] = distance;
      place += 2;
    } else {
      place = writeLongCopy(output, place, distance, copyBytes);
    }
  }
  return at < end ? writeLiteral(pair, place, at, end - at) : place;
}

function writeLongCopy(output: Uint8Array, to: number, distance: number, bytes: number): number {
  output[to] = COPY_2 | ((bytes - 1) << 2);
  output[to + 1] = distance;
  output[to + 2] = distance >> 8;
  return to + 3;
}

/** Writes a literal of at most FRAGMENT_BYTES. */
function writeLiteral(pair: CopyPair, to: number, at: number, bytes: number): number {
  const { output } = pair, last = bytes - 1;
  let place = to;
  if (bytes <= SHORT_LITERAL_BYTES) {
    output[place++] = LITERAL | (last << 2);
  } else {
    const lengthBytes = last < 256 ? 1 : 2;
    output[place++] = LITERAL | ((SHORT_LITERAL_BYTES - 1 + lengthBytes) << 2);
    output[place++] = last;
    if (lengthBytes === 2) output[place++] = last >> 8;
  }
  copyLiteral(pair, at, place, bytes);
  return place + bytes;
}

function writeVarint(output: Uint8Array, value: number): number {
  let to = 0, rest = value;
  for (; rest > 127; rest >>>= 7) output[to++] = rest | 128;
  output[to++] = rest;
  return to;
}
