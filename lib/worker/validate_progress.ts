// What the validating threads share: which file is next, how much is done, whether to stop.

const NEXT = 0, STOP = 1; // 32-bit words
const FILES = 1, READ = 2, VALUES = 3; // 64-bit words

/** The shared state of a validation, as one thread sees it. */
export class ValidateProgress {
  readonly #words: Int32Array;
  readonly #counts: BigInt64Array;

  constructor(readonly buffer = new SharedArrayBuffer(32)) {
    this.#words = new Int32Array(buffer);
    this.#counts = new BigInt64Array(buffer);
  }

  /** Returns the index of the next file; beyond the last when all are taken. */
  claim(): number {
    return Atomics.add(this.#words, NEXT, 1);
  }

  addFile(): void {
    Atomics.add(this.#counts, FILES, 1n);
  }

  addRead(bytes: number): void {
    Atomics.add(this.#counts, READ, BigInt(bytes));
  }

  addValues(values: number): void {
    Atomics.add(this.#counts, VALUES, BigInt(values));
  }

  get checkedFiles(): number {
    return Number(Atomics.load(this.#counts, FILES));
  }

  get readBytes(): number {
    return Number(Atomics.load(this.#counts, READ));
  }

  get comparedValues(): number {
    return Number(Atomics.load(this.#counts, VALUES));
  }

  stop(): void {
    Atomics.store(this.#words, STOP, 1);
  }

  isStopped(): boolean {
    return Atomics.load(this.#words, STOP) !== 0;
  }
}
