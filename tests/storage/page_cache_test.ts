import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { checkMayDropCaches, dropAllCaches, evictFiles } from "../../lib/storage/page_cache.ts";
import { measureResidency } from "../../lib/storage/residency.ts";
import { withFolder } from "../helpers/datasets.ts";
import { cacheObstacle } from "../helpers/page_cache.ts";

const FILE_BYTES = 1024 * 1024;

/** Runs `use` with a new file of 1 MiB; skips the test where there is nothing to be seen. */
async function withCachedFile(t: TestContext, use: (path: string) => Promise<void>): Promise<void> {
  const why = cacheObstacle();
  if (why !== undefined) return t.skip(why);
  await withFolder(async (folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, new Uint8Array(FILE_BYTES).fill(1));
    await use(path);
  });
}

async function cachedBytesOf(path: string): Promise<number | undefined> {
  return (await measureResidency({ numFiles: 1, path: () => path })).cachedBytes;
}

test("evictFiles() drops a file from the page cache, just written pages too", async (t: TestContext) => {
  await withCachedFile(t, async (path) => {
    assert.equal(await cachedBytesOf(path), FILE_BYTES);
    await evictFiles([path]);
    assert.equal(await cachedBytesOf(path), 0);
    assert.equal(fs.readFileSync(path).length, FILE_BYTES);
    assert.equal(await cachedBytesOf(path), FILE_BYTES);
    await evictFiles([path]);
    assert.equal(await cachedBytesOf(path), 0);
  });
});

test("evictFiles() leaves other files and the content alone", async (t: TestContext) => {
  await withCachedFile(t, async (path) => {
    const other = `${path}-2`;
    fs.writeFileSync(other, new Uint8Array(4096));
    await evictFiles([path]);
    assert.equal(await cachedBytesOf(other), 4096);
    assert.ok(fs.readFileSync(path).every((byte) => byte === 1));
  });
});

test("evictFiles() leaves pages that a process has mapped, and measureResidency() sees them", async (t: TestContext) => {
  await withCachedFile(t, async (path) => {
    await evictFiles([path]);
    const mapped = Bun.mmap(path);
    assert.equal(mapped[5], 1); // which reads the page
    await evictFiles([path]);
    const left = await cachedBytesOf(path);
    assert.ok(left! >= 4096, `${left}`);
    assert.equal(mapped[6], 1); // still mapped until here
  });
});

test("evictFiles() ends by the reason of its signal, and names a file that is not there", async () => {
  const reason = new Error("interrupted");
  const evicted = evictFiles([import.meta.filename!], AbortSignal.abort(reason));
  await assert.rejects(evicted, (error) => error === reason);
  await withFolder(async (folder) => {
    const path = join(folder, "none");
    await assert.rejects(evictFiles([path]), {
      name: "FileError",
      message: `Cannot drop the page cache of "${path}": it does not exist`,
    });
  });
});

function mayDrop(): boolean {
  try {
    fs.accessSync("/proc/sys/vm/drop_caches", fs.constants.W_OK);
    return process.geteuid?.() === 0;
  } catch {
    return false;
  }
}

test("dropAllCaches() drops what was just written, and leaves the content alone", async (t: TestContext) => {
  if (!mayDrop()) return t.skip("dropping all caches needs root");
  await withCachedFile(t, async (path) => {
    checkMayDropCaches();
    assert.equal(await cachedBytesOf(path), FILE_BYTES);
    dropAllCaches();
    assert.equal(await cachedBytesOf(path), 0);
    assert.ok(fs.readFileSync(path).every((byte) => byte === 1));
  });
});

test("checkMayDropCaches() refuses who is not root and names the way out", (t: TestContext) => {
  const module = new URL("../../lib/storage/page_cache.ts", import.meta.url).href;
  const script = `import { checkMayDropCaches } from "${module}";
    if (process.geteuid() === 0) { process.setgid(65534); process.setuid(65534); }
    try { checkMayDropCaches() } catch (error) { console.log(error.name + "; " + error.message) }`;
  const { stdout, stderr, error } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
  if (error !== undefined) return t.skip(String(error));
  assert.equal(
    stdout.trim(),
    'PreflightError; Cannot drop all caches by "/proc/sys/vm/drop_caches": permission denied, it needs root on the ' +
      "host itself. Use --set reader.page_cache=evict, which needs no privilege",
    stderr,
  );
});
