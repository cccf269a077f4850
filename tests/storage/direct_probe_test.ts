import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { PreflightError } from "../../lib/base/errors.ts";
import { directBlockBytes, probeDirectFolder, probeDirectRead } from "../../lib/storage/direct_probe.ts";
import { withFolder, withTmpfs } from "../helpers/datasets.ts";

/** Asserts that a probe refuses with this message. */
function assertRefuses(probe: () => void, message: string | RegExp): void {
  assert.throws(probe, (error: Error) => {
    assert.ok(error instanceof PreflightError);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

test("probeDirectRead() accepts a file of a disk, shorter than a block too", (t: TestContext) => {
  withFolder((folder) => {
    for (const bytes of [10_000, 1]) {
      const path = join(folder, `${bytes}`);
      fs.writeFileSync(path, new Uint8Array(bytes));
      try {
        probeDirectRead(path);
      } catch (error) {
        assert.ok(error instanceof PreflightError);
        assert.match(error.message, /its filesystem, .*, (does not support it|keeps files in memory)/);
        return t.skip("the temporary folder does not support direct I/O");
      }
    }
  });
});

test("probeDirectRead() refuses a filesystem without direct I/O, names it and says what to do", () => {
  assertRefuses(
    () => probeDirectRead("/proc/self/status"),
    'Cannot read "/proc/self/status" with direct I/O: its filesystem, proc (/proc), does not support it. Use --set ' +
      "reader.odirect=false, with reader.page_cache=evict to keep the page cache out",
  );
});

test("probeDirectRead() and probeDirectFolder() refuse a tmpfs, which has no device to read from", async (t) => {
  const reason = await withTmpfs("size=1m", (folder) => {
    const path = join(folder, "file"), rest = "keeps files in memory and has no device behind it. Use --set ";
    fs.writeFileSync(path, "content");
    assertRefuses(
      () => probeDirectRead(path, "storage.storage_type=local_fs"),
      `Cannot read "${path}" with direct I/O: its filesystem, tmpfs (${folder}), ${rest}storage.storage_type=local_fs`,
    );
    for (const action of ["read", "write"] as const) {
      const made = join(folder, "a/b");
      assertRefuses(
        () => probeDirectFolder(made, { action, wayOut: "dataset.odirect=false" }),
        `Cannot ${action} "${made}" with direct I/O: its filesystem, tmpfs (${folder}), ${rest}dataset.odirect=false`,
      );
    }
    assert.deepEqual(fs.readdirSync(folder), ["file"]);
  });
  if (reason !== undefined) t.skip(reason);
});

test("probeDirectFolder() accepts a disk's folder that is still to be made, and leaves nothing", (t: TestContext) => {
  withFolder((folder) => {
    fs.writeFileSync(join(folder, "of_the_user"), "content");
    for (const name of ["", "a/b/c"]) {
      try {
        probeDirectFolder(join(folder, name), { action: "write", wayOut: "dataset.odirect=false" });
      } catch (error) {
        assert.ok(error instanceof PreflightError);
        t.skip("the temporary folder does not support direct I/O");
      }
      assert.deepEqual(fs.readdirSync(folder), ["of_the_user"]);
    }
  });
});

test("probeDirectRead() names a file that is not there", () => {
  assertRefuses(() => probeDirectRead("/no/such/file"), /it does not exist/);
});

test("directBlockBytes() is what the block device of a file says, and a power of two for any file", (t: TestContext) => {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, "content");
    for (const asked of [path, "/proc/self/status", "/no/such/file"]) {
      const bytes = directBlockBytes(asked);
      assert.ok(bytes >= 512 && (bytes & (bytes - 1)) === 0, `${asked}: ${bytes}`);
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

test("probeDirectRead() and probeDirectFolder() refuse an overlay whose files lie in memory", async (t: TestContext) => {
  const reason = await withTmpfs("size=16m", (folder) => {
    const [lower, upper, work, overlay] = ["lower", "upper", "work", "overlay"].map((name) => {
      const path = join(folder, name);
      fs.mkdirSync(path);
      return path;
    });
    fs.mkdirSync(join(lower, "old"));
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const mounted = spawnSync("mount", ["-t", "overlay", "overlay", "-o", options, overlay]);
    if (mounted.status !== 0) return t.skip("an overlay cannot be mounted here");
    try {
      const file = join(overlay, "file");
      fs.writeFileSync(file, new Uint8Array(4096));
      const message = /its filesystem, overlay \(.*\), keeps files in memory/;
      assertRefuses(() => probeDirectRead(file), message);
      for (const name of ["new", "old"]) {
        const probe = () => probeDirectFolder(join(overlay, name), { action: "write", wayOut: "a=b" });
        assertRefuses(probe, message);
        assert.deepEqual(fs.readdirSync(join(overlay, "old")), [], name);
      }
    } finally {
      spawnSync("umount", [overlay]);
    }
  });
  if (reason !== undefined) t.skip(reason);
});
