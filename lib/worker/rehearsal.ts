// Before the gate opens, each reader reads the beginning of one file over and over by itself, so that the run measures
// compiled code: without it, the first seconds would measure the interpreter instead of storage.
import { nowNs } from "../base/clock.ts";
import { Timeline } from "../metrics/timeline.ts";
import { layoutOf } from "../plan/extent_cursor.ts";
import { resetEpoch } from "./epoch_reset.ts";
import type { ReaderTask } from "./protocol.ts";
import { Reader } from "./reader.ts";
import { SharedMemory } from "./shared_memory.ts";

/** After so many passes the code is compiled; where cores or storage are slow, the time ends it. */
const MAX_PASSES = 30, MAX_NS = 1.5e9;
/** How much of the file is read: little enough that storage hardly notices. */
const MAX_ROW_GROUPS = 8;

/** Reads the first row groups of the dataset's first file again and again, in private memory. */
export function rehearse(task: ReaderTask): void {
  const layout = layoutOf(task.plan, 0);
  const samplesPerFile = layout.rows.reduce((sum, rows) => sum + rows, 0);
  const batchSize = Math.max(1, layout.rows[0]);
  const steps = Math.min(MAX_ROW_GROUPS, Math.floor(samplesPerFile / batchSize));
  const memory = new SharedMemory({
    ...task.shape,
    numReaders: 1,
    timeline: {
      ...task.shape.timeline,
      numAccelerators: 1,
      steps,
      batchSize,
      computeNs: 0,
      windowBatches: steps,
    },
  });
  const plan = {
    ...task.plan,
    numFiles: 1,
    samplesPerFile,
    batchSize,
    steps,
    layouts: [layout],
    layoutOfFile: undefined,
  };
  const timeline = new Timeline(memory.shape.timeline, memory.timelineWords);
  const shuffle = { ...task.shuffle, fileShuffle: "off", sampleShuffle: "off" } as const;
  const reader = new Reader({
    ...task,
    reader: 0,
    accelerator: 0,
    shape: memory.shape,
    buffers: memory.buffers,
    plan,
    shuffle,
  });
  try {
    const endNs = nowNs() + MAX_NS;
    for (let pass = 0; pass < MAX_PASSES && nowNs() < endNs; pass++) {
      resetEpoch(memory, timeline, { ...plan, order: {} }, nowNs());
      reader.runEpoch(0);
    }
  } finally {
    reader.close();
  }
}
