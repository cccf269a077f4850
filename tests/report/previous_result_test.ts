import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findPreviousResult } from "../../lib/report/previous_result.ts";
import { withFolder } from "../helpers/datasets.ts";
import { environmentWith } from "../helpers/epoch_records.ts";

const NOW = new Date("2026-07-04T05:00:00Z");

function writeSummary(resultsDir: string, name: string, text: unknown): void {
  const folder = join(resultsDir, "small", name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(join(folder, "summary.json"), typeof text === "string" ? text : JSON.stringify(text));
}

function summaryOf(start: string, status = "complete", kernel = start) {
  return { status, start, mlps: { environment: environmentWith({ kernel }) } };
}

test("findPreviousResult() takes the newest complete result before the run", () => {
  withFolder((resultsDir) => {
    assert.equal(findPreviousResult(resultsDir, "small", NOW), undefined);
    writeSummary(resultsDir, "20260704_040000", summaryOf("2026-07-04T04:00:00Z"));
    writeSummary(resultsDir, "20260704_030000", summaryOf("2026-07-04T03:00:00Z"));
    writeSummary(resultsDir, "20260704_043000", summaryOf("2026-07-04T04:30:00Z", "partial"));
    writeSummary(resultsDir, "20260704_060000", summaryOf("2026-07-04T06:00:00Z"));
    writeSummary(resultsDir, "20260704_050000", summaryOf("2026-07-04T05:00:00Z"));
    const found = findPreviousResult(resultsDir, "small", NOW);
    assert.deepEqual(found, {
      folder: join(resultsDir, "small", "20260704_040000"),
      environment: environmentWith({ kernel: "2026-07-04T04:00:00Z" }),
    });
    assert.equal(findPreviousResult(resultsDir, "other", NOW), undefined);
  });
});

test("findPreviousResult() leaves out what is not a result of this kind", () => {
  withFolder((resultsDir) => {
    const foreign = [
      "",
      "{",
      "null",
      "7",
      '"complete"',
      "[]",
      {},
      { status: "complete", start: "2026-07-04T04:00:00Z" },
      { status: "complete", start: "2026-07-04T04:00:00Z", mlps: {} },
      { status: "complete", start: "2026-07-04T04:00:00Z", mlps: { environment: null } },
      { status: "complete", start: "2026-07-04T04:00:00Z", mlps: { environment: "Linux" } },
      { status: "complete", start: "some day", mlps: { environment: environmentWith() } },
      { status: "complete", mlps: { environment: environmentWith() } },
    ];
    for (const [index, text] of foreign.entries()) writeSummary(resultsDir, `${index}`, text);
    fs.mkdirSync(join(resultsDir, "small", "folder", "summary.json"), { recursive: true });
    fs.writeFileSync(join(resultsDir, "small", "a_file"), "");
    assert.equal(findPreviousResult(resultsDir, "small", NOW), undefined);
  });
});
