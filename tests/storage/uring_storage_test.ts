import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { FileError } from "../../lib/base/errors.ts";
import type { ReadRanges } from "../../lib/plan/read_ranges.ts";
import { alignedBuffer } from "../../lib/storage/aligned_buffer.ts";
import { PosixStorage } from "../../lib/storage/posix.ts";
import type { FileHandle, ReaderStorage } from "../../lib/storage/storage.ts";
import { UringStorage } from "../../lib/storage/uring_storage.ts";
import { withFolder } from "../helpers/datasets.ts";
import { randomSource } from "../helpers/random_source.ts";
import { rangesOf, uringTest } from "../helpers/uring.ts";

const FILE_BYTES = 1_000_003, BLOCK = 4096;
/** Every byte says where in the file it lies. */
const CONTENT = Uint8Array.from({ length: FILE_BYTES }, (_, offset) => (offset * 7 + (offset >> 8)) & 0xff);

interface Open {
  readonly storage: UringStorage;
  readonly file: FileHandle;
  /** What was said about each read so far: offset, bytes, duration in ns. */
  readonly reads: readonly (readonly [offset: number, bytes: number, elapsedNs: number])[];
}

interface OpenOptions {
  readonly direct?: boolean;
  readonly depth?: number;
  readonly numGroups?: number;
}

/** Runs `use` with an open file of CONTENT. */
function withFile({ direct = false, depth = 8, numGroups }: OpenOptions, use: (open: Open) => void): void {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, CONTENT);
    const reads: [number, number, number][] = [];
    const storage = new UringStorage({
      direct,
      depth,
      numGroups,
      onRead: (file, offset, bytes, beginNs, elapsedNs) => {
        assert.equal(file, 5);
        assert.ok(beginNs > 0);
        reads.push([offset, bytes, elapsedNs]);
      },
    });
    try {
      const file = storage.open(path, 5);
      use({ storage, file, reads });
      storage.close(file);
    } finally {
      storage.closeRing();
    }
  });
}

/** Runs `use` like `withFile`, around the page cache; skips the test where that cannot be. */
function withDirectFile(t: TestContext, options: OpenOptions, use: (open: Open) => void): void {
  try {
    withFile({ ...options, direct: true }, use);
  } catch (error) {
    // EINVAL at open: the filesystem of the temporary folder knows no direct I/O.
    if (((error as Error).cause as NodeJS.ErrnoException)?.code !== "EINVAL") throw error;
    t.skip("the temporary folder does not support direct I/O");
  }
}

/** Returns random ranges that follow each other in the buffer, in multiples of `alignBytes`. */
function randomRanges(count: number, seed: number, alignBytes: number): ReadRanges {
  const random = randomSource(seed);
  let at = 0;
  return rangesOf(...Array.from({ length: count }, () => {
    const offset = Math.floor(random.integer(0, FILE_BYTES - 1) / alignBytes) * alignBytes;
    const most = alignBytes === 1 ? FILE_BYTES - offset : FILE_BYTES - offset + alignBytes;
    const bytes = Math.min(random.integer(1, 20) * alignBytes, Math.floor(most / alignBytes) * alignBytes);
    const range = [offset, bytes, at] as const;
    at += bytes;
    return range;
  }));
}

/** Returns the bytes of all ranges, as far as the file goes. */
function bytesOf({ count, bytes, fileOffset }: ReadRanges): number {
  let sum = 0;
  for (let range = 0; range < count; range++) sum += Math.min(bytes[range], FILE_BYTES - fileOffset[range]);
  return sum;
}

/** Asserts that each range holds the file's bytes. */
function assertContent(into: Uint8Array, ranges: ReadRanges): void {
  for (let range = 0; range < ranges.count; range++) {
    const offset = ranges.fileOffset[range], at = ranges.bufferOffset[range];
    const wanted = CONTENT.subarray(offset, offset + ranges.bytes[range]);
    assert.ok(Buffer.from(wanted).equals(into.slice(at, at + wanted.length)), `range ${range} at ${offset}`);
  }
}

uringTest("UringStorage reads the same bytes as pread, with any depth and number of ranges", () => {
  for (const depth of [1, 2, 7, 40]) {
    withFile({ depth }, ({ storage, file, reads }) => {
      let numReads = 0;
      for (let seed = 0; seed < 40; seed++) {
        const ranges = randomRanges(1 + seed * 3, seed, seed % 2 === 0 ? 1 : 911);
        const into = alignedBuffer(2 << 20), expected = new Uint8Array(into.length);
        const posix = new PosixStorage({ direct: false });
        const wantedBytes = posix.readRanges(file, ranges, expected, 0, ranges.count);
        assert.equal(storage.readRanges(file, ranges, into, 0, ranges.count), wantedBytes);
        assert.ok(Buffer.from(expected).equals(into.slice()));
        numReads += ranges.count;
      }
      assert.equal(reads.length, numReads);
      assert.equal(storage.deepestQueue, depth);
    });
  }
});

uringTest("UringStorage reads whole blocks with direct I/O, the last one as far as the file goes", (t) => {
  withDirectFile(t, { depth: 16 }, ({ storage, file }) => {
    for (let seed = 0; seed < 40; seed++) {
      const ranges = randomRanges(1 + seed, seed, BLOCK), into = alignedBuffer(8 << 20);
      assert.equal(storage.readRanges(file, ranges, into, 0, ranges.count), bytesOf(ranges));
      assertContent(into, ranges);
    }
    const tail = Math.floor(FILE_BYTES / BLOCK) * BLOCK;
    const last = rangesOf([tail - BLOCK, 4 * BLOCK, 0]), into = alignedBuffer(4 * BLOCK);
    assert.equal(storage.readRanges(file, last, into, 0, 1), BLOCK + FILE_BYTES - tail);
    assertContent(into, last);
  });
});

uringTest("UringStorage reads the ranges that it is asked for alone, and touches nothing else", () => {
  withFile({ depth: 2 }, ({ storage, file, reads }) => {
    // A small array, which has no memory of its own before its ArrayBuffer is asked for.
    const into = new Uint8Array(60).fill(0xee), expected = into.slice();
    const ranges = rangesOf([100, 10, 0], [200, 10, 10], [999_990, 13, 25], [300, 10, 40]);
    assert.equal(storage.readRanges(file, ranges, into, 1, 3), 23);
    expected.set(CONTENT.subarray(200, 210), 10);
    expected.set(CONTENT.subarray(999_990), 25);
    assert.deepEqual(into, expected);
    assert.deepEqual(reads.map(([offset, bytes]) => [offset, bytes]).sort(), [[200, 10], [999_990, 13]]);
    assert.ok(reads.every(([, , elapsedNs]) => elapsedNs > 0 && elapsedNs < 10e9));
    assert.equal(storage.readRanges(file, ranges, into, 2, 2), 0);
    assert.equal(reads.length, 2);
  });
});

uringTest("UringStorage without a listener reads no clock", () => {
  withFile({}, ({ file }) => {
    const storage = new UringStorage({ direct: false, depth: 4 });
    const into = new Uint8Array(100);
    assert.equal(storage.readRanges(file, rangesOf([3, 100, 0]), into, 0, 1), 100);
    assert.deepEqual(into, CONTENT.slice(3, 103));
    assert.equal(storage.endNs, 0);
    storage.closeRing();
  });
});

uringTest("UringStorage reads groups ahead, whichever is waited for first", () => {
  const numGroups = 5;
  for (const depth of [1, 3, 64]) {
    withFile({ depth, numGroups }, ({ storage, file }) => {
      const random = randomSource(depth);
      const buffers = Array.from({ length: numGroups }, () => alignedBuffer(1 << 20));
      const ranges: (ReadRanges | undefined)[] = new Array(numGroups);
      const waitFor = (tag: number) => {
        assert.equal(storage.wait(tag), bytesOf(ranges[tag]!));
        assertContent(buffers[tag], ranges[tag]!);
        ranges[tag] = undefined;
      };
      for (let turn = 0; turn < 300; turn++) {
        const tag = random.integer(0, numGroups - 1);
        if (ranges[tag] !== undefined) {
          waitFor(tag);
        } else {
          ranges[tag] = randomRanges(random.integer(1, 20), turn, 311);
          buffers[tag].fill(0);
          storage.submit(file, ranges[tag], buffers[tag], 0, ranges[tag].count, tag);
        }
        if (turn % 3 === 0) storage.poll();
        if (turn % 7 === 0) {
          const now = randomRanges(3, turn, 1), into = new Uint8Array(1000);
          storage.readRanges(file, now, into, 0, now.count);
          assertContent(into, now);
        }
      }
      ranges.forEach((pending, tag) => pending && waitFor(tag));
      assert.equal(storage.deepestQueue <= depth, true);
    });
  }
});

uringTest("UringStorage tells of reads of cached pages that they are complete at their submission", () => {
  for (const depth of [4, 64]) {
    withFile({ depth, numGroups: 2 }, ({ storage, file }) => {
      const ranges = randomRanges(30, depth, 1), into = [alignedBuffer(30_000), alignedBuffer(30_000)];
      const wereThere: boolean[] = [];
      for (let turn = 0; turn < 4; turn++) {
        assert.equal(storage.answersAtOnce, false, "a few answers at once may be chance");
        wereThere.push(...into.map((buffer, tag) => storage.submit(file, ranges, buffer, 0, 30, tag)));
        into.forEach((buffer, tag) => {
          assert.equal(storage.wait(tag), bytesOf(ranges));
          assertContent(buffer, ranges);
        });
        assert.equal(storage.isReading, false);
      }
      // The file was just written; a filesystem without this (tmpfs) answers no read at once.
      assert.equal(new Set(wereThere).size, 1);
      assert.equal(storage.answersAtOnce, wereThere[0]);
    });
  }
});

uringTest("UringStorage refuses a group that is under way", () => {
  withFile({ numGroups: 1 }, ({ storage, file }) => {
    const ranges = rangesOf([0, 10, 0]), into = new Uint8Array(10);
    storage.submit(file, ranges, into, 0, 1, 0);
    assert.throws(
      () => storage.submit(file, ranges, into, 0, 1, 0),
      /Cannot submit group 0: it was not waited for/,
    );
    assert.equal(storage.wait(0), 10);
    storage.submit(file, ranges, into, 0, 1, 0);
    assert.equal(storage.wait(0), 10);
  });
});

/** Returns what a call throws. */
function failureOf(call: () => void): FileError {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof FileError, `${error}`);
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

uringTest("UringStorage fails in the words of PosixStorage", () => {
  withFile({ depth: 4 }, ({ storage, file }) => {
    const posix = new PosixStorage({ direct: false });
    const folder = { ...file, path: "/", fd: fs.openSync("/", "r") };
    const gone = { ...file, fd: 1_000_000 };
    const longer = { ...file, fileBytes: 3_000_000 }; // it was longer when the plan was made
    // The file, the ranges: the first that fails is named, wherever it stands.
    const table: [FileHandle, [number, number, number][]][] = [
      [longer, [[0, 10, 0], [FILE_BYTES - 1, 2, 10], [FILE_BYTES, 5, 20]]],
      [longer, [[0, 10, 0], [2_000_000, 5, 20]]],
      [file, [[0, 10, 0], [FILE_BYTES, 1, 0]]],
      [file, [[FILE_BYTES + 1e6, 1, 0], [0, 10, 0]]],
      [file, [[FILE_BYTES - 3, 10_000, 0], [FILE_BYTES + 7, 10_000, 0]]],
      [folder, [[4, 1, 0]]],
      [gone, [[0, 1, 0], [1, 1, 0], [2, 1, 0], [3, 1, 0], [4, 1, 0], [5, 1, 0]]],
    ];
    for (const [subject, places] of table) {
      const ranges = rangesOf(...places), into = new Uint8Array(20_000);
      const read = (by: ReaderStorage) =>
        failureOf(() => by.readRanges(subject, ranges, into, 0, ranges.count));
      const ours = read(storage), theirs = read(posix);
      assert.equal(ours.message, theirs.message);
      assert.deepEqual(ours.failure, theirs.failure);
      // What failed leaves nothing behind.
      assert.equal(storage.readRanges(file, rangesOf([1, 9, 0]), into, 0, 1), 9);
    }
    fs.closeSync(folder.fd);
    const missing = failureOf(() => storage.open("/no/such/file"));
    assert.equal(missing.message, 'Cannot open "/no/such/file": it does not exist');
  });
});

uringTest("UringStorage reads the other groups when one has failed", () => {
  withFile({ depth: 3, numGroups: 3 }, ({ storage, file }) => {
    const longer = { ...file, fileBytes: 3_000_000 };
    const ends = Array.from({ length: 9 }, (_, i) => [FILE_BYTES - 40 + i * 8, 10, i * 10] as const);
    const bad = rangesOf(...ends), good = randomRanges(20, 1, 100);
    const buffers = [0, 1, 2].map(() => alignedBuffer(1 << 16));
    for (let turn = 0; turn < 10; turn++) {
      storage.submit(file, good, buffers[0], 0, good.count, 0);
      storage.submit(longer, bad, buffers[1], 0, bad.count, 1);
      storage.submit(file, good, buffers[2], 0, good.count, 2);
      assert.equal(failureOf(() => storage.wait(1)).failure?.offsetBytes, FILE_BYTES);
      for (const tag of [2, 0]) {
        storage.wait(tag);
        assertContent(buffers[tag], good);
        buffers[tag].fill(0);
      }
    }
  });
});
