import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { FileError } from "../../../lib/base/errors.ts";
import { DIRECT_WRITE_BYTES, DirectOutput } from "../../../lib/format/parquet/write_direct.ts";
import { WriteSink } from "../../../lib/format/parquet/write_sink.ts";
import { directBlockBytes, probeDirectFolder } from "../../../lib/storage/direct_probe.ts";
import { withFolder } from "../../helpers/datasets.ts";
import { randomNumbers } from "./read_file.ts";

const { O_RDWR, O_CREAT, O_EXCL, O_DIRECT } = fs.constants;
const UNSUPPORTED = "skipped: the folder of temporary files does not support direct I/O";

/** Runs `use` in a folder on a filesystem with direct I/O, or skips the test. */
function withDirectFolder(t: TestContext, use: (folder: string) => void): void {
  withFolder((folder) => {
    try {
      probeDirectFolder(folder, { action: "write", wayOut: "" });
    } catch {
      return t.skip(UNSUPPORTED);
    }
    use(folder);
  });
}

function openDirect(path: string): number {
  return fs.openSync(path, O_RDWR | O_CREAT | O_EXCL | O_DIRECT, 0o600);
}

/** Bytes of which no two blocks are the same. */
function madeBytes(count: number): Uint8Array {
  const random = randomNumbers(7);
  return Uint8Array.from({ length: count }, () => random());
}

test("DirectOutput writes files of any size, around a block and around a write, with their own size", (t) => {
  withDirectFolder(t, (folder) => {
    const block = directBlockBytes(folder), whole = DIRECT_WRITE_BYTES;
    const sizes = [block, whole, 2 * whole].flatMap((edge) => [edge - 1, edge, edge + 1]);
    const all = madeBytes(2 * whole + 1), output = new DirectOutput();
    for (const bytes of [0, 1, 511, 513, ...sizes, 3]) {
      const path = join(folder, "file"), fd = openDirect(path);
      output.begin(fd, path);
      const middle = Math.floor(bytes / 3);
      output.write([all.subarray(0, middle), all.subarray(middle, bytes)]);
      output.finish();
      fs.closeSync(fd);
      assert.ok(fs.readFileSync(path).equals(all.subarray(0, bytes)), `${bytes} bytes`);
      fs.rmSync(path);
    }
  });
});

test("DirectOutput keeps nothing of a file that was not finished", (t) => {
  withDirectFolder(t, (folder) => {
    const output = new DirectOutput(), [a, b] = [join(folder, "a"), join(folder, "b")];
    output.begin(openDirect(a), a);
    output.write([new Uint8Array(100).fill(1)]);
    output.begin(openDirect(b), b);
    output.write([new Uint8Array(50).fill(2)]);
    output.finish();
    assert.equal(fs.statSync(a).size, 0);
    assert.deepEqual([...fs.readFileSync(b)], new Array(50).fill(2));
  });
});

test("DirectOutput goes on at a block where the system wrote a part only", (t) => {
  withDirectFolder(t, (folder) => {
    const path = join(folder, "file"), fd = openDirect(path), bytes = madeBytes(300_000);
    const { writeSync } = fs, block = directBlockBytes(path);
    // deno-lint-ignore no-explicit-any
    (fs as any).writeSync = (file: number, from: Uint8Array, at: number, length: number, position: number) =>
      writeSync(file, from, at, Math.min(length, 3 * block), position);
    try {
      const sink = new WriteSink(new DirectOutput());
      sink.begin(fd, path);
      sink.append(bytes);
      sink.finish();
    } finally {
      fs.writeSync = writeSync;
    }
    assert.ok(fs.readFileSync(path).equals(bytes));
  });
});

test("DirectOutput names the file and the place where a write fails", () => {
  const output = new DirectOutput();
  const fd = fs.openSync("/dev/full", "w");
  try {
    output.begin(fd, "/dev/full");
    output.write([new Uint8Array(10)]);
    assert.throws(() => output.finish(), (error: Error) => {
      assert.ok(error instanceof FileError);
      assert.equal(error.message, 'Cannot write "/dev/full" at byte 0: no space left on the device');
      return true;
    });
  } finally {
    fs.closeSync(fd);
  }
});
