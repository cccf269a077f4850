import assert from "node:assert/strict";
import { test } from "node:test";
import { snappyCompress } from "hysnappy";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";
import { uncompressSnappy } from "../../../lib/format/parquet/snappy.ts";
import { randomNumbers } from "./read_file.ts";

const next = randomNumbers(11);
const TEXTS: Record<string, Uint8Array> = {
  empty: new Uint8Array(0),
  "one byte": Uint8Array.of(7),
  zeros: new Uint8Array(100_000),
  random: Uint8Array.from({ length: 200_000 }, () => next() >>> 9),
  "short period": Uint8Array.from({ length: 5000 }, (_, index) => index % 3),
  "narrow integers": new Uint8Array(Int32Array.from({ length: 6144 }, () => (next() << 24) >> 24).buffer),
  text: new TextEncoder().encode("the quick brown fox jumps over the lazy dog; ".repeat(999) + "end"),
  // A repeat 70,000 bytes away: beyond what a copy of two offset bytes reaches.
  "far repeat": (() => {
    const block = Uint8Array.from({ length: 70_000 }, () => next() >>> 9);
    return Uint8Array.from([...block, ...block]);
  })(),
};

function uncompress(input: Uint8Array, outputBytes: number): Uint8Array {
  // Guards on both sides show a write beyond the bounds.
  const framed = new Uint8Array(outputBytes + 20).fill(170);
  const source = new Uint8Array(input.length + 20).fill(85);
  source.set(input, 10);
  try {
    uncompressSnappy(
      { bytes: source, start: 10, end: 10 + input.length },
      { bytes: framed, start: 10, end: 10 + outputBytes },
    );
  } finally {
    for (let index = 0; index < 10; index++) {
      assert.equal(framed[index], 170);
      assert.equal(framed[framed.length - 1 - index], 170);
    }
  }
  return framed.slice(10, -10);
}

test("uncompressSnappy() returns what hysnappy compressed", () => {
  for (const [name, text] of Object.entries(TEXTS)) {
    assert.ok(Buffer.from(uncompress(snappyCompress(text), text.length)).equals(text), name);
  }
});

test("uncompressSnappy() knows copies of one, two and four offset bytes and long literals", () => {
  const literal = (length: number) => Uint8Array.from({ length }, (_, index) => index & 255);
  const cases: [input: number[], output: number[]][] = [
    [[8, 3 << 2, 1, 2, 3, 4, 0x01, 4], [1, 2, 3, 4, 1, 2, 3, 4]],
    [[8, 3 << 2, 1, 2, 3, 4, (3 << 2) | 2, 4, 0], [1, 2, 3, 4, 1, 2, 3, 4]],
    [[8, 3 << 2, 1, 2, 3, 4, (3 << 2) | 3, 4, 0, 0, 0], [1, 2, 3, 4, 1, 2, 3, 4]],
    [[9, 0, 5, 0x11, 1], [5, 5, 5, 5, 5, 5, 5, 5, 5]],
    [[100, 60 << 2, 99, ...literal(100)], [...literal(100)]],
    [[0xac, 0x02, 61 << 2, 0x2b, 0x01, ...literal(300)], [...literal(300)]],
    [[0xac, 0x02, 63 << 2, 0x2b, 0x01, 0, 0, ...literal(300)], [...literal(300)]],
  ];
  for (const [input, output] of cases) {
    assert.deepEqual([...uncompress(Uint8Array.from(input), output.length)], output);
  }
});

test("uncompressSnappy() refuses what does not fill its place exactly", () => {
  const cases: [input: number[], outputBytes: number][] = [
    [[], 4],
    [[128, 128, 128, 128, 128, 1], 4],
    [[5, 3 << 2, 1, 2, 3, 4], 4], // another length than wanted
    [[4, 2 << 2, 1, 2, 3], 4], // too little
    [[4, 4 << 2, 1, 2, 3, 4, 5], 4], // too much
    [[4, 3 << 2, 1, 2], 4], // input ends in a literal
    [[8, 3 << 2, 1, 2, 3, 4, 0x01], 8], // input ends in a copy
    [[8, 3 << 2, 1, 2, 3, 4, 0x01, 5], 8], // copy from before the start
    [[8, 3 << 2, 1, 2, 3, 4, 0x01, 0], 8], // copy from distance 0
    [[8, 3 << 2, 1, 2, 3, 4, (4 << 2) | 2, 4, 0], 8], // copy beyond the end
    [[4, 63 << 2, 255, 255, 255, 255], 4],
  ];
  for (const [input, outputBytes] of cases) {
    assert.throws(() => uncompress(Uint8Array.from(input), outputBytes), CorruptionError, input.join());
  }
});

test("uncompressSnappy() stays in its bounds with mutated input", () => {
  const originals = [TEXTS["narrow integers"].slice(0, 2000), TEXTS.text.slice(0, 3000)].map((text) => ({
    text,
    compressed: snappyCompress(text),
  }));
  let refused = 0;
  for (let mutant = 0; mutant < 3000; mutant++) {
    const { text, compressed } = originals[mutant % 2];
    const bytes = compressed.slice(0, mutant % 5 === 0 ? next() % compressed.length : undefined);
    for (let change = next() % 3; change >= 0 && bytes.length > 0; change--) {
      bytes[next() % bytes.length] = next() & 255;
    }
    try {
      assert.equal(uncompress(bytes, text.length).length, text.length);
    } catch (error) {
      assert.ok(error instanceof CorruptionError, `${(error as Error).stack}`);
      refused++;
    }
  }
  assert.ok(refused > 500);
});
