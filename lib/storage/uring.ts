// One io_uring: two rings of memory shared with the kernel, a queue of reads to submit and a queue of completions. It
// neither knows files nor waits for anything by itself (uring_storage.ts does), and belongs to the thread that made it.
//
// Memory ordering. The rings are ordinary ArrayBuffers (memory of mmap, seen by toArrayBuffer), and the kernel's side is
// another processor at times: completions may be posted by an interrupt or by a kernel worker while this thread runs.
// - Submission: the kernel polls nothing (no IORING_SETUP_SQPOLL), it reads the tail and the entries within
//   io_uring_enter, on this thread: program order is enough. The store of the tail is an Atomics.store all the same,
//   for that the compiler may not move it, or the plain stores of the entries, behind the call.
// - Completion: the kernel writes an entry, then publishes the tail by a store-release. Atomics.load of the tail is
//   sequentially consistent, hence an acquire: the plain loads of the entries behind it see what was published, and what
//   the kernel or the device put into the read's buffer before it.
// - The head is stored by Atomics.store, hence a release, after the entries were read: the kernel may overwrite them then.
//   JavaScriptCore does atomic accesses of unshared memory by the same instructions as of shared memory.
//
// Neither registered buffers nor registered files are used. A 24 KiB direct read took 3.6 instead of 4.2 us of CPU time with
// its buffer registered (no pages to pin), but a buffered one 2.9 instead of 2.65, and registered memory counts against
// `ulimit -l`; registered files made no difference (the best of 13 slices in turn, Linux 6.18).
import { type Pointer, ptr, read, toArrayBuffer } from "bun:ffi";
import fs from "node:fs";
import { getSystemErrorName } from "node:util";
import { libc } from "../base/libc.ts";
import {
  CQE,
  CQE_WORDS,
  IORING_ENTER_GETEVENTS,
  IORING_FEAT_NODROP,
  IORING_FEAT_SINGLE_MMAP,
  IORING_OFF_SQ_RING,
  IORING_OFF_SQES,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_NOP,
  IORING_OP_READ,
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_SINGLE_ISSUER,
  MAP_SHARED_POPULATE,
  PARAMS,
  PARAMS_WORDS,
  PROT_READ_WRITE,
  SQE,
  SQE_WORDS,
  SYS_IO_URING_ENTER,
  SYS_IO_URING_SETUP,
} from "./uring_layout.ts";

/**
 * What a ring is set up with, the best first; a kernel refuses flags that it does not know. Completions are worked off when
 * this thread asks for them (6.1), or when it enters the kernel anyway (5.19), instead of by an interrupt of its work.
 */
const SETUP_FLAGS = [
  IORING_SETUP_CLAMP | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_CLAMP | IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CLAMP,
  0, // before 5.6: the probe says what is missing
];
const TWO_TO_32 = 2 ** 32;
/** How often in a row the kernel may lack the memory to take a read, and the wait in between. */
const MAX_BUSY_ANSWERS = 100, BUSY_WAIT_MS = 1;

/** A system call of io_uring failed; `code` is the system's name for why. */
export class UringError extends Error {
  override readonly name = "UringError";
  constructor(call: string, readonly code: string) {
    super(`${call}: ${code}`);
  }
}

/** A ring; to be closed by the thread that made it, once none of its reads is in flight. */
export class Uring {
  readonly fd: number;
  /** How many reads can be prepared before `enter`; twice as many may be in flight without losing a completion. */
  readonly entries: number;
  /** How many of the prepared entries the kernel has not taken yet. */
  numPrepared = 0;
  #rings: Int32Array;
  #sqes: Int32Array;
  readonly #ringsAddress: number;
  readonly #sqesAddress: number;
  readonly #sqTailAt: number;
  readonly #sqMask: number;
  readonly #cqHeadAt: number;
  readonly #cqTailAt: number;
  readonly #cqMask: number;
  readonly #cqesAt: number;
  #sqTail: number;
  #cqHead: number;

  /** @throws {UringError} When the kernel refuses. */
  constructor(entries: number) {
    const params = new Int32Array(PARAMS_WORDS);
    this.fd = setUp(entries, params);
    try {
      const needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP;
      if ((params[PARAMS.features] & needed) !== needed) throw new UringError("io_uring_setup", "ENOSYS");
      this.entries = params[PARAMS.sq_entries];
      const cqEntries = params[PARAMS.cq_entries];
      const sqArrayAt = params[PARAMS.sq_off_array] >> 2;
      this.#cqesAt = params[PARAMS.cq_off_cqes] >> 2;
      const ringWords = Math.max(sqArrayAt + this.entries, this.#cqesAt + cqEntries * CQE_WORDS);
      this.#ringsAddress = mapRing(this.fd, ringWords * 4, IORING_OFF_SQ_RING);
      try {
        this.#sqesAddress = mapRing(this.fd, this.entries * SQE_WORDS * 4, IORING_OFF_SQES);
      } catch (error) {
        libc.munmap(this.#ringsAddress as Pointer, ringWords * 4);
        throw error;
      }
      this.#rings = wordsAt(this.#ringsAddress, ringWords);
      this.#sqes = wordsAt(this.#sqesAddress, this.entries * SQE_WORDS);
      this.#sqTailAt = params[PARAMS.sq_off_tail] >> 2;
      this.#sqMask = this.#rings[params[PARAMS.sq_off_ring_mask] >> 2];
      this.#cqHeadAt = params[PARAMS.cq_off_head] >> 2;
      this.#cqTailAt = params[PARAMS.cq_off_tail] >> 2;
      this.#cqMask = this.#rings[params[PARAMS.cq_off_ring_mask] >> 2];
      this.#sqTail = this.#rings[this.#sqTailAt];
      this.#cqHead = this.#rings[this.#cqHeadAt];
      // The queue names entries by number: entry i stands at place i, once for all.
      for (let entry = 0; entry < this.entries; entry++) this.#rings[sqArrayAt + entry] = entry;
    } catch (error) {
      fs.closeSync(this.fd);
      throw error;
    }
  }

  /** Puts a read into the queue: `bytes` from `offset` of `fd` to memory at `address`; there must be room. */
  prepareRead(userData: number, fd: number, offset: number, address: number, bytes: number): void {
    const at = this.#prepare(IORING_OP_READ, fd, userData), sqes = this.#sqes;
    sqes[at + SQE.off] = offset | 0;
    sqes[at + SQE.off + 1] = offset / TWO_TO_32 | 0;
    sqes[at + SQE.addr] = address | 0;
    sqes[at + SQE.addr + 1] = address / TWO_TO_32 | 0;
    sqes[at + SQE.len] = bytes;
  }

  /** Puts an operation into the queue that does nothing and completes at once. */
  prepareNop(userData: number): void {
    this.#prepare(IORING_OP_NOP, -1, userData);
  }

  /** Puts the wish into the queue that the operation with `cancelled` as its user data is cancelled. */
  prepareCancel(userData: number, cancelled: number): void {
    const at = this.#prepare(IORING_OP_ASYNC_CANCEL, -1, userData);
    this.#sqes[at + SQE.addr] = cancelled;
  }

  /** Returns where the next entry stands, all zeros but for what every operation has. */
  #prepare(opcode: number, fd: number, userData: number): number {
    const at = (this.#sqTail & this.#sqMask) * SQE_WORDS, sqes = this.#sqes;
    this.#sqTail = this.#sqTail + 1 | 0;
    this.numPrepared++;
    sqes[at + SQE.opcode] = opcode;
    sqes[at + SQE.fd] = fd;
    for (let word = SQE.off; word < SQE_WORDS; word++) sqes[at + word] = 0;
    sqes[at + SQE.user_data] = userData;
    return at;
  }

  /**
   * Hands over what is prepared, and returns when at least `minComplete` completions are there, or before that when a
   * signal cut in. @throws {UringError}
   */
  enter(minComplete: number): void {
    Atomics.store(this.#rings, this.#sqTailAt, this.#sqTail);
    for (let busyAnswers = 0;;) {
      const taken = Number(
        libc.syscall(
          SYS_IO_URING_ENTER,
          this.fd,
          this.numPrepared,
          minComplete,
          IORING_ENTER_GETEVENTS,
          0,
          0,
        ),
      );
      if (taken >= 0) {
        this.numPrepared -= taken;
        if (this.numPrepared === 0) return;
        continue; // an entry that the kernel finds wrong ends the call; its completion tells
      }
      const code = lastErrorCode();
      if (code === "EINTR") {
        if (this.numPrepared === 0) return;
      } else if ((code === "EAGAIN" || code === "EBUSY") && ++busyAnswers < MAX_BUSY_ANSWERS) {
        Bun.sleepSync(BUSY_WAIT_MS);
      } else {
        throw new UringError("io_uring_enter", code);
      }
    }
  }

  /** Returns how many completions are there; asks memory, not the kernel. */
  numCompleted(): number {
    return Atomics.load(this.#rings, this.#cqTailAt) - this.#cqHead | 0;
  }

  /** Returns the user data of the completion at `place` < `numCompleted()`. */
  userDataAt(place: number): number {
    return this.#rings[this.#cqesAt + (this.#cqHead + place & this.#cqMask) * CQE_WORDS + CQE.user_data];
  }

  /** Returns the result of the completion at `place` < `numCompleted()`: bytes, or an error number below 0. */
  resultAt(place: number): number {
    return this.#rings[this.#cqesAt + (this.#cqHead + place & this.#cqMask) * CQE_WORDS + CQE.res];
  }

  /** Gives the first `count` completions back to the kernel. */
  advance(count: number): void {
    this.#cqHead = this.#cqHead + count | 0;
    Atomics.store(this.#rings, this.#cqHeadAt, this.#cqHead);
  }

  /** Gives the ring up. None of its reads may be in flight: the kernel would go on filling their buffers. */
  close(): void {
    libc.munmap(this.#sqesAddress as Pointer, this.#sqes.byteLength);
    libc.munmap(this.#ringsAddress as Pointer, this.#rings.byteLength);
    fs.closeSync(this.fd);
    this.#sqes = this.#rings = new Int32Array(0); // what is called too late must not touch memory that is gone
  }
}

function setUp(entries: number, params: Int32Array): number {
  let code = "";
  for (const flags of SETUP_FLAGS) {
    params.fill(0);
    params[PARAMS.flags] = flags;
    const fd = Number(libc.syscall(SYS_IO_URING_SETUP, entries, ptr(params), 0, 0, 0, 0));
    if (fd >= 0) return fd;
    code = lastErrorCode();
    if (code !== "EINVAL") break;
  }
  throw new UringError("io_uring_setup", code);
}

function mapRing(fd: number, bytes: number, offset: number): number {
  const address = Number(libc.mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, fd, offset));
  // MAP_FAILED is -1, seen as an address beyond all that there are.
  if (address > Number.MAX_SAFE_INTEGER) throw new UringError("mmap", lastErrorCode());
  return address;
}

function wordsAt(address: number, words: number): Int32Array {
  return new Int32Array(toArrayBuffer(address as Pointer, 0, words * 4));
}

/** Returns the system's name for why the call before failed; nothing may come in between. */
function lastErrorCode(): string {
  return getSystemErrorName(-read.i32(libc.__errno_location()!, 0));
}
