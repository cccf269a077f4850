// What the kernel counts for the calling thread.
import { ptr } from "bun:ffi";
import fs from "node:fs";
import { libc } from "./libc.ts";

const RUSAGE_THREAD = 1; // linux/resource.h
const CLOCK_THREAD_CPUTIME_ID = 3; // linux/time.h
const NAP_MS = 1;
/** struct rusage (linux/resource.h): two timevals, then longs; the 13th counts the voluntary context switches. */
const RUSAGE_BYTES = 144, VOLUNTARY_SWITCHES_AT = 128;

/** Counts how often the calling thread gave up its core to wait for something: storage, a lock, a timer. */
export class SleepCounter {
  readonly #usage = new DataView(new ArrayBuffer(RUSAGE_BYTES));
  readonly #usageAddress = ptr(this.#usage);

  /**
   * Returns whether sleeps are counted at all, which takes a short one: a kernel that only looks like Linux (gVisor, WSL 1)
   * may leave the count at 0.
   */
  isCounting(): boolean {
    const before = this.count();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP_MS);
    return this.count() !== before;
  }

  /** Returns the sleeps since the thread began. */
  count(): number {
    libc.getrusage(RUSAGE_THREAD, this.#usageAddress);
    return this.#usage.getUint32(VOLUNTARY_SWITCHES_AT, true);
  }
}

/**
 * How long the calling thread has had a core, and how long it could have run and had none.
 *
 * The CPU time is that of the thread's clock; the kernel's statistics of the same (/proc/thread-self/schedstat, first
 * field) lag behind by up to a tick. Their second field is the delay.
 */
export class ThreadTimes {
  cpuNs = 0;
  /** 0 where unknown. */
  runDelayNs = 0;
  readonly #timespec = new BigInt64Array(2);
  readonly #timespecAddress = ptr(this.#timespec);
  readonly #text = Buffer.alloc(64);
  readonly #fd = openStatistics();

  constructor() {
    this.read();
  }

  /** Whether the kernel tells the delay: one without CONFIG_SCHED_INFO shows zeros. */
  hasRunDelay(): boolean {
    return this.#statistics()[2] > 0; // how often it had a turn
  }

  /** Takes both times as they stand now. */
  read(): void {
    libc.clock_gettime(CLOCK_THREAD_CPUTIME_ID, this.#timespecAddress);
    this.cpuNs = Number(this.#timespec[0]) * 1e9 + Number(this.#timespec[1]);
    this.runDelayNs = this.#statistics()[1];
  }

  close(): void {
    if (this.#fd !== undefined) fs.closeSync(this.#fd);
  }

  #statistics(): number[] {
    if (this.#fd === undefined) return [0, 0, 0];
    const bytes = fs.readSync(this.#fd, this.#text, 0, this.#text.length, 0);
    return this.#text.toString("latin1", 0, bytes).split(" ").map(Number);
  }
}

function openStatistics(): number | undefined {
  try {
    return fs.openSync("/proc/thread-self/schedstat", "r");
  } catch {
    return undefined;
  }
}
