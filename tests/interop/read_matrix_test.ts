// Every file that pyarrow, DuckDB and Polars write has to be read value for value: codec, encoding, version of the data
// pages, nulls, type, lists, several pages and row groups. One Python process writes all files, in a temporary folder.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withFolder } from "../helpers/datasets.ts";
import { pythonWith } from "../helpers/python.ts";
import { describeDifference, type LeafValues } from "./leaf_values.ts";
import { streamFile } from "../format/parquet/stream_file.ts";
import { observeFile } from "./observed_values.ts";

const PROGRAM = join(import.meta.dirname, "write_foreign_files.py");
const MODULES = ["pyarrow", "duckdb", "polars"];
/** Files at least, so that a writer which refuses everything is noticed. */
const LEAST_FILES = 300;
/** Files all of whose chunks take the fast path. */
const FAST_FILES = /pyarrow-(PLAIN|dictionary|RLE|BYTE_STREAM_SPLIT)-/;
const TEST_TIMEOUT_MS = 180_000;

type Part = readonly [start: number, end: number];

interface Index {
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly leaves: readonly LeafParts[] }>>;
  readonly files: readonly { readonly name: string; readonly table: string }[];
  /** What a writer cannot write, by its reason. */
  readonly skipped: Readonly<Record<string, readonly string[]>>;
}

interface LeafParts {
  readonly name: string;
  readonly validity: Part;
  readonly lengths: Part;
  readonly bytes: Part;
  readonly counts?: Part;
}

test("decode() reads what pyarrow, DuckDB and Polars write, value for value", {
  timeout: TEST_TIMEOUT_MS,
}, (t) => {
  const python = pythonWith(...MODULES);
  if (python === undefined) return t.skip(`skipped: no Python has ${MODULES.join(", ")}`);
  withFolder((folder) => {
    execFileSync(python, [PROGRAM, folder]);
    const index = JSON.parse(fs.readFileSync(join(folder, "index.json"), "utf8")) as Index;
    const wanted = loadTables(index, new Uint8Array(fs.readFileSync(join(folder, "values.bin"))));
    const problems: string[] = [];
    for (const { name, table } of index.files) {
      problems.push(...compareFile(join(folder, name), wanted[table]).map((line) => `${name}: ${line}`));
    }
    report(index);
    assert.deepEqual(problems, []);
    assert.ok(index.files.length >= LEAST_FILES, `${index.files.length} files`);
  });
});

interface Table {
  readonly rows: number;
  readonly leaves: readonly { readonly name: string; readonly values: LeafValues }[];
}

function loadTables({ tables }: Index, data: Uint8Array): Record<string, Table> {
  const bytesOf = ([start, end]: Part) => data.subarray(start, end);
  const integersOf = (part: Part) => new Int32Array(bytesOf(part).slice().buffer);
  return Object.fromEntries(
    Object.entries(tables).map(([name, { rows, leaves }]) => [name, {
      rows,
      leaves: leaves.map(({ name, validity, lengths, bytes, counts }) => ({
        name,
        values: {
          validity: bytesOf(validity),
          lengths: integersOf(lengths),
          bytes: bytesOf(bytes),
          ...(counts && { counts: integersOf(counts) }),
        },
      })),
    }]),
  );
}

/** Returns a line for each leaf of a file that does not hold what is wanted, or the error of a file that is not read. */
function compareFile(path: string, table: Table): string[] {
  try {
    const file = new Uint8Array(fs.readFileSync(path));
    const { leaves, rows, decoder } = observeFile(file);
    if (rows !== table.rows) return [`${rows} rows, wanted ${table.rows}`];
    assert.equal(streamFile(file), decoder.valueBytes, "bytes of values, in pieces");
    if (FAST_FILES.test(path)) assert.equal(decoder.fallbackChunks, 0, "chunks that hyparquet decoded");
    assert.equal(leaves.length, table.leaves.length, "leaves");
    return leaves.flatMap(({ name, values }, leaf) => {
      assert.equal(name.split(".")[0], table.leaves[leaf].name);
      const difference = describeDifference(values, table.leaves[leaf].values);
      return difference === undefined ? [] : [`${name}: ${difference}`];
    });
  } catch (cause) {
    return [(cause as Error).message];
  }
}

function report({ files, skipped }: Index): void {
  console.log(`read matrix: ${files.length} files. Skipped, as their writers cannot write them:`);
  for (const [reason, what] of Object.entries(skipped)) {
    console.log(`  ${reason}: ${what.toSorted().join(", ")}`);
  }
}
