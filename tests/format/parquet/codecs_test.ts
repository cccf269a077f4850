import assert from "node:assert/strict";
import { test } from "node:test";
import zlib from "node:zlib";
import { Codec, decompress, decompressInto, isSupportedCodec } from "../../../lib/format/parquet/codecs.ts";
import { compressor } from "../../../lib/format/parquet/compress.ts";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";
import { alignedBuffer } from "../../../lib/storage/aligned_buffer.ts";
import { randomNumbers } from "./read_file.ts";

const next = randomNumbers(23);
const MARGIN = 16;

const PAGES: Record<string, Uint8Array> = {
  "one byte": Uint8Array.of(7),
  "twelve bytes": new Uint8Array(12).fill(9),
  zeros: new Uint8Array(100_000),
  random: Uint8Array.from({ length: 90_000 }, () => next() >>> 9),
  floats: new Uint8Array(Int32Array.from({ length: 6144 }, () => (next() >>> 9) | 0x3f800000).buffer),
  "narrow integers": new Uint8Array(Int32Array.from({ length: 60_000 }, () => (next() << 24) >> 24).buffer),
  text: new TextEncoder().encode("the quick brown fox jumps over the lazy dog; ".repeat(9999) + "end"),
};

/** Compresses with what is not under test here, as far as there is something. */
const COMPRESS: Record<keyof typeof Codec, (page: Uint8Array) => Uint8Array> = {
  UNCOMPRESSED: (page) => page,
  SNAPPY: (page) => compressor("snappy")(page).slice(),
  GZIP: (page) => zlib.gzipSync(page),
  BROTLI: (page) => zlib.brotliCompressSync(page, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 4 } }),
  LZ4: (page) => frameForHadoop([page]),
  ZSTD: (page) => zlib.zstdCompressSync(page),
  LZ4_RAW: (page) => compressor("lz4")(page).slice(),
};

const CODEC_NAMES = Object.keys(Codec) as (keyof typeof Codec)[];

function frameForHadoop(blocks: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(blocks.flatMap((block) => {
    const stored = compressor("lz4")(block).slice(), sizes = Buffer.alloc(8);
    sizes.writeUInt32BE(block.length, 0);
    sizes.writeUInt32BE(stored.length, 4);
    return [sizes, stored];
  }));
}

/** Decompresses from amid one array to amid another; nothing beside may be written. */
function decompressAmid(
  codec: number,
  stored: Uint8Array,
  outputBytes: number,
  allocate = (bytes: number): Uint8Array => new Uint8Array(bytes),
): Uint8Array {
  const input = allocate(stored.length + 2 * MARGIN).fill(85);
  input.set(stored, MARGIN);
  const output = allocate(outputBytes + 2 * MARGIN).fill(170);
  try {
    decompressInto(codec, input, MARGIN, MARGIN + stored.length, output, MARGIN, outputBytes);
  } finally {
    assert.ok(output.subarray(0, MARGIN).every((byte) => byte === 170), "bytes before the place are written");
    assert.ok(
      output.subarray(MARGIN + outputBytes).every((byte) => byte === 170),
      "bytes behind it are written",
    );
  }
  return output.slice(MARGIN, MARGIN + outputBytes);
}

test("decompressInto() and decompress() give each page back, for each codec", () => {
  for (const name of CODEC_NAMES) {
    assert.ok(isSupportedCodec(Codec[name]));
    for (const [kind, page] of Object.entries(PAGES)) {
      const stored = COMPRESS[name](page);
      assert.ok(
        Buffer.from(decompressAmid(Codec[name], stored, page.length)).equals(page),
        `${name}, ${kind}`,
      );
      assert.ok(Buffer.from(decompress(Codec[name], stored, page.length)).equals(page), `${name}, ${kind}`);
    }
    // The memory of readers is shared and WebAssembly's.
    const { floats } = PAGES;
    const page = decompressAmid(Codec[name], COMPRESS[name](floats), floats.length, alignedBuffer);
    assert.ok(Buffer.from(page).equals(floats), name);
  }
});

test("decompressInto() reads the other forms that a codec may have", () => {
  const { text, zeros, floats } = PAGES;
  const both = Buffer.concat([text, floats]);
  const streamed = new Uint8Array(Buffer.concat([zstdWithoutSize(text), zlib.zstdCompressSync(floats)]));
  const cases: [what: string, codec: number, stored: Uint8Array, page: Uint8Array][] = [
    ["two gzip members", Codec.GZIP, Buffer.concat([zlib.gzipSync(text), zlib.gzipSync(floats)]), both],
    ["an empty gzip member first", Codec.GZIP, Buffer.concat([zlib.gzipSync(""), zlib.gzipSync(text)]), text],
    [
      "two Zstandard frames",
      Codec.ZSTD,
      Buffer.concat([text, floats].map((p) => zlib.zstdCompressSync(p))),
      both,
    ],
    ["Zstandard that states no size", Codec.ZSTD, zstdWithoutSize(text), text],
    ["no size, then a size", Codec.ZSTD, streamed, both],
    ["LZ4 without frames", Codec.LZ4, compressor("lz4")(text).slice(), text],
    [
      "LZ4 in several frames",
      Codec.LZ4,
      frameForHadoop([text, zeros, floats]),
      Buffer.concat([text, zeros, floats]),
    ],
  ];
  for (const [what, codec, stored, page] of cases) {
    assert.ok(Buffer.from(decompressAmid(codec, stored, page.length)).equals(page), what);
  }
});

/** Returns a frame of stored blocks whose header states no content size. */
function zstdWithoutSize(page: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58)];
  for (let at = 0; at < page.length; at += 131072) {
    const block = page.subarray(at, at + 131072), isLast = at + 131072 >= page.length ? 1 : 0;
    const header = (block.length << 3) | isLast;
    parts.push(Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), block);
  }
  return Buffer.concat(parts);
}

test("decompressInto() takes nothing at all for an empty page", () => {
  for (const name of CODEC_NAMES) {
    decompressInto(Codec[name], new Uint8Array(0), 0, 0, new Uint8Array(0), 0, 0);
    assert.equal(decompress(Codec[name], new Uint8Array(0), 0).length, 0);
  }
});

test("decompressInto() refuses data of another size than the page's", () => {
  for (const name of CODEC_NAMES) {
    for (const [kind, page] of Object.entries(PAGES)) {
      const stored = COMPRESS[name](page);
      for (const bytes of [page.length - 1, page.length + 1, page.length * 2, 1, 2 ** 31 - 1]) {
        if (bytes === page.length || bytes === 0) continue;
        const what = `${name}, ${kind}, ${bytes} bytes`;
        assert.throws(() => decompress(Codec[name], stored, bytes), CorruptionError, what);
        if (bytes < 2 ** 30) {
          assert.throws(() => decompressAmid(Codec[name], stored, bytes), CorruptionError, what);
        }
      }
      for (
        const cut of [stored.subarray(0, -1), stored.subarray(0, stored.length >> 1), stored.subarray(0, 0)]
      ) {
        assert.throws(
          () => decompressAmid(Codec[name], cut, page.length),
          CorruptionError,
          `${name}, ${kind}, cut`,
        );
      }
    }
  }
});

test("decompress() notices a wrong gzip checksum or size, in small pages and large ones", () => {
  for (const page of [PAGES.floats, PAGES.random]) {
    for (const level of [0, 1, 9]) {
      const member = zlib.gzipSync(page, { level });
      for (const stored of [member, Buffer.concat([member, member])]) {
        const pageBytes = page.length * stored.length / member.length;
        decompress(Codec.GZIP, stored, pageBytes);
        for (const place of [3, 6]) { // the size and the checksum
          stored[stored.length - place] ^= 1;
          assert.throws(() => decompress(Codec.GZIP, stored, pageBytes), CorruptionError);
          stored[stored.length - place] ^= 1;
        }
      }
    }
  }
});

test("decompress() refuses a codec that it lacks by its name", () => {
  assert.throws(
    () => decompress(3, Uint8Array.of(1), 1),
    /compression LZO is not supported, wanted one of .*ZSTD/,
  );
  assert.throws(() => decompressAmid(99, Uint8Array.of(1), 1), /compression number 99 is not supported/);
});

test("decompressInto() does not allocate for what data says or stands for beyond the page", () => {
  const bomb = new Uint8Array(64 * 1024 * 1024);
  const zstdLie = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0);
  const gzipLie = zlib.gzipSync(bomb);
  gzipLie.writeUInt32LE(1000, gzipLie.length - 4);
  const smallLie = zlib.gzipSync(bomb.subarray(0, bomb.length / 2)); // small enough for the native codec
  smallLie.writeUInt32LE(1000, smallLie.length - 4);
  const cases: [what: string, codec: number, stored: Uint8Array][] = [
    ["small gzip that states less", Codec.GZIP, smallLie],
    ["gzip", Codec.GZIP, zlib.gzipSync(bomb)],
    ["gzip that states less", Codec.GZIP, gzipLie],
    ["zstd", Codec.ZSTD, zlib.zstdCompressSync(bomb)],
    [
      "brotli",
      Codec.BROTLI,
      zlib.brotliCompressSync(bomb, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
    ],
    ["zstd that states 2 GiB", Codec.ZSTD, zstdLie],
    [
      "zstd with a second frame that does",
      Codec.ZSTD,
      Buffer.concat([zlib.zstdCompressSync(new Uint8Array(1000)), zstdLie]),
    ],
  ];
  for (const [what, codec, stored] of cases) {
    // The native gzip codec may take what 63 KiB stand for, 64 MiB, twice; nothing else more than the page.
    const mostBytes = stored === smallLie ? 128 * 1024 * 1024 : bomb.length / 4;
    const before = process.memoryUsage().rss;
    assert.throws(() => decompressAmid(codec, stored, 1000), CorruptionError, what);
    assert.ok(process.memoryUsage().rss - before < mostBytes, what);
  }
});

test("decompressInto() gives correct bytes or a CorruptionError for damaged data, and writes nowhere else", () => {
  let refused = 0;
  for (const name of CODEC_NAMES) {
    for (const kind of ["floats", "narrow integers", "text"]) {
      const page = PAGES[kind].subarray(0, 5000), stored = COMPRESS[name](page);
      for (let mutant = 0; mutant < 150; mutant++) {
        const bytes = stored.slice(0, mutant % 5 === 0 ? next() % stored.length : undefined);
        for (let change = next() % 3; change >= 0 && bytes.length > 0; change--) {
          bytes[next() % bytes.length] = next();
        }
        try {
          decompressAmid(Codec[name], bytes, page.length);
        } catch (error) {
          assert.ok(error instanceof CorruptionError, `${name}: ${(error as Error).stack}`);
          refused++;
        }
      }
    }
  }
  assert.ok(refused > 1000, String(refused));
});
