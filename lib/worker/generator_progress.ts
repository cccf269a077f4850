// What the generating threads share: the files to write, and how much is written.
import { FileQueue } from "./file_queue.ts";

const WRITTEN = 0, NUM_COUNTS = 1;

/** The shared state of a generation, as one thread sees it. */
export class GeneratorProgress extends FileQueue {
  constructor(buffer?: SharedArrayBuffer) {
    super(NUM_COUNTS, buffer);
  }

  addBytes(bytes: number): void {
    this.add(WRITTEN, bytes);
  }

  get bytesWritten(): number {
    return this.count(WRITTEN);
  }
}
