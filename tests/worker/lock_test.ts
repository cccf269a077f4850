import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, release } from "../../lib/worker/lock.ts";
import { startThread } from "../helpers/threads.ts";
import { GATE, LOCK, type LockTask, SHARED_BYTES } from "./lock_worker.ts";

test("acquire() keeps all other threads out", async () => {
  const times = 20_000, numThreads = 4;
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const words = new Int32Array(shared), count = new Float64Array(shared, 8);
  const task: LockTask = { shared, times };
  const threads = Array.from(
    { length: numThreads },
    () => startThread<string>(new URL("./lock_worker.ts", import.meta.url), task),
  );
  for (const thread of threads) assert.equal(await thread.answer(), "ready");
  Atomics.store(words, GATE, 1);
  Atomics.notify(words, GATE);
  for (const thread of threads) assert.equal(await thread.answer(), "done");
  for (const thread of threads) thread.terminate();
  assert.equal(count[0], times * numThreads);
  assert.equal(words[LOCK], 0);
});

test("acquire() waits until the holder gives the lock back", async () => {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const words = new Int32Array(shared), count = new Float64Array(shared, 8);
  acquire(words, LOCK);
  const thread = startThread<string>(new URL("./lock_worker.ts", import.meta.url), { shared, times: 1 });
  assert.equal(await thread.answer(), "ready");
  Atomics.store(words, GATE, 1);
  Atomics.notify(words, GATE);
  await Bun.sleep(30);
  assert.equal(count[0], 0);
  release(words, LOCK);
  assert.equal(await thread.answer(), "done");
  assert.equal(count[0], 1);
  thread.terminate();
});
