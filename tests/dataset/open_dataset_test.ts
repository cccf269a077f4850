import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PreflightError } from "../../lib/base/errors.ts";
import type { OpenOptions } from "../../lib/dataset/dataset.ts";
import { filePath, numFiles, patternNames } from "../../lib/dataset/file_names.ts";
import { openDataset } from "../../lib/dataset/open_dataset.ts";
import { specificationHash } from "../../lib/dataset/specification.ts";
import {
  generateDataset,
  generateFiles,
  smallSpecification,
  snapshotFolder,
  withFolder,
  workloadFor,
} from "../helpers/datasets.ts";
import { pythonWith } from "../helpers/python.ts";

const SPEC = smallSpecification();
const WORKLOAD = workloadFor(SPEC);

function open(workload: typeof WORKLOAD, folder: string, options: Partial<OpenOptions> = {}) {
  return openDataset(workload, folder, {
    generateCommand: "mlps datagen small.yaml",
    signal: new AbortController().signal,
    ...options,
  });
}

async function assertRefused(workload: typeof WORKLOAD, folder: string, ...parts: RegExp[]): Promise<void> {
  await assert.rejects(open(workload, folder), (error) => {
    assert.ok(error instanceof PreflightError, String(error));
    for (const part of parts) assert.match(error.message, part);
    return true;
  });
}

/** Generates files and gives them names of another tool; there is no manifest. */
function generateForeign(folder: string, paths: readonly string[], spec = SPEC): void {
  const files = { ...spec, num_files_train: paths.length };
  generateFiles(folder, files);
  paths.forEach((path, index) => {
    const target = join(folder, path);
    fs.mkdirSync(join(target, ".."), { recursive: true });
    fs.renameSync(filePath(patternNames(folder, files), index), target);
  });
}

test("openDataset() opens a generated dataset by its manifest", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC);
    const progress: [number, number][] = [];
    const dataset = await open(WORKLOAD, folder, { onProgress: (...call) => progress.push(call) });
    const sizes = [0, 1, 2].map((index) => fs.statSync(filePath(patternNames(folder, SPEC), index)).size);
    assert.equal(dataset.origin, "mlps");
    assert.equal(dataset.id, specificationHash(SPEC));
    assert.deepEqual(dataset.names, patternNames(folder, SPEC));
    assert.deepEqual(dataset.layouts, [{ rows: [100, 100, 50] }]);
    assert.equal(dataset.layoutOfFile, undefined);
    assert.deepEqual([...dataset.fileBytes], sizes);
    assert.equal(dataset.totalBytes, sizes[0] + sizes[1] + sizes[2]);
    assert.deepEqual(dataset.schema.slice(1).map(({ name, type }) => [name, type]), [
      ["a", "FLOAT"],
      ["b", "INT32"],
      ["c", "DOUBLE"],
    ]);
    assert.deepEqual(dataset.warnings, []);
    assert.deepEqual(progress, [[1, 3], [2, 3], [3, 3]]);
    assert.deepEqual(structuredClone(dataset), dataset);
  });
});

test("openDataset() ends by the reason of its signal", async () => {
  const reason = new Error("interrupted"), signal = AbortSignal.abort(reason);
  for (const generate of [generateDataset, generateFiles]) {
    await withFolder(async (folder) => {
      generate(folder, SPEC);
      await assert.rejects(open(WORKLOAD, folder, { signal }), (error) => error === reason);
    });
  }
});

test("openDataset() reads a generated dataset of another specification where reading allows the difference", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC);
    const wanted = smallSpecification({
      num_files_train: 2,
      seed: 1,
      row_group_size: 50,
      file_prefix: "img",
      columns: SPEC.columns.slice(0, 2),
    });
    const dataset = await open(workloadFor(wanted), folder);
    assert.equal(dataset.id, specificationHash(SPEC));
    assert.equal(dataset.numFiles, 2);
    assert.equal(filePath(dataset.names, 1), filePath(patternNames(folder, SPEC), 1));
    assert.deepEqual(dataset.layouts, [{ rows: [100, 100, 50] }]);
    assert.equal(dataset.warnings.length, 5);
    assert.match(
      dataset.warnings.join("\n"),
      /row_group_size: the dataset has 100, the workload asks for 50/,
    );
  });
});

test("openDataset() refuses a generated dataset that lacks what the workload reads", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC);
    const retyped = SPEC.columns.map((column) =>
      column.name === "b" ? { ...column, dtype: "int64" } : column
    );
    const cases: [Parameters<typeof smallSpecification>[0], RegExp][] = [
      [{ num_files_train: 4 }, /num_files_train: the dataset has 3, the workload asks for 4/],
      [{ num_samples_per_file: 249 }, /num_samples_per_file: the dataset has 250, the workload asks for 249/],
      [{ columns: retyped }, /columns\[1\]: the dataset has b \(int8\), the workload asks for b \(int64\)/],
      [
        { columns: [...SPEC.columns, { name: "d", dtype: "int8", size: 1 }] },
        /columns: the dataset has 3, .* 4/,
      ],
    ];
    for (const [changes, message] of cases) {
      await assertRefused(
        workloadFor(smallSpecification(changes)),
        folder,
        message,
        new RegExp(folder),
        /--set|--data-dir/,
      );
    }
    assert.equal(
      (await open(workloadFor(smallSpecification({ columns: retyped }), ["a"]), folder)).numFiles,
      3,
    );
  });
});

test("openDataset() names the command that makes a dataset which is absent or not complete", async () => {
  await withFolder(async (folder) => {
    await assertRefused(WORKLOAD, join(folder, "none"), /does not exist/, /`mlps datagen small\.yaml`/);
    await assertRefused(WORKLOAD, folder, /no \*\.parquet file/, /`mlps datagen small\.yaml`/);
    generateDataset(folder, SPEC, "generating");
    await assertRefused(WORKLOAD, folder, /did not end/, /`mlps datagen small\.yaml`/);
    const file = join(folder, "file");
    fs.writeFileSync(file, "");
    await assertRefused(WORKLOAD, file, /it is a file, a folder is wanted/);
  });
});

test("openDataset() names the file of a generated dataset that is missing, truncated or replaced", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC);
    const path = filePath(patternNames(folder, SPEC), 2), first = filePath(patternNames(folder, SPEC), 0);
    const bytes = fs.readFileSync(path);
    fs.truncateSync(path, 100);
    await assertRefused(WORKLOAD, folder, /part_2_of_3\.parquet": it has 100 bytes, \d+ are wanted/);
    fs.rmSync(path);
    await assertRefused(WORKLOAD, folder, /part_2_of_3\.parquet": it does not exist/);
    fs.writeFileSync(path, bytes);
    generateFiles(join(folder, "other"), smallSpecification({ seed: 11 }), [0]);
    fs.renameSync(filePath(patternNames(join(folder, "other"), SPEC), 0), first);
    await assertRefused(
      WORKLOAD,
      folder,
      /part_0_of_3\.parquet": it was not generated with the specification/,
    );
  });
});

test("openDataset() opens files of another tool under train or in the folder itself, in the order of names", async () => {
  for (const prefix of ["", "train/"]) {
    await withFolder(async (folder) => {
      generateForeign(folder, ["b/2.parquet", "b/10.parquet", "a.parquet"].map((path) => prefix + path));
      if (prefix === "") fs.rmdirSync(join(folder, "train"));
      for (const name of ["_SUCCESS", ".a.crc", "notes.txt", "_temporary.parquet"]) {
        fs.writeFileSync(join(folder, prefix, name), "");
      }
      const before = snapshotFolder(folder);
      const dataset = await open(WORKLOAD, folder);
      assert.equal(dataset.origin, "foreign");
      assert.deepEqual(dataset.names, {
        kind: "list",
        folder: join(folder, prefix).replace(/\/$/, ""),
        paths: ["a.parquet", "b/10.parquet", "b/2.parquet"],
      });
      assert.deepEqual(dataset.layouts, [{ rows: [100, 100, 50] }]);
      assert.equal(dataset.layoutOfFile, undefined);
      assert.match(dataset.id, /^[0-9a-f]{64}$/);
      assert.deepEqual(dataset.warnings, []);
      assert.deepEqual(structuredClone(dataset), dataset);
      assert.deepEqual(snapshotFolder(folder), before);
    });
  }
});

test("openDataset() reads the first files by name and says so where there are more than asked for", async () => {
  await withFolder(async (folder) => {
    generateForeign(folder, ["train/d.parquet", "train/c.parquet", "train/b.parquet", "train/a.parquet"]);
    const dataset = await open(WORKLOAD, folder);
    assert.deepEqual([0, 1, 2].map((index) => filePath(dataset.names, index).slice(-9)), [
      "a.parquet",
      "b.parquet",
      "c.parquet",
    ]);
    assert.equal(numFiles(dataset.names), 3);
    assert.deepEqual(dataset.warnings, [
      "The dataset has 4 files; the first 3 by name are read (dataset.num_files_train)",
    ]);
  });
});

const EVALUATED = smallSpecification({ num_files_eval: 2, num_subfolders_eval: 0 });
const EVALUATING = workloadFor(EVALUATED, undefined, ["workflow.evaluation=true"]);

test("openDataset() opens the evaluation files of a generated dataset apart from the training files", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, EVALUATED);
    const train = await open(EVALUATING, folder), valid = await open(EVALUATING, folder, { part: "valid" });
    assert.deepEqual([train.numFiles, valid.numFiles], [3, 2]);
    assert.equal(filePath(valid.names, 1), join(folder, "valid/part_1_of_2.parquet"));
    assert.equal(valid.fileBytes[1], fs.statSync(filePath(valid.names, 1)).size);
    assert.equal(valid.id, train.id);
    const fewer = workloadFor(
      smallSpecification({ num_files_train: 2, num_files_eval: 1, num_subfolders_eval: 0 }),
      undefined,
      ["workflow.evaluation=true"],
    );
    const first = await open(fewer, folder, { part: "valid" });
    assert.deepEqual([...first.fileBytes], [valid.fileBytes[0]]);
    assert.deepEqual(first.warnings, [], "the training files' warnings say it");
  });
});

test("openDataset() wants evaluation files of a dataset where the workload evaluates, and only there", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC);
    await assertRefused(EVALUATING, folder, /num_files_eval: the dataset has none, the workload asks for 2/);
    const dataset = await open(workloadFor(EVALUATED), folder);
    assert.equal(dataset.numFiles, 3);
    assert.match(dataset.warnings.join(), /Read although it differs: num_files_eval/);
  });
});

test("openDataset() finds evaluation files of another tool under valid, and no training files there", async () => {
  await withFolder(async (folder) => {
    generateForeign(folder, ["a.parquet", "b.parquet", "c.parquet", "valid/x.parquet", "valid/s/y.parquet"]);
    fs.rmdirSync(join(folder, "train"));
    const train = await open(EVALUATING, folder), valid = await open(EVALUATING, folder, { part: "valid" });
    assert.deepEqual([train.numFiles, train.warnings], [3, []]);
    assert.deepEqual(valid.names, {
      kind: "list",
      folder: join(folder, "valid"),
      paths: ["s/y.parquet", "x.parquet"],
    });
    fs.rmSync(join(folder, "valid/x.parquet"));
    const few = /valid": it has 1 files, dataset\.num_files_eval is 2\. Use --set dataset\.num_files_eval=1/;
    await assert.rejects(open(EVALUATING, folder, { part: "valid" }), few);
    fs.rmSync(join(folder, "valid"), { recursive: true });
    await assert.rejects(open(EVALUATING, folder, { part: "valid" }), /valid": it holds no \*\.parquet file/);
  });
});

test("openDataset() tells files apart that are cut into other row groups", async () => {
  await withFolder(async (folder) => {
    generateForeign(folder, ["train/a.parquet", "train/c.parquet"]);
    generateForeign(folder, ["train/b.parquet"], smallSpecification({ row_group_size: 250 }));
    const dataset = await open(WORKLOAD, folder);
    assert.deepEqual(dataset.layouts, [{ rows: [100, 100, 50] }, { rows: [250] }]);
    assert.deepEqual(dataset.layoutOfFile, Uint16Array.of(0, 1, 0));
  });
});

test("openDataset() refuses files of another tool that do not fit, naming file, found, wanted and way out", async () => {
  const put = (folder: string, changes: Parameters<typeof smallSpecification>[0]) =>
    generateForeign(folder, ["train/z.parquet"], smallSpecification(changes));
  const cases: [(folder: string) => void, RegExp[]][] = [
    [() => {}, [/it has 2 files, dataset\.num_files_train is 3/, /--set dataset\.num_files_train=2/]],
    [
      (folder) => put(folder, { num_samples_per_file: 240 }),
      [
        /z\.parquet": it has 240 rows, dataset\.num_samples_per_file is 250/,
        /--set dataset\.num_samples_per_file=240/,
      ],
    ],
    [
      (folder) => put(folder, { columns: SPEC.columns.slice(0, 2) }),
      [/z\.parquet": it has no column "c", ".*a\.parquet" has it/, /remove this file from the folder/],
    ],
    [
      (folder) => put(folder, { columns: SPEC.columns.map((column) => ({ ...column, dtype: "float64" })) }),
      [/z\.parquet": it has column 0 "a" as DOUBLE REQUIRED, ".*a\.parquet" has column 0 "a" as FLOAT REQUIRED/],
    ],
    [
      (folder) => put(folder, { columns: SPEC.columns.toReversed() }),
      [/z\.parquet": it has column 0 "c" as DOUBLE/],
    ],
    [
      (folder) => put(folder, { columns: [...SPEC.columns, { name: "d", dtype: "int8", size: 1 }] }),
      [/z\.parquet": it has 4 columns, ".*a\.parquet" has 3 columns/],
    ],
    [
      (folder) => fs.writeFileSync(join(folder, "train/z.parquet"), "PAR1 but truncated, for sure"),
      [/z\.parquet" at byte 20: it does not end with PAR1/],
    ],
    [(folder) => fs.writeFileSync(join(folder, "train/z.parquet"), ""), [/z\.parquet".*: it has 0 bytes/]],
    [(folder) => fs.symlinkSync("nowhere", join(folder, "train/z.parquet")), [
      /z\.parquet": it does not exist/,
    ]],
    [(folder) => spawnSync("mkfifo", [join(folder, "train/z.parquet")]), [
      /z\.parquet": it is a pipe, a file is wanted/,
    ]],
  ];
  for (const [spoil, parts] of cases) {
    await withFolder(async (folder) => {
      generateForeign(folder, ["train/a.parquet", "train/b.parquet"]);
      spoil(folder);
      await assertRefused(WORKLOAD, folder, ...parts);
    });
  }
});

test("openDataset() compares the columns that are read and no others", async () => {
  await withFolder(async (folder) => {
    generateForeign(folder, ["train/a.parquet", "train/b.parquet"]);
    generateForeign(
      folder,
      ["train/c.parquet"],
      smallSpecification({ columns: SPEC.columns.map((column) => ({ ...column, dtype: "float64" })) }),
    );
    assert.equal((await open(workloadFor(SPEC, ["c"]), folder)).numFiles, 3);
  });
});

test("openDataset() names a file that may not be read", async (t) => {
  if (process.getuid?.() === 0) return t.skip("skipped: root may read every file");
  await withFolder(async (folder) => {
    generateForeign(folder, ["train/a.parquet", "train/b.parquet", "train/c.parquet"]);
    fs.chmodSync(join(folder, "train/b.parquet"), 0);
    await assertRefused(WORKLOAD, folder, /b\.parquet": permission denied/);
  });
});

const PYTHON_DATASET = `
import sys
import pyarrow as pa, pyarrow.parquet as pq
for i in range(3):
    rows = list(range(250))
    table = pa.table({"a": pa.array(rows, pa.float32()), "b": pa.array(rows, pa.int16()).cast(pa.int32()).cast(pa.int64()),
                      "tags": pa.array([["x"]] * 250), "c": pa.array(rows, pa.float64())})
    pq.write_table(table, f"{sys.argv[1]}/part-{i}.parquet", row_group_size=100, compression="zstd")
`;

test("openDataset() opens a folder that pyarrow wrote", async (t) => {
  const python = pythonWith("pyarrow");
  if (python === undefined) return t.skip("skipped: pyarrow is not installed");
  await withFolder(async (folder) => {
    const { status, stderr } = spawnSync(python, ["-c", PYTHON_DATASET, folder], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const dataset = await open(WORKLOAD, folder);
    assert.equal(dataset.origin, "foreign");
    assert.deepEqual(dataset.layouts, [{ rows: [100, 100, 50] }]);
    assert.ok(dataset.schema.some(({ name }) => name === "tags"));
  });
});
