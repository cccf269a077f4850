// Files of a mounted filesystem, read by io_uring: many reads in flight from one thread, through the page cache or around
// it. Reads of a group (the ranges of an extent) go out together, those of the next groups may go out before it is waited
// for, up to the queue's depth in all. Whoever made a storage closes it, on the same thread and before the thread ends:
// nothing else keeps the kernel from filling memory that was freed meanwhile.
import { ptr } from "bun:ffi";
import { getSystemErrorMap } from "node:util";
import { nowNs } from "../base/clock.ts";
import type { ReadRanges } from "../plan/read_ranges.ts";
import {
  BUSY_WAIT_MS,
  DIRECT_BLOCK_BYTES,
  endOfFile,
  MAX_BUSY_ANSWERS,
  PosixStorage,
  readFailure,
} from "./posix.ts";
import { ReadGroup } from "./read_group.ts";
import type { FileHandle, OnRead, ReaderStorage } from "./storage.ts";
import { Uring, UringError } from "./uring.ts";

export interface UringStorageOptions {
  /** Whether the page cache is gone around (O_DIRECT). */
  readonly direct: boolean;
  /** How many reads are in flight at most. */
  readonly depth: number;
  /** How many groups can be submitted before one of them is waited for. */
  readonly numGroups?: number;
  /** Hears of every read, from its submission to when this thread saw it complete; without it reads are not timed. */
  readonly onRead?: OnRead;
  /** What direct reads of these files are aligned to. */
  readonly blockBytes?: number;
}

/** A read cannot ask for more: the kernel's MAX_RW_COUNT (linux/fs.h). */
const MAX_RW_BYTES = 0x7ffff000;
/** What the completions of cancellations carry instead of a slot. */
const CANCELLATION = -1;
/** After so many submissions in a row whose reads were complete, the kernel does not leave them to threads. */
const SURE_ANSWERS = 8;
/** How long a storage that is closed waits for reads that were cancelled, and how often it asks. */
const CLOSE_TIMEOUT_NS = 5e9, CLOSE_POLL_MS = 1;

/**
 * Storages that were closed while the kernel kept reads for longer than the timeout (a server that hangs). They are
 * leaked on purpose, ring and buffers: the kernel may fill those whenever the server comes back. A thread that ends takes
 * this list with it, so that whoever ends threads has to keep the buffers.
 */
const abandoned: UringStorage[] = [];

/** Reads files through an io_uring of its own. */
export class UringStorage implements ReaderStorage {
  endNs = 0;
  /** The most reads that were in flight at a time; whoever wants to know it of a period sets it to 0 before. */
  deepestQueue = 0;
  /**
   * Whether reads are complete at their submission where their pages are cached: not so on filesystems for which the kernel
   * leaves all reads to threads of its own. Known once it happened several times in a row, which is no chance.
   */
  answersAtOnce = false;
  #answersInRow = 0;
  readonly #ring: Uring;
  readonly #depth: number;
  readonly #resumeBytes: number;
  readonly #onRead: OnRead | undefined;
  readonly #files: PosixStorage;
  readonly #groups: ReadGroup[];
  /** Tags of groups that have ranges left to read, in the order of their submission: a ring. */
  readonly #queue: Int32Array;
  #queueHead = 0;
  #queueLength = 0;
  /** Slots that are free: a stack. */
  readonly #freeSlots: Int32Array;
  #numFree: number;
  /** Of the read in each slot: its group, its range, when it was submitted; what is there, and from where it went on. */
  readonly #tag: Int32Array;
  readonly #range: Int32Array;
  readonly #beginNs: Float64Array;
  readonly #gotBytes: Float64Array;
  readonly #keptBytes: Float64Array;
  readonly #busyAnswers: Int32Array;
  /** Whether storage answered "try again" since the kernel was entered last. */
  #isBusy = false;

  /** @throws {UringError} When the kernel refuses; `probeUring` says so before. */
  constructor(
    { direct, depth, numGroups = 0, onRead, blockBytes = DIRECT_BLOCK_BYTES }: UringStorageOptions,
  ) {
    this.#ring = new Uring(depth);
    this.#depth = Math.min(depth, this.#ring.entries);
    this.#resumeBytes = direct ? blockBytes : 1;
    this.#onRead = onRead;
    this.#files = new PosixStorage({ direct });
    this.#groups = Array.from({ length: numGroups + 1 }, () => new ReadGroup());
    this.#queue = new Int32Array(numGroups + 1);
    this.#numFree = this.#depth;
    this.#freeSlots = Int32Array.from({ length: this.#depth }, (_, slot) => slot);
    this.#tag = new Int32Array(this.#depth);
    this.#range = new Int32Array(this.#depth);
    this.#beginNs = new Float64Array(this.#depth);
    this.#gotBytes = new Float64Array(this.#depth);
    this.#keptBytes = new Float64Array(this.#depth);
    this.#busyAnswers = new Int32Array(this.#depth);
  }

  /** Whether reads are in flight whose completion nobody has seen. */
  get isReading(): boolean {
    return this.#numFree < this.#depth;
  }

  open(path: string, file?: number): FileHandle {
    return this.#files.open(path, file);
  }

  close(file: FileHandle): void {
    this.#files.close(file);
  }

  readRanges(
    file: FileHandle,
    ranges: ReadRanges,
    into: Uint8Array,
    rangeStart: number,
    rangeEnd: number,
    beginNs?: number,
  ): number {
    const tag = this.#groups.length - 1;
    this.submit(file, ranges, into, rangeStart, rangeEnd, tag, beginNs);
    return this.wait(tag);
  }

  /**
   * Begins to read ranges of a file as the group `tag` < `numGroups`, which nothing may use again before it was waited for.
   * Until then the file stays open, the ranges stay as they are, and the memory of `into` belongs to the kernel. Returns
   * whether all reads that the kernel has been given are complete already, as those of cached pages are.
   */
  submit(
    file: FileHandle,
    ranges: ReadRanges,
    into: Uint8Array,
    rangeStart: number,
    rangeEnd: number,
    tag: number,
    beginNs = this.#now(),
  ): boolean {
    const group = this.#groups[tag];
    if (group.isPending) throw new Error(`Cannot submit group ${tag}: it was not waited for`);
    group.file = file;
    group.ranges = ranges;
    if (group.into !== into) {
      // A small array moves when its ArrayBuffer is first asked for; asking for it now makes its address final.
      group.address = into.buffer.byteLength >= 0 ? Number(ptr(into)) : 0;
      group.into = into;
    }
    group.nextRange = rangeStart;
    group.rangeEnd = rangeEnd;
    group.returnedBytes = 0;
    group.failure = undefined;
    if (!group.isQueued) {
      this.#queue[(this.#queueHead + this.#queueLength++) % this.#queue.length] = tag;
      group.isQueued = true;
    }
    this.#prepareReads(beginNs);
    if (this.#ring.numPrepared > 0) this.#ring.enter(0);
    const numInFlight = this.#depth - this.#numFree, isComplete = this.#ring.numCompleted() === numInFlight;
    if (numInFlight > 0) {
      this.#answersInRow = isComplete ? this.#answersInRow + 1 : 0;
      if (this.#answersInRow === SURE_ANSWERS) this.answersAtOnce = true;
    }
    return isComplete;
  }

  /** Takes back what has completed and fills the queue up, without waiting; for whoever is busy for long in between. */
  poll(): void {
    this.#enter(0);
    this.#reap();
    if (this.#ring.numPrepared > 0) this.#enter(0);
  }

  /**
   * Waits for a group and returns the bytes that storage returned for it; `endNs` tells when.
   *
   * @throws {FileError} Naming file and offset of the first range of the group that failed, once none of it is in flight.
   */
  wait(tag: number): number {
    const group = this.#groups[tag], ring = this.#ring;
    if (!group.isPending) this.endNs = this.#now();
    while (group.isPending) {
      const numCompleted = ring.numCompleted();
      if (numCompleted === 0 || ring.numPrepared > 0) this.#enter(numCompleted > 0 ? 0 : 1);
      this.#reap();
    }
    if (ring.numPrepared > 0) this.#enter(0);
    if (group.failure !== undefined) throw group.failure;
    return group.returnedBytes;
  }

  /**
   * Cancels what is in flight and gives the ring up once the kernel has given back every read; files stay open. No other
   * call may follow. Returns the memory that the kernel may still write to: to be kept until the process ends.
   */
  closeRing(timeoutNs = CLOSE_TIMEOUT_NS): ArrayBufferLike[] {
    let isEmpty = false;
    try {
      isEmpty = this.#cancelReads(nowNs() + timeoutNs);
    } catch (cause) {
      if (!(cause instanceof UringError)) throw cause; // else what is in flight cannot be had back
    }
    if (isEmpty) {
      this.#ring.close();
      return [];
    }
    abandoned.push(this);
    return this.#groups.flatMap(({ into }) => into === undefined ? [] : [into.buffer]);
  }

  /** Gives all groups up that were not waited for: cancels their reads, and returns when the kernel has given all back. */
  cancel(): void {
    this.#cancelReads(Infinity);
    for (const group of this.#groups) {
      group.nextRange = group.rangeEnd;
      group.inFlight = 0;
      group.isQueued = false;
    }
    this.#queueLength = 0;
    for (let slot = 0; slot < this.#depth; slot++) this.#freeSlots[slot] = slot;
  }

  /** Cancels what is in flight until the kernel has given back every read; returns false when it has not in time. */
  #cancelReads(deadlineNs: number): boolean {
    const ring = this.#ring;
    let numCancellations = 0;
    ring.enter(0);
    for (;;) {
      numCancellations -= this.#dropCompletions();
      if (this.#numFree === this.#depth && numCancellations === 0) return true;
      if (nowNs() > deadlineNs) return false;
      if (numCancellations === 0) {
        // Also those that are not in flight, which does nothing; again each time: a read may be between two places to wait
        // in. No completion is lost: there is room for the reads and as many cancellations.
        for (let slot = 0; slot < this.#depth; slot++) ring.prepareCancel(CANCELLATION, slot);
        numCancellations = this.#depth;
      }
      ring.enter(0);
      numCancellations -= this.#dropCompletions();
      if (this.#numFree < this.#depth) Bun.sleepSync(CLOSE_POLL_MS);
    }
  }

  #now(): number {
    return this.#onRead === undefined ? 0 : nowNs();
  }

  #enter(minComplete: number): void {
    if (this.#isBusy) Bun.sleepSync(BUSY_WAIT_MS);
    this.#isBusy = false;
    this.#ring.enter(minComplete);
  }

  /** Prepares reads of the groups in the queue while there are slots. */
  #prepareReads(beginNs: number): void {
    while (this.#queueLength > 0) {
      const tag = this.#queue[this.#queueHead], group = this.#groups[tag];
      while (group.nextRange < group.rangeEnd) {
        if (this.#numFree === 0) return;
        this.#prepareRead(group, tag, beginNs);
      }
      group.isQueued = false;
      this.#queueHead = (this.#queueHead + 1) % this.#queue.length;
      this.#queueLength--;
    }
  }

  /** Prepares the next read of a group. */
  #prepareRead(group: ReadGroup, tag: number, beginNs: number): void {
    const range = group.nextRange++, ranges = group.ranges!, file = group.file!;
    const offset = ranges.fileOffset[range], bytes = ranges.bytes[range];
    if (offset >= file.fileBytes && bytes > 0) {
      group.fail(range, endOfFile(file, offset, bytes));
      return;
    }
    const slot = this.#freeSlots[--this.#numFree];
    this.deepestQueue = Math.max(this.deepestQueue, this.#depth - this.#numFree);
    group.inFlight++;
    this.#tag[slot] = tag;
    this.#range[slot] = range;
    this.#beginNs[slot] = beginNs;
    this.#gotBytes[slot] = this.#keptBytes[slot] = 0;
    this.#busyAnswers[slot] = 0;
    this.#prepareRest(slot, group);
  }

  /** Prepares the read of what a slot does not have yet. */
  #prepareRest(slot: number, group: ReadGroup): void {
    const range = this.#range[slot], kept = this.#keptBytes[slot], ranges = group.ranges!;
    this.#ring.prepareRead(
      slot,
      group.file!.fd,
      ranges.fileOffset[range] + kept,
      group.address + ranges.bufferOffset[range] + kept,
      Math.min(ranges.bytes[range] - kept, MAX_RW_BYTES),
    );
  }

  /** Works off the completions that are there, and prepares as many reads as have slots now. */
  #reap(): void {
    const ring = this.#ring, numCompleted = ring.numCompleted();
    if (numCompleted === 0) return;
    const endNs = this.#now();
    this.endNs = endNs;
    for (let left = numCompleted; left > 0; left--) {
      const slot = ring.userDataAt(0), result = ring.resultAt(0);
      ring.advance(1); // before anything that may throw: no completion counts twice
      this.#complete(slot, result, endNs);
    }
    this.#prepareReads(endNs);
  }

  /** Takes the result of the read in a slot: bytes, or an error number below 0. */
  #complete(slot: number, result: number, endNs: number): void {
    const tag = this.#tag[slot], group = this.#groups[tag], file = group.file!, ranges = group.ranges!;
    const range = this.#range[slot], offset = ranges.fileOffset[range], bytes = ranges.bytes[range];
    const before = this.#gotBytes[slot], got = this.#keptBytes[slot] + result;
    const wanted = Math.min(bytes, file.fileBytes - offset);
    if (result < 0) {
      if (this.#isToBeRepeated(slot, result)) return this.#prepareRest(slot, group);
      group.fail(range, readFailure(file, offset + this.#keptBytes[slot], systemError(result)));
    } else if (got >= wanted) {
      group.returnedBytes += got;
      group.inFlight--;
      this.#freeSlots[this.#numFree++] = slot;
      this.#onRead?.(file.file, offset, got, this.#beginNs[slot], endNs - this.#beginNs[slot]);
      return;
    } else if (got > before) {
      // Cut short by a signal, a page that was not in memory or the kernel's limit: the rest is asked for.
      this.#gotBytes[slot] = got;
      this.#keptBytes[slot] = got - got % this.#resumeBytes; // a direct read goes on at a block
      this.#busyAnswers[slot] = 0;
      return this.#prepareRest(slot, group);
    } else {
      group.fail(range, endOfFile(file, offset + before, wanted - before));
    }
    group.inFlight--;
    this.#freeSlots[this.#numFree++] = slot;
  }

  #isToBeRepeated(slot: number, result: number): boolean {
    const code = errorCode(result);
    if (code === "EINTR") return true;
    if (code !== "EAGAIN" || ++this.#busyAnswers[slot] >= MAX_BUSY_ANSWERS) return false;
    this.#isBusy = true;
    return true;
  }

  /** Takes back completions whose reads nobody waits for any more; returns how many were of cancellations. */
  #dropCompletions(): number {
    const ring = this.#ring, numCompleted = ring.numCompleted();
    let numCancellations = 0;
    for (let place = 0; place < numCompleted; place++) {
      if (ring.userDataAt(place) === CANCELLATION) numCancellations++;
      else this.#numFree++;
    }
    ring.advance(numCompleted);
    return numCancellations;
  }
}

function errorCode(result: number): string | undefined {
  return getSystemErrorMap().get(result)?.[0];
}

/** Returns the error that a read by the runtime itself would have thrown. */
function systemError(result: number): Error {
  const [code, text] = getSystemErrorMap().get(result) ?? [`error ${-result}`, "unknown"];
  return Object.assign(new Error(`${code}: ${text}, read`), { code, errno: result, syscall: "read" });
}
