// Before the gate opens, each reader reads the beginning of one file over and over by itself, so that the run measures
// compiled code: without it, the first seconds would measure the interpreter and its compiler instead of storage.
import { nowNs } from "../base/clock.ts";
import { MIB, NS_PER_MS } from "../base/units.ts";
import { Timeline } from "../metrics/timeline.ts";
import { layoutOf } from "../plan/extent_cursor.ts";
import { resetEpoch } from "./epoch_reset.ts";
import type { ReaderTask } from "./protocol.ts";
import type { Reader } from "./reader.ts";
import { SharedMemory, STOP } from "./shared_memory.ts";

/** The rehearsal ends when so many rounds in a row brought no gain, and at the latest after the task's time. */
const STALE_ROUNDS = 10, GAIN = 0.95;
/** A round reads for so long, then rests: the compiler works on threads of its own and needs the cores as well. */
const ROUND_NS = 40e6, REST_NS = 40e6;
/** How much of the file is read: little enough that storage hardly notices. */
const MAX_ROW_GROUPS = 32, MAX_BYTES = 64 * MIB;
/** Short steps and a short window, so that waiting is rehearsed as well. */
const COMPUTE_NS = 50_000, WINDOW_BATCHES = 2;

/** Lets the reader read the first row groups of the dataset's first file again and again, in private memory. */
export function rehearse(reader: Reader, task: ReaderTask): void {
  const stop = new SharedMemory(task.shape, task.buffers).control;
  const pass = preparePass(reader, task);
  const endNs = nowNs() + task.rehearsalNs;
  let bestPassNs = Infinity, staleRounds = 0;
  while (staleRounds < STALE_ROUNDS && nowNs() < endNs && Atomics.load(stop, STOP) === 0) {
    const passNs = reader.hasChoice
      ? timePass(pass, { reader, usesRing: true }) + timePass(pass, { reader, usesRing: false })
      : timePass(pass, { reader });
    staleRounds = passNs < bestPassNs * GAIN ? 0 : staleRounds + 1;
    bestPassNs = Math.min(bestPassNs, passNs);
    Atomics.wait(stop, STOP, 0, REST_NS / NS_PER_MS);
  }
  reader.force(undefined);
  reader.enter(task);
}

/** Returns what a pass takes; where extents can be fetched in two ways half a round is for each, as both are compiled. */
function timePass(
  pass: () => void,
  { reader, usesRing }: { readonly reader: Reader; readonly usesRing?: boolean },
): number {
  const roundNs = usesRing === undefined ? ROUND_NS : ROUND_NS / 2, beginNs = nowNs();
  reader.force(usesRing);
  let passes = 0;
  do {
    pass();
    passes++;
  } while (nowNs() - beginNs < roundNs);
  return (nowNs() - beginNs) / passes;
}

/** Takes the reader to a scene of its own and returns what runs that scene once. */
function preparePass(reader: Reader, task: ReaderTask): () => void {
  const layout = layoutOf(task.plan, 0);
  const samplesPerFile = layout.rows.reduce((sum, rows) => sum + rows, 0);
  const batchSize = Math.max(1, layout.rows[0]);
  const rowGroupBytes = Math.max(1, task.sampleBytes * batchSize);
  const rowGroups = Math.max(1, Math.min(MAX_ROW_GROUPS, Math.floor(MAX_BYTES / rowGroupBytes)));
  const steps = Math.min(rowGroups, Math.floor(samplesPerFile / batchSize));
  const memory = new SharedMemory({
    ...task.shape,
    numReaders: 1,
    timeline: {
      ...task.shape.timeline,
      numAccelerators: 1,
      steps,
      batchSize,
      computeNs: COMPUTE_NS,
      windowBatches: WINDOW_BATCHES,
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
  const shuffle = { ...task.shuffle, fileShuffle: "off", sampleShuffle: "off" } as const;
  const timeline = new Timeline(memory.shape.timeline, memory.timelineWords);
  reader.enter({
    reader: 0,
    accelerator: 0,
    numNeeded: 1,
    shape: memory.shape,
    buffers: memory.buffers,
    plan,
    shuffle,
  });
  return () => {
    resetEpoch(memory, { ...plan, order: {} });
    timeline.begin(nowNs());
    reader.runEpoch(0);
  };
}
