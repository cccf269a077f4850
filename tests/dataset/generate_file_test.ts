import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileError } from "../../lib/base/errors.ts";
import { filePath, patternNames } from "../../lib/dataset/file_names.ts";
import { generateFile } from "../../lib/dataset/generate_file.ts";
import { inspectFile } from "../../lib/dataset/inspect_file.ts";
import { specificationHash } from "../../lib/dataset/specification.ts";
import {
  generateFiles,
  smallSpecification,
  snapshotFolder,
  withFolder,
  withTmpfs,
} from "../helpers/datasets.ts";

test("generateFile() writes a complete file under its final name alone, marked with specification and index", () => {
  withFolder((folder) => {
    const spec = smallSpecification({ num_subfolders_train: 2 });
    const written: number[] = [];
    const result = generateFile({
      dataFolder: folder,
      spec,
      fileIndex: 2,
      onProgress: (bytes) => written.push(bytes) > 0,
    });
    const path = filePath(patternNames(folder, spec), 2);
    const file = inspectFile(path);
    assert.deepEqual(result, { bytes: file.fileBytes });
    assert.equal(file.numRows, 250);
    assert.deepEqual([...file.rowGroupRows], [100, 100, 50]);
    assert.equal(file.createdBy, "mlps");
    assert.deepEqual(file.keyValues, {
      "mlps.specification": specificationHash(spec),
      "mlps.file_index": "2",
    });
    assert.deepEqual(Object.keys(snapshotFolder(folder)), [path]);
    assert.equal(written.length, 3);
    assert.ok(written[0] < written[1] && written[2] < file.fileBytes);
  });
});

test("generateFile() gives the same bytes in any order and any folder", () => {
  for (const compression of ["none", "snappy"] as const) {
    withFolder((folder) => {
      const spec = smallSpecification({ compression });
      generateFiles(join(folder, "a"), spec, [0, 1, 2]);
      generateFiles(join(folder, "b"), spec, [2, 0, 1]);
      const contents = (name: string) =>
        [0, 1, 2].map((index) => fs.readFileSync(filePath(patternNames(join(folder, name), spec), index)));
      assert.deepEqual(contents("a"), contents("b"));
      assert.notDeepEqual(contents("a")[0], contents("a")[1]);
    });
  }
});

test("generateFile() leaves nothing when it is told to stop", () => {
  withFolder((folder) => {
    const options = { dataFolder: folder, spec: smallSpecification(), fileIndex: 0 };
    let rowGroups = 0;
    assert.equal(generateFile({ ...options, onProgress: () => ++rowGroups < 2 }), "stopped");
    assert.equal(rowGroups, 2);
    assert.deepEqual(snapshotFolder(folder), {});
  });
});

test("generateFile() overwrites neither a file nor another writer's partial file", () => {
  withFolder((folder) => {
    const spec = smallSpecification();
    const path = filePath(patternNames(folder, spec), 0);
    for (
      const [name, message] of [[path, /nothing is ever overwritten/], [
        `${path}.partial`,
        /another mlps/,
      ]] as const
    ) {
      fs.mkdirSync(join(folder, "train"), { recursive: true });
      fs.writeFileSync(name, "precious");
      assert.throws(
        () => generateFiles(folder, spec, [0]),
        (error) => error instanceof FileError && error.message.includes(path) && message.test(error.message),
      );
      assert.equal(fs.readFileSync(name, "utf8"), "precious");
      assert.deepEqual(Object.keys(snapshotFolder(folder)), [name]);
      fs.rmSync(name);
    }
  });
});

test("generateFile() does not overwrite a file that appears while it writes", () => {
  withFolder((folder) => {
    const spec = smallSpecification();
    const path = filePath(patternNames(folder, spec), 0);
    const appear = () => (fs.writeFileSync(path, "precious"), true);
    assert.throws(
      () => generateFile({ dataFolder: folder, spec, fileIndex: 0, onProgress: appear }),
      FileError,
    );
    assert.equal(fs.readFileSync(path, "utf8"), "precious");
    assert.deepEqual(Object.keys(snapshotFolder(folder)), [path]);
  });
});

/** Runs `use` on a filesystem that seems to have no hard links. */
function withoutLinks(code: string, use: () => void): void {
  const { linkSync } = fs;
  fs.linkSync = () => {
    throw Object.assign(new Error(code), { code });
  };
  try {
    use();
  } finally {
    fs.linkSync = linkSync;
  }
}

test("generateFile() publishes without hard links, too, and overwrites nothing there", () => {
  for (const code of ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]) {
    withFolder((folder) => {
      const spec = smallSpecification();
      withoutLinks(code, () => generateFiles(folder, spec, [0]));
      const path = filePath(patternNames(folder, spec), 0);
      assert.deepEqual(Object.keys(snapshotFolder(folder)), [path]);
      assert.equal(inspectFile(path).numRows, 250);

      const other = filePath(patternNames(folder, spec), 1);
      const appear = () => (fs.writeFileSync(other, "precious"), true);
      withoutLinks(code, () =>
        assert.throws(
          () => generateFile({ dataFolder: folder, spec, fileIndex: 1, onProgress: appear }),
          /nothing is ever overwritten/,
        ));
      assert.equal(fs.readFileSync(other, "utf8"), "precious");
      assert.deepEqual(Object.keys(snapshotFolder(folder)).sort(), [path, other]);
    });
  }
});

test("generateFile() fails, and leaves nothing, when its file cannot be given the final name", () => {
  withFolder((folder) => {
    withoutLinks(
      "EIO",
      () => assert.throws(() => generateFiles(folder, smallSpecification(), [0]), FileError),
    );
    assert.deepEqual(snapshotFolder(folder), {});
  });
});

test("generateFile() removes the partial file and keeps complete ones when the disk is full", async (t) => {
  const skipped = await withTmpfs("size=8m", (folder) => {
    const spec = smallSpecification({ num_samples_per_file: 300_000, row_group_size: 50_000 }); // 4.8 MB
    generateFiles(folder, spec, [0]);
    const before = snapshotFolder(folder);
    assert.throws(() => generateFiles(folder, spec, [1]), (error) => {
      assert.ok(error instanceof FileError);
      assert.match(error.message, /part_1_of_3\.parquet\.partial" at byte \d+: no space left on the device/);
      return true;
    });
    assert.deepEqual(snapshotFolder(folder), before);
  });
  if (skipped !== undefined) t.skip(skipped);
});

test("generateFile() names the file when its folder cannot be made", () => {
  withFolder((folder) => {
    fs.writeFileSync(join(folder, "train"), "a file in the way");
    assert.throws(
      () => generateFiles(folder, smallSpecification(), [0]),
      (error) => error instanceof FileError && /part_0_of_3/.test(error.message),
    );
  });
});
