import assert from "node:assert/strict";
import { test } from "node:test";
import type { Encoding } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { snappyCompress } from "hysnappy";
import { FileError } from "../../../lib/base/errors.ts";
import { decodeFile, flatSchema } from "./read_file.ts";

interface ForgedPage {
  version?: 1 | 2;
  isDictionary?: boolean;
  numValues?: number;
  encoding?: Encoding;
  uncompressedBytes?: number;
  compressedBytes?: number;
  isCompressed?: boolean;
  levelsBytes?: number;
  body?: Uint8Array;
}

/** Returns a file of one INT32 column with the pages given; each has two values unless it says otherwise. */
function forgedFile(
  pages: ForgedPage[],
  { rows = pages.length * 2, codec = "UNCOMPRESSED", repetition = "REQUIRED" }: {
    rows?: number;
    codec?: "UNCOMPRESSED" | "SNAPPY";
    repetition?: "REQUIRED" | "OPTIONAL";
  } = {},
) {
  const writer = new ByteWriter();
  const schema = flatSchema([{ name: "x", type: "INT32", repetition_type: repetition }]);
  const parquet = new ParquetWriter({ writer, schema, codec });
  for (const page of pages) {
    const body = page.body ?? new Uint8Array(Int32Array.of(1, 2).buffer);
    const { numValues = 2, encoding = "PLAIN", isCompressed = codec !== "UNCOMPRESSED", levelsBytes = 0 } =
      page;
    const isV1 = page.version === 1;
    writePageHeader(writer, {
      type: page.isDictionary ? "DICTIONARY_PAGE" : isV1 ? "DATA_PAGE" : "DATA_PAGE_V2",
      uncompressed_page_size: page.uncompressedBytes ?? 8 + levelsBytes,
      compressed_page_size: page.compressedBytes ?? body.length,
      ...(page.isDictionary ? { dictionary_page_header: { num_values: numValues, encoding } } : isV1
        ? {
          data_page_header: {
            num_values: numValues,
            encoding,
            definition_level_encoding: "RLE" as const,
            repetition_level_encoding: "RLE" as const,
          },
        }
        : {
          data_page_header_v2: {
            num_values: numValues,
            num_nulls: 0,
            num_rows: numValues,
            encoding,
            definition_levels_byte_length: levelsBytes,
            repetition_levels_byte_length: 0,
            is_compressed: isCompressed,
          },
        }),
    });
    writer.appendBytes(body);
  }
  const size = BigInt(writer.offset - 4);
  parquet.num_rows = BigInt(rows);
  parquet.row_groups.push({
    columns: [{
      file_offset: 4n,
      meta_data: {
        type: "INT32",
        encodings: ["PLAIN"],
        path_in_schema: ["x"],
        codec,
        num_values: BigInt(rows),
        total_uncompressed_size: size,
        total_compressed_size: size,
        data_page_offset: 4n,
      },
    }],
    total_byte_size: size,
    num_rows: BigInt(rows),
  });
  // Behind the chunk lies another's data, which no length gone wrong may reach.
  writer.appendBytes(new Uint8Array(100_000).fill(99));
  parquet.finish();
  return writer.getBytes().slice();
}

test("decode() reads pages of both versions, stored inside compressed chunks, with levels and without values", () => {
  const twoValues = new Uint8Array(Int32Array.of(1, 2).buffer);
  const compressed = snappyCompress(twoValues);
  const cases: [Uint8Array, number[]][] = [
    [forgedFile([{ version: 1 }, { version: 2 }]), [1, 2, 1, 2]],
    [
      forgedFile([{ body: compressed }, { isCompressed: false }, { version: 1, body: compressed }], {
        codec: "SNAPPY",
      }),
      [
        1,
        2,
        1,
        2,
        1,
        2,
      ],
    ],
    [forgedFile([{ levelsBytes: 3, body: Uint8Array.of(7, 7, 7, ...twoValues) }]), [1, 2]],
    [forgedFile([{ numValues: 0, uncompressedBytes: 0, body: new Uint8Array(0) }, {}], { rows: 2 }), [1, 2]],
    [
      forgedFile([{ numValues: 0, uncompressedBytes: 0, body: new Uint8Array(0) }], {
        rows: 0,
        codec: "SNAPPY",
      }),
      [],
    ],
  ];
  for (const [file, wanted] of cases) {
    const { values, decoder } = decodeFile(file);
    assert.deepEqual(values.x, wanted);
    assert.equal(decoder.fastChunks, 1);
  }
});

test("decode() refuses damaged pages, naming column, row group, file and byte", () => {
  const snappy = { codec: "SNAPPY" as const };
  const cases: [file: Uint8Array, message: RegExp][] = [
    [forgedFile([{}], { rows: 3 }), /2 values, the row group has 3 rows/],
    [forgedFile([{}, {}], { rows: 3 }), /4 or more values, the row group has 3 rows/],
    [forgedFile([{ numValues: 3 }]), /values, the row group has 2 rows/],
    [forgedFile([{ numValues: -1 }]), /a page of -1 values/],
    [forgedFile([{ uncompressedBytes: 12 }]), /a page of 12 bytes, 2 values take 8/],
    [forgedFile([{ body: new Uint8Array(9) }]), /a page of 9 bytes, wanted 8/],
    [forgedFile([{ compressedBytes: 9 }]), /a page of 9 bytes, 8 are left of the column chunk/],
    [forgedFile([{ compressedBytes: 2 ** 31 - 1 }]), /a page of 2147483647 bytes/],
    [forgedFile([{ compressedBytes: -8 }]), /a page of -8 bytes/],
    [forgedFile([{ levelsBytes: 9 }]), /levels of 9 bytes/],
    [forgedFile([{ body: Uint8Array.of(8, 3 << 2, 1, 2, 3, 4) }], snappy), /snappy data that does not fit/],
    [
      forgedFile([{ body: Uint8Array.of(9, 8 << 2, ...new Uint8Array(9)) }], snappy),
      /9 bytes once decompressed, wanted 8/,
    ],
    // The rest claims sizes that nothing backs: no memory may be taken on their word.
    [forgedFile([{}], { rows: 2 ** 31 - 1 }), /rows/],
    [
      forgedFile([{ uncompressedBytes: 2 ** 31 - 4, numValues: 2 ** 29 - 1 }], { rows: 2 ** 29 - 1 }),
      /wanted 2147483644/,
    ],
    [
      forgedFile([{ uncompressedBytes: 2 ** 31 - 4, numValues: 2 ** 29 - 1 }], {
        rows: 2 ** 29 - 1,
        ...snappy,
      }),
      /cannot stand for/,
    ],
    // A run of 2^28 dictionary indexes, and no dictionary.
    [
      forgedFile([{ encoding: "RLE_DICTIONARY", body: Uint8Array.of(1, 0x80, 0x80, 0x80, 0x80, 2, 0, 0) }]),
      /refers to a dictionary, but the column chunk has none/,
    ],
    [
      forgedFile([{ encoding: "RLE_DICTIONARY", body: Uint8Array.of(1, 4, 0, 0, 0, 0, 0, 0) }]),
      /refers to a dictionary, but the column chunk has none/,
    ],
    [
      forgedFile([{
        encoding: "DELTA_BINARY_PACKED",
        body: Uint8Array.of(128, 1, 255, 255, 255, 255, 15, 2),
      }]),
      /blocks of 128 deltas in 4294967295 parts/,
    ],
    [forgedFile([{ encoding: "BIT_PACKED" }]), /unsupported encoding/],
  ];
  for (const [file, message] of cases) {
    assert.throws(() => decodeFile(file), (error) => {
      assert.ok(error instanceof FileError, `${(error as Error).stack}`);
      assert.match(error.message, message);
      assert.match(
        error.message,
        /^Cannot decode column "x" of row group 0 in "\/data\/train\/part\.parquet" at byte \d+: /,
      );
      const offsetBytes = Number(/at byte (\d+)/.exec(error.message)![1]);
      assert.ok(offsetBytes >= 4 && offsetBytes <= file.length - 100_000);
      return true;
    });
  }
});

test("decode() checks levels and dictionary indexes in damaged pages", () => {
  const optional = { rows: 2, repetition: "OPTIONAL" } as const;
  const page = (...body: number[]) => ({ body: Uint8Array.from(body), uncompressedBytes: body.length });
  const dictionary = { isDictionary: true };
  const indexes = (...body: number[]) => ({ ...page(...body), encoding: "RLE_DICTIONARY" as const });
  const values = [1, 0, 0, 0, 2, 0, 0, 0];
  const sound: [file: Uint8Array, wanted: unknown[]][] = [
    [forgedFile([dictionary, indexes(1, 4, 1)], { rows: 2 }), [2, 2]],
    [forgedFile([dictionary, indexes(1, 3, 0b01)], { rows: 2 }), [2, 1]],
    [forgedFile([dictionary, indexes(0)], { rows: 2 }), [1, 1]],
    // Indexes as wide as they may be, packed and repeated: the last group is cut where the values end.
    [forgedFile([dictionary, indexes(32, 3, 1, 0, 0, 0, 0, 0, 0, 0)], { rows: 2 }), [2, 1]],
    [forgedFile([dictionary, indexes(30, 4, 1, 0, 0, 0)], { rows: 2 }), [2, 2]],
    // PLAIN and dictionary pages in turn.
    [forgedFile([dictionary, indexes(1, 4, 1), {}, indexes(1, 4, 0)], { rows: 6 }), [2, 2, 1, 2, 1, 1]],
    [forgedFile([{ version: 1, ...page(2, 0, 0, 0, 4, 1, ...values) }], optional), [1, 2]],
    [forgedFile([{ version: 1, ...page(2, 0, 0, 0, 3, 0b10, 7, 0, 0, 0) }], optional), [null, 7]],
    [forgedFile([{ levelsBytes: 2, ...page(4, 0) }], optional), [null, null]],
  ];
  for (const [file, wanted] of sound) {
    const { values, decoder } = decodeFile(file);
    assert.deepEqual(values.x, wanted);
    assert.equal(decoder.fastChunks, 1);
  }

  const refused: [file: Uint8Array, message: RegExp][] = [
    [
      forgedFile([dictionary, indexes(2, 4, 2)], { rows: 2 }),
      /the dictionary of its column chunk lacks: it has 2/,
    ],
    [forgedFile([dictionary, indexes(2, 3, 0b1000, 0)], { rows: 2 }), /column chunk lacks/],
    [forgedFile([dictionary, indexes(8, 3, 0, 2)], { rows: 2 }), /column chunk lacks/],
    [forgedFile([dictionary, indexes(32, 4, 255, 255, 255, 255)], { rows: 2 }), /column chunk lacks/],
    [forgedFile([{ ...dictionary, numValues: 0 }, indexes(0)], { rows: 2 }), /column chunk lacks: it has 0/],
    [forgedFile([dictionary, indexes(33, 4, 1)], { rows: 2 }), /dictionary indexes of 33 bits/],
    [forgedFile([dictionary, indexes(1, 2, 1)], { rows: 2 }), /end early/],
    [forgedFile([dictionary, indexes()], { rows: 2 }), /ends before its dictionary indexes/],
    [forgedFile([dictionary, dictionary, indexes(0)], { rows: 2 }), /a second dictionary/],
    [
      forgedFile([{ ...dictionary, numValues: 3 }, indexes(0)], { rows: 2 }),
      /a dictionary of 3 values in 8 bytes/,
    ],
    [forgedFile([{ version: 1, ...page(3, 0, 0) }], optional), /a page ends inside its levels/],
    [
      forgedFile([{ version: 1, ...page(9, 0, 0, 0, 4, 1, ...values) }], optional),
      /a page of 1 bytes, 2 values take 8/,
    ],
    [forgedFile([{ version: 1, ...page(99, 0, 0, 0, 4, 1, ...values) }], optional), /levels of 99 bytes/],
    [
      forgedFile([{ version: 1, ...page(255, 255, 255, 255, 4, 1, ...values) }], optional),
      /levels of -1 bytes/,
    ],
    [forgedFile([{ version: 1, ...page(2, 0, 0, 0, 4, 2, ...values) }], optional), /a level is beyond 1/],
    [forgedFile([{ version: 1, ...page(2, 0, 0, 0, 2, 1, ...values) }], optional), /end early/],
    [
      forgedFile([{ levelsBytes: 2, ...page(4, 1, 1, 0, 0, 0) }], optional),
      /a page of 4 bytes, 2 values take 8/,
    ],
  ];
  for (const [file, message] of refused) {
    assert.throws(
      () => decodeFile(file),
      (error) => error instanceof FileError && message.test(error.message),
      String(message),
    );
  }
});
