import assert from "node:assert/strict";
import { test } from "node:test";
import { mix32, permute } from "../../lib/base/random.ts";

const SEEDS = [0, 1, 10, 0x7fffffff, 0xffffffff];

function permutation(length: number, seed: number): number[] {
  return Array.from({ length }, (_, index) => permute(index, length, seed));
}

test("permute() meets every element once, whatever length and seed", () => {
  const lengths = [1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 63, 64, 65, 100, 1023, 1024, 1025, 4097];
  for (const length of lengths) {
    for (const seed of SEEDS) {
      const met = new Uint8Array(length);
      for (const element of permutation(length, seed)) {
        assert.ok(Number.isInteger(element) && element >= 0 && element < length, `${element} of ${length}`);
        met[element]++;
      }
      assert.ok(met.every((times) => times === 1), `length ${length}, seed ${seed}`);
    }
  }
});

test("permute() meets every one of a million elements once", () => {
  const length = 1_000_000;
  const met = new Uint8Array(length);
  for (let index = 0; index < length; index++) met[permute(index, length, 42)]++;
  assert.ok(met.every((times) => times === 1));
});

test("permute() stays in range and repeats nothing up to its longest length", () => {
  for (const length of [50_000_000, 2 ** 29 + 1, 2 ** 30 - 1, 2 ** 30]) {
    const met = new Set<number>();
    for (let sample = 0; sample < 2000; sample++) {
      const element = permute(Math.floor(sample * length / 2000), length, 7);
      assert.ok(element >= 0 && element < length, `${element} of ${length}`);
      met.add(element);
    }
    assert.equal(met.size, 2000);
  }
});

test("permute() gives another order to another seed, the same to the same", () => {
  const orders = SEEDS.map((seed) => permutation(1000, seed).join());
  assert.equal(new Set(orders).size, SEEDS.length);
  assert.deepEqual(SEEDS.map((seed) => permutation(1000, seed).join()), orders);
});

test("permute() leaves few elements where they were and few neighbours together", () => {
  for (const seed of SEEDS) {
    const order = permutation(10_000, seed);
    // A random permutation is expected to have one of either.
    const fixed = order.filter((element, index) => element === index).length;
    const together = order.filter((element, index) => element + 1 === order[index + 1]).length;
    assert.ok(fixed <= 8, `${fixed} elements did not move with seed ${seed}`);
    assert.ok(together <= 8, `${together} neighbours stayed together with seed ${seed}`);
  }
});

test("permute() brings every element to every place equally often over seeds", () => {
  const places = Array.from({ length: 5 }, () => new Array(5).fill(0));
  const numSeeds = 5000;
  for (let seed = 0; seed < numSeeds; seed++) {
    permutation(5, mix32(1, seed)).forEach((element, index) => places[index][element]++);
  }
  // 1000 are expected, with a standard deviation of 28.
  for (const count of places.flat()) assert.ok(Math.abs(count - numSeeds / 5) < 150, `${count} of 1000`);
});

test("mix32() gives unsigned 32-bit numbers that change with either argument", () => {
  const hashes = new Set<number>();
  for (let seed = 0; seed < 100; seed++) {
    for (let value = 0; value < 100; value++) {
      const hash = mix32(seed, value);
      assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32);
      hashes.add(hash);
    }
  }
  // 0.01 collisions are expected of 10,000 random numbers.
  assert.ok(hashes.size >= 9998, `${hashes.size} of 10000 differ`);
});
