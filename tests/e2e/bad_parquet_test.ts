// Parquet files that cannot be read, or not together: each is refused with a message that names the file and what is
// wrong with it, before the run where the footers are read before it, else when the run meets it.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { schemaFromColumnData } from "hyparquet-writer/src/schema.js";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { refuse } from "../helpers/refusals.ts";
import { onlySummary, setting, testInFolder } from "../helpers/runs.ts";

const ROWS = 4096, NUM_FILES = 3;
const READ = ["run", "small.yaml", ...setting("workflow.generate_data=false", "train.epochs=1")];
const NAME = /"data\/train\/part_1\.parquet"/;

interface FileShape {
  /** The columns besides `a`, those that the small workload reads: `c` and `d`. */
  readonly columns?: readonly {
    readonly name: string;
    readonly data: ArrayLike<unknown>;
    readonly type?: string;
  }[];
  /** Rows of the row groups. */
  readonly rowGroups?: readonly number[];
}

const numbers = (count: number) => Array.from({ length: count }, (_, row) => row);
const COLUMNS = [
  { name: "a", data: Float32Array.from(numbers(ROWS)) },
  { name: "c", data: Float64Array.from(numbers(ROWS)) },
  { name: "d", data: Int32Array.from(numbers(ROWS)) },
];

/** Returns a file of the columns that the small workload reads. */
function makeFile({ columns = COLUMNS, rowGroups = [ROWS] }: FileShape = {}): Uint8Array {
  const columnData = columns as Parameters<ParquetWriter["write"]>[0]["columnData"];
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({ writer, schema: schemaFromColumnData({ columnData }) });
  let start = 0;
  for (const rows of rowGroups) {
    parquet.write({
      columnData: columnData.map(({ name, data }) => ({ name, data: data.slice(start, start + rows) })),
      rowGroupSize: Math.max(rows, 1),
    });
    start += rows;
  }
  parquet.finish();
  return writer.getBytes().slice();
}

/** Writes the files of a dataset that is not ours, the second one as given. */
function writeDataset(folder: string, second: Uint8Array): void {
  const train = join(folder, "data/train");
  fs.mkdirSync(train, { recursive: true });
  for (let file = 0; file < NUM_FILES; file++) {
    fs.writeFileSync(join(train, `part_${file}.parquet`), file === 1 ? second : makeFile());
  }
}

function withTail(file: Uint8Array, magic: string): Uint8Array {
  const changed = file.slice();
  changed.set(new TextEncoder().encode(magic), changed.length - 4);
  return changed;
}

testInFolder("mlps run reads the files that the other tests damage", async (folder) => {
  writeDataset(folder, makeFile());
  assertExit(await runMlps(READ, { cwd: folder }), 0);
});

testInFolder(
  "mlps run names a file that is no Parquet file, an empty or an encrypted one",
  async (folder) => {
    const cases: [second: Uint8Array, message: RegExp][] = [
      [withTail(makeFile(), "RAP1"), /it does not end with PAR1: it is truncated or no Parquet file\./],
      [new Uint8Array(0), /it has 0 bytes, a Parquet file has at least 12\./],
      [withTail(makeFile(), "PARE"), /its footer is encrypted, which is not supported\./],
      [new TextEncoder().encode("PAR1 and then PAR1"), /its footer claims \d+ bytes, wanted 1 to 6\./],
      [new Uint8Array(5000), /it does not end with PAR1: it is truncated or no Parquet file\./],
    ];
    for (const [second, message] of cases) {
      writeDataset(folder, second);
      await refuse(
        folder,
        READ,
        3,
        NAME,
        message,
        /Delete this file yourself, or put a whole one in its place/,
      );
    }
  },
);

testInFolder("mlps run names the column that one file of many lacks, or has otherwise", async (folder) => {
  const [a, c, d] = COLUMNS;
  const cases: [columns: FileShape["columns"], message: RegExp][] = [
    [
      [a, d],
      /it has no column "c", "data\/train\/part_0\.parquet" has it\. The files of a dataset have one schema: /,
    ],
    [[a, { ...c, name: "C" }, d], /it has no column "c", "data\/train\/part_0\.parquet" has it\./],
    [
      [a, { name: "c", data: Float32Array.from(numbers(ROWS)) }, d],
      /it has column 1 "c" as FLOAT REQUIRED, ".*part_0\.parquet" has column 1 "c" as DOUBLE REQUIRED\./,
    ],
    [
      [a, { name: "c", data: numbers(ROWS).map((row) => row === 7 ? null : row), type: "DOUBLE" }, d],
      /it has column 1 "c" as DOUBLE OPTIONAL, .* has column 1 "c" as DOUBLE REQUIRED\./,
    ],
    [[c, a, d], /it has column 0 "c" as DOUBLE REQUIRED, .* has column 0 "a" as FLOAT REQUIRED\./],
    [[a, c, d, { ...d, name: "e" }], /it has 4 columns, .* has 3 columns\./],
  ];
  for (const [columns, message] of cases) {
    writeDataset(folder, makeFile({ columns }));
    await refuse(folder, READ, 3, NAME, message);
  }
});

testInFolder(
  "mlps run reads files with row groups of no rows, and names a file that has no rows",
  async (folder) => {
    writeDataset(folder, makeFile({ rowGroups: [0, 1000, 0, 0, ROWS - 1000, 0] }));
    assertExit(await runMlps(READ, { cwd: folder }), 0);
    const { mlps: { epochs: [epoch] } } = onlySummary(join(folder, "results"));
    assert.equal(epoch.samples, NUM_FILES * ROWS);
    fs.rmSync(join(folder, "results"), { recursive: true });

    for (const rowGroups of [[], [0], [0, 0]]) {
      writeDataset(folder, makeFile({ rowGroups }));
      await refuse(
        folder,
        READ,
        3,
        NAME,
        /it has 0 rows, dataset\.num_samples_per_file is 4096\. Remove this file from the folder/,
      );
    }
  },
);

testInFolder(
  "mlps run fails at a generated file whose footer is gone, encrypted or another's",
  async (folder) => {
    const generate = ["datagen", "small.yaml", "--quiet"];
    assertExit(await runMlps(generate, { cwd: folder }), 0);
    const path = join(folder, "data/train/img_1_of_3.parquet"), whole = new Uint8Array(fs.readFileSync(path));
    const cases: [damaged: Uint8Array, message: RegExp][] = [
      [withTail(whole, "RAP1"), /it does not end with PAR1/],
      [withTail(whole, "PARE"), /its footer is encrypted, which is not supported/],
      [new Uint8Array(whole.length), /it does not end with PAR1/],
    ];
    for (const [damaged, message] of cases) {
      fs.writeFileSync(path, damaged);
      const result = await runMlps(READ, { cwd: folder });
      assertExit(result, 1);
      assert.match(result.stderr, /^mlps: Cannot read .*"data\/train\/img_1_of_3\.parquet" at byte \d+: /m);
      assert.match(result.stderr, message);
      fs.rmSync(join(folder, "results"), { recursive: true });
    }
  },
);
