import assert from "node:assert/strict";
import { test } from "node:test";
import { regularLayout } from "../../lib/plan/file_layout.ts";

test("regularLayout() cuts rows into full row groups and a rest", () => {
  const cases: [number, number, number[]][] = [
    [10, 5, [5, 5]],
    [11, 5, [5, 5, 1]],
    [4, 5, [4]],
    [1, 1, [1]],
  ];
  for (const [samples, rowGroupRows, rows] of cases) {
    assert.deepEqual(regularLayout(samples, rowGroupRows), { rows });
  }
});
