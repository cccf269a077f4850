import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { PreflightError } from "../../lib/base/errors.ts";
import { directBlockBytes, probeDirectRead } from "../../lib/storage/direct_probe.ts";
import { withFolder } from "../helpers/datasets.ts";

test("probeDirectRead() accepts a file of a disk, shorter than a block too", (t: TestContext) => {
  withFolder((folder) => {
    for (const bytes of [10_000, 1]) {
      const path = join(folder, `${bytes}`);
      fs.writeFileSync(path, new Uint8Array(bytes));
      try {
        probeDirectRead(path);
      } catch (error) {
        assert.ok(error instanceof PreflightError);
        assert.match(error.message, /its filesystem does not support it/);
        return t.skip("the temporary folder does not support direct I/O");
      }
    }
  });
});

test("probeDirectRead() refuses a filesystem without direct I/O and says what to do", () => {
  assert.throws(() => probeDirectRead("/proc/self/status"), (error: Error) => {
    assert.ok(error instanceof PreflightError);
    assert.match(
      error.message,
      /^Cannot read "\/proc\/self\/status" with direct I\/O: its filesystem does not support it\. .*reader\.odirect=false/,
    );
    return true;
  });
});

test("probeDirectRead() names a file that is not there", () => {
  assert.throws(() => probeDirectRead("/no/such/file"), (error: Error) => {
    assert.ok(error instanceof PreflightError);
    assert.match(error.message, /it does not exist/);
    return true;
  });
});

test("directBlockBytes() is what the block device of a file says, and a power of two for any file", (t: TestContext) => {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, "content");
    for (const  of of[path, "/proc/self/status", "/no/such/file"]) {
      const bytes = directBlockBytes(of);
      assert.ok(bytes >= 512 && (bytes & (bytes - 1)) === 0, `${of}: ${bytes}`);
    }
    const { dev } = fs.statSync(path);
    const major = (dev >> 8) & 0xfff, minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
    const queue = [`/sys/dev/block/${major}:${minor}/queue`, `/sys/dev/block/${major}:${minor}/../queue`]
      .find((candidate) => fs.existsSync(candidate));
    if (queue === undefined) return t.skip("the temporary folder is on no block device");
    const wantedBytes = Number(fs.readFileSync(`${queue}/logical_block_size`, "utf8"));
    assert.ok(
      [wantedBytes, 4096].includes(directBlockBytes(path)),
      `${directBlockBytes(path)}, ${wantedBytes}`,
    );
  });
});
