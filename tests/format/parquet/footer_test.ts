import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchemaElement } from "hyparquet";
import { FileError } from "../../../lib/base/errors.ts";
import { FOOTER_TAIL_BYTES, parseFooterTail, readFileSummary } from "../../../lib/format/parquet/footer.ts";
import {
  flatSchema,
  footerOf,
  makeFile,
  openFile,
  oracleMetadata,
  PATH,
  randomNumbers,
} from "./read_file.ts";

const ROWS = 50;
const NESTED: SchemaElement[] = [
  { name: "root", num_children: 3 },
  { name: "id", type: "INT64", repetition_type: "REQUIRED" },
  {
    name: "tags",
    repetition_type: "OPTIONAL",
    num_children: 1,
    converted_type: "LIST",
    logical_type: { type: "LIST" },
  },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "OPTIONAL", type: "BYTE_ARRAY", converted_type: "UTF8" },
  { name: "half", type: "FIXED_LEN_BYTE_ARRAY", type_length: 2, repetition_type: "OPTIONAL" },
];

function nestedFile(): Uint8Array {
  return makeFile({
    schema: NESTED,
    columnData: [
      { name: "id", data: BigInt64Array.from({ length: ROWS }, (_, row) => BigInt(row)) },
      {
        name: "tags",
        data: Array.from({ length: ROWS }, (_, row) => row % 3 ? ["a", null, "b"].slice(row % 2) : null),
      },
      { name: "half", data: Array.from({ length: ROWS }, (_, row) => row % 2 ? new Uint8Array(2) : null) },
    ],
    rowGroupSize: 20,
    kvMetadata: [{ key: "mlps.seed", value: "42" }, { key: "__proto__", value: "x" }, { key: "empty" }],
  });
}

function wideFile(): Uint8Array {
  const elements = Array.from({ length: 300 }, (_, column): SchemaElement => ({
    name: `feature_${column}`,
    type: "FLOAT",
    repetition_type: "REQUIRED",
  }));
  return makeFile({
    schema: flatSchema(elements),
    columnData: elements.map(({ name }) => ({ name, data: new Float32Array(ROWS).fill(1) })),
    rowGroupSize: 5,
    codec: "UNCOMPRESSED",
  });
}

test("readFileSummary() says of a file what hyparquet says", () => {
  for (const file of [nestedFile(), wideFile()]) {
    const summary = readFileSummary(footerOf(file), PATH);
    const oracle = oracleMetadata(file);
    assert.deepEqual(summary.schema, oracle.schema);
    assert.equal(summary.numRows, Number(oracle.num_rows));
    assert.equal(summary.createdBy, oracle.created_by);
    assert.deepEqual([...summary.rowGroupRows], oracle.row_groups.map(({ num_rows }) => Number(num_rows)));
    assert.deepEqual(
      Object.entries(summary.keyValues),
      (oracle.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]),
    );
  }
});

test("parseFooterTail() refuses what is no whole Parquet file", () => {
  const tail = (text: string, length: number) => {
    const bytes = new Uint8Array(FOOTER_TAIL_BYTES);
    new DataView(bytes.buffer).setUint32(0, length, true);
    bytes.set(new TextEncoder().encode(text), 4);
    return bytes;
  };
  const cases: [tail: Uint8Array, fileBytes: number, message: RegExp][] = [
    [tail("PAR1", 4), 11, /it has 11 bytes, a Parquet file has at least 12/],
    [tail("PARE", 4), 1000, /encrypted/],
    [tail("abcd", 4), 1000, /truncated or no Parquet file/],
    [tail("PAR1", 989), 1000, /claims 989 bytes, wanted 1 to 988/],
    [tail("PAR1", 2 ** 32 - 1), 1000, /claims 4294967295 bytes/],
    [tail("PAR1", 0), 1000, /claims 0 bytes/],
  ];
  for (const [bytes, fileBytes, message] of cases) {
    assert.throws(() => parseFooterTail(bytes, PATH, fileBytes), (error) => {
      assert.ok(error instanceof FileError);
      assert.match(error.message, message);
      assert.match(error.message, /^Cannot read the Parquet footer of "\/data\/train\/part\.parquet"/);
      return true;
    });
  }
  assert.equal(parseFooterTail(tail("PAR1", 988), PATH, 1000), 988);
});

test("readFileSummary() refuses every truncated footer", () => {
  const metadata = footerOf(nestedFile());
  for (let length = 0; length < metadata.length; length++) {
    assert.throws(() => readFileSummary(metadata.subarray(0, length), PATH), FileError);
  }
});

test("readFileSummary() and scanChunks() survive mutated footers", () => {
  const next = randomNumbers(7);
  const outcomes = { read: 0, refused: 0 };
  for (const file of [nestedFile(), wideFile()]) {
    const footerStart = file.length - FOOTER_TAIL_BYTES - footerOf(file).length;
    for (let mutant = 0; mutant < 1500; mutant++) {
      const mutated = file.slice();
      const span = file.length - footerStart - FOOTER_TAIL_BYTES;
      for (let change = next() % 3; change >= 0; change--) {
        // A third of the changes hit the schema in front, where a file has most of its variety.
        const at = footerStart + (next() % 3 === 0 ? next() % Math.min(span, 120) : next() % span);
        mutated[at] = next() % 2 ? next() & 255 : mutated[at] ^ (1 << (next() & 7));
      }
      try {
        const { table, numRowGroups, columns } = openFile(mutated);
        for (let chunk = 0; chunk < numRowGroups * columns.length; chunk++) {
          assert.ok(table.startByte[chunk] + table.bytes[chunk] <= footerStart);
        }
        outcomes.read++;
      } catch (error) {
        assert.ok(error instanceof FileError, `${(error as Error).stack}`);
        outcomes.refused++;
      }
    }
  }
  // Both happen often: names and statistics may change unseen, structure may not.
  assert.ok(outcomes.read > 100 && outcomes.refused > 500, JSON.stringify(outcomes));
});
