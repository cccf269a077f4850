import assert from "node:assert/strict";
import { test } from "node:test";
import { differencesOf } from "../../lib/metrics/differences.ts";

test("differencesOf() names figures by path, items of lists by name or place", () => {
  const before = {
    a: { b: 1, c: "x" },
    columns: [{ name: "u", read: true }],
    list: [1, 2],
    gone: 5,
    empty: null,
  };
  const after = { a: { b: 2, c: "x" }, columns: [{ name: "u", read: false }], list: [1, 3, 4], empty: null };
  assert.deepEqual(differencesOf(before, after), [
    { key: "a.b", before: 1, after: 2 },
    { key: "columns.u.read", before: true, after: false },
    { key: "list.1", before: 2, after: 3 },
    { key: "gone", before: 5, after: null },
    { key: "list.2", before: null, after: 4 },
  ]);
  assert.deepEqual(differencesOf(before, structuredClone(before)), []);
});
