// Puts the shared memory of a run at the beginning of an epoch; nobody may be reading meanwhile.
import { ReaderCounters } from "../metrics/read_counters.ts";
import { type EpochPlan, ExtentCursor } from "../plan/extent_cursor.ts";
import { FooterSlots } from "./footer_slots.ts";
import type { SharedMemory } from "./shared_memory.ts";
import { resetSpares } from "./spare_readers.ts";

/** Rewinds cursors and empties footer slots and counters; the timeline is begun after, when nothing is left to do. */
export function resetEpoch(memory: SharedMemory, plan: EpochPlan): void {
  const { timeline: { numAccelerators }, numReaders } = memory.shape;
  for (let reader = 0; reader < numReaders; reader++) {
    new ReaderCounters(memory.readerWords(reader)).words.fill(0);
  }
  resetSpares(memory.control);
  for (let accelerator = 0; accelerator < numAccelerators; accelerator++) {
    const cursor = new ExtentCursor(memory.cursorWords(accelerator), plan, accelerator);
    cursor.rewind();
    new FooterSlots(memory, accelerator).clear(cursor.filePosition);
    Atomics.store(memory.control, memory.startsKnownAt(accelerator), 0);
  }
}
