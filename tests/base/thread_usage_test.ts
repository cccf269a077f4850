import assert from "node:assert/strict";
import { test } from "node:test";
import { SleepCounter } from "../../lib/base/thread_usage.ts";

test("SleepCounter counts what this thread slept, and nothing while it computes", () => {
  const sleeps = new SleepCounter();
  // On a busy machine the runtime itself may wait for one of its threads now and then.
  const sleptFor = Array.from({ length: 20 }, () => {
    const before = sleeps.count();
    let sum = 0;
    for (let i = 0; i < 1e5; i++) sum += i;
    assert.ok(sum > 0);
    return sleeps.count() - before;
  });
  assert.ok(sleptFor.includes(0), sleptFor.join(" "));
  const before = sleeps.count();
  for (let i = 0; i < 5; i++) Bun.sleepSync(1);
  assert.ok(sleeps.count() >= before + 5);
});

test("isCounting() tells a count that moves from one that does not", () => {
  const sleeps = new SleepCounter();
  assert.equal(sleeps.isCounting(), true);
  sleeps.count = () => 3;
  assert.equal(sleeps.isCounting(), false);
});
