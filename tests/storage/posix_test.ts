import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nowNs } from "../../lib/base/clock.ts";
import { FileError } from "../../lib/base/errors.ts";
import { ReadRanges } from "../../lib/plan/read_ranges.ts";
import { alignedBuffer } from "../../lib/storage/aligned_buffer.ts";
import { DIRECT_BLOCK_BYTES, PosixStorage } from "../../lib/storage/posix.ts";
import type { FileHandle } from "../../lib/storage/storage.ts";
import { withFolder } from "../helpers/datasets.ts";

type Range = readonly [fileOffset: number, bytes: number, bufferOffset: number];

const FILE_BYTES = 10_000;
/** Every byte says where in the file it lies. */
const CONTENT = Uint8Array.from({ length: FILE_BYTES }, (_, offset) => (offset * 7 + (offset >> 8)) & 0xff);

function rangesOf(...ranges: readonly Range[]): ReadRanges {
  const all = new ReadRanges(ranges.length);
  ranges.forEach(([fileOffset, bytes, bufferOffset], range) => {
    all.fileOffset[range] = fileOffset;
    all.bytes[range] = bytes;
    all.bufferOffset[range] = bufferOffset;
  });
  all.count = ranges.length;
  return all;
}

interface OpenFile {
  readonly storage: PosixStorage;
  readonly file: FileHandle;
  /** The time of each read so far. */
  readonly readNs: readonly number[];
}

/** Runs `use` with an open file of CONTENT. */
function withFile(use: (open: OpenFile) => void, direct = false): void {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, CONTENT);
    const readNs: number[] = [];
    const storage = new PosixStorage({
      direct,
      onRead: (_file, _offset, _bytes, _beginNs, elapsedNs) => readNs.push(elapsedNs),
    });
    const file = storage.open(path);
    try {
      use({ storage, file, readNs });
    } finally {
      storage.close(file);
    }
  });
}

test("PosixStorage places each range where it belongs and touches nothing else", () => {
  withFile(({ storage, file, readNs }) => {
    assert.equal(file.fileBytes, FILE_BYTES);
    const ranges: Range[] = [[5000, 100, 0], [0, 1, 200], [9990, 10, 150], [17, 4000, 300]];
    const into = new Uint8Array(5000).fill(0xee);
    assert.equal(storage.readRanges(file, rangesOf(...ranges), into, 0, 4), 4111);
    const expected = new Uint8Array(5000).fill(0xee);
    for (const [offset, bytes, at] of ranges) expected.set(CONTENT.subarray(offset, offset + bytes), at);
    assert.deepEqual(into, expected);
    assert.equal(readNs.length, 4);
    assert.ok(readNs.every((elapsedNs) => elapsedNs > 0 && elapsedNs < 10e9));
  });
});

test("PosixStorage reads the ranges that it is asked for alone", () => {
  withFile(({ storage, file, readNs }) => {
    const into = new Uint8Array(40).fill(0xee);
    const ranges = rangesOf([100, 10, 0], [200, 10, 10], [300, 10, 20], [400, 10, 30]);
    assert.equal(storage.readRanges(file, ranges, into, 1, 3), 20);
    assert.deepEqual(into.subarray(10, 20), CONTENT.subarray(200, 210));
    assert.deepEqual(into.subarray(20, 30), CONTENT.subarray(300, 310));
    assert.ok(into.subarray(0, 10).every((byte) => byte === 0xee));
    assert.ok(into.subarray(30).every((byte) => byte === 0xee));
    assert.equal(readNs.length, 2);
    assert.equal(storage.readRanges(file, ranges, into, 2, 2), 0);
    assert.equal(readNs.length, 2);
  });
});

test("PosixStorage tells of each read which file, which bytes of it, when and how long", () => {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, CONTENT);
    const heard: number[][] = [];
    const storage = new PosixStorage({ direct: false, onRead: (...read) => heard.push(read) });
    const file = storage.open(path, 77);
    const beforeNs = nowNs();
    // The last one asks for more than the file has, as a direct read of its last block does.
    storage.readRanges(file, rangesOf([100, 10, 0], [9000, 4096, 100]), new Uint8Array(5000), 0, 2, beforeNs);
    const afterNs = nowNs();
    storage.close(file);
    assert.deepEqual(heard.map((read) => read.slice(0, 3)), [[77, 100, 10], [77, 9000, 1000]]);
    const [[, , , firstBeginNs, firstNs], [, , , secondBeginNs, secondNs]] = heard;
    assert.equal(firstBeginNs, beforeNs);
    assert.equal(secondBeginNs, firstBeginNs + firstNs);
    assert.equal(storage.endNs, secondBeginNs + secondNs);
    assert.ok(storage.endNs <= afterNs);
  });
});

test("PosixStorage without anybody who hears of reads does not time them", () => {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, CONTENT);
    const storage = new PosixStorage({ direct: false });
    const file = storage.open(path), into = new Uint8Array(10);
    assert.equal(storage.readRanges(file, rangesOf([100, 10, 0]), into, 0, 1), 10);
    storage.close(file);
    assert.deepEqual(into, CONTENT.slice(100, 110));
    assert.equal(storage.endNs, 0);
  });
});

test("PosixStorage reads into memory that threads share", () => {
  withFile(({ storage, file }) => {
    const into = alignedBuffer(FILE_BYTES);
    assert.ok(into.buffer instanceof SharedArrayBuffer);
    storage.readRanges(file, rangesOf([0, FILE_BYTES, 0]), into, 0, 1);
    assert.deepEqual([...into.subarray(0, FILE_BYTES)], [...CONTENT]);
  });
});

test("PosixStorage names the offset at which a file ends too soon", () => {
  // The range that fails, where the file ends, how much is missing.
  const table: [Range, number, number][] = [
    [[9000, 1001, 0], 10_000, 1],
    [[9999, 2, 0], 10_000, 1],
    [[10_000, 5, 0], 10_000, 5],
    [[20_000, 5, 0], 20_000, 5],
  ];
  for (const [range, offsetBytes, missingBytes] of table) {
    withFile(({ storage, file, readNs }) => {
      // The file was longer when the plan was made.
      const longer = { ...file, fileBytes: 30_000 };
      const into = new Uint8Array(5000);
      assert.throws(
        () => storage.readRanges(longer, rangesOf([0, 10, 100], range), into, 0, 2),
        (error: Error) => {
          assert.ok(error instanceof FileError);
          assert.equal(error.failure?.offsetBytes, offsetBytes);
          assert.equal(error.failure?.path, file.path);
          const missing = new RegExp(
            `^Cannot read "${file.path}" at byte ${offsetBytes}: .* ${missingBytes} more bytes .* truncated`,
          );
          assert.match(error.message, missing);
          return true;
        },
      );
      assert.equal(readNs.length, 1); // that of the range before
    });
  }
});

test("PosixStorage refuses a range behind the end of the file as it was opened", () => {
  withFile(({ storage, file }) => {
    const read = () => storage.readRanges(file, rangesOf([FILE_BYTES, 1, 0]), new Uint8Array(1), 0, 1);
    assert.throws(read, FileError);
  });
});

test("PosixStorage names what cannot be opened or read", () => {
  withFolder((folder) => {
    const storage = new PosixStorage({ direct: false, onRead: () => {} });
    const missing = join(folder, "missing");
    assert.throws(() => storage.open(missing), {
      name: "FileError",
      message: `Cannot open "${missing}": it does not exist`,
    });
    const opened = storage.open(folder);
    const read = () => storage.readRanges(opened, rangesOf([4, 1, 0]), new Uint8Array(1), 0, 1);
    assert.throws(read, {
      name: "FileError",
      message: `Cannot read "${folder}" at byte 4: it is a folder, not a file`,
    });
    storage.close(opened);
  });
});

/** Runs `use` while the first `times` reads fail with an error code of the system. */
function withFailingReads(code: string, times: number, use: () => void): void {
  const { readSync } = fs;
  const failing = (...args: Parameters<typeof fs.readSync>) => {
    if (times-- > 0) throw Object.assign(new Error(code), { code });
    return readSync(...args);
  };
  fs.readSync = failing as typeof fs.readSync;
  try {
    use();
  } finally {
    fs.readSync = readSync;
  }
}

test("PosixStorage asks again when a signal cut in or storage is busy, but not for ever", () => {
  withFile(({ storage, file }) => {
    const read = () => storage.readRanges(file, rangesOf([7, 5, 0]), new Uint8Array(5), 0, 1);
    // More than the stack would hold of nested calls.
    withFailingReads("EINTR", 200_000, () => assert.equal(read(), 5));
    withFailingReads("EAGAIN", 3, () => assert.equal(read(), 5));
    withFailingReads("EAGAIN", Infinity, () =>
      assert.throws(read, {
        name: "FileError",
        message: `Cannot read "${file.path}" at byte 7: the storage was busy 100 times in a row (EAGAIN)`,
      }));
  });
});

test("PosixStorage reads whole blocks with direct I/O, the last one as far as the file goes", (t: TestContext) => {
  const block = DIRECT_BLOCK_BYTES;
  try {
    withFile(({ storage, file, readNs }) => {
      const into = alignedBuffer(4 * block);
      const ranges = rangesOf([block, block, 0], [2 * block, block, 2 * block]);
      assert.equal(storage.readRanges(file, ranges, into, 0, 2), block + FILE_BYTES - 2 * block);
      assert.deepEqual([...into.subarray(0, block)], [...CONTENT.subarray(block, 2 * block)]);
      const tail = CONTENT.subarray(2 * block);
      assert.deepEqual([...into.subarray(2 * block, 2 * block + tail.length)], [...tail]);
      assert.equal(readNs.length, 2);
    }, true);
  } catch (error) {
    // EINVAL at open: the filesystem of the temporary folder knows no direct I/O.
    if (((error as Error).cause as NodeJS.ErrnoException)?.code !== "EINVAL") throw error;
    t.skip("the temporary folder does not support direct I/O");
  }
});

test("PosixStorage goes on at a block where a direct read was cut short, and sees the end of the file", () => {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, CONTENT);
    // Opened without O_DIRECT, so that the test needs no filesystem that knows it: the offsets are what counts.
    const storage = new PosixStorage({ direct: true, onRead: () => {} });
    const file = { path, file: 0, fd: fs.openSync(path, "r"), fileBytes: FILE_BYTES };
    const { readSync } = fs, offsets: number[] = [];
    const shortReads = (fd: number, into: Uint8Array, at: number, bytes: number, offset: number) => {
      offsets.push(offset);
      return Math.min(readSync(fd, into, at, bytes, offset), 5000);
    };
    fs.readSync = shortReads as typeof fs.readSync;
    try {
      const into = new Uint8Array(3 * DIRECT_BLOCK_BYTES);
      const range = rangesOf([0, into.length, 0]);
      assert.equal(storage.readRanges(file, range, into, 0, 1), FILE_BYTES);
      assert.deepEqual(into.subarray(0, FILE_BYTES), CONTENT);
      assert.deepEqual(offsets, [0, 4096, 8192]);
      assert.throws(() => storage.readRanges({ ...file, fileBytes: 12_000 }, range, into, 0, 1), {
        message: new RegExp(`^Cannot read "${path}" at byte ${FILE_BYTES}: .*2000 more bytes`),
      });
    } finally {
      fs.readSync = readSync;
      fs.closeSync(file.fd);
    }
  });
});
