// Pauses as a spare reader does.
import { type MemoryShape, type SharedBuffers, SharedMemory } from "../../lib/worker/shared_memory.ts";
import { SpareReaders } from "../../lib/worker/spare_readers.ts";

export interface SpareReadersTask {
  readonly shape: MemoryShape;
  readonly buffers: SharedBuffers;
  readonly place: number;
  readonly numReaders: number;
  readonly numNeeded: number;
}

if (!Bun.isMainThread) {
  self.onmessage = ({ data: { shape, buffers, ...place } }: MessageEvent<SpareReadersTask>) => {
    const spares = new SpareReaders(new SharedMemory(shape, buffers), place);
    postMessage("waiting");
    spares.waitForCall();
    postMessage(spares.pausedNs > 0 ? "called after a pause" : "called at once");
  };
}
