// What the generating threads share: which file is next, how much is written, whether to stop.

const NEXT = 0, STOP = 1; // 32-bit words
const WRITTEN = 1; // 64-bit word

/** The shared state of a generation, as one thread sees it. */
export class GeneratorProgress {
  readonly #words: Int32Array;
  readonly #bytes: BigInt64Array;

  constructor(readonly buffer = new SharedArrayBuffer(16)) {
    this.#words = new Int32Array(buffer);
    this.#bytes = new BigInt64Array(buffer);
  }

  /** Returns the place of the next file in the list; beyond its end when all are taken. */
  claim(): number {
    return Atomics.add(this.#words, NEXT, 1);
  }

  addBytes(bytes: number): void {
    Atomics.add(this.#bytes, WRITTEN, BigInt(bytes));
  }

  get bytesWritten(): number {
    return Number(Atomics.load(this.#bytes, WRITTEN));
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1);
  }

  isStopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }
}
