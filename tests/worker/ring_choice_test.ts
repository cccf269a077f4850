import assert from "node:assert/strict";
import { test } from "node:test";
import { RingChoice, type RingOptions } from "../../lib/worker/ring_choice.ts";
import { uringTest } from "../helpers/uring.ts";

const OPTIONS: RingOptions = {
  blockBytes: 512,
  direct: false,
  onRead: undefined,
  onRefusal: (reason) => assert.fail(reason),
};

/** A choice for reads through the page cache, whose ring has completed a read at once or not. */
function withChoice({ answersAtOnce }: { answersAtOnce: boolean }, use: (choice: RingChoice) => void): void {
  const choice = new RingChoice({ depth: 2, use: "while_reads_sleep", isRequired: true }, OPTIONS);
  choice.ring!.answersAtOnce = answersAtOnce;
  use(choice);
  choice.close();
}

/** Lets extents sleep or not, whichever way they go; returns how many of them went through the ring. */
function choose(
  choice: RingChoice,
  sleeps: (extent: number) => boolean,
  { times }: { times: number },
): number {
  let byRing = 0;
  for (let extent = 0; extent < times; extent++) {
    const usesRing = choice.usesRing();
    if (usesRing) byRing++;
    choice.learn(sleeps(extent), usesRing);
  }
  return byRing;
}

test("RingChoice has none without a task", () => {
  const choice = new RingChoice(undefined, OPTIONS);
  assert.deepEqual([choice.ring, choice.isOpen, choice.usesRing()], [undefined, false, false]);
  choice.close();
});

uringTest("RingChoice takes the ring for all where it is fixed", () => {
  const choice = new RingChoice({ depth: 2, use: "always", isRequired: true }, OPTIONS);
  assert.equal(choice.isOpen, false);
  assert.equal(choose(choice, () => false, { times: 1000 }), 1000);
  choice.close();
});

for (const answersAtOnce of [true, false]) {
  const what = answersAtOnce ? "a ring that tells of cached pages" : "a ring that tells nothing";
  uringTest(`RingChoice uses pread from memory and the ring from storage: ${what}`, () => {
    withChoice({ answersAtOnce }, (choice) => {
      assert.equal(choice.isOpen, true);
      assert.equal(choose(choice, () => false, { times: 1000 }), 0);
      const fromStorage = choose(choice, () => true, { times: 1000 });
      assert.ok(fromStorage >= 980, `${fromStorage} of 1000`);
      // Back in memory: a ring that tells nothing is used until the next trial.
      choose(choice, () => false, { times: 300 });
      assert.equal(choose(choice, () => false, { times: 1000 }), 0);
    });
  });
}

uringTest("RingChoice follows most of the extents: one in four that sleeps is not enough", () => {
  withChoice({ answersAtOnce: true }, (choice) => {
    assert.ok(choose(choice, (extent) => extent % 4 === 0, { times: 1000 }) < 10);
    assert.ok(choose(choice, (extent) => extent % 4 !== 0, { times: 1000 }) > 950);
  });
});

uringTest("RingChoice does as it is told, and forgets what it learned meanwhile", () => {
  withChoice({ answersAtOnce: true }, (choice) => {
    choice.force(true);
    assert.equal(choose(choice, () => false, { times: 100 }), 100);
    choice.force(false);
    assert.equal(choose(choice, () => true, { times: 100 }), 0);
    choice.force(undefined);
    assert.equal(choose(choice, () => true, { times: 100 }), 99);
  });
});
