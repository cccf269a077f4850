import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParquetType, SchemaElement } from "hyparquet";
import { FileError } from "../../../lib/base/errors.ts";
import { leafToSlot, selectColumns } from "../../../lib/format/parquet/columns.ts";
import { flatSchema, PATH } from "./read_file.ts";

const SCHEMA: SchemaElement[] = [
  { name: "root", num_children: 6 },
  { name: "id", type: "INT64", repetition_type: "REQUIRED" },
  { name: "point", repetition_type: "REQUIRED", num_children: 2 },
  { name: "x", type: "FLOAT", repetition_type: "REQUIRED" },
  { name: "y", type: "FLOAT", repetition_type: "OPTIONAL" },
  { name: "label", type: "INT32", repetition_type: "OPTIONAL" },
  { name: "text", type: "BYTE_ARRAY", repetition_type: "REQUIRED" },
  { name: "tags", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "DOUBLE", repetition_type: "REQUIRED" },
  { name: "boxes", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "box", repetition_type: "REQUIRED", num_children: 1 },
  { name: "edges", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "FLOAT", repetition_type: "OPTIONAL" },
];

test("selectColumns() gives every leaf its place and kind", () => {
  const kinds = selectColumns(SCHEMA, undefined, PATH).map((
    { name, leafIndex, slot, valueBytes, isPlainBytes, maxDefinition, maxRepetition, elementDefinition },
  ) => [
    [name, leafIndex, slot],
    [valueBytes, isPlainBytes],
    [maxDefinition, maxRepetition, elementDefinition],
  ]);
  assert.deepEqual(kinds, [
    [["id", 0, 0], [8, true], [0, 0, 0]],
    [["point.x", 1, 1], [4, true], [0, 0, 0]],
    [["point.y", 2, 2], [4, false], [1, 0, 0]],
    [["label", 3, 3], [4, false], [1, 0, 0]],
    [["text", 4, 4], [0, false], [0, 0, 0]],
    [["tags.list.element", 5, 5], [8, false], [1, 1, 1]],
    [["boxes.list.box.edges.list.element", 6, 6], [4, false], [5, 2, 4]],
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
    const [{ valueBytes, isPlainBytes }] = selectColumns(schema, undefined, PATH);
    assert.deepEqual([valueBytes, isPlainBytes], [wanted, wanted > 0], type);
  }
});

test("selectColumns() takes all leaves under a name, in the order of the schema, each once", () => {
  const wanted = selectColumns(SCHEMA, ["tags", "point", "point", "id"], PATH);
  assert.deepEqual(wanted.map(({ name }) => name), ["id", "point.x", "point.y", "tags.list.element"]);
  assert.deepEqual([...leafToSlot(SCHEMA, wanted)], [0, 1, 2, -1, -1, 3, -1]);
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
      /^Cannot find column "lable" in "\/data\/train\/part\.parquet": it has 6 columns, the nearest names are "label"/,
    );
    return true;
  });
});
