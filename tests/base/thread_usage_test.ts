import assert from "node:assert/strict";
import { test } from "node:test";
import { nowNs } from "../../lib/base/clock.ts";
import { SleepCounter, ThreadTimes } from "../../lib/base/thread_usage.ts";

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

test("ThreadTimes tells the CPU time of this thread, as getrusage does, and no longer delay than there was time for", () => {
  const times = new ThreadTimes();
  const cpuBeforeNs = times.cpuNs, delayBeforeNs = times.runDelayNs, beginNs = nowNs();
  const usageBefore = process.threadCpuUsage();
  Bun.sleepSync(20);
  let sum = 0;
  while (nowNs() - beginNs < 120e6) sum += 1;
  times.read();
  const usage = process.threadCpuUsage(usageBefore), elapsedNs = nowNs() - beginNs;
  const cpuNs = times.cpuNs - cpuBeforeNs, delayNs = times.runDelayNs - delayBeforeNs;
  assert.ok(sum > 0 && cpuNs <= elapsedNs - 20e6, `${cpuNs} of ${elapsedNs} ns`);
  const usedNs = (usage.user + usage.system) * 1000;
  assert.ok(Math.abs(cpuNs - usedNs) < 1e6, `${cpuNs} ns, getrusage ${usedNs}`);
  assert.equal(times.hasRunDelay(), true);
  assert.ok(delayNs >= 0 && cpuNs + delayNs <= elapsedNs, `${cpuNs} and ${delayNs} of ${elapsedNs} ns`);
  times.close();
});
