import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../../lib/dataset/validate_finding.ts";
import { renderValidation } from "../../lib/report/text_validate.ts";
import type { ValidationReport } from "../../lib/dataset/validate_report.ts";

function makeReport(changes: Partial<ValidationReport>): ValidationReport {
  return {
    workload: "dlrm",
    data_folder: "data/dlrm",
    generator: "mlps 0.1.0",
    deep: true,
    status: "valid",
    num_files: 8,
    num_files_checked: 8,
    num_values_compared: 432_537_600,
    read_bytes: 2 ** 30,
    device_read_bytes: 2 ** 30,
    direct: false,
    page_cache_dropped: true,
    cached_bytes_before: 0,
    elapsed_seconds: 2,
    num_differences: 0,
    num_files_unreadable: 0,
    damaged_ranges: [],
    differences: [],
    ...changes,
  };
}

function makeFinding(file: number, rowGroup: number): Finding {
  return {
    kind: "values",
    message: "values differ from those that the seed says",
    path: `data/dlrm/train/img_${file}_of_8.parquet`,
    row_group: rowGroup,
    column: "feature_".repeat(5) + "\x1b[2J",
    offset_bytes: 8192,
    damage: {
      precision: "bytes",
      runs: [{ offset_bytes: 8192, extent_bytes: 4096 }],
      num_runs: 1,
      differing_bytes: 4087,
      differing_values: 512,
      num_values: 6144,
      first_expected_hex: "feac1635bce5ff3f",
      first_found_hex: "0000000000000000",
    },
  };
}

test("renderValidation() tells place and extent of a difference, in 80 columns", () => {
  const text = renderValidation(
    makeReport({ status: "different", num_differences: 1, differences: [makeFinding(3, 17)] }),
  );
  assert.deepEqual(text.filter((line) => line.length > 80), []);
  const joined = text.join(" ").replace(/\s+/g, " ");
  assert.match(joined, /DIFFERS/);
  assert.match(joined, /img_3_of_8\.parquet row group 17, column "feature_.*", byte 8,192: values differ/);
  assert.match(
    joined,
    /4,096 bytes from 8,192 \(4,087 of them differ\); first expected 0xfeac1635bce5ff3f, found 0x0+; 512 of 6,144 values/,
  );
  assert.ok(!text.join("").includes("\x1b"));
});

test("renderValidation() lists some differences of each file and says how many there are", () => {
  const differences = [0, 1, 2].flatMap((file) =>
    Array.from({ length: 50 }, (_, index) => makeFinding(file, index))
  );
  const text = renderValidation(makeReport({ status: "different", num_differences: 5000, differences }));
  assert.ok(text.length < 100);
  for (const file of [0, 1, 2]) assert.ok(text.includes(`data/dlrm/train/img_${file}_of_8.parquet`));
  assert.ok(text.includes("  and 44 more in this file"));
  assert.equal(text.at(-1), "--json has all 5,000 findings");
});

test("renderValidation() says from where the bytes came", () => {
  const cases: [Partial<ValidationReport>, RegExp][] = [
    [{}, /512 MiB\/s, from the device \(page cache dropped before\)/],
    [{ direct: true, page_cache_dropped: false }, /from the device \(direct I\/O\)/],
    [{ device_read_bytes: 2 ** 29 }, /50 % from the device, the rest from MEMORY/],
    [
      { device_read_bytes: null, cached_bytes_before: 2 ** 20 },
      /from the device or memory: .*1\.00 MiB cached before/,
    ],
    [{ deep: false }, /1\.00 GiB in 2\.00 s$/],
  ];
  for (const [changes, wanted] of cases) {
    const text = renderValidation(makeReport(changes)).join(" ").replace(/\s+/g, " ").trim();
    assert.match(text, wanted);
  }
});
