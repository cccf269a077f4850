import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { describeOptions } from "../../lib/config/describe.ts";
import { renderKeyHelp, renderKeyList, renderReference } from "../../lib/report/workload_reference.ts";

test("docs/workload.md is what renderReference() returns (bun scripts/docs.ts writes it)", () => {
  const path = join(import.meta.dirname!, "../../docs/workload.md");
  assert.equal(fs.readFileSync(path, "utf8"), renderReference());
});

test("renderReference() has a line for each key", () => {
  const text = renderReference();
  for (const { key, isSection } of describeOptions()) {
    assert.equal(text.includes(`| \`${key}\``), !isSection, key);
  }
});

test("renderKeyHelp() explains a key with type, unit, default and DLIO's view", () => {
  assert.deepEqual(renderKeyHelp("reader.batch_size"), [
    "reader.batch_size",
    "  The samples that one accelerator consumes in a step.",
    "",
    "  type     integer >= 1",
    "  unit     samples",
    "  default  1",
    "  DLIO     does the same",
  ]);
  const rows = [
    ["data_reader.pin_memory", /no effect {7}It configures a Python data loader/],
    ["workload.reader.decode", /DLIO {5}ignores it: a key of mlps/],
    ["dataset.parquet.columns[3].size", /^dataset\.parquet\.columns\[\]\.size\n/],
    ["batch_size", /^reader\.batch_size\n/],
    ["dataset.format", /default {2}\*/],
    ["seed", /^dataset\.seed\n[^]*\n\ntrain\.seed\n/],
    ["metric", /^ {2}metric\.au +0\.9 +ratio$/],
  ] as const;
  for (const [key, pattern] of rows) assert.match(renderKeyHelp(key).join("\n"), pattern, key);
});

test("renderKeyHelp() refuses an unknown key and names the nearest", () => {
  assert.throws(
    () => renderKeyHelp("reader.batchsize"),
    (error) => error instanceof UsageError && /Did you mean reader\.batch_size\?/.test(error.message),
  );
});

test("the help of every key fits in 80 columns", () => {
  for (const { key, isSection } of describeOptions()) {
    if (isSection) continue;
    for (const line of renderKeyHelp(key)) assert.ok(line.length <= 80, `${key}: ${line}`);
  }
  for (const line of renderKeyList()) assert.ok(line.length <= 80, line);
});
