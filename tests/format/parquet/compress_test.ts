import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { snappyCompress as hyparquetCompress } from "hyparquet-writer/src/snappy.js";
import { snappyUncompress as hysnappyUncompress } from "hysnappy";
import { Codec, decompress } from "../../../lib/format/parquet/codecs.ts";
import { CODEC_LEVELS, type CompressionName, compressor } from "../../../lib/format/parquet/compress.ts";
import { pythonWith } from "../../helpers/python.ts";
import { randomNumbers } from "./read_file.ts";

const next = randomNumbers(31);
const CODEC_OF: Record<CompressionName, number> = {
  none: Codec.UNCOMPRESSED,
  snappy: Codec.SNAPPY,
  gzip: Codec.GZIP,
  zstd: Codec.ZSTD,
  lz4: Codec.LZ4_RAW,
};
const NAMES = Object.keys(CODEC_OF) as CompressionName[];

const words = (count: number, make: () => number) =>
  new Uint8Array(Int32Array.from({ length: count }, make).buffer);
const FLOATS = words(6144, () => (next() >>> 9) | 0x3f800000);
const NARROW = words(6144, () => (next() << 24) >> 24);
const TEXT = new TextEncoder().encode("the quick brown fox jumps over the lazy dog; ".repeat(999) + "end");

/** Returns pages of any kind: known ones, all short lengths, lengths around a fragment's, and mixtures. */
function makePages(): Uint8Array[] {
  const pages: Uint8Array[] = [
    FLOATS,
    NARROW,
    TEXT,
    words(70_000, () => (next() << 24) >> 24),
    new Uint8Array(300_000),
  ];
  const far = words(20_000, next); // a repeat beyond what two bytes of distance reach
  pages.push(Buffer.concat([far, far]));
  for (let length = 0; length < 48; length++) pages.push(new Uint8Array(length), TEXT.slice(0, length));
  for (let length = 65_520; length < 65_560; length += 3) pages.push(new Uint8Array(length).fill(length));
  for (let page = 0; page < 60; page++) pages.push(makeMixture(next() % 140_000));
  return pages;
}

/** Returns bytes in stretches: random ones, repeats of what came before at any distance, runs. */
function makeMixture(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const kind = next() % 3, stop = Math.min(length, at + 1 + next() % (next() % 5 === 0 ? 5000 : 90));
    const distance = 1 + next() % Math.max(1, Math.min(at, next() % 2 === 0 ? 100 : 80_000));
    for (; at < stop; at++) bytes[at] = kind === 0 || at < distance ? next() >>> 9 : bytes[at - distance];
  }
  return bytes;
}

test("compressor() makes what decompress() gives back, for each codec and level", () => {
  for (const name of NAMES) {
    const levels = name === "gzip" || name === "zstd" ? CODEC_LEVELS[name] : undefined;
    for (const level of levels ? [undefined, levels.least, levels.least + 2, levels.most] : [undefined]) {
      const compress = compressor(name, level);
      for (const page of level === levels?.most && levels ? [FLOATS, NARROW, TEXT] : makePages()) {
        const stored = compress(page);
        const what = `${name}, level ${level}, ${page.length} bytes`;
        assert.ok(Buffer.from(decompress(CODEC_OF[name], stored, page.length)).equals(page), what);
      }
    }
  }
});

test("compressor() compresses a view of a larger array, and a page alike whatever came before it", () => {
  const framed = new Uint8Array(NARROW.length + 7);
  framed.set(NARROW, 3);
  for (const name of NAMES) {
    const alone = compressor(name)(NARROW).slice(), compress = compressor(name);
    for (const before of [TEXT, FLOATS]) compress(before);
    assert.deepEqual(compress(framed.subarray(3, -4)), alone, name);
  }
});

test("compressor() of snappy makes what hysnappy reads", () => {
  const compress = compressor("snappy");
  for (const page of makePages()) {
    assert.ok(
      Buffer.from(hysnappyUncompress(compress(page), page.length)).equals(page),
      `${page.length} bytes`,
    );
  }
});

test("compressor() of snappy makes pages as small as hyparquet-writer's", () => {
  const indices = words(50_000, () => Math.floor(1 / (next() / 2 ** 32 + 1e-6)) % 4096);
  const large = words(300_000, () => (next() << 24) >> 24);
  for (const page of [FLOATS, NARROW, TEXT, indices, large, words(100_000, () => next() >>> 9)]) {
    const stored = compressor("snappy")(page), reference = hyparquetCompress(page);
    assert.ok(
      stored.length <= reference.length * 1.05,
      `${stored.length}, ${reference.length} of ${page.length}`,
    );
  }
});

test("compressor() makes what pyarrow reads", (t) => {
  const python = pythonWith("pyarrow");
  if (python === undefined) return t.skip("skipped: pyarrow is not installed");
  const pages = makePages(), input: Uint8Array[] = [], wanted: Uint8Array[] = [];
  for (const name of ["snappy", "gzip", "zstd", "lz4"] as const) {
    const compress = compressor(name);
    for (const page of pages) {
      const stored = compress(page).slice();
      const codec = name === "lz4" ? "lz4_raw" : name;
      const head = { codec, page_bytes: page.length, stored_bytes: stored.length };
      input.push(Buffer.from(JSON.stringify(head) + "\n"), stored);
      wanted.push(page);
    }
  }
  const program = join(import.meta.dirname!, "decompress_pyarrow.py");
  const output = execFileSync(python, [program], { input: Buffer.concat(input), maxBuffer: 2 ** 30 });
  let at = 0;
  for (const [index, page] of wanted.entries()) {
    const found = output.subarray(at, at += page.length);
    assert.ok(found.equals(page), `page ${index} of ${page.length} bytes`);
  }
  assert.equal(at, output.length);
});

test("compressor() of lz4 keeps the rules of a block's end", () => {
  for (const page of makePages()) {
    const { lastLiteralBytes, lastMatchBytesBeforeEnd } = blockEnd(compressor("lz4")(page), page.length);
    assert.ok(lastLiteralBytes >= Math.min(5, page.length), `a last literal of ${lastLiteralBytes} bytes`);
    assert.ok(
      lastMatchBytesBeforeEnd >= 12,
      `the last match begins ${lastMatchBytesBeforeEnd} bytes before the end`,
    );
  }
});

function blockEnd(block: Uint8Array, pageBytes: number) {
  let at = 0, done = 0, lastMatchAt = -Infinity;
  for (;;) {
    const token = block[at++];
    const readLength = (half: number) => {
      let length = half;
      if (half === 15) { do length += block[at]; while (block[at++] === 255); }
      return length;
    };
    const literalBytes = readLength(token >> 4);
    at += literalBytes;
    done += literalBytes;
    if (at === block.length) {
      assert.equal(done, pageBytes);
      return { lastLiteralBytes: literalBytes, lastMatchBytesBeforeEnd: pageBytes - lastMatchAt };
    }
    at += 2;
    lastMatchAt = done;
    done += readLength(token & 15) + 4;
  }
}
