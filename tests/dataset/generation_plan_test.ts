import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { PreflightError, UsageError } from "../../lib/base/errors.ts";
import { filePath, patternNames } from "../../lib/dataset/file_names.ts";
import { planGeneration } from "../../lib/dataset/generation_plan.ts";
import { specificationBytes } from "../../lib/dataset/specification.ts";
import {
  generateDataset,
  generateFiles,
  smallSpecification,
  snapshotFolder,
  withFolder,
  withTmpfs,
} from "../helpers/datasets.ts";

const SPEC = smallSpecification();

/** Asserts that the plan is refused with these parts of a message, and that nothing in the folder changed. */
function assertRefused(folder: string, dataFolder: string, parts: readonly RegExp[], spec = SPEC): void {
  const before = snapshotFolder(folder);
  assert.throws(() => planGeneration(dataFolder, spec), (error) => {
    assert.ok(error instanceof PreflightError, String(error));
    for (const part of parts) assert.match(error.message, part);
    return true;
  });
  assert.deepEqual(snapshotFolder(folder), before);
}

test("planGeneration() of an absent or empty folder is all files", () => {
  withFolder((folder) => {
    fs.mkdirSync(join(folder, "mount", "lost+found"), { recursive: true });
    for (const dataFolder of [folder + "/a/b/c", join(folder, "mount")]) {
      const plan = planGeneration(dataFolder, SPEC);
      assert.equal(plan.state, "absent");
      assert.deepEqual([...plan.missing], [0, 1, 2]);
      assert.equal(plan.missingBytes, specificationBytes(SPEC).totalBytes);
      assert.equal(plan.keptFiles, 0);
      assert.deepEqual(plan.leftovers, []);
    }
    assert.equal(fs.existsSync(join(folder, "a")), false, "planning makes no folder");
  });
});

test("planGeneration() of a complete dataset has nothing to do", () => {
  withFolder((folder) => {
    generateDataset(folder, SPEC);
    const plan = planGeneration(folder, SPEC);
    assert.equal(plan.state, "complete");
    assert.equal(plan.missing.length, 0);
    assert.equal(plan.missingBytes, 0);
    assert.equal(plan.keptFiles, 3);
    assert.equal(plan.fileBytes[1], fs.statSync(filePath(patternNames(folder, SPEC), 1)).size);
  });
});

test("planGeneration() resumes: keeps complete files untouched and lists partial ones", () => {
  for (const status of ["generating", "complete"] as const) {
    withFolder((folder) => {
      generateDataset(folder, SPEC, status);
      const path = filePath(patternNames(folder, SPEC), 1);
      fs.renameSync(path, path + ".partial");
      const before = snapshotFolder(folder);
      const plan = planGeneration(folder, SPEC);
      assert.equal(plan.state, "resume");
      assert.deepEqual([...plan.missing], [1]);
      assert.equal(plan.keptFiles, 2);
      assert.deepEqual(plan.leftovers, [path + ".partial"]);
      assert.deepEqual(snapshotFolder(folder), before);
      fs.rmSync(path + ".partial");
      generateFiles(folder, SPEC, [...plan.missing]);
      assert.equal(planGeneration(folder, SPEC).missing.length, 0);
      const after = snapshotFolder(folder);
      for (const index of [0, 2]) {
        const kept = filePath(patternNames(folder, SPEC), index);
        assert.equal(after[kept], before[kept]);
      }
    });
  }
});

test("planGeneration() resumes where only the manifest is not complete", () => {
  withFolder((folder) => {
    generateDataset(folder, SPEC, "generating");
    const plan = planGeneration(folder, SPEC);
    assert.equal(plan.state, "resume");
    assert.equal(plan.missing.length, 0);
  });
});

test("planGeneration() refuses a dataset of another specification and names the differences", () => {
  withFolder((folder) => {
    generateDataset(folder, SPEC);
    assertRefused(folder, folder, [
      new RegExp(folder),
      /num_files_train: the dataset has 3, the workload asks for 5/,
      /seed: the dataset has 10, the workload asks for 11/,
      /dataset\.data_folder or --data-dir/,
      /delete the folder yourself/,
    ], smallSpecification({ num_files_train: 5, seed: 11 }));
  });
});

test("planGeneration() refuses a folder with foreign files", () => {
  withFolder((folder) => {
    for (const name of ["thesis.tex", "notes", "train", "x.parquet", ".hidden"]) {
      fs.writeFileSync(join(folder, name), "");
    }
    assertRefused(folder, folder, [
      /no mlps-dataset\.json but holds \.hidden, notes, thesis\.tex and 2 more/,
      /generate_data=false/,
    ]);
  });
});

test("planGeneration() refuses a path that is a file or leads through one", () => {
  withFolder((folder) => {
    const file = join(folder, "file");
    fs.writeFileSync(file, "");
    assertRefused(folder, file, [/"[^"]*\/file": it is a file, not a folder/]);
    assertRefused(folder, join(file, "data"), [/it is a file, not a folder/]);
  });
});

test("planGeneration() refuses a file of the dataset that is truncated, damaged or another one", () => {
  withFolder((folder) => {
    const path = (index: number) => filePath(patternNames(folder, SPEC), index);
    generateDataset(folder, SPEC);
    fs.truncateSync(path(1), 1000);
    assertRefused(folder, folder, [
      /part_1_of_3\.parquet": it has 1000 bytes, \d+ are wanted/,
      /Delete this file/,
    ]);
  });
  withFolder((folder) => {
    const path = (index: number) => filePath(patternNames(folder, SPEC), index);
    generateDataset(folder, SPEC, "generating");
    fs.copyFileSync(path(0), path(1));
    assertRefused(folder, folder, [/part_1_of_3\.parquet": it was not generated as file 1/]);
    fs.writeFileSync(path(1), "not a Parquet file at all");
    assertRefused(folder, folder, [/part_1_of_3\.parquet"/]);
  });
});

test("planGeneration() refuses columns that cannot be generated before it looks at the disk", () => {
  const spec = smallSpecification({ columns: [{ name: "text", dtype: "string", size: 1 }] });
  assert.throws(() => planGeneration("/dev/null/nowhere", spec), UsageError);
});

test("planGeneration() refuses when space is short, with what is free and what is wanted", (t) => {
  const skipped = withTmpfs("size=8m", (folder) => {
    const spec = smallSpecification({ num_samples_per_file: 10_000_000 });
    assertRefused(folder, join(folder, "data"), [
      /7\.\d+ MiB are free|8\.00 MiB are free/,
      /\d MiB are wanted/,
      /num_files_train/,
    ], spec);
  });
  if (skipped !== undefined) t.skip(skipped);
});

test("planGeneration() refuses a folder that cannot be written", (t) => {
  const skipped = withTmpfs("ro", (folder) => {
    assertRefused(folder, join(folder, "data"), [/the filesystem is read-only/]);
  });
  if (skipped !== undefined) t.skip(skipped);
});
