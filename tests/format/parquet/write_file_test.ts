import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import zlib from "node:zlib";
import { parquetMetadata, parquetRead } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { parquetHeader } from "hyparquet/src/column.js";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { FileError } from "../../../lib/base/errors.ts";
import { decompress } from "../../../lib/format/parquet/codecs.ts";
import { type StoredColumn, WRITABLE_DTYPES } from "../../../lib/format/parquet/dtypes.ts";
import { readFooter } from "../../../lib/format/parquet/read_footer.ts";
import { ValueSource } from "../../../lib/format/parquet/values.ts";
import { type PageFormat, ParquetFileWriter } from "../../../lib/format/parquet/write_file.ts";
import { withFolder } from "../../helpers/datasets.ts";
import { pythonWith } from "../../helpers/python.ts";

const SEED = 42, FILE_INDEX = 7;
const ROW_GROUP_ROWS = [60, 60, 21], NUM_ROWS = 141;
const SCALARS = WRITABLE_DTYPES.filter((dtype) => dtype !== "list").map((dtype) => ({
  name: `col_${dtype}`,
  dtype,
  size: 1,
}));
const PLAIN: PageFormat = { compression: "none", encoding: "plain", pageBytes: Infinity };
const LZ4_RAW = 7; // parquet.thrift CompressionCodec
const CODECS = { none: "UNCOMPRESSED", snappy: "SNAPPY", gzip: "GZIP", zstd: "ZSTD", lz4: "LZ4" } as const;

const LAYOUTS: readonly Omit<PageFormat, "compression">[] = [
  { encoding: "plain", pageBytes: Infinity },
  { encoding: "dictionary", pageBytes: Infinity },
  { encoding: "plain", pageBytes: 300 },
  { encoding: "dictionary", pageBytes: 300 },
];

interface Written extends Partial<PageFormat> {
  readonly path: string;
  readonly columns?: readonly StoredColumn[];
  readonly rowGroupRows?: readonly number[];
}

function writeFile({ path, columns = SCALARS, rowGroupRows = ROW_GROUP_ROWS, ...format }: Written): number {
  const fd = fs.openSync(path, "wx");
  const writer = new ParquetFileWriter({ ...PLAIN, ...format, columns });
  writer.begin({ fd, path, keyValues: { "mlps.test": "märk" } });
  const values = new ValueSource({ seed: SEED, fileIndex: FILE_INDEX, columns });
  rowGroupRows.forEach((rows, rowGroup) =>
    writer.writeRowGroup(
      rows,
      (column, rowStart, pageRows) => values.chunk({ rowGroup, column, rowStart, rows: pageRows }),
    )
  );
  const fileBytes = writer.finish();
  fs.closeSync(fd);
  assert.equal(fs.statSync(path).size, fileBytes);
  return fileBytes;
}

function metadataOf(path: string): Uint8Array {
  const fd = fs.openSync(path, "r");
  const metadata = readFooter(fd, fs.fstatSync(fd).size, path);
  fs.closeSync(fd);
  return metadata;
}

function readAsBuffer(path: string): ArrayBuffer {
  return new Uint8Array(fs.readFileSync(path)).buffer;
}

async function readRows(path: string): Promise<unknown[][]> {
  let rows: unknown[][] = [];
  await parquetRead({
    file: readAsBuffer(path),
    compressors: {
      GZIP: (input) => zlib.gunzipSync(input),
      ZSTD: (input) => zlib.zstdDecompressSync(input),
      LZ4_RAW: (input, outputBytes) => decompress(LZ4_RAW, input, outputBytes),
    },
    rowFormat: "array",
    onComplete: (all) => rows = all as unknown[][],
  });
  return rows;
}

/** Returns a column of each dtype as a scalar, as lists short and long, and drawn from few values in both ways. */
function columnsOfEachKind(): StoredColumn[] {
  return WRITABLE_DTYPES.flatMap((dtype) => {
    const cardinality = dtype === "bool" ? 2 : 100;
    return [
      { name: `one_${dtype}`, dtype, size: 1 },
      { name: `three_${dtype}`, dtype, size: 3 },
      { name: `many_${dtype}`, dtype, size: 40 },
      { name: `few_${dtype}`, dtype, size: 1, cardinality },
      { name: `zipf_${dtype}`, dtype, size: 2, cardinality, distribution: "zipf" as const, exponent: 1.1 },
    ];
  });
}

test("finish() writes the footer that hyparquet-writer writes for the same metadata", () => {
  withFolder((folder) => {
    const list = { name: "naïve", dtype: "float32", size: 7 };
    for (const encoding of ["plain", "dictionary"] as const) {
      for (const rowGroupRows of [[300, 300, 101], Array(20).fill(10)]) {
        const path = join(folder, `${encoding}-${rowGroupRows.length}`);
        writeFile({ path, columns: [...SCALARS, list], rowGroupRows, encoding });
        const metadata = parquetMetadata(readAsBuffer(path));
        assert.equal(metadata.created_by, "mlps");
        assert.deepEqual(metadata.key_value_metadata, [{ key: "mlps.test", value: "märk" }]);
        const { metadata_length: _, ...rest } = metadata;
        const theirs = new ByteWriter();
        writeMetadata(theirs, rest as typeof metadata);
        assert.deepEqual(metadataOf(path), theirs.getBytes().slice(0, -4));
      }
    }
  });
});

test("writeRowGroup() writes the bytes that it wrote before there were pages, lists and dictionaries", () => {
  withFolder((folder) => {
    const path = join(folder, "part.parquet");
    const names = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"];
    const columns = [...names, "float16", "float32", "float64"].map((dtype) => ({
      name: dtype,
      dtype,
      size: 1,
    }));
    writeFile({ path, columns, rowGroupRows: [9000, 9000, 2001] });
    // The file that commit ef93fb0 wrote.
    const hash = createHash("sha256").update(fs.readFileSync(path)).digest("hex");
    assert.equal(hash, "e6d55aef64578803e8faff02217617058b2021a8694c3edbb82523a94a7258c5");
  });
});

test("writeRowGroup() writes one table whatever the codec, encoding and page size, as hyparquet reads it", {
  timeout: 60_000,
}, async () => {
  await withFolder(async (folder) => {
    const columns = columnsOfEachKind();
    let wanted: unknown[][] | undefined;
    for (const compression of Object.keys(CODECS) as (keyof typeof CODECS)[]) {
      for (const { encoding, pageBytes } of compression === "none" ? LAYOUTS : LAYOUTS.slice(-1)) {
        const path = join(folder, `${compression}-${encoding}-${pageBytes}`);
        writeFile({ path, columns, compression, encoding, pageBytes });
        const rows = await readRows(path);
        wanted ??= rows;
        assert.equal(rows.length, NUM_ROWS);
        assert.deepEqual(rows, wanted, path);
      }
    }
    const values = new ValueSource({ seed: SEED, fileIndex: FILE_INDEX, columns });
    const column = columns.findIndex(({ name }) => name === "many_float32");
    const { bytes } = values.chunk({ rowGroup: 2, column, rowStart: ROW_GROUP_ROWS[2] - 1, rows: 1 });
    const last = [...new Float32Array(new Uint8Array(bytes).buffer)];
    assert.deepEqual(wanted!.at(-1)![column], last);
  });
});

test("writeRowGroup() cuts chunks into pages of whole rows that hold at most so many bytes of values", () => {
  withFolder((folder) => {
    const columns = [{ name: "list", dtype: "float64", size: 10 }, { name: "flag", dtype: "bool", size: 1 }];
    const cases = [[Infinity, 1, 1], [80 * 301, 1, 1], [80 * 100, 4, 1], [100, 301, 4], [1, 301, 301]];
    for (const [pageBytes, ...wantedPages] of cases) {
      const path = join(folder, String(pageBytes));
      writeFile({ path, columns, rowGroupRows: [301], pageBytes });
      assert.deepEqual(countPages(path), wantedPages, `${pageBytes}`);
    }
  });
});

/** Returns the data pages of each column chunk of the first row group. */
function countPages(path: string): number[] {
  const file = readAsBuffer(path);
  return parquetMetadata(file).row_groups[0].columns.map(({ meta_data }) => {
    const reader = { view: new DataView(file), offset: Number(meta_data!.data_page_offset) };
    let pages = 0;
    for (let values = 0; values < Number(meta_data!.num_values); pages++) {
      const { data_page_header_v2, compressed_page_size } = parquetHeader(reader);
      values += data_page_header_v2!.num_values;
      reader.offset += compressed_page_size;
    }
    return pages;
  });
}

test("writeRowGroup() gives a chunk a dictionary unless its different values take more than 1 MiB", () => {
  withFolder((folder) => {
    const rows = 140_000; // of 8 bytes: 131,072 are 1 MiB
    const columns: StoredColumn[] = [
      { name: "random", dtype: "int64", size: 1 },
      { name: "largest", dtype: "int64", size: 1, cardinality: 131_072 },
      { name: "strings", dtype: "string", size: 1, cardinality: 300 },
      { name: "flags", dtype: "bool", size: 1 },
    ];
    for (const pageBytes of [Infinity, 2 ** 16]) {
      const path = join(folder, String(pageBytes));
      writeFile({ path, columns, rowGroupRows: [rows], encoding: "dictionary", pageBytes });
      const chunks = parquetMetadata(readAsBuffer(path)).row_groups[0].columns.map(({ meta_data }) =>
        meta_data!
      );
      assert.deepEqual(
        chunks.map(({ encodings }) => encodings.includes("RLE_DICTIONARY")),
        [false, true, true, false],
      );
      for (const { dictionary_page_offset, data_page_offset } of chunks) {
        if (dictionary_page_offset !== undefined) assert.ok(dictionary_page_offset < data_page_offset);
      }
      assert.ok(chunks[2].total_compressed_size < rows * 9 / 8 + 300 * 16 + 2000); // 9 bits a value
    }
  });
});

test("writeRowGroup() writes files above the write buffer's size with every chunk in its place", () => {
  withFolder((folder) => {
    const path = join(folder, "large.parquet");
    const columns = SCALARS.filter(({ dtype }) => dtype === "int64");
    const rows = 300_000; // 2.4 MB a chunk
    writeFile({ path, columns, rowGroupRows: [rows, rows] });
    const bytes = fs.readFileSync(path);
    const values = new ValueSource({ seed: SEED, fileIndex: FILE_INDEX, columns });
    for (const rowGroup of [0, 1]) {
      const wanted = Buffer.from(values.chunk({ rowGroup, column: 0, rowStart: 0, rows }).bytes);
      const at = bytes.indexOf(wanted.subarray(0, 64));
      assert.equal(bytes.subarray(at, at + wanted.length).equals(wanted), true, `row group ${rowGroup}`);
    }
  });
});

test("writeRowGroup() asks for a page at a time, so a chunk of any size takes the memory of one page", () => {
  withFolder((folder) => {
    const path = join(folder, "part.parquet"), fd = fs.openSync(path, "wx");
    const columns = [{ name: "wide", dtype: "float32", size: 1000 }];
    const writer = new ParquetFileWriter({ ...PLAIN, pageBytes: 10_000, columns });
    writer.begin({ fd, path, keyValues: {} });
    const values = new ValueSource({ seed: SEED, fileIndex: FILE_INDEX, columns });
    const asked: number[] = [];
    writer.writeRowGroup(7, (column, rowStart, rows) => {
      asked.push(rowStart, rows);
      return values.chunk({ rowGroup: 0, column, rowStart, rows });
    });
    writer.finish();
    fs.closeSync(fd);
    assert.deepEqual(asked, [0, 2, 2, 2, 4, 2, 6, 1]);
  });
});

test("writeRowGroup() reports a failed write with the file, the place and the reason", () => {
  withFolder((folder) => {
    const path = join(folder, "read-only");
    fs.writeFileSync(path, "");
    const fd = fs.openSync(path, "r");
    const writer = new ParquetFileWriter({ ...PLAIN, columns: SCALARS });
    writer.begin({ fd, path, keyValues: {} });
    assert.throws(
      () => writer.finish(),
      (error) => error instanceof FileError && error.failure?.offsetBytes === 0,
    );
    fs.closeSync(fd);
  });
});

test("pyarrow reads every value of every dtype as Python derives it again, whatever the codec and encoding", {
  timeout: 120_000,
}, (t) => {
  const python = pythonWith("pyarrow", "numpy", "cryptography");
  if (python === undefined) return t.skip("skipped: pyarrow, numpy and cryptography are not installed");
  withFolder((folder) => {
    const columns = columnsOfEachKind();
    const files = Object.entries(CODECS).flatMap(([compression, codec]) =>
      LAYOUTS.map((layout) => ({
        ...layout,
        path: join(folder, `${compression}-${layout.encoding}-${layout.pageBytes}`),
        compression,
        codec,
      }))
    );
    for (const { codec: _, ...file } of files) writeFile({ ...file as Written, columns });
    const task = JSON.stringify({
      seed: SEED,
      fileIndex: FILE_INDEX,
      columns,
      files: files.map(({ path, codec, encoding }) => ({
        path,
        codec,
        dictionary: encoding === "dictionary",
      })),
    });
    const program = join(import.meta.dirname!, "derive_values.py");
    const result = spawnSync(python, [program, task], { encoding: "utf8" });
    assert.equal(result.stdout.trim(), String(NUM_ROWS * columns.length * files.length), result.stderr);
  });
});
