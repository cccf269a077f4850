import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnData } from "../../../lib/format/parquet/column_data.ts";
import { DictionaryBuilder } from "../../../lib/format/parquet/encode_dictionary.ts";
import { MAX_DICTIONARY_BYTES } from "../../../lib/format/parquet/dtypes.ts";
import { randomNumbers } from "./read_file.ts";

/** Returns values of so many bytes of which about `different` differ. */
function makeValues(numValues: number, valueBytes: number, different: number): ColumnData {
  const random = randomNumbers(valueBytes * 1000 + different);
  const bytes = new Uint8Array(numValues * valueBytes);
  for (let i = 0; i < numValues; i++) {
    // Differ in the first bytes or in the last ones alone.
    const value = random() % different, at = i * valueBytes + (value % 2 ? 0 : valueBytes - 2);
    bytes[at] = value;
    bytes[at + 1] = value >>> 8;
  }
  return { bytes, numValues, valueBits: valueBytes * 8 };
}

test("add() finds the different values in the order in which they come first, over several pages", () => {
  const dictionary = new DictionaryBuilder();
  for (const valueBytes of [2, 4, 8, 5, 16, 100]) {
    for (const different of [1, 2, 100, 5000]) {
      const numValues = 4000,
        pages = [0, 1].map((page) => makeValues(numValues, valueBytes, different + page));
      dictionary.begin(2 * numValues, valueBytes * 8);
      const wanted = new Map<string, number>();
      for (const page of pages) {
        const text = Buffer.from(page.bytes).toString("latin1");
        assert.ok(dictionary.add(page));
        for (let i = 0; i < numValues; i++) {
          const value = text.slice(i * valueBytes, (i + 1) * valueBytes);
          if (!wanted.has(value)) wanted.set(value, wanted.size);
          if (dictionary.indices[i] !== wanted.get(value)) assert.fail(`value ${i} of ${valueBytes} bytes`);
        }
      }
      assert.equal(dictionary.numEntries, wanted.size);
      assert.equal(Buffer.from(dictionary.bytes).toString("latin1"), [...wanted.keys()].join(""));
    }
  }
});

test("add() returns false when the different values take more than a dictionary may, and not before", () => {
  const dictionary = new DictionaryBuilder();
  for (const valueBytes of [4, 8, 64]) {
    const most = MAX_DICTIONARY_BYTES / valueBytes, words = new Int32Array((most + 1) * valueBytes / 4);
    for (let i = 0; i <= most; i++) words[i * valueBytes / 4] = i * 7919;
    const all = { bytes: new Uint8Array(words.buffer), numValues: most + 1, valueBits: valueBytes * 8 };
    const fitting = { ...all, bytes: all.bytes.subarray(0, MAX_DICTIONARY_BYTES), numValues: most };
    for (const [values, fits] of [[fitting, true], [all, false]] as const) {
      dictionary.begin(values.numValues, values.valueBits);
      assert.equal(dictionary.add(values), fits, `${valueBytes} bytes`);
    }
    assert.equal(dictionary.numEntries <= most, true);
  }
  dictionary.begin(1, 8 * (MAX_DICTIONARY_BYTES + 4));
  const huge = { bytes: new Uint8Array(MAX_DICTIONARY_BYTES + 4), numValues: 1, valueBits: 8 };
  assert.equal(dictionary.add(huge), false);
});
