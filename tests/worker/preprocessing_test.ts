import assert from "node:assert/strict";
import { test } from "node:test";
import { nowNs } from "../../lib/base/clock.ts";
import { Preprocessing } from "../../lib/worker/preprocessing.ts";
import { SharedMemory, STOP } from "../../lib/worker/shared_memory.ts";
import { shapeWith } from "./memory_shapes.ts";

test("Preprocessing.wait() waits for all samples of an extent at once, and tells how long", () => {
  const preprocessing = new Preprocessing(new SharedMemory(shapeWith()), { time: 0.0005, seed: 1 });
  const beginNs = nowNs();
  const endNs = preprocessing.wait(0, 0, 40)!;
  assert.ok(endNs - beginNs >= 20e6, `${endNs - beginNs} ns`);
  assert.ok(preprocessing.waitedNs >= 20e6 && preprocessing.waitedNs <= nowNs() - beginNs);
});

test("Preprocessing.wait() makes up for waits that were too short or too long: the sum is right", () => {
  const preprocessing = new Preprocessing(new SharedMemory(shapeWith()), { time: 0.000_001, seed: 1 });
  let waitedNs = 0, waits = 0;
  for (let ordinal = 0; ordinal < 3000; ordinal++) {
    preprocessing.wait(0, ordinal, 10);
    waitedNs += preprocessing.waitedNs;
    if (preprocessing.waitedNs > 5000) waits++;
  }
  // 30 ms in all. What the last wait took too long is not made up for: less than 100 ms however busy the machine is.
  assert.ok(waitedNs > 29.9e6 && waitedNs < 130e6, `${waitedNs} ns`);
  assert.ok(waits > 0 && waits <= 600, `10 us are too short to be waited for: ${waits} waits`);
});

test("Preprocessing.wait() does not wait where the run is stopped", () => {
  const memory = new SharedMemory(shapeWith());
  Atomics.store(memory.control, STOP, 1);
  const preprocessing = new Preprocessing(memory, { time: 3600, seed: 1 });
  const beginNs = nowNs();
  assert.equal(
    preprocessing.wait(0, 0, 1),
    undefined,
    "samples whose preprocessing was cut short are not ready",
  );
  assert.ok(nowNs() - beginNs < 1e9);
});

test("Preprocessing.wait() looks at reads that are under way meanwhile, and not at others", () => {
  const preprocessing = new Preprocessing(new SharedMemory(shapeWith()), { time: 0.001, seed: 1 });
  let polls = 0;
  const reads = { isUnderWay: true, poll: () => void polls++ };
  preprocessing.wait(0, 0, 20, reads);
  assert.ok(polls >= 5 && polls <= 101, `${polls} looks in 20 ms`); // one each 0.2 ms at best
  assert.ok(preprocessing.waitedNs >= 20e6);
  polls = 0;
  preprocessing.wait(0, 1, 20, { ...reads, isUnderWay: false });
  assert.equal(polls, 0);
});
