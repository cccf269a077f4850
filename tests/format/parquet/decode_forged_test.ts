import assert from "node:assert/strict";
import { test } from "node:test";
import type { Encoding, ParquetType } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { deltaBinaryPack } from "hyparquet-writer/src/delta.js";
import { snappyCompress } from "hysnappy";
import { FileError } from "../../../lib/base/errors.ts";
import { Codec } from "../../../lib/format/parquet/codecs.ts";
import { RowGroupDecoder } from "../../../lib/format/parquet/decode.ts";
import { ColumnOutput } from "../../../lib/format/parquet/decode_output.ts";
import { PageDecoder } from "../../../lib/format/parquet/decode_page.ts";
import { emptyPageHeader } from "../../../lib/format/parquet/page_header.ts";
import { decodeFile, flatSchema, makeFile, openFile, PATH } from "./read_file.ts";

interface ForgedPage {
  version?: 1 | 2;
  isDictionary?: boolean;
  numValues?: number;
  encoding?: Encoding;
  uncompressedBytes?: number;
  compressedBytes?: number;
  isCompressed?: boolean;
  levelsBytes?: number;
  numNulls?: number;
  levelEncoding?: Encoding;
  body?: Uint8Array;
}

/** Returns a file of one column, of INT32 unless `type` says otherwise, with the pages given; each has two values unless it says otherwise. */
function forgedFile(
  pages: ForgedPage[],
  { rows = pages.length * 2, codec = "UNCOMPRESSED", repetition = "REQUIRED", type = "INT32" }: {
    rows?: number;
    codec?: "UNCOMPRESSED" | "SNAPPY" | "ZSTD";
    type?: ParquetType;
    repetition?: "REQUIRED" | "OPTIONAL";
  } = {},
) {
  const writer = new ByteWriter();
  const schema = flatSchema([{ name: "x", type, type_length: 2, repetition_type: repetition }]);
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
            definition_level_encoding: page.levelEncoding ?? "RLE" as const,
            repetition_level_encoding: "RLE" as const,
          },
        }
        : {
          data_page_header_v2: {
            num_values: numValues,
            num_nulls: page.numNulls ?? 0,
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
        type,
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
    // A header may leave nulls out.
    [forgedFile([dictionary, { levelsBytes: 2, numNulls: 1, ...indexes(3, 0b01, 1, 2, 1) }], optional), [
      2,
      null,
    ]],
    [forgedFile([dictionary, { levelsBytes: 2, numNulls: 0, ...indexes(3, 0b01, 1, 2, 1) }], optional), [
      2,
      null,
    ]],
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
    // The first and the second of two, and the last one of three.
    [forgedFile([dictionary, indexes(2, 3, 0b0010, 0)], { rows: 2 }), /column chunk lacks/],
    [
      forgedFile([dictionary, { numValues: 3, ...indexes(2, 3, 0b100000, 0) }], { rows: 3 }),
      /column chunk lacks/,
    ],
    [forgedFile([dictionary, indexes(8, 3, 0, 2)], { rows: 2 }), /column chunk lacks/],
    // Seven bytes of a run's head; groups whose bytes are 2^32, of which 4 are there.
    [forgedFile([dictionary, indexes(1, 132, 128, 128, 128, 128, 128, 0, 1)], { rows: 2 }), /end early/],
    [forgedFile([dictionary, indexes(32, 129, 128, 128, 128, 1, 0, 0, 0, 0)], { rows: 2 }), /end early/],
    [forgedFile([dictionary, indexes(32, 4, 0, 0)], { rows: 2 }), /lacks its value/],
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
      forgedFile(
        [{ version: 1, levelEncoding: "BIT_PACKED", ...page(2, 0, 0, 0, 4, 1, ...values) }],
        optional,
      ),
      /unsupported encoding 4 of levels, wanted RLE/,
    ],
    [
      forgedFile([{ version: 1, ...page(2, 0, 0, 0, 4, 1, ...values), uncompressedBytes: 15 }], optional),
      /a page of 14 bytes, wanted 15/,
    ],
    // A run of 2^26 + 1 levels.
    [
      forgedFile([{ numValues: 2 ** 26 + 1, levelsBytes: 6, ...page(130, 128, 128, 64, 0, 0) }], {
        ...optional,
        rows: 2 ** 26 + 1,
      }),
      /67108865 values in a page of 6 bytes/,
    ],
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
    // One index in a group of eight: the second value would be padding.
    [
      forgedFile([dictionary, { levelsBytes: 2, numNulls: 1, ...indexes(3, 0b11, 1, 3, 1) }], optional),
      /0 nulls by its levels, 1 by its header/,
    ],
    [
      forgedFile([dictionary, { levelsBytes: 2, numNulls: 1, ...indexes(3, 0b00, 1, 3, 1) }], optional),
      /2 nulls by its levels, 1 by its header/,
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

test("decode() checks dictionary indexes of values of any width", () => {
  const rows = { rows: 3 } as const;
  const page = (...body: number[]) => ({ body: Uint8Array.from(body), uncompressedBytes: body.length });
  const dictionaries = [
    { type: "INT32" as const, values: [1, 0, 0, 0, 2, 0, 0, 0] },
    { type: "INT64" as const, values: [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0] },
    { type: "INT96" as const, values: [1, ...new Array(11).fill(0), 2, ...new Array(11).fill(0)] },
    { type: "BYTE_ARRAY" as const, values: [1, 0, 0, 0, 65, 1, 0, 0, 0, 66] },
  ];
  // Runs of three indexes behind their width: packed in 2, 8 and 32 bits, and repeated.
  const sound = [[2, 3, 0b010001, 0], [8, 3, 1, 0, 1], [32, 6, 1, 0, 0, 0], [0]];
  const refused = [
    ...[0b100000, 0b001000, 0b000010].map((packed) => [2, 3, packed, 0]),
    ...[[2, 0, 0], [0, 2, 0], [0, 0, 2]].map((indexes) => [8, 3, ...indexes]),
    ...[2, 0xff].map((byte) => [32, 6, byte, 0, 0, byte & 0x80]),
    ...[2, 0xff].map((byte) => [32, 3, 1, 0, 0, 0, 1, 0, 0, 0, byte, 0, 0, byte & 0x80]),
    [8, 6, 2],
    [26, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ];
  for (const { type, values } of dictionaries) {
    const fileOf = (indexes: number[], numEntries = 2) =>
      forgedFile([
        { isDictionary: true, numValues: numEntries, ...page(...(numEntries === 0 ? [] : values)) },
        { numValues: 3, encoding: "RLE_DICTIONARY", ...page(...indexes) },
      ], { ...rows, type });
    for (const indexes of sound) assert.equal(decodeFile(fileOf(indexes)).values.x.length, 3, type);
    for (const indexes of refused) {
      assert.throws(() => decodeFile(fileOf(indexes)), /column chunk lacks: it has 2/, `${type} ${indexes}`);
    }
    assert.throws(() => decodeFile(fileOf([0], 0)), /column chunk lacks: it has 0/, type);
  }
  assert.throws(
    () => decodeFile(forgedFile([{ isDictionary: true }, {}], { rows: 2, type: "BOOLEAN" })),
    /a dictionary of BOOLEAN values/,
  );
});

test("decode() checks the lengths of byte arrays", () => {
  const page = (...body: number[]) => ({ body: Uint8Array.from(body), uncompressedBytes: body.length });
  const strings = { rows: 2, type: "BYTE_ARRAY" } as const;
  const two = forgedFile([page(1, 0, 0, 0, 65, 0, 0, 0, 0)], strings);
  assert.equal(decodeFile(two).values.x.length, 2);
  const refused: [page: ForgedPage, message: RegExp][] = [
    [page(1, 0, 0, 0, 65, 0, 0), /2 byte arrays in 7 bytes/],
    [page(255, 255, 255, 255, 0, 0, 0, 0, 0), /a byte array of -1 bytes, 1 are left/],
    [page(2, 0, 0, 0, 65, 0, 0, 0, 0), /a byte array of 2 bytes, 1 are left/],
    [page(1, 0, 0, 0, 65, 2, 0, 0, 0, 66), /a byte array of 2 bytes, 1 are left/],
    [page(1, 0, 0, 0, 65, 255, 255, 255, 127, 66), /a byte array of 2147483647 bytes, 1 are left/],
  ];
  for (const [wrong, message] of refused) {
    assert.throws(() => decodeFile(forgedFile([wrong], strings)), message);
  }

  // 2,048 times one of 1 MiB: no memory is taken for it.
  const long = new Uint8Array(2 ** 20 + 4);
  new DataView(long.buffer).setInt32(0, 2 ** 20, true);
  const file = forgedFile([
    { isDictionary: true, numValues: 1, body: long, uncompressedBytes: long.length },
    { numValues: 2048, encoding: "RLE_DICTIONARY", ...page(1, 0x80, 0x20, 0) },
  ], { rows: 2048, type: "BYTE_ARRAY" });
  assert.throws(() => decodeFile(file), /byte arrays of 2147483648 bytes from a dictionary/);
});

test("copyPlain() takes no memory for a size that a page of Zstandard only states", () => {
  const output = new ColumnOutput(), input = new Uint8Array(70_000);
  const header = { ...emptyPageHeader(), uncompressedBytes: 2 ** 30, numValues: 2 ** 28 };
  const page = { header, input, start: 0, end: input.length, codec: Codec.ZSTD };
  assert.throws(() => new PageDecoder().copyPlain(page, 4, output, true), /cannot be decompressed/);
  assert.equal(output.buffer.bytes.length, 0);
});

test("decode() refuses encodings that a type cannot have, and checks the values of those that it can", () => {
  const page = (encoding: Encoding, ...parts: (number | Uint8Array)[]): ForgedPage => {
    const body = Uint8Array.from(parts.flatMap((part) => typeof part === "number" ? [part] : [...part]));
    return { encoding, body, uncompressedBytes: body.length };
  };
  const deltas = (...values: number[]) => {
    const writer = new ByteWriter();
    deltaBinaryPack(writer, Int32Array.from(values), "INT32");
    return writer.getBytes();
  };
  const lengths = "DELTA_LENGTH_BYTE_ARRAY", prefixes = "DELTA_BYTE_ARRAY", split = "BYTE_STREAM_SPLIT";
  const FIXED = "FIXED_LEN_BYTE_ARRAY";
  const sound: [type: ParquetType, page: ForgedPage][] = [
    ["BOOLEAN", page("RLE", 2, 0, 0, 0, 4, 1)],
    ["BYTE_ARRAY", page(lengths, deltas(1, 2), 65, 66, 67)],
    ["BYTE_ARRAY", page(prefixes, deltas(0, 1), deltas(1, 0), 65)],
    [FIXED, page(prefixes, deltas(0, 1), deltas(2, 1), 65, 66, 67)],
    [FIXED, page(split, 1, 2, 3, 4)],
    ["INT32", page("DELTA_BINARY_PACKED", deltas(5, 7))],
  ];
  for (const [type, forged] of sound) {
    assert.equal(decodeFile(forgedFile([forged], { rows: 2, type })).values.x.length, 2, type);
  }
  const refused: [type: ParquetType, page: ForgedPage, message: RegExp][] = [
    ["BOOLEAN", page("RLE", 2, 0, 0, 0, 4, 2), /a run of booleans that are neither 0 nor 1/],
    ["INT32", page("RLE", 2, 0, 0, 0, 4, 1), /unsupported encoding, number 3/],
    ["INT32", page(lengths, deltas(1, 2)), /unsupported encoding, number 6/],
    [FIXED, page(lengths, deltas(1, 2)), /unsupported encoding, number 6/],
    ["INT32", page(prefixes, deltas(0, 0), deltas(4, 4)), /unsupported encoding, number 7/],
    [
      "INT32",
      { ...page("DELTA_BINARY_PACKED", deltas(5, 7)), isDictionary: true },
      /unsupported encoding, number 5/,
    ],
    ["FLOAT", page("DELTA_BINARY_PACKED", deltas(5, 7)), /deltas of type FLOAT/],
    ["BYTE_ARRAY", page(split, 1, 2, 3, 4), /values of type BYTE_ARRAY as byte streams/],
    ["INT32", page(split, 1, 2, 3, 4, 5, 6, 7), /a page of 7 bytes, 2 values take 8/],
    ["BYTE_ARRAY", page(lengths, deltas(1, -1), 65), /a byte array of -1 bytes/],
    ["BYTE_ARRAY", page(lengths, deltas(1, 2), 65, 66), /a byte array of 2 bytes, which does not fit/],
    [
      "BYTE_ARRAY",
      page(prefixes, deltas(0, 0), deltas(1, 2), 65, 66),
      /a byte array of 2 bytes, which does not fit/,
    ],
    ["BYTE_ARRAY", page(prefixes, deltas(0, 0), deltas(1, -1), 65), /a byte array of -1 bytes/],
    ["BYTE_ARRAY", page(prefixes, deltas(1, 0), deltas(1, 1), 65, 66), /a byte array of 2 bytes/],
    ["BYTE_ARRAY", page(prefixes, deltas(0, 2), deltas(1, 1), 65, 66), /a byte array of 3 bytes/],
    ["BYTE_ARRAY", page(prefixes, deltas(0, -1), deltas(1, 1), 65, 66), /a byte array of 0 bytes/],
    [FIXED, page(prefixes, deltas(0, 1), deltas(2, 2), 65, 66, 67, 68), /a byte array of 3 bytes/],
  ];
  // 2,048 values, each the 1 MiB of the first again: no memory is taken for them.
  const perValue = (first: number, other: number) =>
    deltas(...Array.from({ length: 2048 }, (_, place) => place === 0 ? first : other));
  const repeated = page(prefixes, perValue(0, 2 ** 20), perValue(2 ** 20, 0), new Uint8Array(2 ** 20));
  assert.throws(
    () => decodeFile(forgedFile([{ ...repeated, numValues: 2048 }], { rows: 2048, type: "BYTE_ARRAY" })),
    /a byte array of 2147483648 bytes/,
  );
  for (const [type, forged, message] of refused) {
    assert.throws(
      () => decodeFile(forgedFile([forged], { rows: 2, type })),
      (error) => error instanceof FileError && message.test(error.message),
      `${type} ${message}`,
    );
  }
});

test("decode() refuses a column chunk whose first list began before it", () => {
  const file = makeFile({
    schema: [
      { name: "root", num_children: 1 },
      { name: "x", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "INT32", repetition_type: "REQUIRED" },
    ],
    columnData: [{ name: "x", data: [[1, 2], [3]] }],
    codec: "UNCOMPRESSED",
  });
  // Repetition levels 0 1 0, in one group of bits, become 1 0 0: as many lists as before.
  const at = file.findIndex((byte, index) => byte === 3 && file[index + 1] === 0b010);
  assert.ok(at > 0 && at < 100);
  file[at + 1] = 0b001;
  assert.throws(() => decodeFile(file), /the first list of the column chunk does not begin in it/);
});

test("decode() does not go by the header of a page that it refused", () => {
  const file = forgedFile([{}]), { columns, table } = openFile(file);
  const decoder = new RowGroupDecoder({ columns, mode: "values" });
  const place = { path: PATH, table, rowGroup: 0 };
  const damaged = file.slice().fill(0x1f, table.startByte[0] + 2, table.startByte[0] + 4);
  for (let round = 0; round < 2; round++) {
    decoder.decode(file, table.startByte, place);
    assert.deepEqual(decoder.column(0).values, Int32Array.of(1, 2));
    assert.throws(() => decoder.decode(damaged, table.startByte, place), FileError);
  }
});
