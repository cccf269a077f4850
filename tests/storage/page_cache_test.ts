import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { cachedBytes, evictFiles, measureResidency } from "../../lib/storage/page_cache.ts";
import { withFolder } from "../helpers/datasets.ts";

const FILE_BYTES = 1024 * 1024;
/** Filesystems whose files are memory, or have their pages elsewhere (linux/magic.h). */
const TMPFS_MAGIC = 0x01021994, OVERLAYFS_MAGIC = 0x794c7630;

/** Returns why the page cache cannot be tested here. */
function obstacle(): string | undefined {
  const { type } = fs.statfsSync(tmpdir());
  if (type === TMPFS_MAGIC || type === OVERLAYFS_MAGIC) {
    return "the temporary folder has no page cache of its own";
  }
  const fd = fs.openSync(import.meta.filename!, "r");
  try {
    return cachedBytes(fd) === undefined ? "the kernel has no cachestat (Linux before 6.5)" : undefined;
  } finally {
    fs.closeSync(fd);
  }
}

/** Runs `use` with a new file of 1 MiB; skips the test where there is nothing to be seen. */
async function withCachedFile(t: TestContext, use: (path: string) => Promise<void>): Promise<void> {
  const why = obstacle();
  if (why !== undefined) return t.skip(why);
  await withFolder(async (folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, new Uint8Array(FILE_BYTES).fill(1));
    await use(path);
  });
}

async function cachedBytesOf(path: string): Promise<number | undefined> {
  return (await measureResidency([path])).cachedBytes;
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

test("measureResidency() adds up sizes and what is cached of them, never more than a file has", async (t: TestContext) => {
  await withCachedFile(t, async (path) => {
    const short = `${path}-2`;
    fs.writeFileSync(short, "one page, most of it empty");
    await evictFiles([path]);
    const shortBytes = fs.statSync(short).size;
    assert.deepEqual(await measureResidency([path, short]), {
      fileBytes: FILE_BYTES + shortBytes,
      cachedBytes: shortBytes,
    });
  });
});

test("measureResidency() and evictFiles() end by the reason of their signal", async () => {
  const reason = new Error("interrupted");
  const signal = AbortSignal.abort(reason);
  for (const use of [measureResidency, evictFiles]) {
    await assert.rejects(use([import.meta.filename!], signal), (error) => error === reason);
  }
});

test("measureResidency() of no file is nothing", async () => {
  assert.deepEqual(await measureResidency([]), { fileBytes: 0, cachedBytes: 0 });
});

test("measureResidency() and evictFiles() name a file that is not there", async () => {
  const path = join(tmpdir(), "mlps-there-is-no-such-file");
  await assert.rejects(measureResidency([path]), {
    name: "FileError",
    message: `Cannot ask the page cache about "${path}": it does not exist`,
  });
  await assert.rejects(evictFiles([path]), {
    name: "FileError",
    message: `Cannot drop the page cache of "${path}": it does not exist`,
  });
});
