import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isFile, kindOfNonFile } from "../../lib/storage/file_kind.ts";
import { withFolder } from "../helpers/datasets.ts";

test("isFile() and kindOfNonFile() tell files from pipes, folders and devices, through links too, and wait for none", () => {
  withFolder((folder) => {
    const file = join(folder, "file"), pipe = join(folder, "pipe"), link = join(folder, "link");
    fs.writeFileSync(file, "content");
    assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
    fs.symlinkSync(pipe, link);
    const table: [string, boolean, ReturnType<typeof kindOfNonFile>][] = [
      [file, true, undefined],
      [pipe, false, "pipe"],
      [link, false, "pipe"],
      [folder, false, "folder"],
      ["/dev/null", false, "device"],
      [join(folder, "none"), false, undefined],
      [join(file, "below"), false, undefined],
    ];
    for (const [path, isRegular, kind] of table) {
      assert.deepEqual([isFile(path), kindOfNonFile(path)], [isRegular, kind], path);
    }
  });
});
