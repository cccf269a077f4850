import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { filePath, folderPaths, numFiles, patternNames } from "../../lib/dataset/file_names.ts";
import { smallSpecification } from "../helpers/datasets.ts";

test("filePath() names generated files exactly as DLIO does", () => {
  const cases: [number, number, number, string][] = [
    // files, subfolders, index
    [7200, 0, 1, "/data/train/img_0001_of_7200.parquet"],
    [8, 0, 0, "/data/train/img_0_of_8.parquet"],
    [8, 1, 7, "/data/train/img_7_of_8.parquet"], // one subfolder is none
    [10, 0, 3, "/data/train/img_03_of_10.parquet"],
    [1024, 16, 1023, "/data/train/15/img_1023_of_1024.parquet"],
    [1024, 16, 17, "/data/train/01/img_0017_of_1024.parquet"],
    [100, 10, 9, "/data/train/09/img_009_of_100.parquet"], // padded to the digits of 10, as the generator does
    [4, 2, 3, "/data/train/1/img_3_of_4.parquet"],
  ];
  for (const [files, subfolders, index, path] of cases) {
    const spec = smallSpecification({
      num_files_train: files,
      num_subfolders_train: subfolders,
      file_prefix: "img",
    });
    const names = patternNames("/data", spec);
    assert.equal(filePath(names, index), path);
    assert.equal(numFiles(names), files);
    assert.deepEqual(structuredClone(names), names);
  }
});

test("filePath() gives evaluation files a folder, a count and subfolders of their own, behind the training files", () => {
  const names = patternNames(
    "/data",
    smallSpecification({
      num_files_train: 3,
      num_files_eval: 10,
      num_subfolders_eval: 2,
      file_prefix: "img",
    }),
  );
  assert.equal(numFiles(names), 13);
  assert.equal(filePath(names, 2), "/data/train/img_2_of_3.parquet");
  assert.equal(filePath(names, 3), "/data/valid/0/img_00_of_10.parquet");
  assert.equal(filePath(names, 12), "/data/valid/1/img_09_of_10.parquet");
  assert.deepEqual([...folderPaths(names)], ["/data/train", "/data/valid", "/data/valid/0", "/data/valid/1"]);
});

test("folderPaths() names each folder that has a file, and the one above, once", () => {
  for (const [files, subfolders] of [[5, 0], [5, 1], [100, 10], [1024, 16], [3, 12]]) {
    const names = patternNames(
      "/data",
      smallSpecification({ num_files_train: files, num_subfolders_train: subfolders }),
    );
    const wanted = new Set(["/data/train"]);
    for (let index = 0; index < files; index++) wanted.add(dirname(filePath(names, index)));
    assert.deepEqual([...folderPaths(names)].sort(), [...wanted].sort());
  }
});

test("filePath() gives the found name of a listed dataset", () => {
  const names = { kind: "list", folder: "/d", paths: ["a.parquet", "x/b.parquet"] } as const;
  assert.equal(filePath(names, 1), "/d/x/b.parquet");
  assert.equal(numFiles(names), 2);
});
