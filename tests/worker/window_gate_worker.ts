// Waits at the window of an accelerator, as a reader does.
import { nowNs } from "../../lib/base/clock.ts";
import { Timeline } from "../../lib/metrics/timeline.ts";
import { type MemoryShape, type SharedBuffers, SharedMemory } from "../../lib/worker/shared_memory.ts";
import { WindowGate } from "../../lib/worker/window_gate.ts";

export interface WindowGateTask {
  readonly shape: MemoryShape;
  readonly buffers: SharedBuffers;
  readonly accelerator: number;
  readonly batch: number;
}

export type WindowGateAnswer = "waiting" | { readonly isOpen: boolean; readonly atNs: number };

if (!Bun.isMainThread) {
  self.onmessage = ({ data: { shape, buffers, accelerator, batch } }: MessageEvent<WindowGateTask>) => {
    const memory = new SharedMemory(shape, buffers);
    const gate = new WindowGate(memory, new Timeline(shape.timeline, memory.timelineWords), accelerator);
    postMessage("waiting");
    const isOpen = gate.waitForBatch(batch);
    postMessage({ isOpen, atNs: nowNs() });
  };
}
