import assert from "node:assert/strict";
import { test } from "node:test";
import type { ParquetType, SchemaElement } from "hyparquet";
import { selectColumns, type WantedColumn } from "../../../lib/format/parquet/columns.ts";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";
import { NestedCollector } from "../../../lib/format/parquet/fallback.ts";
import { checkDeltaBlocks, checkPageContent } from "../../../lib/format/parquet/page_guard.ts";
import { emptyPageHeader, Encoding, PageType } from "../../../lib/format/parquet/page_header.ts";
import { flatSchema, PATH } from "./read_file.ts";

type Header = ReturnType<typeof emptyPageHeader>;

const [FLAT] = selectColumns(
  flatSchema([{ name: "x", type: "INT32", repetition_type: "OPTIONAL" }]),
  undefined,
  PATH,
);

function nestedColumn(type: ParquetType): WantedColumn {
  const listOf = (name: string): SchemaElement[] => [
    { name, repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
  ];
  const element: SchemaElement = { name: "element", type, repetition_type: "REQUIRED" };
  const schema = [{ name: "root", num_children: 1 }, ...listOf("x"), ...listOf("element"), element];
  return selectColumns(schema, undefined, PATH)[0];
}

const NESTED = nestedColumn("INT32");

function header(changes: Partial<Header>): Header {
  return { ...emptyPageHeader(), encoding: Encoding.PLAIN, numValues: 2, ...changes };
}

const INT32 = [7, 0, 0, 0];

test("checkPageContent() refuses counts that would make hyparquet fill memory or read beyond the page", () => {
  const dictionary = { type: PageType.DICTIONARY }, v2 = { type: PageType.DATA_V2 };
  const indexes = { encoding: Encoding.RLE_DICTIONARY };
  const levels = [2, 0, 0, 0, 4, 1];
  const sound: [header: Header, page: number[]][] = [
    [header(dictionary), [...INT32, ...INT32]],
    [header({}), [...levels, ...INT32, ...INT32]],
    [header({ ...v2, definitionLevelsBytes: 2 }), [4, 1, ...INT32, ...INT32]],
    [header({ ...v2, definitionLevelsBytes: 2, numNulls: 2 }), [4, 0]],
    [header(indexes), [...levels, 1, 4, 1]],
    // Groups of eight go beyond the values, up to the 63 that some writers always make.
    [header(indexes), [...levels, 1, 127, ...new Array(63).fill(0)]],
    [header({ encoding: Encoding.RLE }), [...levels, 2, 0, 0, 0, 4, 1]],
  ];
  for (const [fields, page] of sound) checkPageContent(Uint8Array.from(page), fields, FLAT, 2);

  const refused: [header: Header, page: number[], message: RegExp][] = [
    [header({ ...dictionary, numValues: 3 }), [...INT32, ...INT32], /a dictionary of 3 values in 8 bytes/],
    [header({ numValues: 3 }), levels, /a page of 3 values, wanted at most 2/],
    [header({ ...v2, numNulls: 3 }), levels, /3 nulls of 2 values/],
    [header({ ...v2, numNulls: -1 }), levels, /-1 nulls of 2 values/],
    [header({}), [2, 0], /a page ends inside its levels/],
    [header({}), [9, 0, 0, 0, 4, 1], /runs of 1 bits end at 13/],
    // A run of 2^20, of levels and of indexes.
    [header({}), [4, 0, 0, 0, 0x80, 0x80, 0x80, 1], /a run of 1048576 values in a page of 2/],
    [header(indexes), [...levels, 1, 0x80, 0x80, 0x80, 1, 0], /a run of 1048576 values in a page of 2/],
    [header(indexes), [...levels, 33, 4, 1], /runs of 33 bits/],
    [header({ encoding: Encoding.RLE }), [...levels, 9, 0, 0, 0, 4, 1], /runs of 1 bits end at 19/],
    [header({ encoding: Encoding.BYTE_STREAM_SPLIT }), [...levels, 1, 2], /values of 4 bytes in a page of 2/],
    [header({ encoding: Encoding.DELTA_BINARY_PACKED }), [...levels, 0, 1], /blocks of 0 deltas/],
  ];
  for (const [fields, page, message] of refused) {
    assert.throws(() => checkPageContent(Uint8Array.from(page), fields, FLAT, 2), (error) => {
      assert.ok(error instanceof CorruptionError);
      assert.match(error.message, message);
      return true;
    });
  }
  // The values of lists are not bounded by rows, yet by a number.
  checkPageContent(new Uint8Array(0), header({ ...v2, numValues: 2 ** 26 }), NESTED, 1);
  assert.throws(
    () => checkPageContent(new Uint8Array(0), header({ ...v2, numValues: 2 ** 26 + 1 }), NESTED, 1),
    /wanted at most 67108864/,
  );
});

test("checkDeltaBlocks() refuses blocks that have no end", () => {
  checkDeltaBlocks(Uint8Array.of(9, 128, 1, 4), 1);
  for (const head of [[0, 1], [128, 1, 0], [128, 1, 3], [0x80, 0x80, 0x80, 1, 4]]) {
    assert.throws(() => checkDeltaBlocks(Uint8Array.from(head), 0), /blocks of \d+ deltas in \d+ parts/);
  }
});

/** Levels of [[7]] or [[7]], [[8]], each repetition 0 and definition 2, in front of `values`. */
const listPage = (...values: number[]) => Uint8Array.of(2, 0, 0, 0, 4, 0, 2, 0, 0, 0, 4, 2, ...values);

test("NestedCollector refuses pages without their dictionary, indexes beyond it and rows that are missing", () => {
  const collect = (pages: [Partial<Header>, Uint8Array][], rows = 2) => {
    const collector = new NestedCollector(NESTED, { rows, isStreamed: false });
    for (const [fields, page] of pages) collector.add(page, header(fields));
    return collector.finish();
  };
  const dictionary: [Partial<Header>, Uint8Array] = [
    { type: PageType.DICTIONARY, numValues: 1 },
    Uint8Array.from(INT32),
  ];
  const indexes = (index: number): [Partial<Header>, Uint8Array] => [
    { encoding: Encoding.RLE_DICTIONARY },
    listPage(1, 4, index),
  ];
  assert.deepEqual(collect([dictionary, indexes(0)]), [[[7]], [[7]]]);
  assert.throws(() => collect([indexes(0)]), /has none before it/);
  assert.throws(() => collect([dictionary, indexes(1)]), /a value that the dictionary .* lacks/);
  assert.throws(() => collect([dictionary, indexes(0)], 3), /has 2 rows, its row group 3/);
  assert.throws(() => collect([[{}, listPage(1, 2)]]), /a page cannot be decoded/);
});
