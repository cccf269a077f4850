import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../lib/base/errors.ts";
import { COLUMN_DTYPES } from "../../../lib/config/dtypes.ts";
import {
  checkWritable,
  leafPath,
  plainRowBytes,
  rowsPerPage,
  schemaOf,
  storageOf,
  WRITABLE_DTYPES,
} from "../../../lib/format/parquet/dtypes.ts";

test("WRITABLE_DTYPES are all dtypes that a workload may name", () => {
  assert.deepEqual(WRITABLE_DTYPES.toSorted(), COLUMN_DTYPES.toSorted());
});

test("storageOf() gives narrow integers the 4 bytes that Parquet has for them, strings and binary their length", () => {
  const bits = Object.fromEntries(
    WRITABLE_DTYPES.map((dtype) => [dtype, storageOf({ dtype, size: 1 }).valueBits]),
  );
  assert.deepEqual(bits, {
    int8: 32,
    uint8: 32,
    int16: 32,
    uint16: 32,
    int32: 32,
    uint32: 32,
    int64: 64,
    uint64: 64,
    float16: 16,
    float32: 32,
    float64: 64,
    bool: 1,
    list: 32,
    string: (4 + 12) * 8,
    binary: (4 + 1) * 8,
  });
  assert.equal(storageOf({ dtype: "string", size: 7 }).valueBits, (4 + 7) * 8);
  assert.equal(storageOf({ dtype: "binary", size: 100 }).valueBits, (4 + 100) * 8);
});

test("storageOf() makes a row of several values a list, and of the dtype list always", () => {
  const shape = (dtype: string, size: number) => {
    const { isList, valuesPerRow } = storageOf({ dtype, size });
    return [isList, valuesPerRow];
  };
  assert.deepEqual(shape("float32", 1), [false, 1]);
  assert.deepEqual(shape("float32", 8), [true, 8]);
  assert.deepEqual(shape("list", 1), [true, 1]);
  assert.deepEqual(shape("bool", 3), [true, 3]);
  assert.deepEqual(shape("string", 8), [false, 1]);
  assert.deepEqual(shape("binary", 8), [false, 1]);
});

test("rowsPerPage() is the whole rows that fit, one at least; a bool counts as a byte", () => {
  assert.equal(plainRowBytes({ dtype: "float64", size: 10 }), 80);
  assert.equal(rowsPerPage({ dtype: "float64", size: 10 }, 799), 9);
  assert.equal(rowsPerPage({ dtype: "float64", size: 10 }, 1), 1);
  assert.equal(rowsPerPage({ dtype: "bool", size: 1 }, 100), 100);
  assert.equal(rowsPerPage({ dtype: "string", size: 1 }, 160), 10);
});

test("checkWritable() names the column whose rows do not fit, by how much, and the way out", () => {
  const good = { name: "good", dtype: "float32", size: 1 };
  const cases: [Parameters<typeof checkWritable>, RegExp][] = [
    [
      [[good], 2 ** 28 + 1],
      /column "good": dataset\.parquet\.row_group_size is 268435457, at most 268435456 rows of float32/,
    ],
    [
      [[good, { ...good, name: "list", size: 1024 }], 2 ** 18 + 1],
      /"list": .* at most 262144 rows of 1024 x float32/,
    ],
    [[[{ name: "flag", dtype: "bool", size: 1 }], 2 ** 31], /"flag": .* at most 2147483647 rows of bool/],
    [
      [[{ name: "huge", dtype: "binary", size: 2 ** 30 }]],
      /"huge": a row of 1073741824 x binary takes 1073741828/,
    ],
  ];
  for (const [columns, message] of cases) {
    assert.throws(
      () => checkWritable(...columns),
      (error) => error instanceof UsageError && message.test(error.message),
    );
  }
  checkWritable([good], 2 ** 28);
});

test("schemaOf() has REQUIRED columns, the narrow type as converted or logical type, and three levels for a list", () => {
  const columns = [
    { name: "h", dtype: "float16", size: 1 },
    { name: "i", dtype: "int8", size: 1 },
    { name: "s", dtype: "string", size: 5 },
    { name: "l", dtype: "uint8", size: 5 },
  ];
  assert.deepEqual(schemaOf(columns), [
    { name: "schema", num_children: 4 },
    {
      name: "h",
      type: "FIXED_LEN_BYTE_ARRAY",
      type_length: 2,
      repetition_type: "REQUIRED",
      logical_type: { type: "FLOAT16" },
    },
    { name: "i", type: "INT32", repetition_type: "REQUIRED", converted_type: "INT_8" },
    {
      name: "s",
      type: "BYTE_ARRAY",
      repetition_type: "REQUIRED",
      converted_type: "UTF8",
      logical_type: { type: "STRING" },
    },
    {
      name: "l",
      repetition_type: "REQUIRED",
      num_children: 1,
      converted_type: "LIST",
      logical_type: { type: "LIST" },
    },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT32", repetition_type: "REQUIRED", converted_type: "UINT_8" },
  ]);
  assert.deepEqual(leafPath(columns[0]), ["h"]);
  assert.deepEqual(leafPath(columns[3]), ["l", "list", "element"]);
});
