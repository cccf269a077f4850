import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parquetMetadata, parquetRead } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { writeMetadata } from "hyparquet-writer/src/metadata.js";
import { FileError } from "../../../lib/base/errors.ts";
import { WRITABLE_DTYPES } from "../../../lib/format/parquet/dtypes.ts";
import { readFooter } from "../../../lib/format/parquet/read_footer.ts";
import { ValueSource } from "../../../lib/format/parquet/values.ts";
import { ParquetFileWriter } from "../../../lib/format/parquet/write_file.ts";
import { withFolder } from "../../helpers/datasets.ts";
import { pythonWith } from "../../helpers/python.ts";

const SEED = 42, FILE_INDEX = 7;
const ROW_GROUP_ROWS = [300, 300, 101];
const ALL_DTYPES = WRITABLE_DTYPES.map((dtype) => ({ name: `col_${dtype}`, dtype, size: 1 }));

interface Written {
  readonly path: string;
  readonly columns?: typeof ALL_DTYPES;
  readonly compression?: "none" | "snappy";
  readonly rowGroupRows?: readonly number[];
}

function writeFile(written: Written): number {
  const { path, columns = ALL_DTYPES, compression = "none", rowGroupRows = ROW_GROUP_ROWS } = written;
  const fd = fs.openSync(path, "wx");
  const writer = new ParquetFileWriter(fd, {
    path,
    columns,
    compression,
    keyValues: { "mlps.test": "märk" },
  });
  const values = new ValueSource(SEED, FILE_INDEX);
  rowGroupRows.forEach((rows, rowGroup) =>
    writer.writeRowGroup(rows, (column) => values.chunk({ rowGroup, column }, columns[column].dtype, rows))
  );
  const fileBytes = writer.finish();
  fs.closeSync(fd);
  return fileBytes;
}

function metadataOf(path: string): Uint8Array {
  const fd = fs.openSync(path, "r");
  const metadata = readFooter(fd, fs.fstatSync(fd).size, path);
  fs.closeSync(fd);
  return metadata;
}

async function readColumns(path: string): Promise<unknown[]> {
  const bytes = fs.readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  let rows: unknown[] = [];
  await parquetRead({ file, rowFormat: "array", onComplete: (all) => rows = all });
  return rows;
}

test("finish() writes the footer that hyparquet-writer writes for the same metadata", () => {
  withFolder((folder) => {
    for (const rowGroupRows of [[300, 300, 101], Array(20).fill(10)]) {
      const path = join(folder, `${rowGroupRows.length}.parquet`);
      const columns = [...ALL_DTYPES, { name: "naïve", dtype: "float32", size: 1 }];
      const fileBytes = writeFile({ path, columns, rowGroupRows });
      assert.equal(fs.statSync(path).size, fileBytes);
      const bytes = fs.readFileSync(path);
      const metadata = parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      assert.equal(metadata.created_by, "mlps");
      assert.deepEqual(metadata.key_value_metadata, [{ key: "mlps.test", value: "märk" }]);
      const { metadata_length: _, ...rest } = metadata;
      const theirs = new ByteWriter();
      writeMetadata(theirs, rest as typeof metadata);
      assert.deepEqual(metadataOf(path), theirs.getBytes().slice(0, -4));
    }
  });
});

test("writeRowGroup() writes what hyparquet reads back, with and without snappy", async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), "mlps-test-"));
  try {
    const paths = (["none", "snappy"] as const).map((compression) => {
      const path = join(folder, compression);
      writeFile({ path, compression });
      return path;
    });
    const [plain, snappy] = await Promise.all(paths.map(readColumns));
    assert.equal(plain.length, 701);
    assert.deepEqual(snappy, plain);
    const values = new ValueSource(SEED, FILE_INDEX);
    const column = ALL_DTYPES.findIndex(({ dtype }) => dtype === "float32");
    const last = values.chunk({ rowGroup: 2, column }, "float32", 101);
    const wanted = new DataView(last.buffer, last.byteOffset).getFloat32(100 * 4, true);
    assert.equal((plain[700] as unknown[])[column], wanted);
    assert.ok(fs.statSync(paths[1]).size < fs.statSync(paths[0]).size, "narrow integers compress");
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("writeRowGroup() writes files above the write buffer's size with every chunk in its place", () => {
  withFolder((folder) => {
    const path = join(folder, "large.parquet");
    const columns = [ALL_DTYPES.find(({ dtype }) => dtype === "int64")!];
    const rows = 300_000; // 2.4 MB a chunk
    writeFile({ path, columns, rowGroupRows: [rows, rows] });
    const bytes = fs.readFileSync(path);
    const values = new ValueSource(SEED, FILE_INDEX);
    for (const rowGroup of [0, 1]) {
      const wanted = Buffer.from(values.chunk({ rowGroup, column: 0 }, "int64", rows));
      const at = bytes.indexOf(wanted.subarray(0, 64));
      assert.equal(bytes.subarray(at, at + wanted.length).equals(wanted), true, `row group ${rowGroup}`);
    }
  });
});

test("writeRowGroup() reports a failed write with the file, the place and the reason", () => {
  withFolder((folder) => {
    const path = join(folder, "read-only");
    fs.writeFileSync(path, "");
    const fd = fs.openSync(path, "r");
    const writer = new ParquetFileWriter(fd, {
      path,
      columns: ALL_DTYPES,
      compression: "none",
      keyValues: {},
    });
    assert.throws(
      () => writer.finish(),
      (error) => error instanceof FileError && error.failure?.offsetBytes === 0,
    );
    fs.closeSync(fd);
  });
});

// Derives every value again from the rules at the top of lib/format/parquet/values.ts, with another AES.
const PYTHON_CHECK = `
import hashlib, struct, sys
import numpy as np
import pyarrow as pa, pyarrow.parquet as pq
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

path, seed, file_index, codec = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
key = hashlib.sha256(f"mlps dataset seed {seed}".encode()).digest()[:16]

def stream(row_group, column, size):
    counter = struct.pack(">IIII", file_index, row_group, column, 0)
    return Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor().update(bytes(size))

def values(dtype, row_group, column, rows):
    raw = stream(row_group, column, rows * 8)
    w4, w8 = np.frombuffer(raw, "<u4")[:rows], np.frombuffer(raw, "<u8")[:rows]
    if dtype == "float32": return (w4 >> 9 | 0x3f800000).astype("<u4").view("<f4")
    if dtype == "float64": return ((w8 >> np.uint64(44)) << np.uint64(32) | w8 & np.uint64(0xffffffff)
                                   | np.uint64(0x3ff00000 << 32)).view("<f8")
    if dtype == "float16":
        half = np.frombuffer(raw, "<u2")[: rows + rows % 2].astype("<u4")
        word = half[0::2] | half[1::2] << 16
        word = (word >> 6) & 0x03ff03ff | 0x3c003c00
        return word.astype("<u4").view("<f2")[:rows]
    if dtype in ("int8", "int16"): return w4.astype(dtype)
    if dtype == "uint8": return (w4 >> 24).astype("u1")
    if dtype == "uint16": return (w4 >> 16).astype("<u2")
    if dtype in ("int32", "uint32"): return w4.view(dtype)
    return w8.view(dtype)

f = pq.ParquetFile(path)
types = {"float16": pa.float16(), "float32": pa.float32(), "float64": pa.float64()}
checked = 0
for g in range(f.num_row_groups):
    table = f.read_row_group(g)
    for c, field in enumerate(table.schema):
        dtype = field.name.removeprefix("col_")
        assert field.type == types.get(dtype, getattr(pa, dtype, lambda: None)()), (field.name, field.type)
        assert not field.nullable, field.name
        assert f.metadata.row_group(g).column(c).compression == codec
        got = table.column(c).to_numpy()
        want = values(dtype, g, c, table.num_rows)
        assert got.dtype == want.dtype and got.tobytes() == want.tobytes(), (field.name, g)
        checked += len(got)
print(checked)
`;

test("pyarrow reads every value of every dtype as Python derives it again", (t) => {
  const python = pythonWith("pyarrow", "numpy", "cryptography");
  if (python === undefined) return t.skip("skipped: pyarrow, numpy and cryptography are not installed");
  withFolder((folder) => {
    for (const [compression, codec] of [["none", "UNCOMPRESSED"], ["snappy", "SNAPPY"]] as const) {
      const path = join(folder, compression);
      writeFile({ path, compression });
      const args = ["-c", PYTHON_CHECK, path, String(SEED), String(FILE_INDEX), codec];
      const result: SpawnSyncReturns<string> = spawnSync(python, args, { encoding: "utf8" });
      assert.equal(result.stdout.trim(), String(701 * ALL_DTYPES.length), result.stderr);
    }
  });
});
