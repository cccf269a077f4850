// The bytes of one page, decompressed where it is compressed: its levels, and what is left of it for the values.
import type { PlainByteArrays } from "./byte_arrays.ts";
import { checkRatio, Codec, decompress, decompressInto, isInflated } from "./codecs.ts";
import type { WantedColumn } from "./columns.ts";
import { CorruptionError } from "./corruption.ts";
import { DecodeBuffer } from "./decode_buffer.ts";
import { levelWidth } from "./levels.ts";
import type { EncodedValues } from "./other_encodings.ts";
import { Encoding, type PageHeaderFields, PageType } from "./page_header.ts";
import { HybridRuns } from "./rle_decode.ts";

const NO_BYTES = new Uint8Array(0);
const LENGTH_BYTES = 4;

/** A page as it is stored: from `start` to `end` of `input`, behind its header. One object serves many pages. */
export interface StoredPage {
  header: PageHeaderFields;
  input: Uint8Array;
  start: number;
  end: number;
  codec: number;
}

/** Returns whether the page's values lie there uncompressed. */
export function isStored({ header, codec }: StoredPage): boolean {
  return codec === Codec.UNCOMPRESSED || (header.type === PageType.DATA_V2 && header.isCompressed === 0);
}

/** The page under way; one object serves many pages. */
export class OpenedPage {
  /** What is left of the page: the values, once the levels are located. */
  bytes: Uint8Array = NO_BYTES;
  at = 0;
  end = 0;
  /** Whether `at` and offsets of errors are those of a copy, not of the input. */
  isCopied = false;
  readonly #scratch = new DecodeBuffer();
  readonly #runs = new HybridRuns();
  #levels: Uint8Array = NO_BYTES;
  #repetitionStart = 0;
  #repetitionEnd = 0;
  #definitionStart = 0;
  #definitionEnd = 0;

  /** Makes the page readable at `bytes`, from `at` to `end`; the levels of a page of version 2 stay out. */
  open(page: StoredPage): void {
    const { header, input, start, end, codec } = page;
    const from = start + header.definitionLevelsBytes + header.repetitionLevelsBytes;
    const pageBytes = header.uncompressedBytes - (from - start);
    this.isCopied = false;
    if (isStored(page)) {
      if (end - from !== pageBytes) {
        throw new CorruptionError(start, `a page of ${end - from} bytes, wanted ${pageBytes}`);
      }
      this.bytes = input;
      this.at = from;
      this.end = end;
      return;
    }
    if (isInflated(codec)) {
      const plain = decompress(codec, input.subarray(from, end), pageBytes);
      this.#scratch.reserve(0, pageBytes);
      this.#scratch.bytes.set(plain);
    } else {
      if (pageBytes > 0) checkRatio(codec, end - from, pageBytes);
      this.#scratch.reserve(0, pageBytes);
      decompressInto(codec, input, from, end, this.#scratch.bytes, 0, pageBytes);
    }
    this.bytes = this.#scratch.bytes;
    this.at = 0;
    this.end = pageBytes;
    this.isCopied = true;
  }

  /** Finds the levels; those of a page of version 1 are taken from what is left of it. */
  locateLevels({ header, input, start }: StoredPage, { maxRepetition, maxDefinition }: WantedColumn): void {
    if (header.type === PageType.DATA_V2) {
      this.#levels = input;
      this.#repetitionStart = start;
      this.#repetitionEnd = this.#definitionStart = start + header.repetitionLevelsBytes;
      this.#definitionEnd = this.#definitionStart + header.definitionLevelsBytes;
      return;
    }
    this.#levels = this.bytes;
    if (maxRepetition > 0) {
      this.#repetitionEnd = this.#takeSized(header.repetitionEncoding);
      this.#repetitionStart = this.at;
      this.at = this.#repetitionEnd;
    }
    if (maxDefinition > 0) {
      this.#definitionEnd = this.#takeSized(header.definitionEncoding);
      this.#definitionStart = this.at;
      this.at = this.#definitionEnd;
    }
  }

  /** Moves behind a length in 4 bytes; returns where the bytes behind it end. */
  #takeSized(encoding: number): number {
    const bytes = this.bytes, at = this.at;
    if (encoding !== Encoding.RLE) {
      throw new CorruptionError(at, `unsupported encoding ${encoding} of levels, wanted RLE`);
    }
    if (this.end - at < LENGTH_BYTES) throw new CorruptionError(at, "a page ends inside its levels");
    const length = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    this.at = at + LENGTH_BYTES;
    if (length < 0 || length > this.end - this.at) {
      throw new CorruptionError(at, `levels of ${length} bytes in a page of ${this.end - this.at}`);
    }
    return this.at + length;
  }

  /** Returns the definition levels, from the first on. */
  definitionRuns(maxDefinition: number): HybridRuns {
    this.#runs.reset(this.#levels, this.#definitionStart, this.#definitionEnd, levelWidth(maxDefinition));
    return this.#runs;
  }

  /** Returns the repetition levels of a column with one list, from the first on. */
  repetitionRuns(): HybridRuns {
    this.#runs.reset(this.#levels, this.#repetitionStart, this.#repetitionEnd, 1);
    return this.#runs;
  }

  /** Returns the runs of dictionary indexes, which stand behind a byte that tells their width. */
  indexRuns(): HybridRuns {
    const runs = this.#runs, scratch = this.#scratch, at = this.at;
    if (at >= this.end) throw new CorruptionError(at, "a page ends before its dictionary indexes");
    const bitWidth = this.bytes[at];
    if (bitWidth > 32) throw new CorruptionError(at, `dictionary indexes of ${bitWidth} bits`);
    this.#copy();
    runs.reset(scratch.bytes, this.at + 1, this.end, bitWidth);
    runs.view = scratch.view;
    return runs;
  }

  /** Returns the runs of booleans, which stand behind their length. */
  booleanRuns(): HybridRuns {
    const end = this.#takeSized(Encoding.RLE);
    this.#runs.reset(this.bytes, this.at, end, 1);
    return this.#runs;
  }

  /** Returns what is left of the page as PLAIN values. */
  plain(count: number): PlainByteArrays {
    this.#copy();
    return { bytes: this.bytes, view: this.#scratch.view, at: this.at, end: this.end, count };
  }

  /** Brings what is left of the page to the scratch, if it is not there, to be read by words. */
  #copy(): void {
    if (this.isCopied) return;
    const at = this.at, pageBytes = this.end - at;
    this.#scratch.reserve(0, pageBytes);
    this.#scratch.bytes.set(this.bytes.subarray(at, this.end));
    this.bytes = this.#scratch.bytes;
    this.at = 0;
    this.end = pageBytes;
    this.isCopied = true;
  }

  /** Returns what is left of the page as `count` values in whatever encoding. */
  encoded(count: number): EncodedValues {
    return { bytes: this.bytes, at: this.at, end: this.end, count };
  }
}
