import assert from "node:assert/strict";
import zlib from "node:zlib";
import { test } from "node:test";
import { type DecodedArray, type Encoding, parquetReadObjects, type SchemaElement } from "hyparquet";
import { snappyCompress } from "hysnappy";
import { FileError } from "../../../lib/base/errors.ts";
import { type FallbackCounts, RowGroupDecoder } from "../../../lib/format/parquet/decode.ts";
import { decodeFile, flatSchema, makeFile, openFile, PATH, randomNumbers } from "./read_file.ts";

const ROWS = 700, ROW_GROUP_ROWS = 300;
const NO_FALLBACKS: FallbackCounts = { nested: 0, delta: 0 };
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
  const [f4, i8, f2] = columns.map(({ slot }) => decoder.column(slot).values);
  assert.ok(f4 instanceof Float32Array && i8 instanceof BigInt64Array && f2 instanceof Uint8Array);
  // The last row group has the 100 rows that are left.
  assert.deepEqual([f4.length, i8.length, f2.length], [100, 100, 200]);
});

test("decode() gives hyparquet's values for every encoding, codec and repetition, and counts the path", async () => {
  const words = Array.from({ length: ROWS }, (_, row) => new TextEncoder().encode(`word ${row % 9}`));
  const strings = [{ element: { name: "s", type: "BYTE_ARRAY" } as SchemaElement, data: words }];
  const blobs = [{
    element: { name: "s", type: "BYTE_ARRAY" } as SchemaElement,
    data: words.map((word, row) => new Uint8Array(row % 100).fill(word[5])),
  }];
  const booleans = [{
    element: { name: "b", type: "BOOLEAN" } as SchemaElement,
    data: words.map((_, row) => row % 3 > 0),
  }];
  const withNulls = (columns: typeof FLAT) =>
    columns.map(({ element, data }) => ({
      element,
      data: Array.from(data as ArrayLike<unknown>, (value, row) => row % 4 && row < 600 ? value : null),
    }));
  const few = FLAT.map(({ element, data }) => ({
    element,
    data: Array.from({ length: ROWS }, (_, row) => data[row % 5]),
  }));
  const one = FLAT.map(({ element, data }) => ({ element, data: new Array(ROWS).fill(data[0]) }));
  const optional = { repetition: "OPTIONAL" } as const;
  const dictionary = { encoding: "RLE_DICTIONARY" } as const;
  const cases: [options: Parameters<typeof flatFile>[0], rowGroupsWithDeltas?: number][] = [
    [optional],
    [{ ...optional, elements: withNulls(FLAT), codec: "SNAPPY", pageSize: 400 }],
    [{ ...optional, elements: withNulls(FLAT), codec: "UNCOMPRESSED" }],
    [{ elements: few, ...dictionary }],
    [{ elements: one, ...dictionary }],
    [{ ...optional, elements: one, ...dictionary, codec: "GZIP" }],
    [{ elements: few, ...dictionary, codec: "SNAPPY", pageSize: 300 }],
    [{ ...optional, elements: withNulls(few), ...dictionary, codec: "ZSTD" }],
    [{ encoding: "BYTE_STREAM_SPLIT", codec: "SNAPPY" }],
    [{ ...optional, encoding: "BYTE_STREAM_SPLIT", elements: withNulls(FLAT) }],
    [{ elements: FLAT.slice(2, 4), encoding: "DELTA_BINARY_PACKED" }, 3],
    // All values of the last row group are null, which takes no deltas.
    [{ ...optional, elements: withNulls(FLAT.slice(2, 4)), encoding: "DELTA_BINARY_PACKED" }, 2],
    [{ codec: "GZIP", pageSize: 400 }],
    [{ codec: "ZSTD" }],
    [{ elements: strings }],
    [{ elements: blobs, pageSize: 900 }],
    [{ ...optional, elements: withNulls(strings), codec: "SNAPPY" }],
    [{ elements: strings, encoding: "DELTA_LENGTH_BYTE_ARRAY", codec: "ZSTD" }, 3],
    [{ ...optional, elements: withNulls(blobs), encoding: "DELTA_LENGTH_BYTE_ARRAY" }, 2],
    [{ elements: strings, encoding: "DELTA_BYTE_ARRAY" }, 3],
    [{ elements: blobs, encoding: "DELTA_BYTE_ARRAY", pageSize: 700 }, 3],
    [{ elements: strings, ...dictionary, codec: "SNAPPY" }],
    [{ ...optional, elements: withNulls(strings), ...dictionary, pageSize: 300 }],
    [{ elements: booleans, codec: "SNAPPY" }],
    [{ elements: booleans, encoding: "RLE" }],
    [{ ...optional, elements: withNulls(booleans), encoding: "RLE" }],
    [{ ...optional, elements: withNulls(booleans), pageSize: 10 }],
  ];
  for (const [options, rowGroupsWithDeltas = 0] of cases) {
    const name = JSON.stringify({
      ...options,
      elements: options.elements?.map(({ element }) => element.name),
    });
    const file = flatFile(options);
    const { decoder, values, columns } = decodeFile(file);
    assert.deepEqual(values, await oracleColumns(file), name);
    const delta = columns.length * rowGroupsWithDeltas;
    assert.deepEqual(decoder.fallbacks, { nested: 0, delta }, name);
    assert.equal(decoder.fallbackChunks, delta, name);
    assert.equal(decoder.fastChunks, columns.length * 3 - delta, name);
  }
});

function listFile(
  lists: unknown[],
  { pageSize, codec }: { pageSize?: number; codec?: "SNAPPY" },
): Uint8Array {
  return makeFile({
    schema: [
      { name: "root", num_children: 1 },
      { name: "v", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
    ],
    columnData: [{ name: "v", data: lists, encoding: "PLAIN" }],
    rowGroupSize: ROW_GROUP_ROWS,
    pageSize,
    codec,
  });
}

test("decode() gives lists by row: of one length or several, empty, null, with nulls", async () => {
  const row = (length: number, base: number) => Array.from({ length }, (_, index) => base * 10 + index);
  const rows = Array.from({ length: ROWS }, (_, index) => index);
  const kinds: unknown[][] = [
    rows.map((index) => row(7, index)),
    rows.map((index) => row(1, index)),
    rows.map((index) => row(1 + index % 5, index)),
    rows.map((index) => row(index % 5, index)),
    rows.map((index) => index % 6 ? row(index % 5, index) : null),
    rows.map((index) => row(index % 5, index).map((value) => value % 3 ? value : null)),
    // Nulls come late: what is before them was not marked.
    rows.map((index) => index % 300 < 250 ? row(2, index) : null),
  ];
  for (const [kind, lists] of kinds.entries()) {
    for (const pageSize of [undefined, 200]) {
      for (const codec of [undefined, "SNAPPY" as const]) {
        const file = listFile(lists, { pageSize, codec });
        const { decoder, values } = decodeFile(file);
        assert.deepEqual(values["v.list.element"], lists, `${kind} ${pageSize} ${codec}`);
        // hyparquet has undefined for a list that is null.
        assert.deepEqual((await oracleColumns(file)).v.map((list) => list ?? null), lists);
        assert.equal(decoder.fastChunks, 3);
        const { listLength, listOffsets } = decoder.column(0);
        assert.equal(listLength, [7, 1, undefined, undefined, undefined, undefined, 2][kind]);
        assert.equal(listOffsets!.length, 101);
      }
    }
  }
});

test("decode() leaves lists in lists to hyparquet", () => {
  const lists = Array.from(
    { length: ROWS },
    (_, row) => Array.from({ length: row % 4 }, (_, index) => Array.from({ length: index }, () => row)),
  );
  for (const pageSize of [undefined, 200]) {
    const file = makeFile({
      schema: [
        { name: "root", num_children: 1 },
        { name: "v", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { name: "element", type: "INT32", repetition_type: "REQUIRED" },
      ],
      columnData: [{ name: "v", data: lists, encoding: "PLAIN" }],
      rowGroupSize: ROW_GROUP_ROWS,
      pageSize,
    });
    const { decoder, values } = decodeFile(file);
    assert.deepEqual(values["v.list.element.list.element"], lists);
    assert.deepEqual(decoder.fallbacks, { nested: 3, delta: 0 });
  }
});

test("decode() marks the null leaves of OPTIONAL structs", () => {
  const rows = Array.from({ length: 99 }, (_, row) => row % 3 ? { x: row % 5 ? row : null } : null);
  const file = makeFile({
    schema: [
      { name: "root", num_children: 1 },
      { name: "point", repetition_type: "OPTIONAL", num_children: 1 },
      { name: "x", type: "INT32", repetition_type: "OPTIONAL" },
    ],
    columnData: [{ name: "point", data: rows, encoding: "PLAIN" }],
  });
  const { decoder, values } = decodeFile(file);
  assert.deepEqual(values["point.x"], rows.map((row) => row?.x ?? null));
  assert.equal(decoder.fastChunks, 1);
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

test("decode() refuses a codec that is not supported and names those that are", () => {
  const file = flatFile({});
  const { columns, table } = openFile(file, ["f4"]);
  assert.equal(columns.length, 1);
  const codecs: [number, string][] = [[3, "LZO"], [99, "number 99"]];
  for (const [codec, name] of codecs) {
    assert.throws(
      () => decodeFile(withCodec(file, codec), { names: ["f4"] }),
      new RegExp(`compression ${name} is not supported, wanted one of UNCOMPRESSED, SNAPPY, GZIP, `),
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
  for (let mutant = 0; mutant < 1400; mutant++) {
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
  assert.ok(refused > 120 && refused < 1360, String(refused));
});
