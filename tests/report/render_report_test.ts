import assert from "node:assert/strict";
import { test } from "node:test";
import { formatOfFile, renderReport, REPORT_FORMATS } from "../../lib/report/render_report.ts";
import { resultWith, sourcesOf } from "../helpers/results.ts";

test("formatOfFile() goes by the end of a name", () => {
  const table: [path: string, format: string | undefined][] = [
    ["report.html", "html"],
    ["/tmp/a.b/REPORT.HTML", "html"],
    ["report.md", "markdown"],
    ["report.csv", "csv"],
    ["mlps.prom", "openmetrics"],
    ["report.json", "json"],
    ["report.txt", "text"],
    ["report.pdf", undefined],
    ["report", undefined],
    ["", undefined],
  ];
  for (const [path, format] of table) assert.equal(formatOfFile(path), format, path);
});

test("renderReport() ends each form with one line end", () => {
  for (const format of REPORT_FORMATS) {
    assert.match(renderReport(sourcesOf(resultWith()), { format, version: "1.2.3" }), /[^\n]\n$/, format);
  }
});
