import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";
import {
  appendColumnChunk,
  appendDictionaryHeader,
  appendPageHeader,
  encodeChunkPrefix,
  Encoding,
} from "../../../lib/format/parquet/write_thrift.ts";

test("appendPageHeader() writes the bytes that hyparquet-writer writes", () => {
  for (const rows of [1, 63, 64, 6144, 8191, 8192, 2 ** 20, 2 ** 27]) {
    for (const isCompressed of [false, true]) {
      const pageBytes = rows * 8, storedBytes = isCompressed ? rows * 7 + 5 : pageBytes;
      const numValues = rows * 3, levels = { definitionBytes: 5, repetitionBytes: rows };
      const ours = new ByteWriter(), theirs = new ByteWriter();
      const encoding = Encoding.RLE_DICTIONARY;
      appendPageHeader(ours, { rows, numValues, encoding, ...levels, pageBytes, storedBytes, isCompressed });
      writePageHeader(theirs, {
        type: "DATA_PAGE_V2",
        uncompressed_page_size: pageBytes,
        compressed_page_size: storedBytes,
        data_page_header_v2: {
          num_values: numValues,
          num_nulls: 0,
          num_rows: rows,
          encoding: "RLE_DICTIONARY",
          definition_levels_byte_length: 5,
          repetition_levels_byte_length: rows,
          is_compressed: isCompressed,
        },
      });
      assert.deepEqual(ours.getBytes(), theirs.getBytes(), `${rows} rows, compressed: ${isCompressed}`);
    }
  }
});

test("appendDictionaryHeader() writes the bytes that hyparquet-writer writes", () => {
  for (const numValues of [1, 1000, 2 ** 18]) {
    const ours = new ByteWriter(), theirs = new ByteWriter();
    appendDictionaryHeader(ours, { numValues, pageBytes: numValues * 4, storedBytes: numValues * 3 });
    writePageHeader(theirs, {
      type: "DICTIONARY_PAGE",
      uncompressed_page_size: numValues * 4,
      compressed_page_size: numValues * 3,
      dictionary_page_header: { num_values: numValues, encoding: "PLAIN" },
    });
    assert.deepEqual(ours.getBytes(), theirs.getBytes(), `${numValues} values`);
  }
});

test("appendColumnChunk() writes the bytes of hyparquet-writer's serializer, beyond 4 GiB as well", () => {
  for (const startByte of [4, 2 ** 30, 2 ** 31, 2 ** 32 + 5, 5e12, 2 ** 51]) {
    for (const dataByte of [startByte, startByte + 1000]) {
      const place = { startByte, dataByte, numValues: 6144, chunkBytes: 24_604, storedBytes: 24_000 };
      const ours = new ByteWriter(), theirs = new ByteWriter();
      const path = ["größe", "list", "element"], encodings = [Encoding.PLAIN, Encoding.RLE];
      const prefix = encodeChunkPrefix({ path, type: "DOUBLE", encodings, codec: "SNAPPY" });
      appendColumnChunk(ours, prefix, place);
      serializeTCompactProtocol(theirs, { // parquet.thrift ColumnChunk
        field_2: BigInt(startByte),
        field_3: {
          field_1: 5,
          field_2: [0, 3],
          field_3: path,
          field_4: 1,
          field_5: 6144n,
          field_6: 24_604n,
          field_7: 24_000n,
          field_9: BigInt(dataByte),
          ...(dataByte !== startByte && { field_11: BigInt(startByte) }),
        },
      });
      assert.deepEqual(ours.getBytes(), theirs.getBytes(), String(startByte));
    }
  }
});
