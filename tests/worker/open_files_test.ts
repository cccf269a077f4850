import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileHandle, ReaderStorage } from "../../lib/storage/storage.ts";
import { OpenFiles } from "../../lib/worker/open_files.ts";

const MAX_OPEN = 4;

/** A storage that remembers what was opened and closed, and allows one handle a path. */
function rememberingStorage() {
  const opened: string[] = [], isOpen = new Set<string>();
  const storage: ReaderStorage = {
    endNs: 0,
    open(path, file = -1): FileHandle {
      assert.ok(!isOpen.has(path), `${path} is open already`);
      opened.push(path);
      isOpen.add(path);
      return { path, file, fd: opened.length, fileBytes: 0 };
    },
    close({ path }) {
      assert.ok(isOpen.delete(path), `${path} is not open`);
    },
    readRanges: () => assert.fail("nothing is read"),
  };
  return { storage, opened, isOpen };
}

test("OpenFiles opens a file once while it is among the last", () => {
  const { storage, opened } = rememberingStorage();
  const files = new OpenFiles(storage, (file) => `file ${file}`);
  for (let times = 0; times < 3; times++) {
    for (let file = 0; file < MAX_OPEN; file++) {
      const handle = files.open(file);
      assert.deepEqual([handle.path, handle.file], [`file ${file}`, file]);
    }
  }
  assert.deepEqual(opened, ["file 0", "file 1", "file 2", "file 3"]);
});

test("OpenFiles keeps few files open however many it reads", () => {
  const { storage, isOpen } = rememberingStorage();
  const files = new OpenFiles(storage, (file) => `file ${file}`);
  for (let file = 0; file < 1000; file++) {
    files.open(file);
    assert.ok(isOpen.has(`file ${file}`));
    assert.ok(isOpen.size <= MAX_OPEN);
  }
});

test("OpenFiles keeps those open that were asked for last, however long ago they were opened", () => {
  const { storage, opened, isOpen } = rememberingStorage();
  const files = new OpenFiles(storage, (file) => `file ${file}`);
  for (let file = 0; file < 100; file++) {
    files.open(1000);
    files.open(file);
    files.open(file + 1);
  }
  assert.ok(isOpen.has("file 1000") && isOpen.has("file 99") && isOpen.has("file 100"));
  assert.equal(opened.length, 102, "each is opened once");
});

test("OpenFiles closes all, and opens again afterwards", () => {
  const { storage, opened, isOpen } = rememberingStorage();
  const files = new OpenFiles(storage, (file) => `file ${file}`);
  files.open(7);
  files.closeAll();
  files.closeAll();
  assert.equal(isOpen.size, 0);
  files.open(7);
  assert.deepEqual(opened, ["file 7", "file 7"]);
});

test("OpenFiles is not confused by a file that cannot be opened", () => {
  const { storage, isOpen } = rememberingStorage();
  let isBroken = true;
  const files = new OpenFiles({
    ...storage,
    open: (path) => {
      if (isBroken) throw new Error("it cannot be opened");
      return storage.open(path);
    },
  }, (file) => `file ${file}`);
  assert.throws(() => files.open(0), /cannot be opened/);
  isBroken = false;
  assert.equal(files.open(0).path, "file 0");
  files.closeAll();
  assert.equal(isOpen.size, 0);
});
