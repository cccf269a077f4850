import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FileError } from "../../../lib/base/errors.ts";
import { readFooter } from "../../../lib/format/parquet/read_footer.ts";
import { withFolder } from "../../helpers/datasets.ts";

/** Returns a file of this many bytes before its metadata; the metadata's bytes count up. */
function fileWith(bodyBytes: number, metadataBytes: number): Buffer {
  const metadata = Uint8Array.from({ length: metadataBytes }, (_, i) => i % 251);
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(metadataBytes);
  tail.write("PAR1", 4);
  return Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(bodyBytes), metadata, tail]);
}

test("readFooter() returns the metadata's bytes, in the file's last 64 KiB or beyond", () => {
  withFolder((folder) => {
    const cases = [[0, 1], [5, 100], [200_000, 100], [0, 65_524], [10, 65_528], [10, 65_529], [
      1000,
      300_000,
    ]];
    for (const [bodyBytes, metadataBytes] of cases) {
      const path = join(folder, "file");
      const bytes = fileWith(bodyBytes, metadataBytes);
      fs.writeFileSync(path, bytes);
      const fd = fs.openSync(path, "r");
      const metadata = readFooter(fd, bytes.length, path);
      fs.closeSync(fd);
      assert.deepEqual(
        Buffer.from(metadata),
        bytes.subarray(4 + bodyBytes, -8),
        `${bodyBytes}, ${metadataBytes}`,
      );
    }
  });
});

test("readFooter() names the file and the place when the file is shorter than it was", () => {
  withFolder((folder) => {
    const path = join(folder, "file");
    fs.writeFileSync(path, fileWith(0, 100));
    const fd = fs.openSync(path, "r");
    assert.throws(
      () => readFooter(fd, 1000, path),
      (error) =>
        error instanceof FileError && error.message.includes(path) && error.failure?.offsetBytes === 112,
    );
    fs.closeSync(fd);
  });
});

test("readFooter() refuses files that are too short to be Parquet", () => {
  withFolder((folder) => {
    for (const bytes of [0, 3, 8, 11]) {
      const path = join(folder, "short");
      fs.writeFileSync(path, "PAR1PAR1PAR1".slice(0, bytes));
      const fd = fs.openSync(path, "r");
      assert.throws(() => readFooter(fd, bytes, path), FileError);
      fs.closeSync(fd);
    }
  });
});
