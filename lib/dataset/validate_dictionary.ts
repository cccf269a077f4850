// The dictionary of a generated column chunk, whose values all take the same number of bytes, and the PLAIN bytes that
// its pages stand for.
import { CorruptionError } from "../format/parquet/corruption.ts";
import { HybridRuns } from "../format/parquet/rle_decode.ts";

/** Indexes of this many bits lie in four bytes wherever they begin; a generated dictionary needs at most 19. */
const MAX_WIDTH = 24;

/** One dictionary; the object serves many chunks. */
export class StoredDictionary {
  readonly #runs = new HybridRuns();
  #values = new Uint8Array(0);
  #count = -1;
  #valueBytes = 0;
  #gathered = new Uint8Array(0);

  get isLoaded(): boolean {
    return this.#count >= 0;
  }

  clear(): void {
    this.#count = -1;
  }

  /** Takes a dictionary page of `count` values of `valueBytes` bytes, decompressed. */
  load(page: Uint8Array, count: number, valueBytes: number): void {
    if (page.length !== count * valueBytes) {
      throw new CorruptionError(
        0,
        `a dictionary of ${page.length} bytes, ${count} values of ${valueBytes} are wanted`,
      );
    }
    this.#values = page.slice();
    this.#count = count;
    this.#valueBytes = valueBytes;
  }

  /** Returns the PLAIN bytes of a page that begins with the width of its indexes; they change with the next call. */
  gather(page: Uint8Array, numValues: number): Uint8Array {
    const width = page[0], totalBytes = numValues * this.#valueBytes;
    if (!(width <= MAX_WIDTH)) throw new CorruptionError(0, `a page has indexes of ${width} bits`);
    if (this.#gathered.length < totalBytes) this.#gathered = new Uint8Array(totalBytes);
    if (width === 0) {
      this.#copy(0, 0, numValues);
      return this.#gathered.subarray(0, totalBytes);
    }
    const runs = this.#runs;
    runs.reset(page, 1, page.length, width);
    for (let done = 0; done < numValues;) {
      runs.next();
      const taken = Math.min(runs.count, numValues - done);
      if (runs.isPacked) {
        for (let i = 0; i < taken; i++) {
          this.#copy(unpack(page, runs.packedAt, i * width, width), done + i, 1);
        }
      } else {
        this.#copy(runs.value, done, taken);
      }
      done += taken;
    }
    return this.#gathered.subarray(0, totalBytes);
  }

  /** Puts the value of an index to `count` places from `place` on. */
  #copy(index: number, place: number, count: number): void {
    if (!(index >= 0 && index < this.#count)) {
      throw new CorruptionError(0, `a page refers to value ${index} of a dictionary of ${this.#count}`);
    }
    const from = this.#values, to = this.#gathered, valueBytes = this.#valueBytes | 0;
    const start = (index * valueBytes) | 0;
    let at = (place * valueBytes) | 0;
    for (let copy = 0; copy < count; copy++) {
      for (let byte = 0; byte < valueBytes; byte++) to[at++] = from[start + byte];
    }
  }
}

/** Returns `width` bits from bit `bit` on behind byte `start`, the lowest first. */
function unpack(bytes: Uint8Array, start: number, bit: number, width: number): number {
  const at = (start + (bit >>> 3)) | 0;
  const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  return (word >>> (bit & 7)) & ((1 << width) - 1);
}
