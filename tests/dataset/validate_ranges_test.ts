import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../lib/dataset/validate_finding.ts";
import { mergeDamage } from "../../lib/dataset/validate_ranges.ts";

function damaged(path: string, row_group: number, column: string, ...runs: [number, number][]): Finding {
  return {
    kind: "values",
    message: "values differ",
    path,
    row_group,
    column,
    damage: {
      precision: "bytes",
      runs: runs.map(([offset_bytes, extent_bytes]) => ({ offset_bytes, extent_bytes })),
      num_runs: runs.length,
      differing_bytes: 1,
      differing_values: 1,
      num_values: 1,
      first_expected_hex: "00",
      first_found_hex: "01",
    },
  };
}

test("mergeDamage() joins what lies together, across chunks but not across files", () => {
  const ranges = mergeDamage([
    damaged("b", 0, "x", [100, 50]),
    damaged("a", 1, "y", [1130, 370]),
    damaged("a", 1, "x", [1000, 100], [5000, 8]),
    { kind: "page", message: "a page header", path: "a", row_group: 1, column: "y", offset_bytes: 1102 },
    { kind: "missing_file", message: "it does not exist", path: "c" },
    { kind: "specification", message: "another seed" },
  ]);
  assert.deepEqual(ranges, [
    { path: "a", offset_bytes: 1000, extent_bytes: 500, num_column_chunks: 2 },
    { path: "a", offset_bytes: 5000, extent_bytes: 8, num_column_chunks: 1 },
    { path: "b", offset_bytes: 100, extent_bytes: 50, num_column_chunks: 1 },
  ]);
});
