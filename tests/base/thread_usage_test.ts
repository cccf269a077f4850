import assert from "node:assert/strict";
import { test } from "node:test";
import { SleepCounter } from "../../lib/base/thread_usage.ts";

test("SleepCounter counts what this thread slept, and nothing while it computes", () => {
  const sleeps = new SleepCounter();
  sleeps.count();
  const before = sleeps.count();
  let sum = 0;
  for (let i = 0; i < 1e5; i++) sum += i;
  assert.ok(sum > 0);
  assert.equal(sleeps.count(), before);
  for (let i = 0; i < 5; i++) Bun.sleepSync(1);
  assert.ok(sleeps.count() >= before + 5);
});
