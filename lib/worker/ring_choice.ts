// Whether one reader fetches an extent with all its reads in flight (io_uring) or with one read after another (pread).
//
// From the page cache pread is faster: what it copies is decoded while it lies in the core's cache. From storage a deep
// queue is faster. Where a workload leaves the choice to mlps, reads around the page cache go through the ring, and others
// do while the preads of most extents sleep. The ring tells as well whether they would: the kernel completes reads of
// cached pages within their submission. For some filesystems (tmpfs, network filesystems) it leaves all reads to threads of
// its own, which tells nothing: there preads are tried now and then.
import { MAX_AHEAD } from "../plan/in_flight.ts";
import type { OnRead } from "../storage/storage.ts";
import { UringError } from "../storage/uring.ts";
import { refusalText } from "../storage/uring_probe.ts";
import { UringStorage } from "../storage/uring_storage.ts";
import type { RingTask } from "./protocol.ts";

/** By how many extents those that slept, or those that did not, can be ahead at most. */
const MAX_LEAD = 8;
/** How many extents go through a ring that tells nothing, before some try again whether pread would sleep. */
const TRIAL_INTERVAL = 256;
/** By how many they have to be ahead then: one extent may sleep for any reason. */
const TRIAL_LEAD = 2;

export interface RingOptions {
  readonly direct: boolean;
  readonly onRead: OnRead | undefined;
  readonly blockBytes: number;
  /** Hears why there is no ring where the workload can do without. */
  readonly onRefusal: (reason: string) => void;
}

/** One reader's ring, and its choice. */
export class RingChoice {
  /** Absent where extents are fetched by pread alone. */
  readonly ring: UringStorage | undefined;
  readonly #isFixed: boolean;
  #forced: boolean | undefined;
  /** By how many extents of late those that slept are ahead of those that did not. */
  #lead = 0;
  #untilTrial = 0;

  /** @throws {Error} When there is no ring and the task requires one. */
  constructor(task: RingTask | undefined, options: RingOptions) {
    this.ring = task && openRing(task, options);
    this.#isFixed = task?.use === "always";
  }

  /** Whether there is a choice at all. */
  get isOpen(): boolean {
    return this.ring !== undefined && !this.#isFixed;
  }

  /** Makes the choice whatever reads do, or (undefined) forgets all and begins to choose. */
  force(usesRing: boolean | undefined): void {
    this.#forced = usesRing;
    this.#lead = this.#untilTrial = 0;
  }

  /** Returns whether the next extent is to be fetched through the ring. */
  usesRing(): boolean {
    if (this.ring === undefined) return false;
    if (this.#isFixed || this.#forced !== undefined) return this.#forced ?? true;
    if (this.ring.answersAtOnce) return this.#lead > 0;
    if (this.#untilTrial === 0) return false;
    this.#untilTrial--;
    return true;
  }

  /** Learns whether an extent slept: with preads, or on its way through the ring. */
  learn(slept: boolean, wasRing: boolean): void {
    const ringTells = this.ring?.answersAtOnce ?? false;
    if (wasRing && !ringTells) return;
    this.#lead = Math.max(-MAX_LEAD, Math.min(this.#lead + (slept ? 1 : -1), MAX_LEAD));
    if (ringTells || this.#lead < TRIAL_LEAD) return;
    this.#untilTrial = TRIAL_INTERVAL;
    this.#lead = 0;
  }

  /** Cancels what is in flight and gives the ring up; returns the memory that the kernel may still write to. */
  close(): ArrayBufferLike[] {
    return this.ring?.closeRing() ?? [];
  }
}

function openRing(
  task: RingTask,
  { direct, onRead, blockBytes, onRefusal }: RingOptions,
): UringStorage | undefined {
  try {
    return new UringStorage({ direct, depth: task.depth, numGroups: MAX_AHEAD, onRead, blockBytes });
  } catch (error) {
    if (!(error instanceof UringError)) throw error;
    const reason = refusalText(error);
    if (task.isRequired) throw new Error(`Cannot use io_uring: ${reason}`, { cause: error });
    onRefusal(reason);
    return undefined;
  }
}
