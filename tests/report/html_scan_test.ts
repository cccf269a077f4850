import assert from "node:assert/strict";
import { test } from "node:test";
import { chartsOfScan } from "../../lib/report/html_scan.ts";
import { renderHtml } from "../../lib/report/html_page.ts";
import { renderMarkdown } from "../../lib/report/markdown.ts";
import type { LoadedSource } from "../../lib/report/load_results.ts";
import { resultWith } from "../helpers/results.ts";
import { scanWith, searchRuns } from "../helpers/scans.ts";

/** A storage that feeds 2.5 accelerators; two runs with 2, two with 3. */
const SEARCH = scanWith(searchRuns(2.5, [1, 2, 4, 3, 2, 3]));

test("chartsOfScan() has a dot for each run, its means, and what is wanted", () => {
  const [au, rate] = chartsOfScan(SEARCH);
  assert.deepEqual(au.x, [1, 2, 3, 4]);
  assert.deepEqual(au.marks, [{ at: 2, label: "answer" }]);
  assert.deepEqual(
    au.lines.map(({ label, values }) => [label, ...values.map((value) => value && Math.round(value))]),
    [
      ["a run", 100, 88, 58, 44],
      ["a run", null, 88, 58, null],
      ["mean", 100, 88, 58, 44],
      ["wanted", 70, 70, 70, 70],
    ],
  );
  // 125 k samples/s are what one accelerator can consume.
  assert.deepEqual(rate.lines.at(-1)!.values, [87_500, 175_000, 262_500, 350_000]);
});

test("chartsOfScan() has no curve over what is no number, nor of one point", () => {
  assert.deepEqual(chartsOfScan(scanWith(searchRuns(2.5, [2, 2]))), []);
  const points = SEARCH.points.map((point, index) => ({ ...point, value: index % 2 === 0 }));
  assert.deepEqual(chartsOfScan({ ...SEARCH, points, answer: null, knee: null }), []);
});

test("a report begins with what a scan found", () => {
  const source: LoadedSource = { kind: "scan", path: "scan", document: SEARCH, results: [resultWith()] };
  const page = renderHtml([source], { version: "1" });
  const [, title] = /<h2>([^<]*)</.exec(page)!;
  assert.equal(title.replaceAll("\u00a0", " "), "2 accelerators at an AU of 70 %");
  assert.equal(page.match(/data-chart="/g)!.length, 2 + 4, "two of the scan, four of the run");
  const markdown = renderMarkdown([source]);
  assert.match(markdown, /^## small: scan over num_accelerators\n/);
  assert.match(markdown, /\| answer \| 2 accelerators at an AU of 70 % \|/);
  assert.match(markdown, /\| 3 \| 58\.3 \| 219 k \| fail \| storage \| 2 \|/);
});
