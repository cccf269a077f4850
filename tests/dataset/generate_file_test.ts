import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileError } from "../../lib/base/errors.ts";
import { filePath, patternNames } from "../../lib/dataset/file_names.ts";
import { FileGenerator } from "../../lib/dataset/generate_file.ts";
import { inspectFile } from "../../lib/dataset/inspect_file.ts";
import { specificationHash } from "../../lib/dataset/specification.ts";
import { probeDirectFolder } from "../../lib/storage/direct_probe.ts";
import {
  generateFiles,
  smallSpecification,
  snapshotFolder,
  withFolder,
  withTmpfs,
} from "../helpers/datasets.ts";

function generatorOf(
  dataFolder: string,
  options: Partial<ConstructorParameters<typeof FileGenerator>[0]>,
): FileGenerator {
  return new FileGenerator({
    dataFolder,
    spec: smallSpecification(),
    onProgress: () => true,
    onFile: () => {},
    ...options,
  });
}

test("FileGenerator writes a complete file under its final name alone, marked with specification and index", () => {
  withFolder((folder) => {
    const spec = smallSpecification({ num_subfolders_train: 2 });
    const written: number[] = [], files: number[][] = [];
    const generator = new FileGenerator({
      dataFolder: folder,
      spec,
      onProgress: (bytes) => written.push(bytes) > 0,
      onFile: (...file) => files.push(file),
    });
    assert.equal(generator.write(2), true);
    generator.finish();
    const path = filePath(patternNames(folder, spec), 2);
    const file = inspectFile(path);
    assert.deepEqual(files, [[2, file.fileBytes]]);
    assert.equal(file.numRows, 250);
    assert.deepEqual([...file.rowGroupRows], [100, 100, 50]);
    assert.equal(file.createdBy, "mlps");
    assert.deepEqual(file.keyValues, {
      "mlps.specification": specificationHash(spec),
      "mlps.file_index": "2",
    });
    assert.deepEqual(Object.keys(snapshotFolder(folder)), [path]);
    assert.equal(written.length, 3 + 1, "row groups and the footer");
    assert.equal(written.reduce((sum, bytes) => sum + bytes), file.fileBytes);
  });
});

test("FileGenerator gives the same bytes in any order and any folder", () => {
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

test("FileGenerator writes the same bytes with direct I/O, of one large file and of many tiny ones", (t) => {
  withFolder((folder) => {
    try {
      probeDirectFolder(folder, { action: "write", wayOut: "" });
    } catch {
      return t.skip("skipped: the folder of temporary files does not support direct I/O");
    }
    const specs = [
      smallSpecification({ num_files_train: 70 }),
      smallSpecification({ num_files_train: 70, num_samples_per_file: 1, compression: "snappy" }),
      smallSpecification({ num_files_train: 1, num_samples_per_file: 800_000, row_group_size: 65_536 }),
      smallSpecification({ num_files_train: 3, encoding: "dictionary", compression: "zstd" }),
    ];
    for (const [index, spec] of specs.entries()) {
      const contents = (direct: boolean) => {
        const dataFolder = join(folder, `${index}_${direct}`);
        const generator = generatorOf(dataFolder, { spec, direct });
        for (let file = 0; file < spec.num_files_train; file++) generator.write(file);
        generator.finish();
        const names = patternNames(dataFolder, spec);
        return Array.from({ length: spec.num_files_train }, (_, file) => {
          return Bun.hash(fs.readFileSync(filePath(names, file)));
        });
      };
      assert.deepEqual(contents(true), contents(false), JSON.stringify(spec));
    }
  });
});

test("FileGenerator leaves nothing when it is told to stop", () => {
  withFolder((folder) => {
    let rowGroups = 0;
    const generator = generatorOf(folder, { onProgress: () => ++rowGroups < 2 });
    assert.equal(generator.write(0), false);
    assert.equal(rowGroups, 2);
    generator.finish();
    assert.deepEqual(snapshotFolder(folder), {});
  });
});

test("FileGenerator keeps the files that were complete when it is told to stop", () => {
  withFolder((folder) => {
    let isStopped = false;
    const published: number[] = [];
    const generator = generatorOf(folder, {
      onProgress: () => !isStopped,
      onFile: (fileIndex) => published.push(fileIndex),
    });
    generator.write(2);
    generator.write(0);
    isStopped = true;
    assert.equal(generator.write(1), false);
    generator.finish();
    assert.deepEqual(published, [2, 0]);
    const names = patternNames(folder, smallSpecification());
    assert.deepEqual(
      Object.keys(snapshotFolder(folder)).sort(),
      [0, 2].map((index) => filePath(names, index)),
    );
  });
});

test("FileGenerator gives no file its final name before its bytes are on the device", () => {
  withFolder((folder) => {
    const spec = smallSpecification({ num_files_train: 100, num_samples_per_file: 10 });
    const { openSync, fsyncSync, linkSync } = fs;
    const pathOf = new Map<number, string>(), synced = new Set<string>(), linked: string[] = [];
    try {
      fs.openSync = (path, ...rest) => {
        const fd = openSync(path, ...rest);
        pathOf.set(fd, String(path));
        return fd;
      };
      fs.fsyncSync = (fd) => {
        fsyncSync(fd);
        synced.add(pathOf.get(fd)!);
      };
      fs.linkSync = (from, to) => {
        assert.ok(synced.has(String(from)), `${from} is not synced`);
        linkSync(from, to);
        linked.push(String(to));
      };
      generateFiles(folder, spec);
    } finally {
      Object.assign(fs, { openSync, fsyncSync, linkSync });
    }
    const names = patternNames(folder, spec);
    assert.deepEqual(linked, Array.from({ length: 100 }, (_, index) => filePath(names, index)));
    assert.deepEqual(Object.keys(snapshotFolder(folder)).sort(), linked);
  });
});

test("FileGenerator removes all files that are not published when one cannot be synced", () => {
  withFolder((folder) => {
    const { fsyncSync } = fs;
    let calls = 0;
    fs.fsyncSync = () => {
      if (++calls === 2) throw Object.assign(new Error("EIO"), { code: "EIO" });
    };
    try {
      assert.throws(() => generateFiles(folder, smallSpecification()), /part_1_of_3.*input\/output error/);
    } finally {
      fs.fsyncSync = fsyncSync;
    }
    assert.deepEqual(snapshotFolder(folder), {});
  });
});

test("FileGenerator overwrites neither a file nor another writer's partial file", () => {
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

test("FileGenerator does not overwrite a file that appears while it writes", () => {
  withFolder((folder) => {
    const spec = smallSpecification();
    const path = filePath(patternNames(folder, spec), 0);
    const generator = generatorOf(folder, { onProgress: () => (fs.writeFileSync(path, "precious"), true) });
    generator.write(0);
    assert.throws(() => generator.finish(), FileError);
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

test("FileGenerator publishes without hard links, too, and overwrites nothing there", () => {
  for (const code of ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]) {
    withFolder((folder) => {
      const spec = smallSpecification();
      withoutLinks(code, () => generateFiles(folder, spec, [0]));
      const path = filePath(patternNames(folder, spec), 0);
      assert.deepEqual(Object.keys(snapshotFolder(folder)), [path]);
      assert.equal(inspectFile(path).numRows, 250);

      const other = filePath(patternNames(folder, spec), 1);
      const generator = generatorOf(folder, {
        onProgress: () => (fs.writeFileSync(other, "precious"), true),
      });
      generator.write(1);
      withoutLinks(code, () => assert.throws(() => generator.finish(), /nothing is ever overwritten/));
      assert.equal(fs.readFileSync(other, "utf8"), "precious");
      assert.deepEqual(Object.keys(snapshotFolder(folder)).sort(), [path, other]);
    });
  }
});

test("FileGenerator fails, and leaves nothing, when its file cannot be given the final name", () => {
  withFolder((folder) => {
    withoutLinks(
      "EIO",
      () => assert.throws(() => generateFiles(folder, smallSpecification(), [0]), FileError),
    );
    assert.deepEqual(snapshotFolder(folder), {});
  });
});

test("FileGenerator removes the partial file and keeps complete ones when the disk is full", async (t) => {
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

test("FileGenerator names the file when its folder cannot be made", () => {
  withFolder((folder) => {
    fs.writeFileSync(join(folder, "train"), "a file in the way");
    assert.throws(
      () => generateFiles(folder, smallSpecification(), [0]),
      (error) => error instanceof FileError && /part_0_of_3/.test(error.message),
    );
  });
});
