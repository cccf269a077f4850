import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PreflightError, UsageError } from "../../lib/base/errors.ts";
import { filePath, patternNames } from "../../lib/dataset/file_names.ts";
import { planGeneration, type PlanOptions } from "../../lib/dataset/generation_plan.ts";
import type { DatasetSpecification } from "../../lib/dataset/specification.ts";
import { specificationBytes } from "../../lib/dataset/specification_bytes.ts";
import {
  generateDataset,
  generateFiles,
  smallSpecification,
  snapshotFolder,
  withFolder,
  withTmpfs,
} from "../helpers/datasets.ts";

const SPEC = smallSpecification();

/** Plans as a workload does that reads all columns. */
function plan(dataFolder: string, spec: DatasetSpecification, options: Partial<PlanOptions> = {}) {
  return planGeneration(dataFolder, spec, {
    columnsToRead: undefined,
    evaluates: false,
    signal: new AbortController().signal,
    ...options,
  });
}

/** Asserts that the plan is refused with these parts of a message, and that nothing in the folder changed. */
async function assertRefused(
  folder: string,
  dataFolder: string,
  parts: readonly RegExp[],
  spec = SPEC,
): Promise<void> {
  const before = snapshotFolder(folder);
  await assert.rejects(plan(dataFolder, spec), (error) => {
    assert.ok(error instanceof PreflightError, String(error));
    for (const part of parts) assert.match(error.message, part);
    return true;
  });
  assert.deepEqual(snapshotFolder(folder), before);
}

test("planGeneration() of an absent or empty folder is all files", async () => {
  await withFolder(async (folder) => {
    fs.mkdirSync(join(folder, "mount", "lost+found"), { recursive: true });
    for (const name of ["mlps-dataset.lock", "mlps-dataset.lock.takeover", "mlps-dataset.json.partial"]) {
      fs.writeFileSync(join(folder, "mount", name), "");
    }
    for (const dataFolder of [folder + "/a/b/c", join(folder, "mount")]) {
      const found = await plan(dataFolder, SPEC);
      assert.equal(found.state, "absent");
      assert.deepEqual([...found.missing], [0, 1, 2]);
      assert.equal(found.missingBytes, specificationBytes(SPEC).totalBytes);
      assert.equal(found.keptFiles, 0);
      assert.deepEqual(found.leftovers, []);
    }
    assert.equal(fs.existsSync(join(folder, "a")), false, "planning makes no folder");
  });
});

test("planGeneration() of a complete dataset has nothing to do", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC);
    const found = await plan(folder, SPEC);
    assert.equal(found.state, "complete");
    assert.equal(found.missing.length, 0);
    assert.equal(found.missingBytes, 0);
    assert.equal(found.keptFiles, 3);
    assert.equal(found.fileBytes[1], fs.statSync(filePath(patternNames(folder, SPEC), 1)).size);
  });
});

test("planGeneration() resumes: keeps complete files untouched and lists partial ones", async () => {
  for (const status of ["generating", "complete"] as const) {
    await withFolder(async (folder) => {
      generateDataset(folder, SPEC, status);
      const path = filePath(patternNames(folder, SPEC), 1);
      fs.renameSync(path, path + ".partial");
      const before = snapshotFolder(folder);
      const found = await plan(folder, SPEC);
      assert.equal(found.state, "resume");
      assert.deepEqual([...found.missing], [1]);
      assert.equal(found.keptFiles, 2);
      assert.deepEqual(found.leftovers, [path + ".partial"]);
      assert.deepEqual(snapshotFolder(folder), before);
      fs.rmSync(path + ".partial");
      generateFiles(folder, SPEC, [...found.missing]);
      assert.equal((await plan(folder, SPEC)).missing.length, 0);
      const after = snapshotFolder(folder);
      for (const index of [0, 2]) {
        const kept = filePath(patternNames(folder, SPEC), index);
        assert.equal(after[kept], before[kept]);
      }
    });
  }
});

test("planGeneration() knows the evaluation files: missing, kept, complete", async () => {
  const spec = smallSpecification({ num_files_eval: 2, num_subfolders_eval: 0 });
  await withFolder(async (folder) => {
    const absent = await plan(folder, spec);
    assert.deepEqual([...absent.missing], [0, 1, 2, 3, 4]);
    generateDataset(folder, spec);
    assert.equal((await plan(folder, spec)).state, "complete");
    fs.rmSync(join(folder, "valid/part_1_of_2.parquet"));
    const found = await plan(folder, spec);
    assert.deepEqual([found.state, ...found.missing], ["resume", 4]);
    assert.equal(found.missingBytes * 5, absent.missingBytes);
  });
});

test("planGeneration() resumes where only the manifest is not complete", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC, "generating");
    const found = await plan(folder, SPEC);
    assert.equal(found.state, "resume");
    assert.equal(found.missing.length, 0);
  });
});

test("planGeneration() lists a partial file beside a complete one, as a kill between link and unlink leaves it", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC, "generating");
    const path = filePath(patternNames(folder, SPEC), 1);
    fs.linkSync(path, path + ".partial");
    const found = await plan(folder, SPEC);
    assert.deepEqual(found.leftovers, [path + ".partial"]);
    assert.equal(found.keptFiles, 3);
  });
});

test("planGeneration() tells how many files it has looked at and ends by the reason of its signal", async () => {
  await withFolder(async (folder) => {
    const calls: [number, number][] = [];
    const onProgress = (...call: [number, number]) => calls.push(call);
    await plan(folder, SPEC, { onProgress });
    assert.deepEqual(calls, [], "there is nothing to look at");
    generateDataset(folder, SPEC, "generating");
    await plan(folder, SPEC, { onProgress });
    assert.deepEqual(calls, [[1, 3], [2, 3], [3, 3]]);
    const reason = new Error("interrupted"), signal = AbortSignal.abort(reason);
    await assert.rejects(plan(folder, SPEC, { signal }), (error) => error === reason);
  });
});

test("planGeneration() says how to read a dataset of another specification, if it can be read", async () => {
  const fewer = smallSpecification({ num_files_train: 2, seed: 11 });
  const retyped = smallSpecification({
    columns: SPEC.columns.map((column) => column.name === "b" ? { ...column, dtype: "int64" } : column),
  });
  const cases: [DatasetSpecification, string[] | undefined, "generating" | "complete", boolean][] = [
    [fewer, undefined, "complete", true],
    [fewer, undefined, "generating", false],
    [smallSpecification({ num_files_train: 4 }), undefined, "complete", false],
    [retyped, ["a", "b"], "complete", false],
    [retyped, ["a", "c"], "complete", true],
    [smallSpecification({ num_files_eval: 2 }), undefined, "complete", true], // evaluation is off
  ];
  for (const [wanted, columnsToRead, status, isReadable] of cases) {
    await withFolder(async (folder) => {
      generateDataset(folder, SPEC, status);
      await assert.rejects(plan(folder, wanted, { columnsToRead }), ({ message }: Error) => {
        assert.match(message, /^Cannot generate into .*another specification\n/);
        const [, waysOut] = message.match(/\n(\w[^\n]*)$/)!;
        assert.equal(
          waysOut.startsWith("Read it as it is with --set workflow.generate_data=false. "),
          isReadable,
        );
        assert.match(waysOut, /Use another folder .*, or delete the folder yourself$/);
        return true;
      });
    });
  }
});

test("planGeneration() refuses a dataset of another specification and names the differences", async () => {
  await withFolder(async (folder) => {
    generateDataset(folder, SPEC);
    await assertRefused(folder, folder, [
      new RegExp(folder),
      /num_files_train: the dataset has 3, the workload asks for 5/,
      /seed: the dataset has 10, the workload asks for 11/,
      /dataset\.data_folder or --data-dir/,
      /delete the folder yourself/,
    ], smallSpecification({ num_files_train: 5, seed: 11 }));
  });
});

test("planGeneration() refuses a folder with foreign files", async () => {
  await withFolder(async (folder) => {
    for (const name of ["thesis.tex", "notes", "train", "x.parquet", ".hidden"]) {
      fs.writeFileSync(join(folder, name), "");
    }
    await assertRefused(folder, folder, [
      /no mlps-dataset\.json but holds \.hidden, notes, thesis\.tex and 2 more/,
      /generate_data=false/,
    ]);
  });
});

test("planGeneration() refuses a path that is a file or leads through one", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "file");
    fs.writeFileSync(file, "");
    await assertRefused(folder, file, [/"[^"]*\/file": it is a file, not a folder/]);
    await assertRefused(folder, join(file, "data"), [/it is a file, not a folder/]);
  });
});

test("planGeneration() refuses a file of the dataset that is truncated, damaged or another one", async () => {
  await withFolder(async (folder) => {
    const path = (index: number) => filePath(patternNames(folder, SPEC), index);
    generateDataset(folder, SPEC);
    fs.truncateSync(path(1), 1000);
    await assertRefused(folder, folder, [
      /part_1_of_3\.parquet": it has 1000 bytes, \d+ are wanted/,
      /Delete this file/,
    ]);
  });
  await withFolder(async (folder) => {
    const path = (index: number) => filePath(patternNames(folder, SPEC), index);
    generateDataset(folder, SPEC, "generating");
    fs.copyFileSync(path(0), path(1));
    await assertRefused(folder, folder, [/part_1_of_3\.parquet": it was not generated as file 1/]);
    fs.writeFileSync(path(1), "not a Parquet file at all");
    await assertRefused(folder, folder, [/part_1_of_3\.parquet"/]);
  });
});

test("planGeneration() refuses columns that cannot be generated before it looks at the disk", async () => {
  const spec = smallSpecification({ columns: [{ name: "huge", dtype: "binary", size: 2 ** 30 }] });
  await assert.rejects(plan("/dev/null/nowhere", spec), UsageError);
});

test("planGeneration() refuses when space is short, with what is free and what is wanted", async (t) => {
  const skipped = await withTmpfs("size=8m", async (folder) => {
    const spec = smallSpecification({ num_samples_per_file: 10_000_000 });
    await assertRefused(folder, join(folder, "data"), [
      /7\.\d+ MiB are free|8\.00 MiB are free/,
      /\d MiB are wanted/,
      /num_files_train/,
    ], spec);
  });
  if (skipped !== undefined) t.skip(skipped);
});

test("planGeneration() refuses a folder that cannot be written", async (t) => {
  const skipped = await withTmpfs("ro", async (folder) => {
    await assertRefused(folder, join(folder, "data"), [/the filesystem is read-only/]);
  });
  if (skipped !== undefined) t.skip(skipped);
});
