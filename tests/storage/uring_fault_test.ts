import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ReadRanges } from "../../lib/plan/read_ranges.ts";
import { alignedBuffer } from "../../lib/storage/aligned_buffer.ts";
import type { FileHandle } from "../../lib/storage/storage.ts";
import { Uring } from "../../lib/storage/uring.ts";
import { UringStorage } from "../../lib/storage/uring_storage.ts";
import { withFolder } from "../helpers/datasets.ts";
import { withFuse } from "../helpers/fuse.ts";
import { countOpenRings, rangesOf, uringTest } from "../helpers/uring.ts";

const BLOCK = 4096;

/** Returns `count` ranges that follow each other, `bytes` each. */
function rangesInRow(count: number, bytes: number): ReadRanges {
  return rangesOf(...Array.from({ length: count }, (_, i) => [i * bytes, bytes, i * bytes] as const));
}

/** Runs `use` with a pipe whose reads wait until something is written. */
function withPipe(use: (pipe: FileHandle, write: (text: string) => void) => void): void {
  withFolder((folder) => {
    const path = join(folder, "pipe");
    assert.equal(spawnSync("mkfifo", [path]).status, 0);
    const fd = fs.openSync(path, fs.constants.O_RDWR);
    try {
      use({ path, file: 0, fd, fileBytes: Infinity }, (text) => fs.writeSync(fd, text));
    } finally {
      fs.closeSync(fd);
    }
  });
}

uringTest("a ring that is closed with a full queue gets its reads back first", () => {
  withPipe((pipe, write) => {
    const ringsBefore = countOpenRings();
    for (let turn = 0; turn < 20; turn++) {
      const storage = new UringStorage({ direct: false, depth: 40, numGroups: 2 });
      const into = [alignedBuffer(4000), alignedBuffer(4000)];
      into.forEach((buffer, tag) => storage.submit(pipe, rangesInRow(100, 10), buffer, 0, 100, tag));
      assert.equal(storage.deepestQueue, 40);
      const beginMs = performance.now();
      storage.closeRing();
      assert.ok(performance.now() - beginMs < 2000);
      // Nobody reads any more: what is written now stays in the pipe.
      write("x".repeat(400));
      assert.ok(into.every((buffer) => buffer.every((byte) => byte === 0)));
      assert.equal(fs.readSync(pipe.fd, new Uint8Array(1000)), 400);
    }
    assert.ok(countOpenRings() <= ringsBefore, `${countOpenRings()} files open, ${ringsBefore} before`);
  });
});

uringTest("UringStorage.cancel() gives all groups up, and the next ones are read as ever", () => {
  withPipe((pipe, write) => {
    for (const depth of [3, 40, 256]) {
      const storage = new UringStorage({ direct: false, depth, numGroups: 2 });
      const into = [alignedBuffer(4000), alignedBuffer(4000)];
      for (let turn = 0; turn < 20; turn++) {
        into.forEach((buffer, tag) =>
          storage.submit(pipe, rangesInRow(100, 10), buffer.fill(0), 0, 100, tag)
        );
        storage.cancel();
        write("0123456789".repeat(10));
        // All that is there is for the group that is read now.
        storage.submit(pipe, rangesInRow(10, 10), into[0], 0, 10, 0);
        assert.equal(storage.wait(0), 100);
        assert.equal(Buffer.from(into[0].subarray(0, 100)).toString(), "0123456789".repeat(10));
        assert.ok(into[1].every((byte) => byte === 0));
      }
      storage.closeRing();
    }
  });
});

uringTest("UringStorage goes on where a read was cut short", () => {
  withPipe((pipe, write) => {
    const readBytes: number[] = [];
    const onRead = (_file: number, _offset: number, bytes: number) => readBytes.push(bytes);
    const storage = new UringStorage({ direct: false, depth: 4, numGroups: 1, onRead });
    const into = new Uint8Array(20);
    storage.submit(pipe, rangesOf([0, 12, 3]), into, 0, 1, 0);
    for (const part of ["some ", "more", " of"]) {
      assert.deepEqual(readBytes, []);
      write(part);
      storage.poll();
    }
    assert.equal(storage.wait(0), 12);
    assert.equal(Buffer.from(into).toString(), "\0\0\0some more of\0\0\0\0\0");
    assert.deepEqual(readBytes, [12]);
    storage.closeRing();
  });
});

/** Runs `use` while the first `times` reads that a ring completes seem to have failed. */
function withFailingReads(result: number, times: number, use: () => void): void {
  const { resultAt } = Uring.prototype;
  Uring.prototype.resultAt = function (this: Uring, place: number) {
    return times-- > 0 ? result : resultAt.call(this, place);
  };
  try {
    use();
  } finally {
    Uring.prototype.resultAt = resultAt;
  }
}

uringTest("UringStorage asks again when a signal cut in or storage is busy, but not for ever", () => {
  const EINTR = -4, EAGAIN = -11; // asm-generic/errno-base.h
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, "some content of a file");
    const storage = new UringStorage({ direct: false, depth: 2 });
    const file = storage.open(path), into = Buffer.alloc(15);
    const read = () => storage.readRanges(file, rangesOf([5, 7, 0], [12, 3, 7], [0, 5, 10]), into, 0, 3);
    for (const [result, times] of [[EINTR, 10_000], [EAGAIN, 3], [EAGAIN, 150]]) {
      into.fill(0);
      withFailingReads(result, times, () => assert.equal(read(), 15));
      assert.equal(into.toString(), "content ofsome ");
    }
    const beginMs = performance.now();
    withFailingReads(EAGAIN, Infinity, () =>
      assert.throws(read, {
        name: "FileError",
        message: `Cannot read "${path}" at byte 5: the storage was busy 100 times in a row (EAGAIN)`,
      }));
    assert.ok(performance.now() - beginMs >= 99, "it waits in between");
    storage.close(file);
    storage.closeRing();
  });
});

uringTest("UringStorage names the offset at which a file was truncated while it was read", () => {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, new Uint8Array(100_000).fill(1));
    const storage = new UringStorage({ direct: false, depth: 4, numGroups: 1 });
    const file = storage.open(path), into = alignedBuffer(100_000);
    storage.submit(file, rangesInRow(1000, 100), into, 0, 1000, 0);
    fs.truncateSync(path, 50_050);
    assert.throws(() => storage.wait(0), {
      name: "FileError",
      message:
        `Cannot read "${path}" at byte 50050: the file ends there, 50 more bytes were expected: it was truncated. ` +
        "Generate it anew",
    });
    assert.equal(storage.readRanges(file, rangesOf([50_000, 50, 0]), into, 0, 1), 50);
    storage.close(file);
    storage.closeRing();
  });
});

/** Runs `use` with a file of 4 MiB on bad storage, opened for direct I/O; skips the test where nothing can be mounted. */
async function withBadFile(
  t: { skip(reason: string): void },
  bad: Parameters<typeof withFuse>[1],
  use: (path: string) => void | Promise<void>,
): Promise<void> {
  const reason = await withFolder((folder) => {
    fs.writeFileSync(join(folder, "file"), new Uint8Array(4 << 20).fill(1));
    return withFuse(folder, bad, (mountpoint) => use(join(mountpoint, "file")));
  });
  if (reason !== undefined) t.skip(reason);
}

uringTest(
  "UringStorage tells of an input/output error, and of that alone",
  (t) =>
    withBadFile(t, { eioAfterBytes: 10 * BLOCK }, (path) => {
      for (const direct of [true, false]) {
        const storage = new UringStorage({ direct, depth: 8 });
        const file = storage.open(path), into = alignedBuffer(4 << 20);
        if (direct) assert.equal(storage.readRanges(file, rangesInRow(10, BLOCK), into, 0, 10), 10 * BLOCK);
        const ranges = rangesOf([30 * BLOCK, BLOCK, 0], [20 * BLOCK, BLOCK, 0], [40 * BLOCK, BLOCK, 0]);
        assert.throws(() => storage.readRanges(file, ranges, into, 0, 3), {
          name: "FileError",
          message: `Cannot read "${path}" at byte ${
            30 * BLOCK
          }: the storage reported an input/output error (EIO)`,
        });
        storage.close(file);
        storage.closeRing();
      }
    }),
);

uringTest("UringStorage has the reads of a slow storage wait at the same time, and times each", (t) => {
  const delayMs = 40, count = 32;
  return withBadFile(t, { delayMs }, (path) => {
    const readMs: number[] = [];
    const onRead = (...[, , , , elapsedNs]: number[]) => readMs.push(elapsedNs / 1e6);
    const storage = new UringStorage({ direct: true, depth: 16, onRead });
    const file = storage.open(path), into = alignedBuffer(4 << 20);
    const beginMs = performance.now();
    storage.readRanges(file, rangesInRow(count, BLOCK), into, 0, count);
    const elapsedMs = performance.now() - beginMs;
    assert.ok(elapsedMs >= 2 * delayMs, `${elapsedMs} ms`);
    assert.ok(elapsedMs < count * delayMs / 2, `${elapsedMs} ms`);
    assert.equal(readMs.length, count);
    assert.ok(readMs.every((ms) => ms >= delayMs));
    // Half of them were submitted when the other half was back: not all at the beginning.
    const meanMs = readMs.reduce((sum, ms) => sum + ms, 0) / count;
    assert.ok(meanMs < 0.7 * elapsedMs, `${meanMs} of ${elapsedMs} ms`);
    storage.close(file);
    storage.closeRing();
  });
});

uringTest(
  "UringStorage leaves storage no rest while there are groups left to read",
  (t) =>
    withBadFile(t, { delayMs: 200 }, async (path) => {
      const storage = new UringStorage({ direct: true, depth: 1, numGroups: 2 });
      const file = storage.open(path), into = [alignedBuffer(BLOCK), alignedBuffer(BLOCK)];
      into.forEach((buffer, tag) => storage.submit(file, rangesInRow(1, BLOCK), buffer, 0, 1, tag));
      storage.wait(0);
      await Bun.sleep(300); // the reader decodes
      const beginMs = performance.now();
      storage.wait(1);
      assert.ok(performance.now() - beginMs < 100);
      storage.close(file);
      storage.closeRing();
    }),
);

uringTest(
  "a ring whose reads do not come back in time keeps their memory",
  (t) =>
    withBadFile(t, { delayMs: 1500 }, async (path) => {
      const storage = new UringStorage({ direct: true, depth: 2, numGroups: 1 });
      const file = storage.open(path), into = alignedBuffer(2 * BLOCK);
      storage.submit(file, rangesInRow(2, BLOCK), into, 0, 2, 0);
      const ringsBefore = countOpenRings(), beginMs = performance.now();
      storage.closeRing(200e6);
      const elapsedMs = performance.now() - beginMs;
      assert.ok(elapsedMs >= 200 && elapsedMs < 1200, `${elapsedMs} ms`);
      assert.equal(countOpenRings(), ringsBefore);
      assert.ok(into.every((byte) => byte === 0));
      // The answer comes late, to memory that still belongs to the read.
      await Bun.sleep(2000 - elapsedMs);
      assert.ok(into.subarray(0, 2 * BLOCK).every((byte) => byte === 1));
      storage.close(file);
    }),
);

uringTest("a process that waits for a full queue can be interrupted", async () => {
  const folder = fs.mkdtempSync("/tmp/mlps-test-");
  try {
    const pipe = join(folder, "pipe");
    assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
    const program = fileURLToPath(new URL("uring_waiting_program.ts", import.meta.url).href);
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const child = spawn(process.execPath, [program, pipe], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(child, "close");
      await once(child.stdout, "data");
      await Bun.sleep(50); // it is in the kernel now
      const beginMs = performance.now();
      child.kill(signal);
      assert.deepEqual(await ended, [null, signal]);
      assert.ok(performance.now() - beginMs < 2000);
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
