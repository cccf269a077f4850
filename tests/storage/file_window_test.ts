import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileWindow } from "../../lib/storage/file_window.ts";
import { withFolder } from "../helpers/datasets.ts";
import { randomNumbers } from "../format/parquet/read_file.ts";

test("FileWindow.view() shows the file's bytes wherever it is asked, each read about once", () => {
  withFolder((folder) => {
    const path = join(folder, "file"), random = randomNumbers(3);
    const content = new Uint8Array(9_500_001).map((_, index) => (index * 2654435761) >>> 24);
    fs.writeFileSync(path, content);
    for (const direct of [false, true]) {
      const window = new FileWindow({ direct });
      assert.equal(window.open(path), content.length);
      for (let at = 0; at < content.length;) {
        const bytes = Math.min(content.length - at, random() % 700_000);
        assert.equal(
          Buffer.compare(window.view(at, bytes), content.subarray(at, at + bytes)),
          0,
          `${bytes} at ${at}`,
        );
        at += bytes;
      }
      assert.ok(window.returnedBytes < content.length * 1.01, `${window.returnedBytes}`);
      assert.equal(Buffer.compare(window.view(0, content.length), content), 0, "more than the window");
      assert.equal(Buffer.compare(window.view(5, 10), content.subarray(5, 15)), 0, "backwards");
      assert.equal(window.view(content.length, 0).length, 0);
      window.close();
    }
  });
});

test("FileWindow.view() tells of a file that became shorter", () => {
  withFolder((folder) => {
    const path = join(folder, "file"), window = new FileWindow({ direct: false });
    fs.writeFileSync(path, new Uint8Array(100));
    window.open(path);
    fs.truncateSync(path, 50);
    assert.throws(() => window.view(0, 100), {
      name: "FileError",
      message: /at byte 50: the file ends there/,
    });
    window.close();
  });
});
