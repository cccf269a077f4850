// Compresses LZ4 blocks, for one thread, in memory that it keeps. Source: github.com/lz4/lz4, doc/lz4_Block_format.md.
// docs/dependencies.md says why no library does it.
import { copyLiteral, type CopyPair, copyPair } from "./copy_literal.ts";
import { FRAGMENT_BYTES, MatchFinder, SEQUENCE_WORDS } from "./find_matches.ts";

const MIN_MATCH_BYTES = 4;
/** A block ends with a literal of at least so many bytes; the last match begins 12 bytes before its end or sooner. */
const LAST_LITERAL_BYTES = 5;
// What half a token can say; the rest of a length follows in bytes of 255.
const TOKEN_MAX = 15;

/** Compresses pages one after another, each to one block. */
export class Lz4Compressor {
  readonly #finder = new MatchFinder();
  #output = new Uint8Array(0);

  /** Returns the compressed bytes: a view that stays valid until the next call. */
  compress(input: Uint8Array): Uint8Array {
    const bytes = input.length, { sequences } = this.#finder;
    if (this.#output.length < maxCompressedBytes(bytes)) {
      this.#output = new Uint8Array(maxCompressedBytes(bytes));
    }
    const pair = copyPair(input, this.#output);
    // As the reference implementation does: in a small page a long match is rare.
    const prefersLong = bytes > FRAGMENT_BYTES;
    let to = 0, literalStart = 0;
    const searchEnd = bytes - LAST_LITERAL_BYTES;
    for (let start = 0; start < searchEnd; start += FRAGMENT_BYTES) {
      const end = Math.min(searchEnd, start + FRAGMENT_BYTES);
      const filled = this.#finder.find(pair.inputView, start, end, prefersLong);
      let matchesFrom = start;
      for (let index = 0; index < filled; index += SEQUENCE_WORDS) {
        const matchAt = matchesFrom + sequences[index], matchBytes = sequences[index + 1];
        to = writeSequence(pair, to, literalStart, matchAt - literalStart, matchBytes, sequences[index + 2]);
        literalStart = matchesFrom = matchAt + matchBytes;
      }
    }
    to = writeLiteral(pair, to, literalStart, bytes - literalStart, 0);
    return this.#output.subarray(0, to);
  }
}

function maxCompressedBytes(bytes: number): number {
  return 16 + bytes + Math.ceil(bytes / 255);
}

/** Writes a literal and the match behind it; returns the offset behind them. */
function writeSequence(
  pair: CopyPair,
  to: number,
  literalAt: number,
  literalBytes: number,
  matchBytes: number,
  distance: number,
): number {
  const { output } = pair, matchLength = matchBytes - MIN_MATCH_BYTES;
  let place = writeLiteral(pair, to, literalAt, literalBytes, Math.min(matchLength, TOKEN_MAX));
  output[place++] = distance;
  output[place++] = distance >> 8;
  return matchLength >= TOKEN_MAX ? writeLength(output, place, matchLength - TOKEN_MAX) : place;
}

/** Writes a token, the low half of it given, with its literal. */
function writeLiteral(pair: CopyPair, to: number, at: number, bytes: number, lowHalf: number): number {
  const { output } = pair;
  output[to] = (Math.min(bytes, TOKEN_MAX) << 4) | lowHalf;
  const place = bytes >= TOKEN_MAX ? writeLength(output, to + 1, bytes - TOKEN_MAX) : to + 1;
  copyLiteral(pair, at, place, bytes);
  return place + bytes;
}

function writeLength(output: Uint8Array, to: number, length: number): number {
  let place = to, rest = length;
  for (; rest >= 255; rest -= 255) output[place++] = 255;
  output[place++] = rest;
  return place;
}
