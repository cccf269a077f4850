import assert from "node:assert/strict";
import { test } from "node:test";
import { nowNs } from "../../lib/base/clock.ts";
import { FooterSlots } from "../../lib/worker/footer_slots.ts";
import { SharedMemory, STOP } from "../../lib/worker/shared_memory.ts";
import { startThread } from "../helpers/threads.ts";
import type { FooterSlotsAnswer, FooterSlotsTask } from "./footer_slots_worker.ts";
import { shapeWith } from "./memory_shapes.ts";

const NUM_SLOTS = 3;

function newSlots(accelerator = 0): { memory: SharedMemory; slots: FooterSlots } {
  const memory = new SharedMemory(shapeWith({ footerSlots: NUM_SLOTS }));
  return { memory, slots: new FooterSlots(memory, accelerator) };
}

/** With the stop word raised whoever would wait gives up at once: what it says then shows that it would wait. */
function wouldWait(memory: SharedMemory, ask: () => unknown): boolean {
  Atomics.store(memory.control, STOP, 1);
  const answer = ask();
  Atomics.store(memory.control, STOP, 0);
  return answer === undefined;
}

test("FooterSlots gives a table to fill, and to read once it is published", () => {
  const { memory, slots } = newSlots();
  const table = slots.tableToFill(1)!;
  table.startByte[3] = 4711;
  assert.ok(wouldWait(memory, () => slots.table(1)), "the table is not published yet");
  slots.publish(1);
  assert.equal(slots.table(1)!.startByte[3], 4711);
});

test("FooterSlots shows every thread the same tables", () => {
  const { memory, slots } = newSlots(1);
  const otherThread = new FooterSlots(new SharedMemory(memory.shape, memory.buffers), 1);
  slots.tableToFill(0)!.bytes[0] = 17;
  slots.publish(0);
  assert.equal(otherThread.table(0)!.bytes[0], 17);
});

test("FooterSlots has room for as many files as there are slots, none over another", () => {
  const { slots } = newSlots();
  for (let file = 0; file < NUM_SLOTS; file++) {
    const table = slots.tableToFill(file)!;
    for (const part of [table.startByte, table.bytes, table.rows, table.codec]) part.fill(file + 1);
    slots.publish(file);
  }
  for (let file = 0; file < NUM_SLOTS; file++) {
    const table = slots.table(file)!;
    for (const part of [table.startByte, table.bytes, table.rows, table.codec]) {
      assert.ok(part.every((value) => value === file + 1), `file ${file}`);
    }
  }
});

test("FooterSlots fills a slot anew only when nobody uses it any more", () => {
  const { memory, slots } = newSlots();
  slots.publish(0);
  slots.addUser(0);
  slots.addUser(0);
  const next = 0 + NUM_SLOTS;
  assert.ok(wouldWait(memory, () => slots.tableToFill(next)), "two use it");
  slots.removeUser(0);
  assert.ok(wouldWait(memory, () => slots.tableToFill(next)), "one uses it");
  assert.ok(slots.table(0) !== undefined, "it still is the table of the first file");
  slots.removeUser(0);
  assert.equal(slots.tableToFill(next), slots.table(0));
});

test("FooterSlots counts the users of the next file apart from those of the last", () => {
  const { memory, slots } = newSlots();
  const first = 1, second = first + NUM_SLOTS, third = second + NUM_SLOTS;
  slots.publish(first);
  slots.addUser(first);
  // Extents of the second file are claimed while one of the first is still in use.
  slots.addUser(second);
  assert.ok(wouldWait(memory, () => slots.tableToFill(second)));
  slots.removeUser(first);
  assert.ok(slots.tableToFill(second) !== undefined, "its own users do not keep it from being filled");
  slots.publish(second);
  assert.ok(wouldWait(memory, () => slots.tableToFill(third)), "the second is in use");
  slots.removeUser(second);
  assert.ok(slots.tableToFill(third) !== undefined);
});

test("FooterSlots tells the files of one slot from each other", () => {
  const { memory, slots } = newSlots();
  slots.publish(2);
  assert.ok(wouldWait(memory, () => slots.table(2 + NUM_SLOTS)), "the slot holds the file before");
  slots.publish(2 + NUM_SLOTS);
  assert.ok(slots.table(2 + NUM_SLOTS) !== undefined);
  assert.ok(wouldWait(memory, () => slots.table(2)), "the slot holds the file after");
});

test("FooterSlots keeps accelerators apart", () => {
  const { memory, slots } = newSlots(0);
  const others = new FooterSlots(memory, 1);
  slots.tableToFill(0)!.rows.fill(1);
  others.tableToFill(0)!.rows.fill(2);
  slots.publish(0);
  slots.addUser(0);
  assert.ok(wouldWait(memory, () => others.table(0)));
  assert.ok(others.tableToFill(NUM_SLOTS) !== undefined);
  assert.ok(slots.table(0)!.rows.every((rows) => rows === 1));
});

test("FooterSlots forgets files and users when it is cleared, its own alone", () => {
  const { memory, slots } = newSlots(0);
  const others = new FooterSlots(memory, 1);
  for (const one of [slots, others]) {
    one.publish(1);
    one.addUser(1);
  }
  slots.clear(0);
  assert.ok(wouldWait(memory, () => slots.table(1)));
  assert.ok(slots.tableToFill(1 + NUM_SLOTS) !== undefined);
  assert.ok(others.table(1) !== undefined);
  assert.ok(wouldWait(memory, () => others.tableToFill(1 + NUM_SLOTS)));
});

test("FooterSlots begins with any file, as the second accelerator does", () => {
  const { slots } = newSlots(1);
  assert.ok(slots.tableToFill(100) !== undefined);
  slots.publish(100);
  assert.equal(slots.table(100), slots.tableToFill(100));
});

test("FooterSlots lets extents of a file be claimed once the turn of its slot before is loaded", () => {
  const { memory, slots } = newSlots();
  const file = 2 * NUM_SLOTS + 1, before = file - NUM_SLOTS;
  assert.ok(slots.isTurnOf(1), "the first turn waits for none");
  assert.ok(!slots.isTurnOf(file));
  Atomics.store(memory.control, STOP, 1);
  assert.equal(slots.waitForTurnOf(file), false, "a stopped epoch waits for nothing");
  Atomics.store(memory.control, STOP, 0);
  slots.publish(before);
  assert.ok(slots.isTurnOf(file));
  assert.equal(slots.waitForTurnOf(file), true);
});

test("FooterSlots takes the turns before the first file of an epoch for loaded", () => {
  const { slots } = newSlots();
  for (let first = 0; first < 4 * NUM_SLOTS; first++) {
    slots.clear(first);
    for (let file = first; file < first + NUM_SLOTS; file++) {
      assert.ok(slots.isTurnOf(file), `${file} from ${first}`);
    }
    assert.ok(!slots.isTurnOf(first + NUM_SLOTS), `${first + NUM_SLOTS} from ${first}`);
  }
});

test("FooterSlots counts how long a thread waits, and nothing where it need not", async () => {
  const { memory, slots } = newSlots();
  const task: FooterSlotsTask = { shape: memory.shape, buffers: memory.buffers, filePosition: 1 };
  const beginNs = nowNs();
  const thread = startThread<FooterSlotsAnswer>(new URL("./footer_slots_worker.ts", import.meta.url), task);
  assert.equal(await thread.answer(), "waiting");
  await Bun.sleep(30);
  slots.publish(1);
  const answer = await thread.answer(), elapsedNs = nowNs() - beginNs;
  thread.terminate();
  assert.ok(typeof answer === "object" && answer.isLoaded);
  assert.ok(answer.waitedNs > 15e6 && answer.waitedNs < elapsedNs, `${answer.waitedNs} of ${elapsedNs} ns`);
  assert.ok(slots.table(1) !== undefined && slots.tableToFill(0) !== undefined && slots.waitForTurnOf(0));
  assert.equal(slots.waitedNs, 0);
});
