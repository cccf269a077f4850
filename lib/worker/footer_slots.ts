// The footers of the files being read and of the next ones: one reader scans a footer, all readers of the accelerator
// use it. A slot is filled anew only when nobody reads from it any more.
//
// A slot serves file positions s, s + slots, s + 2 * slots, … in turn. Extents of the next turn may be claimed while some
// of the last are still in use, so users are counted apart for odd and even turns. An extent is claimed only when the
// turn before its own is loaded, which was when nobody used the turn before that: so a count never serves two turns.
import { nowNs } from "../base/clock.ts";
import { type ChunkTable, chunkTableAt } from "../format/parquet/chunk_table.ts";
import { type SharedMemory, SLOT_WORDS, STOP } from "./shared_memory.ts";

const PATIENCE_MS = 100; // how long a wait goes without a look at the stop word

/** The footer slots of one accelerator, as one thread sees them. */
export class FooterSlots {
  /** How long this thread has waited: for a turn, for a slot to be free, for a footer. */
  waitedNs = 0;
  readonly #control: Int32Array;
  readonly #at: number;
  readonly #tables: ChunkTable[];

  constructor(memory: SharedMemory, accelerator: number) {
    const { footerSlots, maxRowGroups, numColumns } = memory.shape;
    this.#control = memory.control;
    this.#at = memory.footerSlotsAt(accelerator);
    this.#tables = Array.from(
      { length: footerSlots },
      (_, slot) =>
        chunkTableAt(
          memory.buffers.chunkTables,
          memory.chunkTableAt(accelerator, slot),
          maxRowGroups,
          numColumns,
        ),
    );
  }

  /** Some table: for an object whose table changes with each extent. */
  get anyTable(): ChunkTable {
    return this.#tables[0];
  }

  /** Empties every slot for an epoch that begins with the file at `firstPosition`; only between epochs. */
  clear(firstPosition: number): void {
    const slots = this.#tables.length;
    this.#control.fill(0, this.#at, this.#at + slots * SLOT_WORDS);
    // Turns before the first file count as loaded: nobody will load them.
    for (let position = Math.max(0, firstPosition - slots); position < firstPosition; position++) {
      this.#control[this.#loadedAt(position)] = position + 1;
    }
  }

  /** Returns whether extents of the file may be claimed: the turn of its slot before its own is loaded. */
  isTurnOf(filePosition: number): boolean {
    const before = filePosition - this.#tables.length;
    return before < 0 || Atomics.load(this.#control, this.#loadedAt(filePosition)) > before;
  }

  /** Waits until extents of the file may be claimed; returns false when the epoch is stopped. */
  waitForTurnOf(filePosition: number): boolean {
    const at = this.#loadedAt(filePosition), before = filePosition - this.#tables.length;
    return this.#waitUntil(at, (loaded) => loaded > before);
  }

  /** Announces that an extent of the file will be read; called under the lock, with the claim of the extent. */
  addUser(filePosition: number): void {
    Atomics.add(this.#control, this.#usersAt(filePosition), 1);
  }

  removeUser(filePosition: number): void {
    const at = this.#usersAt(filePosition);
    if (Atomics.sub(this.#control, at, 1) === 1) Atomics.notify(this.#control, at);
  }

  /** Returns the table to fill for a file, once nobody uses the slot; undefined when the epoch is stopped. */
  tableToFill(filePosition: number): ChunkTable | undefined {
    const slots = this.#tables.length;
    if (filePosition < slots) return this.#tables[filePosition];
    const isFree = this.#waitUntil(this.#usersAt(filePosition - slots), (users) => users === 0);
    return isFree ? this.#tables[filePosition % slots] : undefined;
  }

  /** Announces that the table of a file is filled. */
  publish(filePosition: number): void {
    const at = this.#loadedAt(filePosition);
    Atomics.store(this.#control, at, filePosition + 1);
    Atomics.notify(this.#control, at);
  }

  /** Returns the table of a file, once it is filled; undefined when the epoch is stopped. */
  table(filePosition: number): ChunkTable | undefined {
    const at = this.#loadedAt(filePosition), table = this.#tables[filePosition % this.#tables.length];
    if (Atomics.load(this.#control, at) === filePosition + 1) return table;
    return this.#waitUntil(at, (loaded) => loaded === filePosition + 1) ? table : undefined;
  }

  /** Returns whether the table of a file is filled. */
  isLoaded(filePosition: number): boolean {
    return Atomics.load(this.#control, this.#loadedAt(filePosition)) === filePosition + 1;
  }

  /** Waits until the control word at `at` is as wanted; returns false when the epoch is stopped. */
  #waitUntil(at: number, isWanted: (word: number) => boolean): boolean {
    let word = Atomics.load(this.#control, at);
    if (isWanted(word)) return true;
    const beginNs = nowNs();
    let isStopped = false;
    while (!isWanted(word) && !isStopped) {
      isStopped = Atomics.load(this.#control, STOP) !== 0;
      if (!isStopped) Atomics.wait(this.#control, at, word, PATIENCE_MS);
      word = Atomics.load(this.#control, at);
    }
    this.waitedNs += nowNs() - beginNs;
    return isWanted(word);
  }

  #loadedAt(filePosition: number): number {
    return this.#at + (filePosition % this.#tables.length) * SLOT_WORDS;
  }

  #usersAt(filePosition: number): number {
    const turn = Math.floor(filePosition / this.#tables.length);
    return this.#loadedAt(filePosition) + 1 + turn % 2;
  }
}
