import assert from "node:assert/strict";
import { test } from "node:test";
import { FileError } from "../../lib/base/errors.ts";
import { MAX_KEPT_BYTES, type RangeRules } from "../../lib/plan/read_ranges.ts";
import { ExtentReader } from "../../lib/worker/extent_reader.ts";
import { OpenFiles } from "../../lib/worker/open_files.ts";
import { memoryStorage } from "../helpers/memory_storage.ts";
import { flatSchema, makeFile, openFile } from "../format/parquet/read_file.ts";

const ROWS = 3000;
const RULES: RangeRules = { gapBytes: 0, maxReadBytes: 1e6, alignBytes: 1, pieceBytes: 16_384 };

/** A row group of three columns of many small pages each. */
function makeLongChunks(codec: "SNAPPY" | "UNCOMPRESSED" = "SNAPPY"): Uint8Array {
  const names = ["a", "b", "c"];
  return makeFile({
    schema: flatSchema(names.map((name) => ({ name, type: "DOUBLE", repetition_type: "REQUIRED" }))),
    codec,
    statistics: false,
    pageSize: 700,
    rowGroupSize: ROWS,
    columnData: names.map((name, column) => ({
      name,
      data: Float64Array.from({ length: ROWS }, (_, row) => Math.sin(row * (column + 1))),
    })),
  });
}

function readRowGroup(file: Uint8Array, changes: Partial<RangeRules>, decode: "values" | "none" = "values") {
  const { columns, table } = openFile(file);
  const { storage, reads } = memoryStorage(file);
  const rules = { ...RULES, ...changes };
  const files = new OpenFiles(storage, () => "/data/long.parquet");
  const extents = new ExtentReader({ storage, files, columns, decode, rules, table, timesReads: true });
  extents.plan(table, 0);
  extents.read(0);
  return { extents, reads, table, rules };
}

test("ExtentReader reads chunks longer than one read in several, and decodes all of their pages", () => {
  const file = makeLongChunks();
  const whole = readRowGroup(file, {});
  const { decoder } = whole.extents;
  assert.ok(decoder!.pages > 100 && decoder!.valueBytes === 3 * ROWS * 8);
  for (const alignBytes of [1, 64, 512]) {
    // Longer than a page, as long as a few, shorter than a page.
    for (const maxReadBytes of [512, 1024, 4096, 10_240]) {
      const { extents, reads, table } = readRowGroup(file, { alignBytes, maxReadBytes });
      const context = JSON.stringify({ alignBytes, maxReadBytes });
      assert.equal(extents.decoder!.pages, decoder!.pages, context);
      assert.equal(extents.decoder!.valueBytes, decoder!.valueBytes, context);
      assert.equal(extents.decoder!.fastChunks, 3, context);
      assert.ok(reads.every(({ bytes }) => bytes <= maxReadBytes), context);
      assert.ok(reads.every(({ offset }) => offset % alignBytes === 0), context);
      const covered = reads.reduce((sum, { bytes }) => sum + bytes, 0);
      assert.equal(extents.requestedBytes, covered, context);
      assert.ok(covered < table.bytes[0] + table.bytes[1] + table.bytes[2] + 6 * alignBytes, context);
    }
  }
});

test("ExtentReader reads long chunks without decoding them", () => {
  const { extents, reads } = readRowGroup(makeLongChunks(), { maxReadBytes: 1000 }, "none");
  assert.equal(extents.decoder, undefined);
  assert.ok(reads.length > 30);
  assert.equal(reads.reduce((sum, { bytes }) => sum + bytes, 0), extents.ranges.usefulBytes);
});

test("ExtentReader names the byte of the file where a long chunk is damaged, however it is cut into reads", () => {
  const file = makeLongChunks("SNAPPY");
  const { table } = openFile(file);
  const messages = [1e6, 4096, 1024].map((maxReadBytes) => {
    const damaged = file.slice();
    const end = table.startByte[1] + table.bytes[1];
    damaged.fill(0xff, end - 2000, end - 1000); // more than a page, so that a header is among it
    try {
      readRowGroup(damaged, { maxReadBytes });
    } catch (cause) {
      assert.ok(cause instanceof FileError);
      return cause.message;
    }
    return assert.fail("the damage went unnoticed");
  });
  assert.match(messages[0], /decode column "b" of row group 0 in ".data.long.parquet" at byte \d+/);
  assert.deepEqual(new Set(messages).size, 1, messages.join("\n"));
});

test("ExtentReader keeps the values of a row group up to a bound, however few bytes they take in the file", () => {
  // Dictionary pages of one run each: some hundred bytes for 24 MiB.
  const rows = 3 * 2 ** 20, names = ["a", "b", "c", "d"];
  const data = new Float64Array(rows).fill(7);
  const file = makeFile({
    schema: flatSchema(names.map((name) => ({ name, type: "DOUBLE", repetition_type: "REQUIRED" }))),
    codec: "UNCOMPRESSED",
    statistics: false,
    rowGroupSize: rows,
    columnData: names.map((name) => ({ name, data, encoding: "RLE_DICTIONARY" })),
  });
  const { extents, table } = readRowGroup(file, {});
  const decoder = extents.decoder!;
  assert.ok(table.bytes[0] < 10_000);
  assert.equal(decoder.valueBytes, 4 * rows * 8);
  const keptBytes = names.map((_, slot) => decoder.column(slot).values.length * 8);
  assert.deepEqual(keptBytes.slice(0, 3), [rows * 8, rows * 8, 0]);
  assert.ok(3 * rows * 8 > MAX_KEPT_BYTES && 2 * rows * 8 <= MAX_KEPT_BYTES);
});
