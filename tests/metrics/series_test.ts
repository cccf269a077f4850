import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptSeconds } from "../../lib/metrics/series.ts";

const MAX_SECONDS = 3600;

/** Returns which seconds, counted from 1, are kept of so many. */
function keptOf(count: number): number[] {
  const kept = new KeptSeconds();
  for (let second = 1; second <= count; second++) {
    kept.add({
      elapsedNs: second * 1e9,
      intervalNs: 1e9,
      samplesPerSecond: 2 * second,
      requestedBytesPerSecond: 3 * second,
      isWhole: true,
    });
  }
  for (const { elapsedNs, samplesPerSecond, requestedBytesPerSecond } of kept.all()) {
    assert.deepEqual([samplesPerSecond, requestedBytesPerSecond], [2 * elapsedNs / 1e9, 3 * elapsedNs / 1e9]);
  }
  return kept.all().map(({ elapsedNs }) => elapsedNs / 1e9);
}

test("KeptSeconds keeps every second, and of more than an hour every second, fourth, ... one", () => {
  for (
    const count of [0, 1, 2, MAX_SECONDS - 1, MAX_SECONDS, MAX_SECONDS + 1, MAX_SECONDS + 2, 10_000, 50_000]
  ) {
    const kept = keptOf(count);
    let stride = 1;
    while (Math.ceil(count / stride) > MAX_SECONDS) stride *= 2;
    const wanted = Array.from({ length: Math.ceil(count / stride) }, (_, index) => 1 + index * stride);
    assert.deepEqual(kept, wanted, `of ${count}`);
  }
});
