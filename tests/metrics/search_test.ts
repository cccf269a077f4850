import assert from "node:assert/strict";
import { test } from "node:test";
import {
  boundsOf,
  nextStep,
  type PointState,
  type SearchPoint,
  type SearchRules,
  stateOf,
} from "../../lib/metrics/search.ts";
import { randomSource } from "../helpers/random_source.ts";

const RULES: SearchRules = { first: 1, max: 256, requiredAuPercent: 70, minRuns: 1 };

/** Searches with a made-up storage; returns the answer, the points and the order in which they were measured. */
function search(auOf: (numAccelerators: number) => number, changes: Partial<SearchRules> = {}) {
  const rules = { ...RULES, ...changes };
  const aus = new Map<number, number[]>(), order: number[] = [];
  const pointsOf = (): SearchPoint[] =>
    [...aus].map(([numAccelerators, auPercents]) => ({ numAccelerators, auPercents }));
  for (;;) {
    const step = nextStep(pointsOf(), rules), { numAccelerators } = step;
    if (step.kind === "done") return { answer: numAccelerators, order, points: pointsOf(), rules };
    assert.ok(numAccelerators >= 1 && numAccelerators <= rules.max, `${numAccelerators}`);
    order.push(numAccelerators);
    aus.set(numAccelerators, [...aus.get(numAccelerators) ?? [], auOf(numAccelerators)]);
    assert.ok(order.length <= 3 * rules.max + 10, "the search does not end");
  }
}

/** A storage that feeds `capacity` accelerators at the required AU. */
const storageOf = (capacity: number) => (n: number) => Math.min(100, RULES.requiredAuPercent * capacity / n);

test("nextStep() doubles, then halves, then makes sure", () => {
  const table: [capacity: number, order: number[], changes?: Partial<SearchRules>][] = [
    [5.5, [1, 2, 4, 8, 6, 5, 5, 6, 7]],
    [0.5, [1, 1, 2]],
    [1.5, [1, 2, 1, 2, 3]],
    [3.5, [1, 2, 4, 3, 3, 4, 5]],
    [100, [1, 2, 4, 6, 6], { max: 6 }],
    [5.5, [6, 3, 4, 5, 5, 6, 7], { first: 6 }],
    [100, [3, 3], { first: 3, max: 3 }],
    [1.5, [1, 1, 2, 2, 3, 3], { minRuns: 2 }],
    [5.5, [1, 2, 4, 6, 5, 5, 6], { max: 6 }],
  ];
  for (const [capacity, order, changes] of table) {
    assert.deepEqual(search(storageOf(capacity), changes).order, order, `${capacity}`);
  }
});

test("nextStep() finds the analytic answer for every storage and every beginning", () => {
  const random = randomSource(6);
  for (let trial = 0; trial < 2000; trial++) {
    const capacity = 2 ** (random.fraction() * 9) - 0.5, first = 1 + Math.floor(random.fraction() * 20);
    const { answer, order } = search(storageOf(capacity), { first });
    assert.equal(answer, Math.min(RULES.max, Math.floor(capacity)), `${capacity} from ${first}`);
    assert.ok(order.length <= 4 * Math.log2(RULES.max), `${order}`);
  }
});

test("nextStep() is wrong by no more than the noise allows", () => {
  const random = randomSource(7), noisePoints = 5;
  for (let trial = 0; trial < 2000; trial++) {
    const capacity = 1 + random.fraction() * 40, auOf = storageOf(capacity);
    const { answer } = search((n) => auOf(n) + (random.fraction() * 2 - 1) * noisePoints);
    const isPossible = (n: number) => auOf(n) + noisePoints >= RULES.requiredAuPercent;
    const isCertain = (n: number) => auOf(n) - noisePoints >= RULES.requiredAuPercent;
    assert.ok(answer === 0 || isPossible(answer), `${answer} of ${capacity}`);
    assert.ok(!isCertain(answer + 1), `${answer} of ${capacity}`);
  }
});

test("nextStep() ends with whatever AU, at a number that passes with two behind it that fail", () => {
  const random = randomSource(8), max = 40;
  for (let trial = 0; trial < 1000; trial++) {
    const aus = Array.from({ length: max + 1 }, () => random.fraction() * 100);
    const { answer, rules } = search((n) => aus[n], { max });
    const passes = (n: number) =>
      n <= max && stateOf({ auPercents: [aus[n], aus[n], aus[n]] }, rules) === "pass";
    assert.ok(answer === 0 || passes(answer));
    assert.ok(!passes(answer + 1) && !passes(answer + 2), `${answer}`);
  }
});

test("nextStep() goes on where AU rises again, and boundsOf() tells of it", () => {
  const auOf = (n: number) => n === 3 ? 60 : storageOf(6)(n);
  const { answer, points, rules } = search(auOf);
  assert.equal(answer, 6);
  const early = search((n) => n === 2 ? 60 : storageOf(6)(n));
  assert.equal(early.answer, 6);
  assert.deepEqual(boundsOf(early.points, early.rules).failingBelow, [2]);
  assert.deepEqual(boundsOf(points, rules), { passing: 6, failing: 7, failingBelow: [] });
});

test("nextStep() repeats the number that decides, and believes the mean", () => {
  let isFirst = true;
  const hiccup = (n: number) => {
    if (n !== 4 || !isFirst) return storageOf(6.5)(n);
    isFirst = false;
    return 40;
  };
  const { answer, points } = search(hiccup);
  assert.equal(answer, 6);
  assert.deepEqual(points.find(({ numAccelerators }) => numAccelerators === 4)!.auPercents.length, 3);
});

test("stateOf() asks for more runs near the required AU and where runs disagree", () => {
  const table: [auPercents: number[], minRuns: number, state: PointState][] = [
    [[], 1, "open"],
    [[90], 1, "pass"],
    [[50], 1, "fail"],
    [[90], 2, "open"],
    [[90, 91], 2, "pass"],
    [[71.9], 1, "open"],
    [[68.1], 1, "open"],
    [[72], 1, "pass"],
    [[68], 1, "fail"],
    [[71, 75], 1, "open"],
    [[71, 75, 71], 1, "pass"],
    [[50, 90], 1, "open"],
    [[50, 90, 90], 1, "pass"],
    [[50, 80, 75], 1, "fail"],
    [[70, 70, 70], 1, "pass"],
    [[71, 72, 72], 4, "open"],
  ];
  for (const [auPercents, minRuns, state] of table) {
    assert.equal(stateOf({ auPercents }, { requiredAuPercent: 70, minRuns }), state, `${auPercents}`);
  }
});
