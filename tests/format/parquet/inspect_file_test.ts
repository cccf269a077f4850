import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspectParquet } from "../../../lib/format/parquet/inspect_file.ts";
import { withFolder } from "../../helpers/datasets.ts";
import { type FileOptions, flatSchema, makeFile, oracleMetadata } from "./read_file.ts";

const NEVER = new AbortController().signal;

/** A file of 3 row groups: a nullable integer, a string with a dictionary, a list, and key-value metadata. */
function makeOptions(): FileOptions {
  const rows = 250;
  return {
    schema: [
      { name: "root", num_children: 3 },
      {
        name: "id",
        type: "INT32",
        repetition_type: "OPTIONAL",
        logical_type: { type: "INTEGER", bitWidth: 8, isSigned: true },
      },
      { name: "word", type: "BYTE_ARRAY", repetition_type: "REQUIRED", converted_type: "UTF8" },
      { name: "tags", repetition_type: "OPTIONAL", converted_type: "LIST", num_children: 1 },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "DOUBLE", repetition_type: "OPTIONAL" },
    ],
    codec: "SNAPPY",
    kvMetadata: [{ key: "origin", value: "a test" }, { key: "empty" }],
    rowGroupSize: 100,
    columnData: [
      { name: "id", data: Array.from({ length: rows }, (_, row) => row % 7 === 0 ? null : row % 100) },
      { name: "word", data: Array.from({ length: rows }, (_, row) => `word ${row % 3}`) },
      { name: "tags", data: Array.from({ length: rows }, (_, row) => [row, row + 0.5]) },
    ],
  };
}

test("inspectParquet() says of a file what hyparquet says of it", async () => {
  const bytes = makeFile(makeOptions()), oracle = oracleMetadata(bytes);
  await withFolder(async (folder) => {
    const path = join(folder, "file.parquet");
    fs.writeFileSync(path, bytes);
    const report = await inspectParquet(path, { pages: false, signal: NEVER });
    assert.deepEqual(JSON.parse(JSON.stringify(report)), report, "plain values");
    assert.equal(report.file_bytes, bytes.length);
    assert.equal(report.footer_bytes, oracle.metadata_length + 8);
    assert.equal(report.num_rows, 250);
    assert.equal(report.created_by, oracle.created_by);
    assert.equal(report.format_version, oracle.version);
    assert.deepEqual(report.key_value_metadata, { origin: "a test", empty: "" });
    assert.deepEqual([report.min_row_group_rows, report.max_row_group_rows], [50, 100]);
    assert.deepEqual(
      report.schema.map((row) => [row.path, row.depth, row.repetition, row.physical_type, row.logical_type]),
      [
        ["id", 0, "optional", "INT32", "INT(8, signed)"],
        ["word", 0, "required", "BYTE_ARRAY", "UTF8"],
        ["tags", 0, "optional", null, "LIST"],
        ["tags.list", 1, "repeated", null, null],
        ["tags.list.element", 2, "optional", "DOUBLE", null],
      ],
    );
    for (const [index, column] of report.columns.entries()) {
      const chunks = oracle.row_groups.map((rowGroup) => rowGroup.columns[index].meta_data!);
      const sum = (key: "num_values" | "total_compressed_size" | "total_uncompressed_size") =>
        chunks.reduce((total, chunk) => total + Number(chunk[key]), 0);
      assert.equal(column.path, chunks[0].path_in_schema.join("."));
      assert.equal(column.physical_type, chunks[0].type);
      assert.deepEqual(column.codecs, ["SNAPPY"]);
      assert.deepEqual(new Set(column.encodings), new Set(chunks.flatMap((chunk) => chunk.encodings)));
      assert.equal(column.num_values, sum("num_values"));
      assert.equal(column.compressed_bytes, sum("total_compressed_size"));
      assert.equal(column.uncompressed_bytes, sum("total_uncompressed_size"));
      assert.equal(column.compression_ratio, column.uncompressed_bytes / column.compressed_bytes);
      assert.equal(column.pages, null);
    }
    assert.deepEqual(report.row_groups.map(({ row_group, rows }) => [row_group, rows]), [[0, 100], [1, 100], [
      2,
      50,
    ]]);
    assert.equal(report.row_groups[0].start_byte, 4);
  });
});

test("inspectParquet() with pages counts kinds, values and bytes of the pages that are there", async () => {
  const bytes = makeFile({ ...makeOptions(), pageSize: 400 });
  await withFolder(async (folder) => {
    const path = join(folder, "file.parquet");
    fs.writeFileSync(path, bytes);
    const { columns } = await inspectParquet(path, { pages: true, signal: NEVER });
    const [id, word, tags] = columns;
    assert.equal(word.pages!.num_dictionary_pages, 3, "one in each row group");
    assert.deepEqual(word.page_types, ["DICTIONARY_PAGE", "DATA_PAGE_V2"]);
    assert.deepEqual(id.pages!.num_data_pages_v1, 0);
    assert.ok(
      tags.pages!.num_data_pages_v2 > 3,
      "a row group of 200 doubles takes several pages of 400 bytes",
    );
    assert.ok(tags.pages!.max_values_per_page! <= 200);
    for (const { pages, compressed_bytes } of columns) {
      assert.ok(pages!.min_compressed_page_bytes! <= pages!.max_compressed_page_bytes!);
      assert.ok(pages!.max_compressed_page_bytes! <= compressed_bytes);
    }
  });
});

test("inspectParquet() refuses what is no Parquet file, and says why", async () => {
  const bytes = makeFile(makeOptions());
  const cases: [string, Uint8Array, RegExp][] = [
    ["empty", new Uint8Array(0), /it has 0 bytes/],
    ["short", bytes.subarray(0, 8), /it has 8 bytes/],
    [
      "truncated",
      bytes.subarray(0, bytes.length - 100),
      /it does not end with PAR1: it is truncated or no Parquet file/,
    ],
    ["text", new TextEncoder().encode("id,word\n1,hello\n2,world\n"), /does not end with PAR1/],
    ["encrypted", Uint8Array.of(...bytes.subarray(0, -1), 0x45), /its footer is encrypted/],
  ];
  await withFolder(async (folder) => {
    for (const [name, content, reason] of cases) {
      const path = join(folder, name);
      fs.writeFileSync(path, content);
      await assert.rejects(inspectParquet(path, { pages: false, signal: NEVER }), {
        name: "FileError",
        message: reason,
      });
    }
    await assert.rejects(
      inspectParquet(folder, { pages: false, signal: NEVER }),
      /it is a folder.*mlps inspect .*\*\.parquet/,
    );
    spawnSync("mkfifo", [join(folder, "pipe")]);
    await assert.rejects(
      inspectParquet(join(folder, "pipe"), { pages: false, signal: NEVER }),
      /pipe": it is a pipe, a file is wanted$/,
    );
    await assert.rejects(
      inspectParquet(join(folder, "none"), { pages: false, signal: NEVER }),
      /it does not exist/,
    );
  });
});

test("inspectParquet() with pages tells the byte of a page header that is damaged", async () => {
  const bytes = makeFile({
    schema: flatSchema([{ name: "x", type: "INT32", repetition_type: "REQUIRED" }]),
    columnData: [{ name: "x", data: new Int32Array(100) }],
  });
  bytes[4] = 0xff;
  await withFolder(async (folder) => {
    const path = join(folder, "file.parquet");
    fs.writeFileSync(path, bytes);
    await inspectParquet(path, { pages: false, signal: NEVER });
    await assert.rejects(inspectParquet(path, { pages: true, signal: NEVER }), /at byte 4: .*row group 0/);
  });
});
