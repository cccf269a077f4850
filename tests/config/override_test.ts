import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocument } from "yaml";
import { UsageError } from "../../lib/base/errors.ts";
import { applyOverride, parseOverride } from "../../lib/config/override.ts";
import { mergeTrees } from "../../lib/config/tree.ts";
import { YAML_OPTIONS } from "../../lib/config/yaml_document.ts";

const PARSED: readonly (readonly [text: string, path: readonly (string | number)[], value: unknown])[] = [
  ["reader.batch_size=1024", ["reader", "batch_size"], 1024],
  ["++workload.reader.batch_size=1024", ["reader", "batch_size"], 1024],
  ["+workload.reader.batch_size=1", ["reader", "batch_size"], 1],
  ["workload.model.name=a", ["model", "name"], "a"],
  ["data_reader.batch_size=2", ["reader", "batch_size"], 2],
  ["train.computation_time=1e-3", ["train", "computation_time"], 0.001],
  ["train.computation_time={mean: 2}", ["train", "computation_time"], { mean: 2 }],
  ["workflow.generate_data=True", ["workflow", "generate_data"], true],
  ["reader.file_shuffle=off", ["reader", "file_shuffle"], false],
  ["a.b=[1, 2]", ["a", "b"], [1, 2]],
  ["a.b=null", ["a", "b"], null],
  ["a.b=", ["a", "b"], null],
  ["a.b=c=d", ["a", "b"], "c=d"],
  ["a.b='1'", ["a", "b"], "1"],
  ["dataset.data_folder=/mnt/a b", ["dataset", "data_folder"], "/mnt/a b"],
  ["dataset.parquet.columns[3].read=no", ["dataset", "parquet", "columns", 3, "read"], false],
  ["dataset.parquet.columns.3.read=false", ["dataset", "parquet", "columns", 3, "read"], false],
];

for (const [text, path, value] of PARSED) {
  test(`parseOverride() reads ${text}`, () => assert.deepEqual(parseOverride(text), { text, path, value }));
}

const REFUSED: readonly (readonly [text: string, part: string])[] = [
  ["reader.batch_size", 'it has no "="'],
  ["", 'it has no "="'],
  ["=3", '"" is not a key path'],
  ["a..b=3", '"a..b" is not a key path'],
  ["a.=3", '"a." is not a key path'],
  ["columns[x]=3", '"columns[x]" is not a key path'],
  ["a b=3", '"a b" is not a key path'],
  ["reader.batch_size=[1", "the value is not YAML"],
  ["extends=dlrm", "what a workload builds on stands in its file"],
  ["reader.batch_size=*x", "the value is not YAML (unknown alias *x"],
];

for (const [text, part] of REFUSED) {
  test(`parseOverride() refuses "${text}"`, () => {
    assert.throws(
      () => parseOverride(text),
      (error) => error instanceof UsageError && error.message.includes(part),
    );
  });
}

function apply(yaml: string, ...overrides: string[]): unknown {
  const tree = mergeTrees({}, parseDocument(yaml, YAML_OPTIONS).toJS());
  for (const override of overrides) applyOverride(tree, parseOverride(override));
  return tree;
}

const APPLIED: readonly (readonly [yaml: string, override: string, result: unknown])[] = [
  ["a: { b: 1, c: 2 }", "a.b=3", { a: { b: 3, c: 2 } }],
  ["a: { b: 1 }", "a.c=3", { a: { b: 1, c: 3 } }],
  ["a: { b: 1 }", "d.e.f=3", { a: { b: 1 }, d: { e: { f: 3 } } }],
  ["a:", "a.b=3", { a: { b: 3 } }],
  ["a: { b: 1 }", "a={c: 2}", { a: { c: 2 } }],
  ["a: [{ b: 1 }, { b: 2 }]", "a[1].b=3", { a: [{ b: 1 }, { b: 3 }] }],
  ["a: [1, 2]", "a.0=3", { a: [3, 2] }],
  // What an alias or a merge key leads to is kept, and stays as it is where it is defined.
  ["x: &x { b: 1, c: 2 }\na: *x", "a.b=3", { x: { b: 1, c: 2 }, a: { b: 3, c: 2 } }],
  ["x: &x { r: { b: 1, c: 2 } }\na: { <<: *x }", "a.r.b=3", {
    x: { r: { b: 1, c: 2 } },
    a: { r: { b: 3, c: 2 } },
  }],
];

for (const [yaml, override, result] of APPLIED) {
  test(`applyOverride() applies ${override} to ${JSON.stringify(yaml)}`, () => {
    assert.deepEqual(apply(yaml, override), result);
  });
}

test("applyOverride() lets the last override of a key win", () => {
  assert.deepEqual(apply("a: 1", "a=2", "a=3"), { a: 3 });
});

const NOT_APPLIED: readonly (readonly [yaml: string, override: string, part: string])[] = [
  ["a: text", "a.b=3", 'a is "text", a mapping or list wanted'],
  ["a: [1, 2]", "a[2]=3", "a is a list of 2, an index of one of its elements wanted, not 2"],
  ["a: [{ b: 1 }]", "a[1].b=3", "a is a list of 1"],
  ["a: [1, 2]", "a.b=3", "a is a list of 2, an index of one of its elements wanted, not b"],
  ["a: { b: 1 }", "a[0]=3", "a is a mapping, a key wanted, not 0"],
  ["b: 1", "a[0].c=3", "a is a list of 0"],
];

for (const [yaml, override, part] of NOT_APPLIED) {
  test(`applyOverride() refuses ${override} for ${JSON.stringify(yaml)}`, () => {
    assert.throws(() => apply(yaml, override), (error) => {
      return error instanceof UsageError && error.message.startsWith(`Cannot set "${override}": `) &&
        error.message.includes(part);
    });
  });
}
