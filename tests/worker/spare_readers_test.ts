import assert from "node:assert/strict";
import { test } from "node:test";
import { SleepCounter } from "../../lib/base/thread_usage.ts";
import { SharedMemory, SPARES, STOP } from "../../lib/worker/shared_memory.ts";
import { callSpares, resetSpares, SpareReaders } from "../../lib/worker/spare_readers.ts";
import { startThread } from "../helpers/threads.ts";
import { shapeWith } from "./memory_shapes.ts";
import type { SpareReadersTask } from "./spare_readers_worker.ts";

const PAUSED = 0, CALLED = 1, OVER = 2;
const PLACES = { numReaders: 4, numNeeded: 2 };

function beginRun() {
  const memory = new SharedMemory(shapeWith());
  const reader = new SpareReaders(memory, { ...PLACES, place: 0 });
  return { memory, reader, state: () => Atomics.load(memory.control, SPARES) };
}

/** Reads an extent, asleep for a moment or not. */
function readExtent(reader: SpareReaders, { sleeps }: { sleeps: boolean }): void {
  reader.beginExtent();
  if (sleeps) Bun.sleepSync(1);
  reader.endExtent();
}

function startSpare(memory: SharedMemory) {
  const task: SpareReadersTask = { shape: memory.shape, buffers: memory.buffers, ...PLACES, place: 3 };
  return startThread<string>(new URL("./spare_readers_worker.ts", import.meta.url), task);
}

test("SpareReaders calls the spares when reads sleep, and lets them pause when none has for long", () => {
  const { reader, state } = beginRun();
  for (let i = 0; i < 10; i++) readExtent(reader, { sleeps: false });
  assert.equal(state(), PAUSED);
  for (let i = 0; i < 4; i++) readExtent(reader, { sleeps: true });
  assert.equal(state(), CALLED);
  for (let i = 0; i < 40; i++) readExtent(reader, { sleeps: false });
  assert.equal(state(), CALLED, "a few reads that found their bytes in memory prove nothing");
  for (let i = 0; i < 1000; i++) readExtent(reader, { sleeps: false });
  assert.equal(state(), PAUSED);
});

test("SpareReaders keeps the spares at work as long as one extent in ten sleeps", () => {
  const { reader, state } = beginRun();
  for (let i = 0; i < 2; i++) readExtent(reader, { sleeps: true });
  for (let i = 0; i < 300; i++) {
    readExtent(reader, { sleeps: i % 10 === 0 });
    assert.equal(state(), CALLED);
  }
});

test("SpareReaders learns from a ring as from preads, and pauses nobody where it only watches", () => {
  const { reader, memory, state } = beginRun();
  for (let i = 0; i < 2; i++) reader.learn(true);
  assert.equal(state(), CALLED);
  for (let i = 0; i < 1000; i++) reader.learn(false);
  assert.equal(state(), PAUSED);
  const spare = new SpareReaders(memory, { ...PLACES, place: 3 });
  assert.deepEqual([reader.isToPause, spare.isToPause], [false, true]);
  const watcher = new SpareReaders(memory, { numReaders: 2, numNeeded: 2, place: 1, watchesReads: true });
  assert.equal(watcher.isToPause, false);
  watcher.beginExtent();
  Bun.sleepSync(1);
  assert.equal(watcher.endExtent(), true);
  watcher.beginExtent();
  assert.equal(watcher.endExtent(), false);
});

test("SpareReaders never pauses a reader that is not spare, nor any where readers are as many as cores", () => {
  for (const [place, numNeeded] of [[0, 2], [1, 2], [3, 4], [3, 8]]) {
    const spares = new SpareReaders(new SharedMemory(shapeWith()), { place, numReaders: 4, numNeeded });
    spares.waitForCall();
    assert.equal(spares.pausedNs, 0);
  }
});

test("SpareReaders lets a spare pass that reads the last extent after the others are done", () => {
  const { memory, reader, state } = beginRun();
  const spare = new SpareReaders(memory, { ...PLACES, place: 3 });
  reader.endEpoch();
  readExtent(spare, { sleeps: false });
  assert.equal(state(), OVER);
  spare.waitForCall(); // would not return
  resetSpares(memory.control);
  assert.equal(state(), PAUSED);
});

test("resetSpares() begins an epoch with the spares at work if reads slept at the end of the last", () => {
  const { memory, reader, state } = beginRun();
  for (let i = 0; i < 4; i++) readExtent(reader, { sleeps: true });
  reader.endEpoch();
  resetSpares(memory.control);
  assert.equal(state(), CALLED);
});

test("SpareReaders wakes a spare when reads sleep, when the epoch is over and when the run is stopped", async () => {
  const { memory, reader } = beginRun();
  const wakers = [
    () => {
      for (let i = 0; i < 4; i++) readExtent(reader, { sleeps: true });
    },
    () => reader.endEpoch(),
    () => Atomics.store(memory.control, STOP, 1),
  ];
  for (const wake of wakers) {
    memory.control.fill(0);
    const thread = startSpare(memory);
    assert.equal(await thread.answer(), "waiting");
    await Bun.sleep(20);
    wake();
    assert.equal(await thread.answer(), "called after a pause");
    thread.terminate();
  }
});

test("callSpares() begins a run with the spares at work, until extents find their bytes in memory", () => {
  const { memory, reader, state } = beginRun();
  callSpares(memory.control);
  resetSpares(memory.control);
  assert.equal(state(), CALLED);
  for (let i = 0; i < 100; i++) readExtent(reader, { sleeps: false });
  assert.equal(state(), PAUSED);
});

test("SpareReaders pauses nobody where sleeps are not counted", () => {
  const { count } = SleepCounter.prototype;
  SleepCounter.prototype.count = () => 0;
  try {
    const { memory, state } = beginRun();
    const spare = new SpareReaders(memory, { ...PLACES, place: 3 });
    assert.equal(state(), PAUSED);
    spare.waitForCall(); // would not return
    assert.equal(spare.pausedNs, 0);
  } finally {
    SleepCounter.prototype.count = count;
  }
});
