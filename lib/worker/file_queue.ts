// What threads share that work through a list of files: which is next, and whether to stop.

const NEXT = 0, STOP = 1; // 32-bit words, the first 64 bits of the memory

/** The queue as one thread sees it, with `numCounts` 64-bit counts behind it for whoever extends it. */
export class FileQueue {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #counts: BigInt64Array;

  constructor(numCounts: number, buffer = new SharedArrayBuffer(8 * (1 + numCounts))) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, 2);
    this.#counts = new BigInt64Array(buffer, 8, numCounts);
  }

  /** Returns the place of the next file in the list; beyond its end when all are taken. */
  claim(): number {
    return Atomics.add(this.#words, NEXT, 1);
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1);
  }

  isStopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }

  protected add(count: number, amount: number): void {
    Atomics.add(this.#counts, count, BigInt(amount));
  }

  protected count(count: number): number {
    return Number(Atomics.load(this.#counts, count));
  }
}
