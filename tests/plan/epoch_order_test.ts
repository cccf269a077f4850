import assert from "node:assert/strict";
import { test } from "node:test";
import { epochOrder, fileAt, rowGroupAt, type ShuffleSettings } from "../../lib/plan/epoch_order.ts";

const NUM_FILES = 50, NUM_ROW_GROUPS = 20;
const ON_DISK = [...Array(NUM_FILES).keys()];

function settingsWith(changes: Partial<ShuffleSettings>): ShuffleSettings {
  return {
    fileShuffle: "off",
    sampleShuffle: "off",
    seed: 10,
    seedChangeEpoch: true,
    runSeed: 99,
    ...changes,
  };
}

function filesOf(settings: ShuffleSettings, epoch: number): number[] {
  const order = epochOrder(settings, epoch);
  return ON_DISK.map((position) => fileAt(order, position, NUM_FILES));
}

function rowGroupsOf(settings: ShuffleSettings, epoch: number, file: number): number[] {
  const order = epochOrder(settings, epoch);
  return Array.from(
    { length: NUM_ROW_GROUPS },
    (_, position) => rowGroupAt(order, file, position, NUM_ROW_GROUPS),
  );
}

function differ(...orders: number[][]): boolean {
  return new Set(orders.map((order) => order.join())).size === orders.length;
}

test("epochOrder() keeps the order on disk without shuffle", () => {
  assert.deepEqual(filesOf(settingsWith({}), 3), ON_DISK);
  assert.deepEqual(rowGroupsOf(settingsWith({}), 3, 7), ON_DISK.slice(0, NUM_ROW_GROUPS));
});

test("epochOrder() shuffles files and row groups independently", () => {
  const files = settingsWith({ fileShuffle: "seed" }), rows = settingsWith({ sampleShuffle: "seed" });
  assert.notDeepEqual(filesOf(files, 0), ON_DISK);
  assert.deepEqual(rowGroupsOf(files, 0, 1), ON_DISK.slice(0, NUM_ROW_GROUPS));
  assert.deepEqual(filesOf(rows, 0), ON_DISK);
  assert.notDeepEqual(rowGroupsOf(rows, 0, 1), ON_DISK.slice(0, NUM_ROW_GROUPS));
});

test("epochOrder() is a permutation of files and of row groups", () => {
  const settings = settingsWith({ fileShuffle: "seed", sampleShuffle: "random" });
  const ascending = (a: number, b: number) => a - b;
  for (let epoch = 0; epoch < 5; epoch++) {
    assert.deepEqual(filesOf(settings, epoch).sort(ascending), ON_DISK);
    assert.deepEqual(
      rowGroupsOf(settings, epoch, epoch).sort(ascending),
      ON_DISK.slice(0, NUM_ROW_GROUPS),
    );
  }
});

test("epochOrder() depends on seed and epoch alone, not on the run", () => {
  const settings = settingsWith({ fileShuffle: "seed", sampleShuffle: "seed" });
  const otherRun = { ...settings, runSeed: 1234 };
  assert.deepEqual(filesOf(settings, 2), filesOf(otherRun, 2));
  assert.deepEqual(rowGroupsOf(settings, 2, 5), rowGroupsOf(otherRun, 2, 5));
  assert.ok(differ(filesOf(settings, 2), filesOf({ ...settings, seed: 11 }, 2)));
});

test("epochOrder() changes with the epoch if seed_change_epoch says so", () => {
  for (const seedChangeEpoch of [true, false]) {
    const settings = settingsWith({ fileShuffle: "seed", sampleShuffle: "seed", seedChangeEpoch });
    const files = [0, 1, 2].map((epoch) => filesOf(settings, epoch));
    const rowGroups = [0, 1, 2].map((epoch) => rowGroupsOf(settings, epoch, 4));
    assert.equal(differ(...files), seedChangeEpoch);
    assert.equal(differ(...rowGroups), seedChangeEpoch);
  }
});

test("epochOrder() with shuffle random differs by run and by epoch, whatever seed and seed_change_epoch", () => {
  const settings = settingsWith({ fileShuffle: "random", sampleShuffle: "random", seedChangeEpoch: false });
  assert.ok(differ(filesOf(settings, 0), filesOf(settings, 1), filesOf({ ...settings, runSeed: 100 }, 0)));
  assert.deepEqual(filesOf({ ...settings, seed: 11 }, 0), filesOf(settings, 0));
});

test("rowGroupAt() gives each file an order of its own", () => {
  const settings = settingsWith({ sampleShuffle: "seed" });
  assert.ok(differ(...[0, 1, 2, 3].map((file) => rowGroupsOf(settings, 0, file))));
});
