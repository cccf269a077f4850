// A thread that waits for the footer of a file, and tells for how long it did.
import { FooterSlots } from "../../lib/worker/footer_slots.ts";
import { type MemoryShape, type SharedBuffers, SharedMemory } from "../../lib/worker/shared_memory.ts";

export interface FooterSlotsTask {
  readonly shape: MemoryShape;
  readonly buffers: SharedBuffers;
  readonly filePosition: number;
}

export type FooterSlotsAnswer = "waiting" | { readonly isLoaded: boolean; readonly waitedNs: number };

self.onmessage = ({ data }: MessageEvent<FooterSlotsTask>) => {
  const slots = new FooterSlots(new SharedMemory(data.shape, data.buffers), 0);
  postMessage("waiting" satisfies FooterSlotsAnswer);
  const isLoaded = slots.table(data.filePosition) !== undefined;
  postMessage({ isLoaded, waitedNs: slots.waitedNs } satisfies FooterSlotsAnswer);
};
