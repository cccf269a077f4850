import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParquetType, SchemaElement } from "hyparquet";
import { FileError } from "../../../lib/base/errors.ts";
import { leafToSlot, selectColumns } from "../../../lib/format/parquet/columns.ts";
import { flatSchema, PATH } from "./read_file.ts";

const SCHEMA: SchemaElement[] = [
  { name: "root", num_children: 5 },
  { name: "id", type: "INT64", repetition_type: "REQUIRED" },
  { name: "point", repetition_type: "REQUIRED", num_children: 2 },
  { name: "x", type: "FLOAT", repetition_type: "REQUIRED" },
  { name: "y", type: "FLOAT", repetition_type: "OPTIONAL" },
  { name: "label", type: "INT32", repetition_type: "OPTIONAL" },
  { name: "text", type: "BYTE_ARRAY", repetition_type: "REQUIRED" },
  { name: "tags", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "DOUBLE", repetition_type: "REQUIRED" },
];

test("selectColumns() gives every leaf its place and kind", () => {
  const kinds = selectColumns(SCHEMA, undefined, PATH).map((
    { name, leafIndex, slot, valueBytes, isFastPath },
  ) => ({
    name,
    leafIndex,
    slot,
    valueBytes,
    isFastPath,
  }));
  assert.deepEqual(kinds, [
    { name: "id", leafIndex: 0, slot: 0, valueBytes: 8, isFastPath: true },
    { name: "point.x", leafIndex: 1, slot: 1, valueBytes: 4, isFastPath: true },
    { name: "point.y", leafIndex: 2, slot: 2, valueBytes: 4, isFastPath: false },
    { name: "label", leafIndex: 3, slot: 3, valueBytes: 4, isFastPath: false },
    { name: "text", leafIndex: 4, slot: 4, valueBytes: 0, isFastPath: false },
    { name: "tags.list.element", leafIndex: 5, slot: 5, valueBytes: 8, isFastPath: false },
  ]);
});

test("selectColumns() knows the width of every physical type", () => {
  const widths: [ParquetType, number][] = [
    ["BOOLEAN", 0],
    ["INT32", 4],
    ["INT64", 8],
    ["INT96", 12],
    ["FLOAT", 4],
    ["DOUBLE", 8],
    ["BYTE_ARRAY", 0],
    ["FIXED_LEN_BYTE_ARRAY", 16],
  ];
  for (const [type, wanted] of widths) {
    const schema = flatSchema([{ name: "x", type, type_length: 16, repetition_type: "REQUIRED" }]);
    const [{ valueBytes, isFastPath }] = selectColumns(schema, undefined, PATH);
    assert.deepEqual([valueBytes, isFastPath], [wanted, wanted > 0], type);
  }
});

test("selectColumns() takes all leaves under a name, in the order of the schema, each once", () => {
  const wanted = selectColumns(SCHEMA, ["tags", "point", "point", "id"], PATH);
  assert.deepEqual(wanted.map(({ name }) => name), ["id", "point.x", "point.y", "tags.list.element"]);
  assert.deepEqual([...leafToSlot(SCHEMA, wanted)], [0, 1, 2, -1, -1, 3]);
});

test("selectColumns() gives what a message to a worker may carry", () => {
  const wanted = selectColumns(SCHEMA, undefined, PATH);
  assert.deepEqual(structuredClone(wanted), wanted);
});

test("selectColumns() names a missing column, the file and the nearest names", () => {
  assert.throws(() => selectColumns(SCHEMA, ["id", "lable"], PATH), (error) => {
    assert.ok(error instanceof FileError);
    assert.match(
      error.message,
      /^Cannot find column "lable" in "\/data\/train\/part\.parquet": it has 5 columns, the nearest names are "label"/,
    );
    return true;
  });
});
