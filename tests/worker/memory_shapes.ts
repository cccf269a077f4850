// A small run's shared memory, for tests of what lies in it.
import type { TimelineSettings } from "../../lib/metrics/timeline.ts";
import type { MemoryShape } from "../../lib/worker/shared_memory.ts";

/** Returns the shape of a run of two accelerators with a window of two batches and three footer slots. */
export function shapeWith(
  changes: Partial<Omit<MemoryShape, "timeline">> & { timeline?: Partial<TimelineSettings> } = {},
): MemoryShape {
  return {
    numReaders: 2,
    footerSlots: 3,
    maxRowGroups: 4,
    numColumns: 2,
    ...changes,
    timeline: {
      numAccelerators: 2,
      steps: 10,
      batchSize: 1,
      computeNs: 0,
      barrierEachStep: false,
      excludeStartSteps: 0,
      excludeEndSteps: 0,
      windowBatches: 2,
      extentsInFlight: 8,
      ...changes.timeline,
    },
  };
}
