// The files that one reader has open: the few that it used last, each with a handle of its own, as a process of its
// own would have.
import type { FileHandle, ReaderStorage } from "../storage/storage.ts";

const MAX_OPEN = 4;

/** A reader's open files, by index. */
export class OpenFiles {
  readonly #storage: ReaderStorage;
  readonly #pathOf: (file: number) => string;
  readonly #handles: (FileHandle | undefined)[] = new Array(MAX_OPEN).fill(undefined);
  readonly #files = new Int32Array(MAX_OPEN).fill(-1);
  #oldest = 0;

  constructor(storage: ReaderStorage, pathOf: (file: number) => string) {
    this.#storage = storage;
    this.#pathOf = pathOf;
  }

  /** Returns a handle of the file, opening it unless it is among the last used. @throws {FileError} */
  open(file: number): FileHandle {
    for (let slot = 0; slot < MAX_OPEN; slot++) if (this.#files[slot] === file) return this.#handles[slot]!;
    const slot = this.#oldest;
    this.#oldest = (slot + 1) % MAX_OPEN;
    this.#close(slot);
    const handle = this.#storage.open(this.#pathOf(file), file);
    this.#handles[slot] = handle;
    this.#files[slot] = file;
    return handle;
  }

  closeAll(): void {
    for (let slot = 0; slot < MAX_OPEN; slot++) this.#close(slot);
  }

  #close(slot: number): void {
    const handle = this.#handles[slot];
    this.#handles[slot] = undefined;
    this.#files[slot] = -1;
    if (handle !== undefined) this.#storage.close(handle);
  }
}
