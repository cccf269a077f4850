import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { FileError } from "../../../lib/base/errors.ts";
import { chunkTableAt, chunkTableBytes } from "../../../lib/format/parquet/chunk_table.ts";
import { scanChunks } from "../../../lib/format/parquet/scan_chunks.ts";
import { flatSchema, footerOf, makeFile, openFile, oracleMetadata, PATH } from "./read_file.ts";

const CODEC_NUMBERS: Record<string, number> = { UNCOMPRESSED: 0, SNAPPY: 1 };
const ROWS = 900;

const elements: SchemaElement[] = Array.from({ length: 40 }, (_, column) => ({
  name: `column_${column}`,
  type: column % 2 ? "INT32" : "DOUBLE",
  repetition_type: column % 5 === 0 ? "OPTIONAL" : "REQUIRED",
}));

/** A file with dictionaries, statistics and several row groups, the last one shorter. */
function variedFile(): Uint8Array {
  return makeFile({
    schema: flatSchema(elements),
    columnData: elements.map(({ name, type }, column) => ({
      name,
      data: Array.from({ length: ROWS }, (_, row) => type === "INT32" ? row % 7 : row / (column + 1)),
      columnIndex: column % 3 === 0,
      codec: column % 4 === 0 ? "UNCOMPRESSED" as const : "SNAPPY" as const,
    })),
    rowGroupSize: 400,
  });
}

interface ForgedMetaData {
  data_page_offset?: bigint;
  dictionary_page_offset?: bigint;
  total_compressed_size?: bigint;
  num_rows?: bigint;
  numChunks?: number;
  file_path?: string;
  hasMetaData?: boolean;
}

/** Returns a file of 1,000 bytes of data and a footer that says of it what the test wants. */
function forgedFile(forged: ForgedMetaData): Uint8Array {
  const writer = new ByteWriter();
  const schema = flatSchema([{ name: "x", type: "INT32", repetition_type: "REQUIRED" }]);
  const parquet = new ParquetWriter({ writer, schema });
  writer.appendBytes(new Uint8Array(996));
  const { numChunks = 1, num_rows = 5n, file_path, hasMetaData = true, ...rest } = forged;
  const meta_data = {
    type: "INT32" as const,
    encodings: ["PLAIN" as const],
    path_in_schema: ["x"],
    codec: "UNCOMPRESSED" as const,
    num_values: 5n,
    total_uncompressed_size: 100n,
    total_compressed_size: 100n,
    data_page_offset: 4n,
    ...rest,
  };
  const chunk = { file_path, file_offset: 4n, ...(hasMetaData && { meta_data }) };
  parquet.num_rows = num_rows;
  parquet.row_groups.push({ columns: Array(numChunks).fill(chunk), total_byte_size: 100n, num_rows });
  parquet.finish();
  return writer.getBytes().slice();
}

test("scanChunks() finds each wanted chunk where hyparquet finds it", () => {
  const file = variedFile();
  const { row_groups } = oracleMetadata(file);
  const names = elements.map(({ name }) => name);
  let numDictionaries = 0;
  for (const wanted of [undefined, names.filter((_, column) => column % 5 === 1), names.slice(-1), []]) {
    const { table, columns, numRowGroups } = openFile(file, wanted);
    assert.equal(numRowGroups, row_groups.length);
    assert.deepEqual(columns.map(({ name }) => name), wanted ?? names);
    assert.deepEqual([...table.rows], row_groups.map(({ num_rows }) => Number(num_rows)));
    for (const { slot, leafIndex } of columns) {
      for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
        const chunk = rowGroup * columns.length + slot;
        const oracle = row_groups[rowGroup].columns[leafIndex].meta_data!;
        if (oracle.dictionary_page_offset !== undefined) numDictionaries++;
        assert.equal(
          table.startByte[chunk],
          Number(oracle.dictionary_page_offset ?? oracle.data_page_offset),
        );
        assert.equal(table.bytes[chunk], Number(oracle.total_compressed_size));
        assert.equal(table.codec[chunk], CODEC_NUMBERS[oracle.codec]);
      }
    }
  }
  assert.ok(numDictionaries > 0);
});

test("scanChunks() takes a dictionary's offset only where a page can be", () => {
  const cases: [dictionary: bigint | undefined, startByte: number][] = [
    [undefined, 400],
    [0n, 400], // written by some instead of leaving it out
    [300n, 300],
    [500n, 400], // behind the data page: none of its own
  ];
  for (const [dictionary_page_offset, startByte] of cases) {
    const { table } = openFile(forgedFile({ data_page_offset: 400n, dictionary_page_offset }));
    assert.equal(table.startByte[0], startByte);
  }
});

test("scanChunks() refuses what does not lie in the file's data, naming file and byte", () => {
  const cases: [forged: ForgedMetaData, message: RegExp][] = [
    [{ data_page_offset: 3n }, /100 bytes at 3 .* from 4 to 1000/],
    [{ data_page_offset: -1n }, /at -1/],
    [{ data_page_offset: 901n }, /100 bytes at 901/],
    [{ data_page_offset: 2n ** 60n }, /beyond|wanted inside/],
    [{ total_compressed_size: 997n }, /997 bytes at 4/],
    [{ total_compressed_size: 0n }, /a column of 0 bytes/],
    [{ total_compressed_size: -5n }, /a column of -5 bytes/],
    [{ numChunks: 2 }, /row group 0 has 2 columns, the schema of this dataset has 1/],
    [{ file_path: "other.parquet" }, /lies in another file/],
    [{ hasMetaData: false }, /not stated/],
  ];
  for (const [forged, message] of cases) {
    assert.throws(() => openFile(forgedFile(forged)), (error) => {
      assert.ok(error instanceof FileError);
      assert.match(error.message, message);
      assert.match(
        error.message,
        /^Cannot read the Parquet footer of "\/data\/train\/part\.parquet" at byte 1\d\d\d: /,
      );
      return true;
    });
  }
  assert.equal(openFile(forgedFile({ total_compressed_size: 996n })).table.bytes[0], 996);
});

test("scanChunks() gives the chunks of a row group without rows nothing to read", () => {
  for (const total_compressed_size of [0n, 15n]) {
    const { table } = openFile(forgedFile({ num_rows: 0n, total_compressed_size, data_page_offset: 0n }));
    assert.deepEqual([table.rows[0], table.bytes[0], table.startByte[0]], [0, 0, 4]);
  }
});

test("scanChunks() refuses more row groups than the table has room for", () => {
  const file = variedFile();
  const table = chunkTableAt(new ArrayBuffer(chunkTableBytes(2, 1)), 0, 2, 1);
  const slots = new Int32Array(elements.length).fill(-1);
  assert.throws(
    () => scanChunks(footerOf(file), slots, table, { path: PATH, fileBytes: file.length }),
    /it has 3 row groups, the files of this dataset have at most 2/,
  );
});

test("chunkTableAt() lays tables side by side without overlap", () => {
  const [maxRowGroups, numColumns] = [3, 5];
  const tableBytes = chunkTableBytes(maxRowGroups, numColumns);
  assert.equal(tableBytes % 8, 0);
  const buffer = new SharedArrayBuffer(tableBytes * 2);
  const tables = [0, tableBytes].map((at) => chunkTableAt(buffer, at, maxRowGroups, numColumns));
  tables.forEach((table, index) => {
    table.startByte.fill(index + 1);
    table.bytes.fill(index + 10);
    table.rows.fill(index + 100);
    table.codec.fill(index + 200);
  });
  tables.forEach((table, index) => {
    assert.deepEqual(new Set(table.startByte), new Set([index + 1]));
    assert.deepEqual(new Set(table.bytes), new Set([index + 10]));
    assert.deepEqual(new Set(table.rows), new Set([index + 100]));
    assert.deepEqual(new Set(table.codec), new Set([index + 200]));
  });
});
