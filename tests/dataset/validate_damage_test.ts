import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkDamage } from "../../lib/dataset/validate_damage.ts";

/** Returns 1000 bytes, none of them 0. */
function makeBytes(): Uint8Array {
  return Uint8Array.from({ length: 1000 }, (_, index) => index % 255 + 1);
}

test("ChunkDamage.compare() merges near differences to runs, and counts bytes and values", () => {
  const cases: { zeros: number[]; valueBytes: number; runs: [number, number][]; values: number }[] = [
    { zeros: [], valueBytes: 4, runs: [], values: 0 },
    { zeros: [0], valueBytes: 4, runs: [[5000, 1]], values: 1 },
    { zeros: [999], valueBytes: 8, runs: [[5999, 1]], values: 1 },
    { zeros: [100, 101, 102, 103, 104], valueBytes: 4, runs: [[5100, 5]], values: 2 },
    { zeros: [100, 164], valueBytes: 4, runs: [[5100, 65]], values: 2 }, // 63 equal bytes between
    { zeros: [100, 166], valueBytes: 4, runs: [[5100, 1], [5166, 1]], values: 2 },
  ];
  for (const { zeros, valueBytes, runs, values } of cases) {
    const expected = makeBytes(), found = makeBytes(), damage = new ChunkDamage();
    for (const index of zeros) found[index] = 0;
    damage.compare(expected, found, 5000, valueBytes);
    assert.equal(damage.isEmpty, zeros.length === 0);
    const report = damage.report(250);
    assert.deepEqual(report.runs.map((run) => [run.offset_bytes, run.extent_bytes]), runs);
    assert.equal(report.num_runs, runs.length);
    assert.equal(report.differing_bytes, zeros.length);
    assert.equal(report.differing_values, values);
  }
});

test("ChunkDamage.compare() keeps the first bytes that differ, and joins pages that follow each other", () => {
  const damage = new ChunkDamage();
  const expected = makeBytes(), found = makeBytes();
  found[990] = 0xff;
  damage.compare(expected, found, 0, 4);
  found.copyWithin(0, 0);
  found.fill(0);
  damage.compare(expected, found, 1030, 4); // a page header of 30 bytes between
  const report = damage.report(500);
  assert.deepEqual(report.runs, [{ offset_bytes: 990, extent_bytes: 1040 }]);
  assert.equal(report.first_expected_hex, Buffer.from(expected.slice(990, 998)).toString("hex"));
  assert.equal(report.first_found_hex, "ff" + report.first_expected_hex.slice(2));
  assert.equal(report.differing_values, 1 + 250);
});

test("ChunkDamage.compare() counts the bits of bools", () => {
  const damage = new ChunkDamage();
  damage.compare(Uint8Array.of(0b1111, 0), Uint8Array.of(0b0101, 1), 0, 1 / 8);
  assert.equal(damage.report(16).differing_values, 3);
});

test("ChunkDamage.comparePage() blames the page as a whole", () => {
  const damage = new ChunkDamage(), expected = makeBytes(), found = makeBytes();
  damage.comparePage(expected, found, { startByte: 70, bytes: 300, valueBytes: 8 });
  assert.ok(damage.isEmpty);
  found[10] ^= 1;
  found[900] ^= 1;
  damage.comparePage(expected, found, { startByte: 70, bytes: 300, valueBytes: 8 });
  const { precision, runs, differing_values } = damage.report(125);
  assert.deepEqual({ precision, runs, differing_values }, {
    precision: "pages",
    runs: [{ offset_bytes: 70, extent_bytes: 300 }],
    differing_values: 2,
  });
});

test("ChunkDamage.report() lists the first runs and counts all", () => {
  const expected = new Uint8Array(10_000), found = new Uint8Array(10_000), damage = new ChunkDamage();
  for (let at = 0; at < found.length; at += 100) found[at] = 1;
  damage.compare(expected, found, 0, 4);
  const { runs, num_runs } = damage.report(2500);
  assert.equal(num_runs, 100);
  assert.deepEqual(runs.map((run) => run.offset_bytes), [...Array(16).keys()].map((index) => index * 100));
});
