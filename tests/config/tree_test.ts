import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeTrees, type Tree, valueAt } from "../../lib/config/tree.ts";

const MERGED: readonly (readonly [base: Tree, over: Tree, merged: Tree])[] = [
  [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  [{ a: { b: 1, c: 2 } }, { a: { c: 3 } }, { a: { b: 1, c: 3 } }],
  [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
  [{ a: { b: 1 } }, { a: null }, { a: { b: 1 } }],
  [{ a: 1 }, { a: null }, { a: null }],
  [{ a: { b: 1 } }, { a: 2 }, { a: 2 }],
  [{ a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
  [{ a: 1 }, JSON.parse('{ "__proto__": { "b": 2 } }'), JSON.parse('{ "a": 1, "__proto__": { "b": 2 } }')],
];

for (const [base, over, merged] of MERGED) {
  test(`mergeTrees() puts ${JSON.stringify(over)} over ${JSON.stringify(base)}`, () => {
    const before = JSON.stringify([base, over]);
    const result = mergeTrees(base, over);
    assert.deepEqual(JSON.stringify(result), JSON.stringify(merged));
    assert.equal(Object.getPrototypeOf(result), Object.prototype);
    assert.equal(JSON.stringify([base, over]), before, "what is merged stays as it is");
  });
}

test("mergeTrees() copies what two keys share", () => {
  const shared = { b: 1 };
  const { a, c } = mergeTrees({}, { a: shared, c: [shared] }) as { a: object; c: object[] };
  assert.notEqual(a, shared);
  assert.notEqual(a, c[0]);
});

test("valueAt() finds what stands at a path, and nothing that the language adds", () => {
  const tree = { a: [{ b: 0 }] };
  assert.equal(valueAt(tree, ["a", 0, "b"]), 0);
  for (const path of [["a", 1], ["a", "length", "x"], ["toString"], ["a", 0, "b", "c"]]) {
    assert.equal(valueAt(tree, path), undefined, path.join("."));
  }
});
