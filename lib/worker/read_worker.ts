// Entry of a reader thread: waits at the gate for each epoch, until the run ends.
import { askForLongTurns, sharpenTimers } from "../base/scheduling.ts";
import type { ReaderTask } from "./protocol.ts";
import { Reader } from "./reader.ts";
import { rehearse } from "./rehearsal.ts";
import { EPOCH, GATE, GATE_CLOSED_FOR_GOOD, READY, SharedMemory } from "./shared_memory.ts";
import { serveTask } from "./spawn.ts";

serveTask<ReaderTask>((task, report) => {
  sharpenTimers();
  askForLongTurns();
  const { control } = new SharedMemory(task.shape, task.buffers);
  const reader = new Reader(task, {
    onLogEnd: (message) => report({ kind: "raw_log_ended", message }),
    onRingRefusal: (reason) => report({ kind: "ring_refused", reason }),
  });
  try {
    rehearse(reader, task);
    for (let begun = 0;; begun++) {
      Atomics.add(control, READY, 1);
      Atomics.wait(control, GATE, begun);
      if (Atomics.load(control, GATE) === GATE_CLOSED_FOR_GOOD) return;
      reader.runEpoch(Atomics.load(control, EPOCH));
    }
  } finally {
    const buffers = reader.close();
    if (buffers.length > 0) report({ kind: "abandoned", buffers });
  }
});
