// What the validating threads share: the files to check, and how much is done.
import { FileQueue } from "./file_queue.ts";

const FILES = 0, READ = 1, VALUES = 2, NUM_COUNTS = 3;

/** The shared state of a validation, as one thread sees it. */
export class ValidateProgress extends FileQueue {
  constructor(buffer?: SharedArrayBuffer) {
    super(NUM_COUNTS, buffer);
  }

  addFile(): void {
    this.add(FILES, 1);
  }

  addRead(bytes: number): void {
    this.add(READ, bytes);
  }

  addValues(values: number): void {
    this.add(VALUES, values);
  }

  get checkedFiles(): number {
    return this.count(FILES);
  }

  get readBytes(): number {
    return this.count(READ);
  }

  get comparedValues(): number {
    return this.count(VALUES);
  }
}
