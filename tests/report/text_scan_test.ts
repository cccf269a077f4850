import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScanInput } from "../../lib/metrics/scan.ts";
import type { ScanRun } from "../../lib/metrics/scan_points.ts";
import { renderScan } from "../../lib/report/text_scan.ts";
import { scanRun, scanWith, searchRuns } from "../helpers/scans.ts";

function render(runs: readonly ScanRun[], changes: Partial<ScanInput> = {}): string[] {
  const lines = renderScan(scanWith(runs, changes));
  for (const line of lines) assert.ok(line.length <= 80, line);
  return lines;
}

test("renderScan() tells the answer, what ended the search, how sure it is, and the curve", () => {
  assert.deepEqual(render(searchRuns(2.5, [1, 2, 4, 3, 2, 3])), [
    "small: how many accelerators does it feed?",
    "",
    "  answer      2 accelerators at an AU of 70 %",
    "              the rate at the first that failed would feed 2.50",
    "  ended by    storage: with 3 AU was 58.3 %",
    "  client      unknown; `mlps ceiling` measures how many it feeds at most",
    "  sure        yes: the runs agree",
    "              2: AU 87.5 % in 2 runs",
    "              3: AU 58.3 % in 2 runs",
    "  try         reader.read_threads=8: more reads at a time; no faster means",
    "              storage is at its limit",
    "  knee        2: the best rate",
    "  runs        6 runs of 20.0 s or more, reader.page_cache=evict",
    "",
    "  n   AU %                    samples/s        read     p99",
    "  1  100.0  ################      125 k  50.0 MiB/s  127 ns  pass",
    "  2   87.5  ##############        219 k  50.0 MiB/s  127 ns  pass",
    "  3   58.3  #########             219 k  50.0 MiB/s  127 ns  FAIL, storage",
    "  4   43.8  #######               219 k  50.0 MiB/s  127 ns  FAIL, storage",
  ]);
});

test("renderScan() says what takes the answer its meaning", () => {
  const runs = searchRuns(2.5, [1, 2, 4, 3]);
  const table: [runs: ScanRun[], changes: Partial<ScanInput>, expected: RegExp][] = [
    [[...runs, scanRun(3, 60, { waitsFor: "windowWaitNs" })], {}, /the prefetch window, NOT THE STORAGE/],
    [
      [...runs, scanRun(3, 60, { ceiling: { samplesPerSecond: 2e5, measuredAt: "" } })],
      {},
      /near its\s+ceiling, NOT THE STORAGE/,
    ],
    [searchRuns(0.5, [1, 1, 2]), {}, /answer +not even 1 accelerator at an AU of 70 %\n/],
    [
      searchRuns(9, [1, 2, 4]),
      { search: { max: 4, maxFrom: "flag" } },
      /at least 4 accelerators.*--max 4: .*try +--max 8\n/s,
    ],
    [
      searchRuns(9, [1, 2, 4]),
      { search: { max: 4, maxFrom: "dataset" } },
      /the dataset: for more than 4 .*num_files_train/s,
    ],
    [
      runs.slice(0, 2),
      { status: "partial", error: "Interrupted by SIGINT" },
      /^small: .*, PARTIAL\n.*stopped +Interrupted by SIGINT\n.*at least 2 .*nothing yet/s,
    ],
    [
      [...runs, scanRun(2, 50), scanRun(2, 90)],
      {},
      /NO: the runs disagree.*2: AU 75\.8 % \(50\.0 to 90\.0\) in 3 runs/s,
    ],
    [[scanRun(1, 50), ...runs.slice(1)], {}, /AU IS NOT MONOTONE: 1 failed, although 2 passed/],
    [
      runs.map(({ value }) =>
        scanRun(value, Number(value) < 3 ? 90 : 50, { numEpochs: 1, pageCache: "keep" })
      ),
      {},
      /reader\.page_cache=keep/,
    ],
    [
      [...runs, scanRun(3, 60, { deviceBytes: 0 })],
      {},
      /2 accelerators at an AU of 70 %, BUT READ FROM MEMORY\n.*\n\nWarning: memory, not storage, served reads of the runs with n=3: /s,
    ],
    [[...runs, scanRun(1, 90, { deviceBytes: 0 })], {}, /2 accelerators at an AU of 70 %\n/],
    [
      [...runs, scanRun(3, 60, { stepsPerEpoch: 20 })],
      {},
      /\n {2}sure +no: the epochs are so short .*\n\nWarning: an epoch of this dataset has only 20 steps /s,
    ],
  ];
  for (const [given, changes, expected] of table) {
    assert.match(render(given, changes).join("\n") + "\n", expected);
  }
});

test("renderScan() tells a sweep by its best value and its knee", () => {
  const runs = [1, 2, 4, 8].map((value, index) =>
    scanRun(value, [20, 40, 77, 80][index], { numAccelerators: 1 })
  );
  const text = render(runs, { search: undefined, key: "reader.read_threads" }).join("\n");
  assert.match(
    text,
    /^small: reader\.read_threads\n\n {2}best +reader\.read_threads=8: 100 k samples\/s\n +as good, within 5 % of it: 4\n/,
  );
  assert.match(text, /\n {2}knee +4: 96 % of the best rate\n/);
  assert.match(text, /\n +8 +80\.0 +#{16} +100 k .*storage$/);
  assert.match(text, /\n {2}runs +4 runs of 20\.0 s or more, 1 accelerator, reader\.page_cache=/);
  const caches = render([scanRun("evict", 20), scanRun("keep", 80, { deviceBytes: 0, pageCache: "keep" })], {
    search: undefined,
    key: "reader.page_cache",
  }).join("\n");
  assert.match(caches, /\n {2}runs +2 runs of 20\.0 s or more, 1 accelerator\n/);
  assert.match(caches, /the runs with\s+reader\.page_cache=keep:.*Use\s+reader\.page_cache=evict/s);
  const long = render([scanRun("a".repeat(90), 20), scanRun(false, 20)], {
    search: undefined,
    key: "b".repeat(14),
  });
  assert.match(long.join("\n"), /aaa\.\.\.aaa/);
});
