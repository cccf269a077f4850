import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaElement } from "hyparquet";
import { FileError } from "../../../lib/base/errors.ts";
import { RowGroupDecoder } from "../../../lib/format/parquet/decode.ts";
import { makeFile, openFile, PATH, randomNumbers } from "./read_file.ts";

const ROWS = 4000;
const COLUMNS: { schema: SchemaElement[]; data: unknown[]; encoding?: "DELTA_BINARY_PACKED" }[] = [
  {
    schema: [{ name: "flat", type: "DOUBLE", repetition_type: "REQUIRED" }],
    data: Array.from({ length: ROWS }, (_, row) => row / 7),
  },
  {
    schema: [{ name: "some", type: "INT32", repetition_type: "OPTIONAL" }],
    data: Array.from({ length: ROWS }, (_, row) => row % 3 ? row : null),
  },
  {
    schema: [{ name: "text", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" }],
    data: Array.from({ length: ROWS }, (_, row) => new TextEncoder().encode(`word ${row % 50}`)),
  },
  {
    schema: [
      { name: "list", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "INT32", repetition_type: "OPTIONAL" },
    ],
    data: Array.from({ length: ROWS }, (_, row) => Array.from({ length: row % 7 }, () => row)),
  },
  {
    schema: [
      { name: "nested", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      { name: "element", type: "INT32", repetition_type: "REQUIRED" },
    ],
    data: Array.from({ length: ROWS }, (_, row) => [[row], [1, 2, 3]].slice(row % 3)),
  },
  {
    schema: [{ name: "deltas", type: "INT32", repetition_type: "REQUIRED" }],
    data: Array.from({ length: ROWS }, (_, row) => row * row % 977),
    encoding: "DELTA_BINARY_PACKED",
  },
];

function makeStreamFile(): Uint8Array {
  return makeFile({
    schema: [{ name: "root", num_children: COLUMNS.length }, ...COLUMNS.flatMap(({ schema }) => schema)],
    columnData: COLUMNS.map(({ schema, data, encoding }) => ({ name: schema[0].name, data, encoding })),
    codec: "SNAPPY",
    rowGroupSize: 2500,
    pageSize: 600,
  });
}

type Opened = ReturnType<typeof openFile>;

/** Feeds each chunk in pieces of a size that `nextBytes` gives; returns the decoder. */
function streamFile(file: Uint8Array, { columns, table, numRowGroups }: Opened, nextBytes: () => number) {
  const decoder = new RowGroupDecoder({ columns, mode: "values" });
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
    for (const { slot } of columns) {
      const chunk = rowGroup * columns.length + slot, start = table.startByte[chunk];
      const bytes = file.subarray(start, start + table.bytes[chunk]);
      decoder.beginChunk(slot, { path: PATH, table, rowGroup });
      let done = 0, end = 0;
      while (done < bytes.length) {
        end = Math.min(bytes.length, Math.max(end, done + nextBytes()));
        // In front of the piece lies what must not matter.
        const input = new Uint8Array(20 + end - done).fill(255);
        input.set(bytes.subarray(done, end), 20);
        const taken = decoder.decodePages(input, 20, input.length);
        assert.ok(taken <= end - done, "took more than there was");
        assert.ok(taken > 0 || end < bytes.length, "took nothing of all that the chunk has");
        done += taken;
        if (taken === 0) end = Math.min(bytes.length, 2 * end - done);
      }
      decoder.endChunk();
    }
  }
  return decoder;
}

function countsOf({ fastChunks, fallbackChunks, fallbacks, pages, valueBytes }: RowGroupDecoder) {
  return { fastChunks, fallbackChunks, fallbacks: { ...fallbacks }, pages, valueBytes };
}

test("decodePages() decodes the same pages, however a chunk is cut", () => {
  const file = makeStreamFile(), opened = openFile(file);
  const { columns, table, numRowGroups } = opened;
  const whole = new RowGroupDecoder({ columns, mode: "values" });
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
    const starts = columns.map(({ slot }) => table.startByte[rowGroup * columns.length + slot]);
    whole.decode(file, starts, { path: PATH, table, rowGroup });
  }
  assert.deepEqual(whole.fallbacks, { nested: 2, delta: 2 });
  assert.ok(whole.pages > 200);
  const random = randomNumbers(3);
  for (const nextBytes of [() => 1, () => 700, () => 1e6, () => 1 + random() % 3000]) {
    assert.deepEqual(countsOf(streamFile(file, opened, nextBytes)), countsOf(whole));
  }
});

test("decodePages() keeps the memory of one page, whatever the chunk's size", () => {
  const data = Float64Array.from({ length: 200_000 }, (_, row) => row);
  const file = makeFile({
    schema: [{ name: "root", num_children: 1 }, { name: "x", type: "DOUBLE", repetition_type: "REQUIRED" }],
    columnData: [{ name: "x", data, encoding: "PLAIN" }],
    codec: "UNCOMPRESSED",
    rowGroupSize: data.length,
    pageSize: 8000,
  });
  const opened = openFile(file);
  const decoder = streamFile(file, opened, () => 20_000);
  const { values, rows } = decoder.column(0);
  assert.deepEqual([...values as Float64Array], [...data.subarray(data.length - rows)]);
  assert.ok(rows < 2000 && values instanceof Float64Array && values.buffer.byteLength <= 65536 + 8000);
});

test("endChunk() and decodePages() name the byte of the file where a streamed chunk is damaged", () => {
  const file = makeStreamFile(), { columns, table } = openFile(file);
  const place = { path: PATH, table, rowGroup: 1 }, chunk = columns.length;
  const start = table.startByte[chunk], end = start + table.bytes[chunk];
  const decoder = new RowGroupDecoder({ columns, mode: "values" });
  const expectError = (act: () => void, message: RegExp) =>
    assert.throws(act, (error) => {
      assert.ok(error instanceof FileError, String(error));
      assert.match(error.message, message);
      return true;
    });

  decoder.beginChunk(0, place);
  const taken = decoder.decodePages(file, start, start + Math.floor(table.bytes[chunk] / 2));
  assert.ok(taken > 1000);
  const at = start + taken;
  expectError(
    () => decoder.endChunk(),
    new RegExp(`at byte ${at}: the rest of the column chunk was not read`),
  );

  // The next page's header is overwritten: its type is one that Thrift lacks.
  decoder.beginChunk(0, place);
  decoder.decodePages(file, start, at);
  const rest = file.slice(at, end).fill(0x1f, 0, 3);
  expectError(
    () => decoder.decodePages(rest, 0, rest.length),
    new RegExp(`column "flat" .* at byte ${at + 1}: `),
  );

  // A header without end is given up, not waited for.
  decoder.beginChunk(0, place);
  table.bytes[chunk] = 2 ** 40;
  const endless = new Uint8Array(2 ** 20 + 100).fill(0x11);
  expectError(() => {
    for (let bytes = 1; bytes <= endless.length; bytes *= 2) decoder.decodePages(endless, 0, bytes);
    decoder.decodePages(endless, 0, endless.length);
  }, /the bytes end inside a page header|beyond|Parquet does not/);
});

test("decodePages() refuses bytes beyond what positions of 32 bits reach", () => {
  const file = makeStreamFile(), { columns, table } = openFile(file);
  const decoder = new RowGroupDecoder({ columns, mode: "values" });
  decoder.beginChunk(0, { path: PATH, table, rowGroup: 0 });
  assert.throws(() => decoder.decodePages(file, 0, 2 ** 31), /a page of more than 2147483648 bytes/);
});

test("decodePages() uses one page's memory for all columns and leaves values alone that are kept", () => {
  const names = ["kept", "a", "b"];
  const file = makeFile({
    schema: [
      { name: "root", num_children: 3 },
      ...names.map((name) => ({
        name,
        type: "INT32" as const,
        repetition_type: "REQUIRED" as const,
      })),
    ],
    columnData: names.map((name, column) => ({
      name,
      data: Int32Array.from({ length: 3000 }, (_, row) => row + column),
      encoding: "PLAIN" as const,
    })),
    codec: "UNCOMPRESSED",
    rowGroupSize: 3000,
    pageSize: 4000,
  });
  const { columns, table } = openFile(file), place = { path: PATH, table, rowGroup: 0 };
  const decoder = new RowGroupDecoder({ columns, mode: "values" });
  decoder.decode(file, table.startByte, place, 0, 1);
  const buffers = [1, 2].map((slot) => {
    decoder.beginChunk(slot, place);
    decoder.decodePages(file, table.startByte[slot], table.startByte[slot] + table.bytes[slot]);
    decoder.endChunk();
    const { values, rows } = decoder.column(slot);
    assert.ok(rows < 1500 && values instanceof Int32Array);
    assert.equal(values[rows - 1], 2999 + slot);
    return values.buffer;
  });
  assert.equal(buffers[0], buffers[1]);
  assert.deepEqual(decoder.column(0).values, Int32Array.from({ length: 3000 }, (_, row) => row));
});
