import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../lib/base/errors.ts";
import { checkWritable, schemaOf, storageOf, WRITABLE_DTYPES } from "../../../lib/format/parquet/dtypes.ts";

test("storageOf() gives narrow integers the 4 bytes that Parquet has for them", () => {
  const bytes = Object.fromEntries(WRITABLE_DTYPES.map((dtype) => [dtype, storageOf(dtype).valueBytes]));
  assert.deepEqual(bytes, {
    int8: 4,
    uint8: 4,
    int16: 4,
    uint16: 4,
    int32: 4,
    uint32: 4,
    int64: 8,
    uint64: 8,
    float16: 2,
    float32: 4,
    float64: 8,
  });
});

test("checkWritable() names the column that cannot be generated, what it is and the way out", () => {
  const good = { name: "good", dtype: "float32", size: 1 };
  const cases: [Parameters<typeof checkWritable>, RegExp][] = [
    [
      [[good, { name: "flag", dtype: "bool", size: 1 }]],
      /column "flag": its dtype is bool, one of int8, .* is wanted/,
    ],
    [[[{ name: "text", dtype: "string", size: 1 }]], /column "text".*workflow\.generate_data=false/],
    [[[{ name: "blob", dtype: "binary", size: 1 }]], /column "blob"/],
    [[[{ name: "list", dtype: "list", size: 8 }]], /column "list"/],
    [[[{ name: "wide", dtype: "float32", size: 128 }]], /column "wide": its size is 128, 1 is wanted/],
    [[[]], /"dataset\.parquet\.columns" is empty/],
    [
      [[good], 2 ** 28 + 1],
      /column "good": dataset\.parquet\.row_group_size is 268435457, at most 268435456 rows/,
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

test("schemaOf() is a flat schema of REQUIRED columns with the narrow type as converted or logical type", () => {
  const columns = [{ name: "h", dtype: "float16", size: 1 }, { name: "i", dtype: "int8", size: 1 }];
  assert.deepEqual(schemaOf(columns), [
    { name: "schema", num_children: 2 },
    {
      name: "h",
      type: "FIXED_LEN_BYTE_ARRAY",
      type_length: 2,
      repetition_type: "REQUIRED",
      logical_type: { type: "FLOAT16" },
    },
    { name: "i", type: "INT32", repetition_type: "REQUIRED", converted_type: "INT_8" },
  ]);
});
