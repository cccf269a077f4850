import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { compareSides } from "../../lib/metrics/comparison.ts";
import { checkThresholds, judgingObstacle, parseThreshold } from "../../lib/metrics/thresholds.ts";
import { epochOf, resultOf, sideOf } from "../helpers/comparisons.ts";

const EVEN = [80, 80.1, 79.9, 80, 80.2];

/** Returns whether each expression is crossed and failed by a change of AU from about 80 to `au` points. */
function judge(expression: string, au: number, aus = EVEN): { crossed: boolean; failed: boolean } {
  const comparison = compareSides(sideOf("a", [aus]), sideOf("b", [aus.map((value) => value + au - 80)]));
  const [{ crossed, failed }] = checkThresholds([parseThreshold(expression)], comparison);
  return { crossed, failed };
}

test("parseThreshold() reads metric, direction, limit and unit", () => {
  const cases = {
    "au<-2%": { metric: "au", failsAbove: false, limit: -2, isRelative: true },
    " read_p99 > 150 ": { metric: "read_p99", failsAbove: true, limit: 150, isRelative: false },
    "samples_per_second<-0.5%": {
      metric: "samples_per_second",
      failsAbove: false,
      limit: -0.5,
      isRelative: true,
    },
    "cores_used>+1": { metric: "cores_used", failsAbove: true, limit: 1, isRelative: false },
    "au<0": { metric: "au", failsAbove: false, limit: 0, isRelative: false },
  };
  for (const [expression, threshold] of Object.entries(cases)) {
    assert.deepEqual(parseThreshold(expression), { expression, ...threshold });
  }
});

test("parseThreshold() refuses with a way out", () => {
  const cases: Record<string, RegExp> = {
    "au": /METRIC<NUMBER or METRIC>NUMBER is expected/,
    "au<=2": /METRIC<NUMBER/,
    "au<-2 points": /METRIC<NUMBER/,
    "": /METRIC<NUMBER/,
    "read_p9<-2%": /no metric "read_p9", did you mean "read_p99"\?/,
    "read_p99.9>5%": /did you mean "read_p99_9"\?/,
    "latency>5": /no metric "latency", the metrics are au, samples_per_second,/,
    "au<70": /equal results would fail\. .*: au<-70$/,
    "read_p99>-5%": /equal results would fail\. .*: read_p99>5%$/,
  };
  for (const [expression, message] of Object.entries(cases)) {
    assert.throws(() => parseThreshold(expression), (cause: Error) => {
      assert.ok(cause instanceof UsageError);
      assert.match(cause.message, message);
      return true;
    });
  }
});

test("checkThresholds() fails what is beyond the limit, in percent of BASE or in the metric's unit", () => {
  const cases: [string, number, boolean][] = [
    ["au<-2%", 76, true],
    ["au<-6%", 76, false],
    ["au<-3", 76, true],
    ["au<-5", 76, false],
    ["au>2%", 76, false],
    ["au>2%", 84, true],
    ["au<-2%", 84, false],
  ];
  for (const [expression, au, failed] of cases) {
    assert.deepEqual(judge(expression, au), { crossed: failed, failed }, `${expression} at ${au}`);
  }
});

test("checkThresholds() fails nothing for noise, and judges by the difference where the noise is unknown", () => {
  assert.deepEqual(judge("au<-2%", 76, [60, 70, 80, 90, 95]), { crossed: true, failed: false });
  assert.deepEqual(judge("au<-2%", 76, [80]), { crossed: true, failed: true });
  assert.deepEqual(judge("au<-2%", 79, [80]), { crossed: false, failed: false });
});

test("checkThresholds() tells where the noise would hide what a limit forbids", () => {
  const cases: [string, readonly number[], boolean][] = [
    ["au<-2%", [60, 70, 80, 90, 95], true],
    ["au<-2", [60, 70, 80, 90, 95], true],
    ["au<-5%", EVEN, false],
    ["au<-1%", EVEN, true],
    ["au<0", [60, 70, 80, 90, 95], false],
    ["au<-2%", [80], false],
  ];
  for (const [expression, aus, hidden] of cases) {
    const comparison = compareSides(sideOf("a", [aus]), sideOf("b", [aus]));
    const [check] = checkThresholds([parseThreshold(expression)], comparison);
    assert.deepEqual([check.failed, check.hidden], [false, hidden], `${expression} of ${aus}`);
  }
});

test("judgingObstacle() names why a gate cannot judge", () => {
  const threshold = parseThreshold("device_bytes_per_second<-2%");
  const base = sideOf("a", [EVEN]);
  assert.equal(judgingObstacle([threshold], compareSides(base, sideOf("b", [EVEN]))), undefined);
  const untold = [resultOf("c", EVEN.map((au) => epochOf(au, { deviceBytes: undefined })))];
  assert.match(
    judgingObstacle([threshold], compareSides(base, untold))!,
    /device_bytes_per_second is not known of both/,
  );
  const partial = [resultOf("d", EVEN.map((au) => epochOf(au)), { status: "partial" })];
  assert.match(
    judgingObstacle([parseThreshold("au<-2%")], compareSides(base, partial))!,
    /Not all runs are complete/,
  );
});

test("checkThresholds() takes any growth of what was 0 as beyond each percentage", () => {
  const device = (bytes: number) => [resultOf("x", EVEN.map((au) => epochOf(au, { deviceBytes: bytes })))];
  const comparison = compareSides(device(0), device(1000));
  const [check] = checkThresholds([parseThreshold("device_bytes_per_second>50%")], comparison);
  assert.deepEqual([check.difference_percentage, check.crossed], [null, true]);
});
