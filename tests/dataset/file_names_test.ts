import assert from "node:assert/strict";
import { test } from "node:test";
import { filePath, numFiles, patternNames } from "../../lib/dataset/file_names.ts";
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

test("filePath() gives the found name of a listed dataset", () => {
  const names = { kind: "list", folder: "/d", paths: ["a.parquet", "x/b.parquet"] } as const;
  assert.equal(filePath(names, 1), "/d/x/b.parquet");
  assert.equal(numFiles(names), 2);
});
