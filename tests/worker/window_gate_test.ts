import assert from "node:assert/strict";
import { test } from "node:test";
import { nowNs } from "../../lib/base/clock.ts";
import { Timeline } from "../../lib/metrics/timeline.ts";
import { SharedMemory, STOP } from "../../lib/worker/shared_memory.ts";
import { WindowGate } from "../../lib/worker/window_gate.ts";
import { startThread } from "../helpers/threads.ts";
import { shapeWith } from "./memory_shapes.ts";
import type { WindowGateAnswer, WindowGateTask } from "./window_gate_worker.ts";

const WINDOW = 2; // batches

interface TestRun {
  readonly memory: SharedMemory;
  readonly timeline: Timeline;
  readonly gate: WindowGate;
}

/** Returns a run that begins now, or in so many ns, with steps of that length and batches of one extent each. */
function beginRun({ inNs = 0, computeNs = 0 }: { inNs?: number; computeNs?: number } = {}): TestRun {
  const memory = new SharedMemory(shapeWith({ timeline: { windowBatches: WINDOW, computeNs } }));
  const timeline = new Timeline(memory.shape.timeline, memory.timelineWords);
  timeline.begin(nowNs() + inNs);
  return { memory, timeline, gate: new WindowGate(memory, timeline, 0) };
}

/** Makes the first batches of accelerator 0 ready, and tells all readers. */
function makeReady({ timeline, gate }: TestRun, numBatches: number): void {
  for (let ordinal = timeline.extentsConsumed(0); ordinal < numBatches; ordinal++) {
    timeline.complete(0, ordinal, ordinal + 1, 0, 0, 0, 0, 0);
  }
  timeline.advance();
  gate.publish();
}

function raiseStop({ memory }: TestRun): void {
  Atomics.store(memory.control, STOP, 1);
  Atomics.notify(memory.control, STOP);
}

function startWaiting({ memory }: TestRun, batch: number) {
  const task: WindowGateTask = { shape: memory.shape, buffers: memory.buffers, accelerator: 0, batch };
  return startThread<WindowGateAnswer>(new URL("./window_gate_worker.ts", import.meta.url), task);
}

test("WindowGate lets the first window through before anything has started", () => {
  const run = beginRun();
  for (let batch = 0; batch < WINDOW; batch++) assert.equal(run.gate.waitForBatch(batch), true);
  assert.equal(run.gate.waitedNs, 0);
});

test("WindowGate lets a batch through once the batch a window before it has started", () => {
  const run = beginRun();
  makeReady(run, 3);
  for (let batch = 0; batch < WINDOW + 3; batch++) assert.equal(run.gate.waitForBatch(batch), true);
  raiseStop(run);
  assert.equal(run.gate.waitForBatch(WINDOW + 3), false);
});

test("WindowGate waits for an instant that is known, and not less", () => {
  // Batch 0 starts at the beginning, each other 20 ms after the one before.
  const run = beginRun({ computeNs: 20e6 });
  makeReady(run, 3);
  const beginNs = nowNs();
  let sumNs = 0;
  for (let step = 0; step < 3; step++) {
    assert.equal(run.gate.waitForBatch(step + WINDOW), true);
    assert.ok(nowNs() >= run.timeline.startNs(0, step), `step ${step} has not started`);
    sumNs += run.gate.latestWaitNs;
  }
  assert.equal(run.gate.waitForBatch(0), true);
  assert.equal(run.gate.latestWaitNs, 0);
  assert.equal(sumNs, run.gate.waitedNs);
  const elapsedNs = nowNs() - beginNs;
  assert.ok(
    run.gate.waitedNs > 0 && run.gate.waitedNs <= elapsedNs,
    `${run.gate.waitedNs} of ${elapsedNs} ns`,
  );
});

test("WindowGate is not early for an instant that is almost there", () => {
  for (let time = 0; time < 200; time++) {
    const run = beginRun({ inNs: 500 * time });
    makeReady(run, 1);
    assert.equal(run.gate.waitForBatch(WINDOW), true);
    const earlyNs = run.timeline.startNs(0, 0) - nowNs();
    assert.ok(earlyNs <= 0, `${earlyNs} ns early`);
  }
});

test("WindowGate.isOpenFor() tells without waiting what waitForBatch() would wait for", () => {
  const run = beginRun({ computeNs: 20e6 });
  for (let batch = 0; batch < WINDOW; batch++) assert.equal(run.gate.isOpenFor(batch), true);
  assert.equal(run.gate.isOpenFor(WINDOW), false, "the start of batch 0 is not known");
  makeReady(run, 2);
  assert.equal(run.gate.isOpenFor(WINDOW), true);
  assert.equal(run.gate.isOpenFor(WINDOW + 1), false, "batch 1 starts 20 ms later");
  assert.equal(run.gate.waitForBatch(WINDOW + 1), true);
  assert.equal(run.gate.isOpenFor(WINDOW + 1), true);
});

test("WindowGate leaves the wait for an instant when the run is stopped", () => {
  const run = beginRun({ inNs: 3600e9 });
  makeReady(run, 1);
  raiseStop(run);
  assert.equal(run.gate.waitForBatch(WINDOW), false);
});

test("WindowGate.publish() tells each accelerator's known starts", () => {
  const run = beginRun();
  const { memory, timeline, gate } = run;
  makeReady(run, 4);
  timeline.complete(1, 0, 1, 0, 0, 0, 0, 0);
  timeline.advance();
  gate.publish();
  const known = [0, 1].map((accelerator) => Atomics.load(memory.control, memory.startsKnownAt(accelerator)));
  assert.deepEqual(known, [4, 1]);
});

test("WindowGate wakes a waiting thread when the start becomes known, not before it has come", async () => {
  const run = beginRun({ computeNs: 10e6 });
  makeReady(run, 1);
  const thread = startWaiting(run, WINDOW + 1);
  assert.equal(await thread.answer(), "waiting");
  await Bun.sleep(20);
  const publishedNs = nowNs();
  run.timeline.complete(0, 1, 2, publishedNs + 15e6, 0, 0, 0, 0);
  makeReady(run, 1);
  const answer = await thread.answer();
  assert.ok(typeof answer === "object" && answer.isOpen);
  assert.ok(answer.atNs >= publishedNs + 15e6, `${answer.atNs - publishedNs} ns`);
  thread.terminate();
});

test("WindowGate lets a waiting thread go when the run is stopped, known start or not", async () => {
  for (const isKnown of [false, true]) {
    const run = beginRun({ inNs: 3600e9 });
    if (isKnown) makeReady(run, 1);
    const thread = startWaiting(run, WINDOW);
    assert.equal(await thread.answer(), "waiting");
    await Bun.sleep(10);
    raiseStop(run);
    const answer = await thread.answer();
    assert.ok(typeof answer === "object" && !answer.isOpen);
    thread.terminate();
  }
});
