// What mlps writes is read by pyarrow and DuckDB, and by mlps, value for value as the seed says: every dtype and size,
// codec, encoding, page size and distribution. The values are derived anew in Python; one process checks all files.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filePath, patternNames } from "../../lib/dataset/file_names.ts";
import type { DatasetSpecification } from "../../lib/dataset/specification.ts";
import { maxCardinality } from "../../lib/config/dtypes.ts";
import { storageOf, type StoredColumn, WRITABLE_DTYPES } from "../../lib/format/parquet/dtypes.ts";
import { generateFiles, smallSpecification, withFolder } from "../helpers/datasets.ts";
import { pythonWith } from "../helpers/python.ts";
import { observeFile } from "./observed_values.ts";

const PROGRAM = join(import.meta.dirname, "check_written_files.py");
const MODULES = ["pyarrow", "duckdb", "cryptography"];
const SEED = 42, FILE_INDEX = 1, ROWS = 250, ROW_GROUP_ROWS = 120;
const TEST_TIMEOUT_MS = 180_000;

/** How Parquet names the codecs, with the levels that are tried besides the default. */
const CODECS = {
  none: { name: "UNCOMPRESSED", levels: [] },
  snappy: { name: "SNAPPY", levels: [] },
  gzip: { name: "GZIP", levels: [1, 9] },
  zstd: { name: "ZSTD", levels: [1, 19] },
  lz4: { name: "LZ4", levels: [] },
} as const;
type CodecName = keyof typeof CODECS;

const DISTRIBUTIONS: Readonly<Record<string, Partial<StoredColumn>>> = {
  uniform: {},
  few: { cardinality: 40 },
  zipf: { distribution: "zipf", cardinality: 3000, exponent: 1.1 },
};

/** Each dtype in the sizes that differ in how they are stored. */
function columnsWith(distribution: Partial<StoredColumn>): StoredColumn[] {
  return WRITABLE_DTYPES.flatMap((dtype) => [1, 3, 20].map((size) => ({ dtype, size })))
    .map((column) => ({ name: `${column.dtype}_${column.size}`, ...column, ...distribution }))
    .map((column) =>
      column.cardinality === undefined
        ? column
        : { ...column, cardinality: Math.min(column.cardinality, maxCardinality(column)) }
    );
}

interface WrittenFile {
  readonly name: string;
  readonly path: string;
  readonly codec: string;
  readonly encoding: string;
  readonly columns: readonly StoredColumn[];
  /** Of the values that our reader finds, by leaf. */
  readonly digests: readonly string[];
}

test("FileGenerator writes what pyarrow, DuckDB and our reader read as the values of the seed", {
  timeout: TEST_TIMEOUT_MS,
}, (t) => {
  const python = pythonWith(...MODULES);
  if (python === undefined) return t.skip(`skipped: no Python has ${MODULES.join(", ")}`);
  withFolder((folder) => {
    const files = [...matrix(folder)];
    const task = { seed: SEED, fileIndex: FILE_INDEX, rows: ROWS, rowGroupRows: ROW_GROUP_ROWS, files };
    const taskFile = join(folder, "task.json");
    fs.writeFileSync(taskFile, JSON.stringify(task));
    const differences = JSON.parse(execFileSync(python, [PROGRAM, taskFile], { encoding: "utf8" }));
    console.log(
      `write matrix: ${files.length} files of ${
        files[0].columns.length
      } columns. Not there: levels of none, snappy ` +
        "and lz4, which have none; dictionaries of bool, which would not make it smaller",
    );
    assert.deepEqual(differences, []);
  });
});

/** Writes all files and yields what is in them. */
function* matrix(folder: string): Generator<WrittenFile> {
  for (const [label, distribution] of Object.entries(DISTRIBUTIONS)) {
    const columns = columnsWith(distribution);
    for (const compression of Object.keys(CODECS) as CodecName[]) {
      for (const encoding of ["plain", "dictionary"] as const) {
        for (const page_size of [undefined, 300]) {
          const name = `${label}-${compression}-${encoding}-${page_size ?? "whole"}`;
          yield writeFile(folder, name, { columns, compression, encoding, ...(page_size && { page_size }) });
        }
      }
      for (const compression_level of CODECS[compression].levels) {
        const name = `${label}-${compression}-level-${compression_level}`;
        yield writeFile(folder, name, { columns, compression, compression_level });
      }
    }
  }
}

function writeFile(folder: string, name: string, changes: Partial<DatasetSpecification>): WrittenFile {
  const dataFolder = join(folder, name);
  const spec = smallSpecification({
    seed: SEED,
    num_samples_per_file: ROWS,
    row_group_size: ROW_GROUP_ROWS,
    ...changes,
  });
  generateFiles(dataFolder, spec, [FILE_INDEX]);
  const path = filePath(patternNames(dataFolder, spec), FILE_INDEX);
  const { columns, encoding, compression } = spec;
  return {
    name,
    path,
    columns,
    encoding,
    codec: CODECS[compression].name,
    digests: digestsOf(path, columns),
  };
}

/** Returns the SHA-256 of the values of each leaf as our reader finds them; each list has to have its column's size. */
function digestsOf(path: string, columns: readonly StoredColumn[]): string[] {
  const { leaves, decoder } = observeFile(new Uint8Array(fs.readFileSync(path)));
  assert.equal(decoder.fallbackChunks, 0, path);
  return leaves.map(({ values: { bytes, counts, validity } }, leaf) => {
    const { isList, valuesPerRow } = storageOf(columns[leaf]);
    assert.ok(!validity.includes(0), "no value is null");
    assert.deepEqual(counts, isList ? new Int32Array(ROWS).fill(valuesPerRow) : undefined);
    return createHash("sha256").update(bytes).digest("hex");
  });
}
