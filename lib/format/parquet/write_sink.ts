// Gathers what goes to a file and hands it to the file's output in batches, as one sequential stream. Large pieces are
// not copied here: a batch holds them where they are.
import { ByteWriter } from "hyparquet-writer";
import { KIB } from "../../base/units.ts";
import { CachedOutput, type WriteOutput } from "./write_output.ts";

/** A write of what still lies in the core's second-level cache: a sixth faster to memory than writes of 1 MiB. */
const WRITE_BYTES = 256 * KIB;
/** From here on a piece is taken from where it is: a batch has fewer pieces than a system call may have (1024). */
const LARGE_BYTES = 4 * KIB;

/** The end of one file after another that grows, in memory that is kept. The descriptors stay the caller's. */
export class WriteSink {
  /** Takes small things, such as headers, in the order of the file. */
  readonly small = new ByteWriter(WRITE_BYTES);
  readonly #output: WriteOutput;
  #pieces: Uint8Array[] = [];
  /** Bytes of the pieces that are not in `small`. */
  #largeBytes = 0;
  /** Up to where `small` is among the pieces already. */
  #takenIndex = 0;
  /** Bytes that the output has taken. */
  #takenBytes = 0;

  /** `output` writes the files: through the page cache unless given. */
  constructor(output: WriteOutput = new CachedOutput()) {
    this.#output = output;
  }

  /** Begins a file; what waits in memory for the one before is dropped. */
  begin(fd: number, path: string): void {
    this.#output.begin(fd, path);
    this.#dropWaiting();
    this.#takenBytes = 0;
  }

  /** Returns the bytes of the file so far, those that wait in memory included. */
  get fileBytes(): number {
    return this.#takenBytes + this.#largeBytes + this.small.index;
  }

  /** Appends bytes that stay as they are until they are written. */
  append(bytes: Uint8Array): void {
    if (bytes.length < LARGE_BYTES) {
      this.small.appendBytes(bytes);
    } else {
      this.#takeSmall();
      this.#pieces.push(bytes);
      this.#largeBytes += bytes.length;
    }
    if (this.#largeBytes + this.small.index >= WRITE_BYTES) this.flush();
  }

  /** Appends bytes that may change after the call. */
  appendCopy(bytes: Uint8Array): void {
    if (bytes.length >= WRITE_BYTES) {
      this.append(bytes); // which writes them
    } else {
      this.small.appendBytes(bytes);
      if (this.#largeBytes + this.small.index >= WRITE_BYTES) this.flush();
    }
  }

  /** Hands what waits here to the output. @throws {FileError} */
  flush(): void {
    this.#takeSmall();
    const bytes = this.fileBytes - this.#takenBytes;
    if (bytes === 0) return;
    this.#output.write(this.#pieces);
    this.#takenBytes += bytes;
    this.#dropWaiting();
  }

  /** Writes all that the file lacks. @throws {FileError} */
  finish(): void {
    this.flush();
    this.#output.finish();
  }

  #dropWaiting(): void {
    this.#pieces = [];
    this.#largeBytes = 0;
    this.#takenIndex = 0;
    this.small.index = 0;
  }

  /** Puts what came to `small` since the last time among the pieces. A view stays right when `small` grows. */
  #takeSmall(): void {
    const { index } = this.small;
    if (index === this.#takenIndex) return;
    this.#pieces.push(new Uint8Array(this.small.buffer, this.#takenIndex, index - this.#takenIndex));
    this.#takenIndex = index;
  }
}
