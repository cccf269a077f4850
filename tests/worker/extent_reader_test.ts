import assert from "node:assert/strict";
import { test } from "node:test";
import { FileError } from "../../lib/base/errors.ts";
import type { RangeRules } from "../../lib/plan/read_ranges.ts";
import type { FileHandle, ReaderStorage } from "../../lib/storage/storage.ts";
import { ExtentReader } from "../../lib/worker/extent_reader.ts";
import { OpenFiles } from "../../lib/worker/open_files.ts";
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

interface Read {
  readonly offset: number;
  readonly bytes: number;
}

/** A storage that holds one file in memory and remembers what was read. */
function memoryStorage(file: Uint8Array) {
  const reads: Read[] = [];
  const storage: ReaderStorage = {
    open: (path): FileHandle => ({ path, fd: 3, fileBytes: file.length }),
    close: () => {},
    readRanges(_, ranges, into, rangeStart, rangeEnd) {
      let returnedBytes = 0;
      for (let range = rangeStart; range < rangeEnd; range++) {
        const offset = ranges.fileOffset[range], bytes = ranges.bytes[range];
        const found = file.subarray(offset, offset + bytes);
        into.set(found, ranges.bufferOffset[range]);
        reads.push({ offset, bytes });
        returnedBytes += found.length;
      }
      return returnedBytes;
    },
  };
  return { storage, reads };
}

function readRowGroup(file: Uint8Array, changes: Partial<RangeRules>, decode: "values" | "none" = "values") {
  const { columns, table } = openFile(file);
  const { storage, reads } = memoryStorage(file);
  const rules = { ...RULES, ...changes };
  const files = new OpenFiles(storage, () => "/data/long.parquet");
  const extents = new ExtentReader({ storage, files, columns, decode, rules, table });
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
