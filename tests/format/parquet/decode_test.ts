import assert from "node:assert/strict";
import zlib from "node:zlib";
import { test } from "node:test";
import { type DecodedArray, type Encoding, parquetReadObjects, type SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { snappyCompress } from "hysnappy";
import { FileError } from "../../../lib/base/errors.ts";
import { type FallbackCounts, RowGroupDecoder } from "../../../lib/format/parquet/decode.ts";
import { decodeFile, flatSchema, makeFile, openFile, PATH, randomNumbers } from "./read_file.ts";

const ROWS = 700, ROW_GROUP_ROWS = 300;
const NO_FALLBACKS: FallbackCounts = { nullable: 0, nested: 0, type: 0, codec: 0, encoding: 0 };
const COMPRESSORS = {
  SNAPPY: snappyCompress,
  GZIP: (input: Uint8Array) => new Uint8Array(zlib.gzipSync(input)),
  ZSTD: (input: Uint8Array) => new Uint8Array(zlib.zstdCompressSync(input)),
};

const next = randomNumbers(5);
const float64 = Float64Array.from({ length: ROWS }, () => next() / 3);
const FLAT: { element: SchemaElement; data: DecodedArray }[] = [
  { element: { name: "f4", type: "FLOAT" }, data: Float32Array.from(float64) },
  { element: { name: "f8", type: "DOUBLE" }, data: float64 },
  { element: { name: "i4", type: "INT32" }, data: Int32Array.from({ length: ROWS }, () => next() | 0) },
  {
    element: { name: "i8", type: "INT64" },
    data: BigInt64Array.from({ length: ROWS }, () => BigInt(next()) << 20n),
  },
  {
    element: { name: "f2", type: "FIXED_LEN_BYTE_ARRAY", type_length: 2 },
    data: Array.from({ length: ROWS }, () => Uint8Array.of(next() & 255, next() & 255)),
  },
];

function flatFile(options: {
  codec?: "UNCOMPRESSED" | "SNAPPY" | "GZIP" | "ZSTD";
  encoding?: Encoding;
  repetition?: "REQUIRED" | "OPTIONAL";
  pageSize?: number;
  elements?: typeof FLAT;
}): Uint8Array {
  const { codec = "UNCOMPRESSED", encoding = "PLAIN", repetition = "REQUIRED", pageSize, elements = FLAT } =
    options;
  return makeFile({
    schema: flatSchema(elements.map(({ element }) => ({ ...element, repetition_type: repetition }))),
    columnData: elements.map(({ element, data }) => ({ name: element.name, data, encoding })),
    codec,
    compressors: COMPRESSORS,
    rowGroupSize: ROW_GROUP_ROWS,
    pageSize,
  });
}

/** Returns each top-level column as hyparquet decodes the file. */
async function oracleColumns(file: Uint8Array): Promise<Record<string, unknown[]>> {
  const rows = await parquetReadObjects({
    file: file.slice().buffer,
    utf8: false,
    compressors: {
      GZIP: (input) => new Uint8Array(zlib.gunzipSync(input)),
      ZSTD: (input) => new Uint8Array(zlib.zstdDecompressSync(input)),
    },
  });
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));
}

test("decode() copies REQUIRED columns of PLAIN pages, stored or in snappy, one page or several", async () => {
  for (const codec of ["UNCOMPRESSED", "SNAPPY"] as const) {
    for (const pageSize of [undefined, 500]) {
      const file = flatFile({ codec, pageSize });
      const { decoder, values, columns } = decodeFile(file);
      assert.deepEqual(values, await oracleColumns(file), `${codec} ${pageSize}`);
      assert.deepEqual(decoder.fallbacks, NO_FALLBACKS);
      assert.equal(decoder.fastChunks, columns.length * 3);
      assert.equal(decoder.valueBytes, ROWS * 26);
      assert.ok(pageSize ? decoder.pages > 40 : decoder.pages === 15);
    }
  }
});

test("decode() reads the columns asked for and returns typed arrays of their physical types", () => {
  const file = flatFile({});
  const { decoder, columns } = decodeFile(file, { names: ["f2", "i8", "f4"] });
  assert.deepEqual(columns.map(({ name }) => name), ["f4", "i8", "f2"]);
  const [f4, i8, f2] = columns.map(({ slot }) => decoder.column(slot));
  assert.ok(f4 instanceof Float32Array && i8 instanceof BigInt64Array && f2 instanceof Uint8Array);
  // The last row group has the 100 rows that are left.
  assert.deepEqual([f4.length, i8.length, f2.length], [100, 100, 200]);
});

test("decode() falls back to hyparquet for all else and says why", async () => {
  const words = Array.from({ length: ROWS }, (_, row) => new TextEncoder().encode(`word ${row % 9}`));
  const strings = [{ element: { name: "s", type: "BYTE_ARRAY" } as SchemaElement, data: words }];
  const booleans = [{
    element: { name: "b", type: "BOOLEAN" } as SchemaElement,
    data: words.map((_, row) => row % 3 > 0),
  }];
  const withNulls = FLAT.map(({ element, data }) => ({
    element,
    data: Array.from(data as ArrayLike<unknown>, (value, row) => row % 4 ? value : null),
  }));
  const few = FLAT.map(({ element, data }) => ({
    element,
    data: Array.from({ length: ROWS }, (_, row) => data[row % 5]),
  }));
  const cases: [Parameters<typeof flatFile>[0], keyof FallbackCounts][] = [
    [{ repetition: "OPTIONAL" }, "nullable"],
    [{ elements: withNulls, repetition: "OPTIONAL", codec: "SNAPPY", pageSize: 400 }, "nullable"],
    [{ elements: few, encoding: "RLE_DICTIONARY" }, "encoding"],
    [{ elements: few, encoding: "RLE_DICTIONARY", codec: "SNAPPY", pageSize: 300 }, "encoding"],
    [{ elements: withNulls, encoding: "RLE_DICTIONARY", repetition: "OPTIONAL", codec: "ZSTD" }, "nullable"],
    [{ encoding: "BYTE_STREAM_SPLIT", codec: "SNAPPY" }, "encoding"],
    [{ elements: FLAT.slice(2, 4), encoding: "DELTA_BINARY_PACKED" }, "encoding"],
    [{ codec: "GZIP", pageSize: 400 }, "codec"],
    [{ codec: "ZSTD" }, "codec"],
    [{ elements: strings }, "type"],
    [{ elements: strings, encoding: "DELTA_LENGTH_BYTE_ARRAY", codec: "ZSTD" }, "type"],
    [{ elements: strings, encoding: "DELTA_BYTE_ARRAY" }, "type"],
    [{ elements: strings, encoding: "RLE_DICTIONARY", codec: "SNAPPY" }, "type"],
    [{ elements: booleans, codec: "SNAPPY" }, "type"],
    [{ elements: booleans, encoding: "RLE" }, "type"],
  ];
  for (const [options, reason] of cases) {
    const name = JSON.stringify({
      ...options,
      elements: options.elements?.map(({ element }) => element.name),
    });
    const file = flatFile(options);
    const { decoder, values, columns } = decodeFile(file);
    assert.deepEqual(values, await oracleColumns(file), name);
    assert.deepEqual(decoder.fallbacks, { ...NO_FALLBACKS, [reason]: columns.length * 3 }, name);
    assert.equal(decoder.fallbackChunks, columns.length * 3, name);
  }
});

test("decode() gives nested columns by row, also where a list goes on in the next page", async () => {
  const lists = Array.from(
    { length: ROWS },
    (_, row) => Array.from({ length: row % 5 }, (_, index) => row * 10 + index),
  );
  for (const pageSize of [undefined, 200]) {
    const file = makeFile({
      schema: [
        { name: "root", num_children: 1 },
        { name: "v", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
      ],
      columnData: [{ name: "v", data: lists, encoding: "PLAIN" }],
      rowGroupSize: ROW_GROUP_ROWS,
      pageSize,
    });
    const { decoder, values } = decodeFile(file);
    assert.deepEqual(values["v.list.element"].map((row) => (row as unknown[]).flat(9)), lists);
    assert.deepEqual((await oracleColumns(file)).v, lists);
    assert.equal(decoder.fallbacks.nested, 3);
  }
});

test("decode() gives the leaves of a REQUIRED struct the fast path", () => {
  const file = makeFile({
    schema: [
      { name: "root", num_children: 1 },
      { name: "point", repetition_type: "REQUIRED", num_children: 2 },
      { name: "x", type: "INT32", repetition_type: "REQUIRED" },
      { name: "y", type: "DOUBLE", repetition_type: "REQUIRED" },
    ],
    columnData: [{
      name: "point",
      data: Array.from({ length: 9 }, (_, x) => ({ x, y: x / 2 })),
      encoding: "PLAIN",
    }],
    codec: "UNCOMPRESSED",
  });
  const { decoder, values } = decodeFile(file);
  assert.deepEqual(values["point.x"], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(values["point.y"], [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4]);
  assert.equal(decoder.fastChunks, 2);
});

test("decode() in mode pages decompresses and checks pages but keeps no values", () => {
  for (const options of [{}, { codec: "SNAPPY" }, { codec: "ZSTD" }, { repetition: "OPTIONAL" }] as const) {
    const { decoder, columns } = decodeFile(flatFile({ ...options, pageSize: 500 }), { mode: "pages" });
    assert.equal(decoder.fastChunks + decoder.fallbackChunks, columns.length * 3);
    assert.ok(decoder.pages > 40 && decoder.valueBytes >= ROWS * 26);
    assert.throws(() => decoder.column(0), /pages are decompressed only/);
  }
});

interface ForgedPage {
  version?: 1 | 2;
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
  { rows = pages.length * 2, codec = "UNCOMPRESSED" as "UNCOMPRESSED" | "SNAPPY" } = {},
) {
  const writer = new ByteWriter();
  const schema = flatSchema([{ name: "x", type: "INT32", repetition_type: "REQUIRED" }]);
  const parquet = new ParquetWriter({ writer, schema, codec });
  for (const page of pages) {
    const body = page.body ?? new Uint8Array(Int32Array.of(1, 2).buffer);
    const { numValues = 2, encoding = "PLAIN", isCompressed = codec !== "UNCOMPRESSED", levelsBytes = 0 } =
      page;
    const isV1 = page.version === 1;
    writePageHeader(writer, {
      type: isV1 ? "DATA_PAGE" : "DATA_PAGE_V2",
      uncompressed_page_size: page.uncompressedBytes ?? 8 + levelsBytes,
      compressed_page_size: page.compressedBytes ?? body.length,
      ...(isV1
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
      /its header says 2147483644/,
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
      /a run of 268435456 values in a page of 2/,
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

test("decode() refuses a codec that is not supported and names those that are", () => {
  const file = flatFile({});
  const { columns, table } = openFile(file, ["f4"]);
  assert.equal(columns.length, 1);
  const codecs: [number, string][] = [[3, "LZO"], [4, "BROTLI"], [99, "number 99"]];
  for (const [codec, name] of codecs) {
    assert.throws(
      () => decodeFile(withCodec(file, codec), { names: ["f4"] }),
      new RegExp(`compression ${name} is not supported, wanted one of UNCOMPRESSED, SNAPPY, GZIP, ZSTD`),
    );
  }
  assert.equal(table.codec[0], 0);
});

/** Returns the file with the codec of its first column chunk replaced. */
function withCodec(file: Uint8Array, codec: number): Uint8Array {
  // In ColumnMetaData: path_in_schema ["f4"], then codec 0 as a field of type i32.
  const pattern = [0x19, 0x18, 2, 0x66, 0x34, 0x15, 0];
  const at = file.findIndex((_, start) => pattern.every((byte, index) => file[start + index] === byte));
  const changed = [
    ...file.subarray(0, at + 6),
    ...(codec < 64 ? [codec * 2] : [0x80 | (codec * 2 & 127), codec >> 6]),
  ];
  const rest = [...file.subarray(at + 7)];
  const bytes = Uint8Array.from([...changed, ...rest]);
  const grown = bytes.length - file.length;
  const tail = new DataView(bytes.buffer, bytes.length - 8);
  tail.setUint32(0, tail.getUint32(0, true) + grown, true);
  return bytes;
}

test("decode() refuses bytes that were not read whole", () => {
  const { columns, table } = openFile(flatFile({}), ["f4"]);
  const decoder = new RowGroupDecoder({ columns, mode: "values" });
  const input = new Uint8Array(table.bytes[0] - 1);
  assert.throws(
    () => decoder.decode(input, [0], { path: PATH, table, rowGroup: 0 }),
    /which were not read whole/,
  );
});

test("decode() survives mutated data: it ends, in values or in a FileError", () => {
  const nested = makeFile({
    schema: [
      { name: "root", num_children: 1 },
      { name: "v", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "INT64", repetition_type: "OPTIONAL" },
    ],
    columnData: [{
      name: "v",
      data: Array.from({ length: 60 }, (_, row) => row % 4 ? [1n, null, BigInt(row)] : []),
    }],
  });
  const some = FLAT.map(({ element, data }) => ({
    element,
    data: Array.from({ length: 60 }, (_, row) => data[row % 7]),
  }));
  const strings = [{
    element: { name: "s", type: "BYTE_ARRAY" } as SchemaElement,
    data: Array.from({ length: 60 }, (_, row) => Uint8Array.of(1, 2, 3).subarray(row % 3)),
  }];
  const files = [
    flatFile({ elements: some }),
    flatFile({ elements: some, codec: "SNAPPY" }),
    flatFile({ elements: some, codec: "ZSTD", repetition: "OPTIONAL" }),
    flatFile({ elements: some, encoding: "RLE_DICTIONARY", repetition: "OPTIONAL" }),
    flatFile({ elements: some.slice(2, 4), encoding: "DELTA_BINARY_PACKED" }),
    flatFile({ elements: strings, encoding: "DELTA_BYTE_ARRAY" }),
    nested,
  ];
  const random = randomNumbers(13);
  let refused = 0;
  for (let mutant = 0; mutant < 3500; mutant++) {
    const file = files[mutant % files.length].slice();
    const metadataBytes = new DataView(file.buffer, file.length - 8).getUint32(0, true);
    const dataBytes = file.length - 8 - metadataBytes;
    for (let change = random() % 3; change >= 0; change--) {
      file[4 + random() % (dataBytes - 4)] = random() & 255;
    }
    try {
      decodeFile(file);
    } catch (error) {
      assert.ok(error instanceof FileError, `${(error as Error).stack}`);
      refused++;
    }
  }
  assert.ok(refused > 300 && refused < 3400, String(refused));
});
