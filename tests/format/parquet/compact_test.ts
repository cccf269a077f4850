import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "hyparquet-writer";
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js";
import { CompactCursor, skipStruct } from "../../../lib/format/parquet/compact.ts";
import { CorruptionError } from "../../../lib/format/parquet/corruption.ts";

const STRUCT = {
  field_1: 7,
  field_2: -3n,
  field_3: true,
  field_4: false,
  field_5: "x".repeat(300),
  field_6: [1, 2, 3],
  field_7: Array.from({ length: 20 }, (_, index) => ({ field_1: index, field_9: ["a", "bc"] })),
  field_8: { field_2: { field_1: new Uint8Array(5) }, field_3: [true, false, true] },
  field_9: [{ field_1: 1 }],
  field_10: [9],
  field_40: 2n ** 51n,
};

function serialize(struct: object): Uint8Array {
  const writer = new ByteWriter();
  serializeTCompactProtocol(writer, struct as Parameters<typeof serializeTCompactProtocol>[1]);
  return writer.getBytes().slice();
}

function cursorOn(bytes: Uint8Array): CompactCursor {
  const cursor = new CompactCursor();
  cursor.reset(bytes, 0, bytes.length);
  return cursor;
}

test("skipStruct() ends behind a struct of every type", () => {
  const bytes = serialize(STRUCT);
  assert.equal(skipStruct(bytes, 0, bytes.length), bytes.length);
});

test("skipStruct() and the cursor refuse every truncation", () => {
  const bytes = serialize(STRUCT);
  for (let length = 0; length < bytes.length; length++) {
    // By the array's end and by the end given: what is behind it must not be taken for content.
    for (const whole of [bytes.slice(0, length), bytes]) {
      assert.throws(() => skipStruct(whole, 0, length), CorruptionError);
      const cursor = new CompactCursor();
      cursor.reset(whole, 0, length);
      assert.throws(() => {
        while (cursor.nextField()) cursor.skipField();
      }, CorruptionError);
    }
  }
});

test("nextField() finds fields by difference and by number, readIntegerField() their integers", () => {
  const cursor = cursorOn(serialize(STRUCT));
  const integers: Record<number, number> = {};
  const fieldIds: number[] = [];
  while (cursor.nextField()) {
    fieldIds.push(cursor.fieldId);
    if (cursor.fieldType >= 4 && cursor.fieldType <= 6) integers[cursor.fieldId] = cursor.readIntegerField();
    else cursor.skipField();
  }
  assert.deepEqual(fieldIds, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 40]);
  assert.deepEqual(integers, { 1: 7, 2: -3, 40: 2 ** 51 });
});

test("readInteger() returns what a 64-bit zigzag holds, below 2^52", () => {
  for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, 2 ** 31, -(2 ** 31), 2 ** 52 - 1, -(2 ** 52)]) {
    const cursor = cursorOn(serialize({ field_1: BigInt(value) }));
    assert.ok(cursor.nextField());
    assert.equal(cursor.readIntegerField(), value);
  }
});

test("readInteger() refuses what a number cannot hold", () => {
  const cursor = cursorOn(serialize({ field_1: 2n ** 62n }));
  cursor.nextField();
  assert.throws(() => cursor.readIntegerField(), /beyond 2\^52/);
});

test("skipStruct() refuses nesting without end", () => {
  const structs = new Uint8Array(1000).fill(0x1c);
  assert.throws(() => skipStruct(structs, 0, structs.length), /nest deeper/);
  const lists = new Uint8Array(1000).fill(0x29);
  assert.throws(() => skipStruct(lists, 0, lists.length), /nest deeper/);
});

test("readStructListSize() refuses more structs than bytes", () => {
  const bytes = Uint8Array.of(0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0);
  const cursor = cursorOn(bytes);
  cursor.nextField();
  assert.throws(() => cursor.readStructListSize(), /a list of 4294967295 structs, but 1 bytes are left/);
});
