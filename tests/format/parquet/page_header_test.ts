import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "hyparquet-writer";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";
import { parquetHeader } from "hyparquet/src/column.js";
import { Encodings, PageTypes } from "hyparquet/src/constants.js";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";
import {
  checkPageBounds,
  emptyPageHeader,
  parsePageHeader,
} from "../../../lib/format/parquet/page_header.ts";
import { randomNumbers } from "./read_file.ts";

const STATISTICS = { field_1: new Uint8Array(300), field_3: 5n, field_5: new Uint8Array(3), field_7: true };

const HEADERS = {
  "version 1": {
    field_1: 0,
    field_2: 4000,
    field_3: 3000,
    field_5: { field_1: 999, field_2: 8, field_3: 3, field_4: 3 },
  },
  "version 1 with statistics and checksum": {
    field_1: 0,
    field_2: 70000,
    field_3: 70000,
    field_4: -123456,
    field_5: { field_1: 17500, field_2: 0, field_3: 3, field_4: 3, field_5: STATISTICS },
  },
  dictionary: { field_1: 2, field_2: 100, field_3: 90, field_7: { field_1: 25, field_2: 0, field_3: false } },
  index: { field_1: 1, field_2: 10, field_3: 10, field_6: {} },
  "version 2": {
    field_1: 3,
    field_2: 24590,
    field_3: 20000,
    field_8: {
      field_1: 6144,
      field_2: 4,
      field_3: 6144,
      field_4: 0,
      field_5: 14,
      field_6: 2,
      field_8: STATISTICS,
    },
  },
  "version 2 not compressed": {
    field_1: 3,
    field_2: 24576,
    field_3: 24576,
    field_8: { field_1: 6144, field_2: 0, field_3: 6144, field_4: 9, field_5: 0, field_6: 0, field_7: false },
  },
  "unknown fields": {
    field_1: 3,
    field_2: 8,
    field_3: 8,
    field_8: { field_1: 2, field_19: "later" },
    field_30: [{}],
  },
};

function serialize(header: object): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, header as Parameters<typeof serializeTCompactProtocol>[1]);
  return writer.getBytes().slice();
}

test("parsePageHeader() reads what hyparquet reads, wherever the header lies", () => {
  const header = emptyPageHeader();
  for (const [name, struct] of Object.entries(HEADERS)) {
    const bytes = serialize(struct);
    const framed = new Uint8Array(bytes.length + 20).fill(255);
    framed.set(bytes, 7);
    const end = parsePageHeader(framed, 7, framed.length, header);
    const reader = { view: new DataView(bytes.buffer), offset: 0 };
    const oracle = parquetHeader(reader);
    const v1 = oracle.data_page_header ?? oracle.dictionary_page_header, v2 = oracle.data_page_header_v2;
    assert.equal(end, 7 + reader.offset, name);
    assert.deepEqual(header, {
      type: PageTypes.indexOf(oracle.type),
      uncompressedBytes: oracle.uncompressed_page_size,
      compressedBytes: oracle.compressed_page_size,
      numValues: (v1 ?? v2)?.num_values ?? 0,
      numNulls: v2?.num_nulls ?? 0,
      numRows: v2?.num_rows ?? 0,
      encoding: Math.max(0, Encodings.indexOf((v1 ?? v2)?.encoding ?? "PLAIN")),
      definitionLevelsBytes: v2?.definition_levels_byte_length ?? 0,
      repetitionLevelsBytes: v2?.repetition_levels_byte_length ?? 0,
      isCompressed: v2?.is_compressed === false ? 0 : 1,
      // RLE where the page has none of its own.
      definitionEncoding: Encodings.indexOf(oracle.data_page_header?.definition_level_encoding ?? "RLE"),
      repetitionEncoding: Encodings.indexOf(oracle.data_page_header?.repetition_level_encoding ?? "RLE"),
    }, name);
  }
});

test("parsePageHeader() refuses a header that ends behind `end`", () => {
  for (const struct of Object.values(HEADERS)) {
    const bytes = serialize(struct);
    for (let end = 0; end < bytes.length; end++) {
      assert.throws(() => parsePageHeader(bytes, 0, end, emptyPageHeader()), CorruptionError);
    }
  }
});

test("parsePageHeader() ends with mutated bytes in a header or a CorruptionError", () => {
  const next = randomNumbers(3);
  const originals = Object.values(HEADERS).map(serialize);
  let refused = 0;
  for (let mutant = 0; mutant < 5000; mutant++) {
    const bytes = originals[mutant % originals.length].slice();
    for (let change = next() % 3; change >= 0; change--) bytes[next() % bytes.length] = next() & 255;
    const header = emptyPageHeader();
    try {
      assert.ok(parsePageHeader(bytes, 0, bytes.length, header) <= bytes.length);
      assert.ok(Object.values(header).every(Number.isInteger));
    } catch (error) {
      assert.ok(error instanceof CorruptionError, `${(error as Error).stack}`);
      assert.ok(error.offset <= bytes.length + 5);
      refused++;
    }
  }
  assert.ok(refused > 1000);
});

test("checkPageBounds() refuses sizes that the chunk does not have", () => {
  const sound = { ...emptyPageHeader(), compressedBytes: 50, uncompressedBytes: 90 };
  assert.equal(checkPageBounds(sound, 10, 60), 60);
  const cases: [Partial<typeof sound>, RegExp][] = [
    [{ compressedBytes: 51 }, /a page of 51 bytes, 50 are left/],
    [{ compressedBytes: -1 }, /a page of -1 bytes/],
    [{ uncompressedBytes: 2 ** 31 }, /wanted at most 2 GiB/],
    [{ uncompressedBytes: -1 }, /a page of -1 bytes/],
    [{ definitionLevelsBytes: 30, repetitionLevelsBytes: 21 }, /levels of 51 bytes/],
    [{ definitionLevelsBytes: -2, repetitionLevelsBytes: 3 }, /levels of 1 bytes/],
    [{ numValues: -1 }, /a page of -1 values/],
  ];
  for (const [change, message] of cases) {
    assert.throws(() => checkPageBounds({ ...sound, ...change }, 10, 60), message);
  }
});

test("parsePageHeader() says the same of a header that is cut, whatever lies behind it", () => {
  for (const behind of [0, 0x7f, 0x80, 0xff]) {
    const bytes = new Uint8Array(300).fill(behind);
    bytes.set([0x15, 0xff, 0xff]);
    assert.throws(
      () => parsePageHeader(bytes, 0, 3, emptyPageHeader()),
      /the bytes end inside a page header/,
    );
  }
});

test("parsePageHeader() refuses a number of any length beyond 64 bits", () => {
  for (const numBytes of [10, 11, 100, 146, 147, 148, 200, 2000]) {
    for (const byte of [0x80, 0xff]) {
      const header = Uint8Array.of(0x15, ...new Array(numBytes).fill(byte), 1, 0);
      assert.throws(
        () => parsePageHeader(header, 0, header.length, emptyPageHeader()),
        /a number beyond 64 bits/,
        `${numBytes} times ${byte}`,
      );
    }
  }
});
