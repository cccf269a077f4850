import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScanAnswer } from "../../lib/metrics/scan.ts";
import type { ScanRun } from "../../lib/metrics/scan_points.ts";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import { summaryInputWith } from "../helpers/epoch_records.ts";
import { auOf, scanRun, scanWith, searchRuns } from "../helpers/scans.ts";

const RUNS = searchRuns(5.5, [1, 2, 4, 8, 6, 5, 5, 6, 7]);

test("scanOf() answers with the largest number that passes, and what the first behind it failed of", () => {
  const { answer, points, knee } = scanWith(RUNS);
  assert.deepEqual(points.map(({ value, runs }) => [value, runs.length]), [
    [1, 1],
    [2, 1],
    [4, 1],
    [5, 2],
    [6, 2],
    [7, 1],
    [8, 1],
  ]);
  const { accelerators_by_rate, advice, ...others } = answer!;
  assert.deepEqual(others, {
    num_accelerators: 5,
    final: true,
    ended_by: "storage",
    client_ended: false,
    runs_agree: true,
    client_ceiling: null,
    served_from_memory: false,
    failing_below: [],
  });
  assert.equal(accelerators_by_rate!.toFixed(6), "5.500000");
  assert.match(advice[0], /^reader\.read_threads=8/);
  // 5.5 accelerators at 70 % are 3.85 at 100 %, and 95 % of those 3.66.
  assert.deepEqual([knee!.value, Math.round(knee!.share_percentage)], [4, 100]);
});

test("scanOf() says what ended a search", () => {
  const changed = (changes: Partial<SummaryInput> & { waitsFor?: "windowWaitNs" }): ScanRun[] => [
    ...RUNS,
    scanRun(6, auOf(5.5, 6), changes),
  ];
  const { dataset } = summaryInputWith();
  const table: [runs: ScanRun[], expected: Partial<ScanAnswer>, max?: number, from?: "dataset"][] = [
    [changed({ waitsFor: "windowWaitNs" }), { ended_by: "prefetch_window", client_ended: true }],
    [changed({ dataset: { ...dataset, origin: "synthetic" } }), {
      ended_by: "client_cpu",
      client_ended: true,
    }],
    [
      changed({ ceiling: { samplesPerSecond: 500_000, measuredAt: "2026" } }),
      { ended_by: "storage", client_ended: true },
    ],
    [
      RUNS.map(({ value }) =>
        scanRun(value, auOf(5.5, Number(value)), { ceiling: { samplesPerSecond: 875_000, measuredAt: "" } })
      ),
      { ended_by: "storage", client_ended: false, client_ceiling: 10 },
    ],
    [searchRuns(5.5, [1, 2, 4, 4]), { num_accelerators: 4, ended_by: "flag", runs_agree: true }, 4],
    [searchRuns(5.5, [1, 2, 4, 4]), { num_accelerators: 4, ended_by: "dataset" }, 4, "dataset"],
    [searchRuns(5.5, [1, 2]), { num_accelerators: 2, ended_by: null, accelerators_by_rate: null }],
    [searchRuns(0.4, [1, 1, 2]), { num_accelerators: 0, ended_by: "storage" }],
  ];
  for (const [runs, expected, max = 256, maxFrom = "flag" as const] of table) {
    const { answer } = scanWith(runs, { search: { max, maxFrom } });
    const found = Object.fromEntries(
      Object.keys(expected).map((key) => [key, answer![key as keyof ScanAnswer]]),
    );
    assert.deepEqual(found, expected);
  }
});

test("scanOf() takes the limit and the advice from the runs that failed", () => {
  const { answer, points } = scanWith([
    ...RUNS,
    scanRun(6, 50),
    scanRun(6, 71, { waitsFor: "windowWaitNs" }),
  ]);
  assert.equal(points.find(({ value }) => value === 6)!.limit, "storage");
  assert.deepEqual([answer!.num_accelerators, answer!.ended_by, answer!.client_ended], [5, "storage", false]);
  assert.match(answer!.advice[0], /^reader\.read_threads=/);
});

test("scanOf() tells of runs that disagree, and of numbers below the answer that failed", () => {
  const disagreeing = [...RUNS, scanRun(5, 60), scanRun(3, 50)];
  const { answer, points } = scanWith(disagreeing);
  assert.equal(answer!.num_accelerators, 5);
  assert.equal(answer!.runs_agree, false);
  assert.deepEqual(answer!.failing_below, [3]);
  const five = points.find(({ value }) => value === 5)!;
  assert.deepEqual([five.state, five.runs_agree], ["pass", false]);
  assert.equal(five.au_percentage!.min, 60);
});

test("scanOf() counts complete runs only, and knows nothing before there is one", () => {
  const cut = scanRun(2, 10, { status: "partial", error: "Interrupted by SIGINT" });
  const { answer, points, status } = scanWith([scanRun(1, 100), cut], { status: "partial" });
  assert.deepEqual([status, answer!.final, answer!.num_accelerators], ["partial", false, 1]);
  assert.equal(points[1].state, "open");
  assert.equal(points[1].au_percentage, null);
  assert.equal(points[1].samples_per_second, null);
  assert.equal(points[1].runs[0].status, "partial");
});

test("scanOf() finds the knee of numbers that rise, where the curve has one", () => {
  const sweep = (rates: [value: number | string, au: number][]) =>
    scanWith(rates.map(([value, au]) => scanRun(value, au, { numAccelerators: 1 })), {
      search: undefined,
      key: "reader.read_threads",
    });
  const scan = sweep([[8, 80], [1, 20], [2, 40], [4, 77]]);
  assert.deepEqual(scan.points.map(({ value }) => value), [1, 2, 4, 8]);
  assert.equal(scan.answer, null);
  assert.equal(scan.key, "reader.read_threads");
  const { value, share_percentage, best_value } = scan.knee!;
  assert.deepEqual([value, Math.round(share_percentage), best_value], [4, 96, 8]);
  assert.equal(sweep([[1, 20], [2, 40], [4, 80]]).knee, null, "the rate may rise on");
  assert.equal(sweep([[1, 20], [2, 20]]).knee, null, "two points are no curve");
  assert.equal(sweep([["a", 80], ["b", 80], ["c", 20]]).knee, null, "texts have no order");
  assert.equal(sweep([[1, 80], [2, 40], [4, 20]]).knee!.value, 1);
  const free = scanWith([scanRun(1, 50, { demandSamplesPerSecond: undefined })], {
    search: undefined,
    key: "a",
  });
  assert.equal(free.points[0].state, null);
});
