import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pythonWith } from "../../helpers/python.ts";
import { decodeFile } from "./read_file.ts";

const PROGRAM = join(import.meta.dirname, "read_pyarrow.py");

interface Written {
  readonly files: { readonly name: string; readonly table: string }[];
  readonly values: Record<string, Record<string, unknown[]>>;
}

test("decode() reads what pyarrow writes, value for value", { timeout: 60_000 }, (t) => {
  const python = pythonWith("pyarrow");
  if (python === undefined) return t.skip("skipped: pyarrow is not installed");
  const folder = fs.mkdtempSync(join(os.tmpdir(), "mlps-pyarrow-"));
  try {
    execFileSync(python, [PROGRAM, folder]);
    const { files, values } = JSON.parse(fs.readFileSync(join(folder, "values.json"), "utf8")) as Written;
    assert.ok(files.length > 60);
    for (const { name, table } of files) {
      const decoded = decodeFile(new Uint8Array(fs.readFileSync(join(folder, name))));
      assert.deepEqual(
        Object.keys(decoded.values).map((leaf) => leaf.split(".")[0]),
        Object.keys(values[table]),
        name,
      );
      for (const [leaf, column] of Object.entries(decoded.values)) {
        assert.deepEqual(column.map(toJson), values[table][leaf.split(".")[0]], `${name} ${leaf}`);
      }
      // Deltas alone are left to hyparquet: two columns in 3 row groups each.
      const { fallbacks } = decoded.decoder;
      assert.deepEqual(fallbacks, { nested: 0, delta: name.startsWith("delta") ? 6 : 0 }, name);
    }
    const empty = decodeFile(new Uint8Array(fs.readFileSync(join(folder, "empty.parquet"))));
    assert.deepEqual(empty.values, Object.fromEntries(empty.columns.map(({ name }) => [name, []])));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

/** Returns a value as Python's JSON has it. */
function toJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return value;
}
