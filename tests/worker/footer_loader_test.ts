import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaElement } from "hyparquet";
import { FileError } from "../../lib/base/errors.ts";
import { schemaSection } from "../../lib/format/parquet/schema_section.ts";
import { FooterLoader } from "../../lib/worker/footer_loader.ts";
import { memoryStorage } from "../helpers/memory_storage.ts";
import { footerOf, makeFile, openFile } from "../format/parquet/read_file.ts";

const LIST: SchemaElement[] = [
  { name: "v", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
];
const FIXED: SchemaElement = {
  name: "f",
  type: "FIXED_LEN_BYTE_ARRAY",
  type_length: 4,
  repetition_type: "REQUIRED",
};

function fileOf({ list = LIST, fixed = FIXED, rows = 4, rowGroupSize = 2, noteBytes = 1 } = {}): Uint8Array {
  return makeFile({
    schema: [{ name: "root", num_children: 2 }, ...list, fixed],
    columnData: [
      { name: "v", data: Array.from({ length: rows }, (_, row) => [row]) },
      { name: fixed.name, data: Array.from({ length: rows }, () => new Uint8Array(fixed.type_length!)) },
    ],
    rowGroupSize,
    kvMetadata: [{ key: "note", value: "n".repeat(noteBytes) }],
  });
}

/** Loads the footer of `file` as that of a dataset whose first file is `first`. */
function load(first: Uint8Array, file: Uint8Array, alignBytes = 1) {
  const { summary, columns, table } = openFile(first);
  const { storage, reads } = memoryStorage(file);
  const footers = new FooterLoader(storage, {
    schema: summary.schema,
    columns,
    schemaSection: schemaSection(footerOf(first)),
    alignBytes,
  });
  footers.load(storage.open("/data/other.parquet"), table, { rows: [2, 2] });
  return { footers, reads, table };
}

test("FooterLoader takes one read for a short footer and two for a long one, of whole blocks", () => {
  for (const alignBytes of [1, 4096]) {
    for (const [noteBytes, wantedReads] of [[1, 1], [60_000, 1], [70_000, 2], [300_000, 2]]) {
      const file = fileOf({ noteBytes });
      const { reads, footers, table } = load(fileOf(), file, alignBytes);
      assert.equal(reads.length, wantedReads);
      assert.deepEqual([...table.rows], [2, 2]);
      for (const { offset, bytes } of reads) {
        assert.equal(offset % alignBytes, 0);
        assert.equal(bytes % alignBytes, 0);
        assert.ok(offset + bytes >= file.length);
      }
      assert.equal(footers.requestedBytes, reads.reduce((sum, { bytes }) => sum + bytes, 0));
      assert.ok(footers.returnedBytes <= footers.requestedBytes);
    }
  }
});

test("FooterLoader refuses a file whose columns are decoded otherwise than those of the first", () => {
  const repeated = (place: number, repetition_type: "REQUIRED" | "OPTIONAL") =>
    LIST.map((element, index) => index === place ? { ...element, repetition_type } : element);
  const cases: [file: Uint8Array, message: RegExp][] = [
    [
      fileOf({ fixed: { ...FIXED, type_length: 2 } }),
      /it has column 1 "f" \(REQUIRED FIXED_LEN_BYTE_ARRAY\(2\)\), wanted .*ARRAY\(4\)\) as in the first file/,
    ],
    [
      fileOf({ list: repeated(0, "REQUIRED") }),
      /it has .*\(REQUIRED REPEATED OPTIONAL INT32\), wanted .*\(OPTIONAL REPEATED OPTIONAL INT32\)/,
    ],
    [fileOf({ list: repeated(2, "REQUIRED") }), /it has .*\(OPTIONAL REPEATED REQUIRED INT32\)/],
    [fileOf({ fixed: { ...FIXED, name: "g" } }), /column "f"/],
    [fileOf({ rows: 6 }), /it has 3 row groups, the files of this dataset have at most 2/],
    [fileOf({ rows: 2 }), /it has 1 row groups, wanted 2: it changed since the run began/],
    [fileOf({ rows: 3 }), /it has 1 rows in row group 1, wanted 2/],
  ];
  for (const [file, message] of cases) {
    assert.throws(() => load(fileOf(), file), (error) => {
      assert.ok(error instanceof FileError && error.message.includes("/data/other.parquet"), String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

test("FooterLoader lets pass a schema that differs in what decoding does not depend on", () => {
  const { table } = load(fileOf(), fileOf({ fixed: { ...FIXED, field_id: 7 } }));
  assert.deepEqual([...table.rows], [2, 2]);
});
