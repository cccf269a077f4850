import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { singleFrameContentBytes } from "../../../lib/format/parquet/zstd_frame.ts";
import { randomNumbers } from "./read_file.ts";

const next = randomNumbers(41);
const SIZES = [0, 1, 100, 255, 256, 257, 65_791, 65_792, 131_072, 131_073, 1_000_000];

function makeFrame(bytes: number, withChecksum: boolean): Uint8Array {
  const page = Uint8Array.from({ length: bytes }, () => next() % 40);
  const params = { [zlib.constants.ZSTD_c_checksumFlag]: withChecksum ? 1 : 0 };
  return zlib.zstdCompressSync(page, { params, pledgedSrcSize: bytes });
}

test("singleFrameContentBytes() returns the size that a frame states, in each width", () => {
  for (const bytes of SIZES) {
    for (const withChecksum of [false, true]) {
      assert.equal(singleFrameContentBytes(makeFrame(bytes, withChecksum)), bytes);
    }
  }
  // Window descriptor, dictionary of id 7, size of 8 bytes, one block of a repeated byte.
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0b11000001, 0x58, 7];
  const frame = (...size: number[]) => Uint8Array.of(...head, ...size, 1 | 2 | 5 << 3, 0, 0, 9);
  assert.equal(singleFrameContentBytes(frame(5, 0, 0, 0, 0, 0, 0, 0)), 5);
  // More than a block can hold: 2^17.
  assert.equal(singleFrameContentBytes(frame(0, 0, 2, 0, 0, 0, 0, 0)), 2 ** 17);
  assert.equal(singleFrameContentBytes(frame(1, 0, 2, 0, 0, 0, 0, 0)), -1);
  assert.equal(singleFrameContentBytes(frame(5, 0, 0, 0, 1, 0, 0, 0)), -1);
});

test("singleFrameContentBytes() returns -1 for all but one whole frame with a size", () => {
  const frame = makeFrame(300_000, true);
  assert.equal(singleFrameContentBytes(Buffer.concat([frame, frame])), -1);
  assert.equal(singleFrameContentBytes(Buffer.concat([frame, Uint8Array.of(0)])), -1);
  for (const length of [0, 4, 6, 8, 12, frame.length >> 1, frame.length - 4, frame.length - 1]) {
    assert.equal(singleFrameContentBytes(frame.subarray(0, length)), -1, `${length} bytes of it`);
  }
  assert.equal(singleFrameContentBytes(new Uint8Array(100)), -1);
  const noSize = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, 1 | 8, 0, 0, 9);
  assert.equal(singleFrameContentBytes(noSize), -1);
  const reserved = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 1, 1 | 6 | 8, 0, 0, 9);
  assert.equal(singleFrameContentBytes(reserved), -1);
});
