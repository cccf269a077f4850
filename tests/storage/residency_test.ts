import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { evictFiles } from "../../lib/storage/page_cache.ts";
import {
  askMincore,
  askPageCache,
  type CachedBytes,
  type FileSet,
  measureResidency,
  type OpenFile,
  withOpenFile,
} from "../../lib/storage/residency.ts";
import { withFolder } from "../helpers/datasets.ts";
import { cacheObstacle } from "../helpers/page_cache.ts";

const PAGE = 4096, MIB = 2 ** 20;

function listOf(...paths: string[]): FileSet {
  return { numFiles: paths.length, path: (index) => paths[index] };
}

function ask(path: string, how: (file: OpenFile) => CachedBytes | undefined): CachedBytes | undefined {
  let cached: CachedBytes | undefined;
  withOpenFile(path, "ask", (file) => cached = how(file));
  return cached;
}

test("askPageCache() and askMincore() agree on a file of which parts are cached", async (t: TestContext) => {
  const why = cacheObstacle();
  if (why !== undefined) return t.skip(why);
  await withFolder(async (folder) => {
    const path = join(folder, "file"), bytes = 4 * MIB + 17;
    fs.writeFileSync(path, new Uint8Array(bytes));
    const wholeBytes = Math.ceil(bytes / PAGE) * PAGE;
    assert.equal(ask(path, askMincore)?.cachedBytes, wholeBytes);
    assert.equal(ask(path, askPageCache)?.cachedBytes, wholeBytes);
    await evictFiles([path]);
    assert.equal(ask(path, askMincore)?.cachedBytes, 0);
    const fd = fs.openSync(path, "r");
    fs.readSync(fd, new Uint8Array(10), 0, 10, 2 * MIB);
    fs.closeSync(fd);
    const partial = ask(path, askMincore)!.cachedBytes;
    assert.ok(partial >= PAGE && partial < wholeBytes, `${partial}`);
    assert.equal(ask(path, askPageCache)?.cachedBytes, partial);
  });
});

test("askMincore() of an empty file is nothing, and goes through large files window by window", async (t: TestContext) => {
  const why = cacheObstacle();
  if (why !== undefined) return t.skip(why);
  await withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, "");
    assert.deepEqual(ask(path, askMincore), { cachedBytes: 0 });
    // A file with holes: 3 GiB and a page, of which two pages, in two windows, were written.
    const fd = fs.openSync(path, "r+");
    fs.writeSync(fd, new Uint8Array(PAGE), 0, PAGE, 2 ** 30 + PAGE);
    fs.writeSync(fd, new Uint8Array(PAGE), 0, PAGE, 3 * 2 ** 30);
    fs.closeSync(fd);
    assert.deepEqual(ask(path, askMincore), { cachedBytes: 2 * PAGE });
  });
});

test("askMincore() is silent on files that the caller may not write: the kernel would say that all are cached", (t: TestContext) => {
  if (process.geteuid?.() !== 0) return t.skip("becoming another user needs root");
  withFolder((folder) => {
    const path = join(folder, "file"),
      module = new URL("../../lib/storage/residency.ts", import.meta.url).href;
    fs.writeFileSync(path, "content");
    fs.chmodSync(folder, 0o755);
    const script = `import { askMincore, withOpenFile } from "${module}";
      process.setgid(65534); process.setuid(65534);
      withOpenFile(${JSON.stringify(path)}, "ask", (file) => console.log(askMincore(file)?.cachedBytes));`;
    const said = () => spawnSync(process.execPath, ["-e", script], { encoding: "utf8" }).stdout.trim();
    assert.equal(said(), "undefined");
    fs.chmodSync(path, 0o666);
    assert.equal(said(), "4096");
  });
});

test("measureResidency() adds up sizes and what is cached of them, never more than a file has", async (t: TestContext) => {
  const why = cacheObstacle();
  if (why !== undefined) return t.skip(why);
  await withFolder(async (folder) => {
    const long = join(folder, "long"), short = join(folder, "short");
    fs.writeFileSync(long, new Uint8Array(MIB));
    fs.writeFileSync(short, "one page, most of it empty");
    await evictFiles([long]);
    const shortBytes = fs.statSync(short).size;
    const { cachedBytes, fileBytes, askedFiles, numFiles } = await measureResidency(listOf(long, short));
    assert.deepEqual([fileBytes, cachedBytes, askedFiles, numFiles], [MIB + shortBytes, shortBytes, 2, 2]);
  });
});

test("measureResidency() tells what is not yet written back", async (t: TestContext) => {
  const why = cacheObstacle();
  if (why !== undefined) return t.skip(why);
  await withFolder(async (folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, new Uint8Array(MIB));
    const { dirtyBytes } = await measureResidency(listOf(path));
    if (dirtyBytes === undefined) return t.skip("the kernel has no cachestat (Linux before 6.5)");
    assert.ok(dirtyBytes > 0 && dirtyBytes <= MIB, `${dirtyBytes}`);
    const fd = fs.openSync(path, "r+");
    fs.fsyncSync(fd);
    fs.closeSync(fd);
    assert.equal((await measureResidency(listOf(path))).dirtyBytes, 0);
  });
});

test("measureResidency() asks 4096 of a million files, evenly spaced, and scales up", async (t: TestContext) => {
  const why = cacheObstacle();
  if (why !== undefined) return t.skip(why);
  await withFolder(async (folder) => {
    const cached = join(folder, "cached"), cold = join(folder, "cold");
    for (const path of [cached, cold]) fs.writeFileSync(path, new Uint8Array(PAGE));
    await evictFiles([cold]);
    const asked: number[] = [], numFiles = 1_000_000;
    const path = (index: number) => {
      asked.push(index);
      return index < numFiles / 4 ? cached : cold;
    };
    const { fileBytes, cachedBytes, askedFiles } = await measureResidency({ numFiles, path });
    assert.equal(askedFiles, 4096);
    assert.equal(fileBytes, numFiles * PAGE);
    assert.ok(Math.abs(cachedBytes! - fileBytes / 4) < fileBytes / 1000, `${cachedBytes}`);
    assert.equal(new Set(asked).size, 4096);
    assert.ok(asked[0] >= 0 && asked.at(-1)! < numFiles);
    const gaps = asked.slice(1).map((index, before) => index - asked[before]);
    assert.ok(
      Math.min(...gaps) >= 244 && Math.max(...gaps) <= 245,
      `${Math.min(...gaps)} to ${Math.max(...gaps)}`,
    );
  });
});

test("measureResidency() passes over files that are not there, and of none is nothing", async () => {
  const nothing = { fileBytes: 0, cachedBytes: 0, dirtyBytes: 0, askedFiles: 0 };
  assert.deepEqual(await measureResidency(listOf()), { ...nothing, numFiles: 0 });
  assert.deepEqual(await measureResidency({ numFiles: 3, path: () => undefined }), {
    ...nothing,
    numFiles: 3,
  });
});

test("measureResidency() ends by the reason of its signal, and names a file that cannot be opened", async () => {
  const reason = new Error("interrupted");
  const asked = measureResidency(listOf(import.meta.filename!), AbortSignal.abort(reason));
  await assert.rejects(asked, (error) => error === reason);
  await withFolder(async (folder) => {
    const path = join(folder, "none");
    await assert.rejects(measureResidency(listOf(path)), {
      name: "FileError",
      message: `Cannot ask the page cache about "${path}": it does not exist`,
    });
  });
});

test("measureResidency() sees the pages of an overlay, which are those of the files below", async (t: TestContext) => {
  const why = cacheObstacle();
  if (why !== undefined) return t.skip(why);
  await withFolder(async (folder) => {
    const [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map((name) =>
      join(folder, name)
    );
    for (const made of [lower, upper, work, merged]) fs.mkdirSync(made);
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const mounted = spawnSync("mount", ["-t", "overlay", "overlay", "-o", options, merged]);
    if (mounted.status !== 0) return t.skip("an overlay cannot be mounted here");
    try {
      const path = join(merged, "file");
      fs.writeFileSync(path, new Uint8Array(MIB));
      const cachedBytes = async () => (await measureResidency(listOf(path))).cachedBytes;
      assert.equal(await cachedBytes(), MIB);
      await evictFiles([path]);
      assert.equal(await cachedBytes(), 0);
      fs.readFileSync(path);
      assert.equal(await cachedBytes(), MIB);
    } finally {
      spawnSync("umount", [merged]);
    }
  });
});
