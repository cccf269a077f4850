import assert from "node:assert/strict";
import { test } from "node:test";
import { breathe } from "../../lib/base/breathe.ts";

/** Keeps the thread busy, as a synchronous call does. */
function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

test("breathe() lets a timer run in the midst of a loop of synchronous calls", async () => {
  let isDone = false, ranInLoop = false;
  setTimeout(() => ranInLoop = !isDone, 0);
  for (let item = 0; item < 15; item++) {
    await breathe();
    block(10);
  }
  isDone = true;
  assert.ok(ranInLoop);
});

test("breathe() ends a loop soon after a signal of the system, by its reason", async () => {
  const interruption = new AbortController();
  const reason = new Error("interrupted");
  process.once("SIGUSR2", () => interruption.abort(reason));
  let items = 0;
  const loop = async () => {
    for (; items < 100; items++) {
      await breathe(interruption.signal);
      if (items === 3) process.kill(process.pid, "SIGUSR2");
      block(10);
    }
  };
  await assert.rejects(loop(), (error) => error === reason);
  assert.ok(items > 3 && items < 50, `${items} items`);
});
