import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileError, UsageError } from "../../lib/base/errors.ts";
import { renderOpenMetrics } from "../../lib/report/openmetrics.ts";
import { REPORT_FORMATS } from "../../lib/report/render_report.ts";
import { writeReport } from "../../lib/report/report_file.ts";
import { summaryWith } from "../helpers/results.ts";

function inFolder(use: (folder: string) => void): void {
  const folder = fs.mkdtempSync(join(tmpdir(), "mlps-report-"));
  try {
    use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

test("writeReport() overwrites nothing that it did not write, in any format", () => {
  inFolder((folder) => {
    const path = join(folder, "notes.txt");
    for (const format of REPORT_FORMATS) {
      fs.writeFileSync(path, "notes");
      assert.throws(
        () => writeReport(path, "report", format),
        (error) => error instanceof UsageError && /it exists/.test(error.message),
      );
      assert.equal(fs.readFileSync(path, "utf8"), "notes");
      fs.rmSync(path);
      writeReport(path, "report", format);
      assert.equal(fs.readFileSync(path, "utf8"), "report");
    }
    assert.deepEqual(fs.readdirSync(folder), ["notes.txt"]);
  });
});

test("writeReport() replaces metrics by another file of the same name", () => {
  inFolder((folder) => {
    const path = join(folder, "mlps.prom");
    writeReport(path, renderOpenMetrics([summaryWith()]), "openmetrics");
    const before = fs.openSync(path, "r");
    const text = renderOpenMetrics([summaryWith({ numAccelerators: 8 })]);
    writeReport(path, text, "openmetrics");
    assert.equal(fs.readFileSync(path, "utf8"), text);
    assert.match(
      fs.readFileSync(before, "utf8"),
      /mlps_accelerators\{[^}]*\} 1\n/,
      "who reads has the old one, whole",
    );
    fs.closeSync(before);
    assert.deepEqual(fs.readdirSync(folder), ["mlps.prom"]);
  });
});

test("writeReport() refuses a folder that does not exist", () => {
  inFolder((folder) => {
    for (const format of ["html", "openmetrics"] as const) {
      assert.throws(() => writeReport(join(folder, "nowhere/report"), "", format), FileError);
    }
  });
});
