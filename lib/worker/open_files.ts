// The files that one reader has open: the few that it used last, each with a handle of its own, as a process of its
// own would have.
import { MAX_AHEAD } from "../plan/in_flight.ts";
import type { FileHandle, ReaderStorage } from "../storage/storage.ts";

/**
 * A file stays open while fewer than so many others are asked for: one for each extent that may be under way, as that needs
 * its file until it is there.
 */
const MAX_OPEN_FILES = MAX_AHEAD;

/** A reader's open files, by index. */
export class OpenFiles {
  readonly #storage: ReaderStorage;
  readonly #pathOf: (file: number) => string;
  readonly #handles: (FileHandle | undefined)[] = new Array(MAX_OPEN_FILES).fill(undefined);
  readonly #files = new Int32Array(MAX_OPEN_FILES).fill(-1);
  /** When each was asked for last, in calls. */
  readonly #usedAt = new Float64Array(MAX_OPEN_FILES);
  #calls = 0;

  constructor(storage: ReaderStorage, pathOf: (file: number) => string) {
    this.#storage = storage;
    this.#pathOf = pathOf;
  }

  /** Returns a handle of the file, opening it unless it is among the last used. @throws {FileError} */
  open(file: number): FileHandle {
    this.#calls++;
    let oldest = 0;
    for (let slot = 0; slot < MAX_OPEN_FILES; slot++) {
      if (this.#files[slot] === file) {
        this.#usedAt[slot] = this.#calls;
        return this.#handles[slot]!;
      }
      if (this.#usedAt[slot] < this.#usedAt[oldest]) oldest = slot;
    }
    this.#close(oldest);
    const handle = this.#storage.open(this.#pathOf(file), file);
    this.#handles[oldest] = handle;
    this.#files[oldest] = file;
    this.#usedAt[oldest] = this.#calls;
    return handle;
  }

  closeAll(): void {
    for (let slot = 0; slot < MAX_OPEN_FILES; slot++) this.#close(slot);
  }

  #close(slot: number): void {
    const handle = this.#handles[slot];
    this.#handles[slot] = undefined;
    this.#files[slot] = -1;
    this.#usedAt[slot] = 0;
    if (handle !== undefined) this.#storage.close(handle);
  }
}
