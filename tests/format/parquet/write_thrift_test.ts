import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";
import {
  appendColumnChunk,
  appendPageHeader,
  encodeChunkPrefix,
} from "../../../lib/format/parquet/write_thrift.ts";

test("appendPageHeader() writes the bytes that hyparquet-writer writes", () => {
  for (const rows of [1, 63, 64, 6144, 8191, 8192, 2 ** 20, 2 ** 27]) {
    for (const isCompressed of [false, true]) {
      const pageBytes = rows * 8, storedBytes = isCompressed ? rows * 7 + 5 : pageBytes;
      const ours = new ByteWriter(), theirs = new ByteWriter();
      appendPageHeader(ours, { rows, pageBytes, storedBytes, isCompressed });
      writePageHeader(theirs, {
        type: "DATA_PAGE_V2",
        uncompressed_page_size: pageBytes,
        compressed_page_size: storedBytes,
        data_page_header_v2: {
          num_values: rows,
          num_nulls: 0,
          num_rows: rows,
          encoding: "PLAIN",
          definition_levels_byte_length: 0,
          repetition_levels_byte_length: 0,
          is_compressed: isCompressed,
        },
      });
      assert.deepEqual(ours.getBytes(), theirs.getBytes(), `${rows} rows, compressed: ${isCompressed}`);
    }
  }
});

test("appendColumnChunk() writes the bytes of hyparquet-writer's serializer, beyond 4 GiB as well", () => {
  for (const startByte of [4, 2 ** 30, 2 ** 31, 2 ** 32 + 5, 5e12, 2 ** 51]) {
    const place = { startByte, rows: 6144, chunkBytes: 24_604, storedBytes: 24_000 };
    const ours = new ByteWriter(), theirs = new ByteWriter();
    const prefix = encodeChunkPrefix(new ByteWriter(), { name: "größe", type: "DOUBLE", codec: "SNAPPY" });
    appendColumnChunk(ours, prefix, place);
    serializeTCompactProtocol(theirs, { // parquet.thrift ColumnChunk
      field_2: BigInt(startByte),
      field_3: {
        field_1: 5,
        field_2: [0],
        field_3: ["größe"],
        field_4: 1,
        field_5: 6144n,
        field_6: 24_604n,
        field_7: 24_000n,
        field_9: BigInt(startByte),
      },
    });
    assert.deepEqual(ours.getBytes(), theirs.getBytes(), String(startByte));
  }
});
