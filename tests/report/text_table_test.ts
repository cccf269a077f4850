import assert from "node:assert/strict";
import { test } from "node:test";
import { printable, renderTable, shortenMiddle, wrapText } from "../../lib/report/text_table.ts";

test("renderTable() aligns, wraps, shortens to 80 columns, and leaves out empty columns", () => {
  const lines = renderTable(
    [
      { title: "name", fit: "shorten" },
      { title: "empty" },
      { title: "words", fit: "wrap" },
      { title: "size", align: "right" },
    ],
    [["a".repeat(100), "", "PLAIN RLE_DICTIONARY", "1 B"], ["b", "", "PLAIN", "100 B"]],
  );
  assert.ok(lines.every((line) => line.length <= 80));
  assert.match(lines[0], /^ {2}name +words +size$/);
  assert.match(lines[1], /^ {2}a+\.\.\.a+ {2}PLAIN +1 B$/);
  assert.match(lines[2], /^ +RLE_DICTIONARY$/);
  assert.match(lines[3], /^ {2}b +PLAIN +100 B$/);
});

test("wrapText() breaks at spaces alone, and shortenMiddle() keeps both ends", () => {
  assert.deepEqual(wrapText("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapText("a word_too_long b", 5), ["a", "word_too_long", "b"]);
  assert.equal(shortenMiddle("abcdefghij", 10), "abcdefghij");
  assert.equal(shortenMiddle("abcdefghijk", 8), "abc...jk");
});

test("printable() leaves no character that a terminal obeys", () => {
  assert.equal(printable("a\x1b[31mb\n\x9bc"), "a\\u001b[31mb\\u000a\\u009bc");
  assert.equal(printable("größe 数"), "größe 数");
});
