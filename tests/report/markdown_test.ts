import assert from "node:assert/strict";
import { test } from "node:test";
import { renderMarkdown } from "../../lib/report/markdown.ts";
import { epochWith, evaluationWith } from "../helpers/epoch_records.ts";
import { resultWith, sourcesOf } from "../helpers/results.ts";

function tablesOf(text: string): string[][] {
  return text.split("\n\n").map((block) => block.trim().split("\n")).filter(([first]) =>
    first.startsWith("|")
  );
}

/** Returns the cells of a line; an escaped bar parts none. */
function cellsOf(line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim());
}

test("renderMarkdown() begins with the answer and has a line for each epoch", () => {
  const text = renderMarkdown(sourcesOf(resultWith({
    numEpochs: 2,
    status: "partial",
    epochs: [epochWith(), epochWith({ epoch: 2, complete: false })],
    evaluation: evaluationWith(),
  })));
  assert.match(
    text,
    /^## small, 1 accelerator, 2026-07-04T05:01:05\.000Z\n\n\*\*Pass \(cut short\)\.\*\* Yes: this storage feeds 1 accelerator\. /,
  );
  const epochs = tablesOf(text)[1];
  assert.deepEqual(cellsOf(epochs[2]).slice(0, 2), ["1", "80.0"]);
  assert.deepEqual(cellsOf(epochs[3])[0], "2 (cut short)");
  assert.equal(tablesOf(text).length, 3);
});

test("renderMarkdown() has whole tables, whatever stands in a result", () => {
  const result = { ...resultWith(), path: "a|b\nc *d* <e> `f` __g__ file_name" };
  const text = renderMarkdown(sourcesOf(result, result));
  for (const table of tablesOf(text)) {
    const widths = new Set(table.map((line) => cellsOf(line).length));
    assert.equal(widths.size, 1, table.join("\n"));
  }
  assert.ok(text.includes("a\\|b c \\*d\\* \\<e\\> \\`f\\` \\__g_\\_ file_name"), text);
});

test("renderMarkdown() shows several results in one table first", () => {
  const none = resultWith({ epochs: [], status: "failed", error: "It is gone" });
  const [overview] = tablesOf(renderMarkdown(sourcesOf(resultWith(), none)));
  assert.equal(overview.length, 4);
  assert.deepEqual(cellsOf(overview[2]).slice(2, 6), ["1", "80.0", "100 k", "Pass"]);
  assert.deepEqual(cellsOf(overview[3]).slice(2, 6), ["1", "", "", "Failed"]);
});

test("renderMarkdown() tells what to doubt before any figure", () => {
  const text = renderMarkdown(sourcesOf(resultWith({ epochs: [epochWith({ deviceBytes: 0 })] })));
  assert.match(text, /\*\*READ FROM MEMORY\.\*\* /);
  assert.ok(text.indexOf("`served_from_memory`") < text.indexOf("|"));
});
