import assert from "node:assert/strict";
import { test } from "node:test";
import { RoundMeter } from "../../lib/run/ceiling_rounds.ts";

const SECOND = 1e9;

/** Returns a look at an epoch. */
function glanceAt(seconds: number, stepsDone: number, extents: number) {
  return { elapsedNs: seconds * SECOND, stepsDone, totals: { extents } };
}

test("RoundMeter measures rounds of a second behind one that warms up, across epochs", () => {
  const meter = new RoundMeter({ numRounds: 2, roundNs: SECOND, batchSize: 10 });
  meter.beginEpoch();
  assert.equal(meter.add(glanceAt(0.5, 1, 50)), false);
  assert.equal(meter.add(glanceAt(1, 2, 100)), true);
  assert.deepEqual(meter.rates, [], "the first round is not counted");
  assert.equal(meter.add(glanceAt(1.5, 102, 200)), false);
  meter.beginEpoch(); // the round goes on with what comes
  assert.equal(meter.add(glanceAt(0.5, 100, 100)), true);
  assert.deepEqual(meter.rates, [2000]);
  assert.equal(meter.add(glanceAt(2.5, 300, 200)), true);
  assert.deepEqual(meter.rates, [2000, 1000]);
  assert.equal(meter.measuredNs, 3 * SECOND);
  assert.equal(meter.isDone, true);
  assert.equal(meter.add(glanceAt(9, 1000, 1000)), false);
});

test("RoundMeter lets a round of long row groups last until it has some, four seconds at most", () => {
  const meter = new RoundMeter({ numRounds: 2, roundNs: SECOND, batchSize: 1 });
  meter.beginEpoch();
  meter.add(glanceAt(1, 10, 100)); // warm
  assert.equal(meter.add(glanceAt(2, 20, 110)), false);
  assert.equal(meter.add(glanceAt(3, 30, 116)), true, "16 row groups");
  assert.equal(meter.add(glanceAt(6.9, 31, 117)), false);
  assert.equal(meter.add(glanceAt(7, 34, 118)), true);
  assert.deepEqual(meter.rates, [10, 1]);
});

test("RoundMeter ends no round without a step", () => {
  const meter = new RoundMeter({ numRounds: 1, roundNs: SECOND, batchSize: 1 });
  meter.beginEpoch();
  assert.equal(meter.add(glanceAt(60, 0, 0)), false);
  assert.equal(meter.add(glanceAt(61, 1, 100)), true);
});
