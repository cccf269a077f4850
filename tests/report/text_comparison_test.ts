import assert from "node:assert/strict";
import { test } from "node:test";
import type { Side } from "../../lib/metrics/comparability.ts";
import { compareSides } from "../../lib/metrics/comparison.ts";
import { checkThresholds, parseThreshold } from "../../lib/metrics/thresholds.ts";
import { renderComparison } from "../../lib/report/text_comparison.ts";
import { epochOf, resultOf, sideOf } from "../helpers/comparisons.ts";
import { environmentWith, summaryInputWith } from "../helpers/epoch_records.ts";

const EVEN = [80, 80.1, 79.9, 80, 80.2];

function render(base: Side, next: Side, ...expressions: string[]): string[] {
  const comparison = compareSides(base, next);
  const lines = renderComparison(comparison, checkThresholds(expressions.map(parseThreshold), comparison));
  for (const line of lines) assert.ok(line.length <= 80, line);
  return lines;
}

test("renderComparison() tells what differs, each figure, and the verdict first", () => {
  const workload = { ...summaryInputWith().workload, configuration: { reader: { read_threads: 8 } } };
  const next = [
    resultOf("b/0", EVEN.map((au) => epochOf(au * 0.95)), {
      workload,
      environment: environmentWith({ mlps_version: "1.2.4" }),
    }),
  ];
  assert.deepEqual(render(sideOf("a", [EVEN]), next, "au<-2%", "read_p50>5"), [
    "small: NEW is WORSE than BASE",
    "",
    "  base        5 epochs, a/0",
    "  new         5 epochs, b/0",
    "  noise       what epochs differ by (5 and 5), with 99 % confidence; 3 or more",
    "              runs on each side would tell more",
    "  same        dataset",
    "",
    "  configuration        base  new",
    "  a                    1     -",
    "  reader.read_threads  -     8",
    "",
    "  environment   base   new",
    "  mlps_version  1.2.3  1.2.4",
    "",
    "                      base         new   change     noise  verdict",
    "  AU                80.0 %      76.0 %  -5.00 %  +-2.00 %  WORSE",
    "  samples/s          100 k      95.0 k  -5.00 %  +-2.00 %  WORSE",
    "  useful bytes  50.0 MiB/s  47.5 MiB/s  -5.00 %  +-2.00 %  WORSE",
    "  device bytes  55.0 MiB/s  52.3 MiB/s  -5.00 %  +-2.00 %  lower",
    "  read p50          110 ns      110 ns      0 %  +-2.00 %  within noise",
    "  read p99          127 ns      127 ns      0 %  +-2.00 %  within noise",
    "  read p99.9        127 ns      127 ns      0 %  +-2.00 %  within noise",
    "  stall p99           0 ns        0 ns     0 ns            within noise",
    "  cores used          1.25        1.19  -5.00 %  +-2.00 %  lower",
    "",
    "  fail-if     au<-2%: FAILED (-5.00 %)",
    "              read_p50>5: passed (0 %)",
  ]);
});

test("renderComparison() says how many runs there are, and what the noise comes from", () => {
  const runs = [EVEN, EVEN, EVEN];
  const text = render(sideOf("a", runs), sideOf("b", runs)).join("\n");
  assert.match(text, /^small: NEW is within noise of BASE\n\n {2}base {8}3 runs, 15 epochs, first a\/0\n/);
  assert.match(text, /noise {7}what the runs of a side differ by \(3 and 3\), with 99 % confidence\n/);
  const unknown = render(sideOf("a", [[80]]), sideOf("b", [[70]])).join("\n");
  assert.match(unknown, /^small: no verdict: the noise is unknown\n\n {2}base {8}1 epoch, a\/0\n/);
  assert.match(unknown, /AU +80\.0 % +70\.0 % +-12\.5 % +unknown\n/);
});

test("renderComparison() says where a gate passes for its noise", () => {
  const wide = [60, 70, 80, 90, 95];
  const lower = wide.map((au) => au * 0.97);
  const text = render(sideOf("a", [wide]), sideOf("b", [lower]), "au<-2%", "au<-10%", "au>90000%").join("\n");
  assert.match(text, /au<-2%: passed, as the change is within noise \(-3\.00 %\)/);
  assert.match(text, /au<-10%: passed, but noise of \d+(\.\d+)? % hides such a change\s+\(-3\.00 %\)/);
  assert.match(text, /au>90000%: passed \(-3\.00 %\)/);
});

test("renderComparison() warns loudly, and lists a dozen of many differences", () => {
  const columns = Array.from({ length: 30 }, (_, index) => ({ name: `feature_${index}`, read: true }));
  const workload = (read: boolean) => ({
    ...summaryInputWith().workload,
    configuration: { dataset: { parquet: { columns: columns.map((column) => ({ ...column, read })) } } },
  });
  const [base, next] = [true, false].map((read) => [
    resultOf("a", EVEN.map((au) => epochOf(au)), { workload: workload(read) }),
  ]);
  const lines = render(base, next);
  assert.equal(lines[0], "small: NOT COMPARABLE");
  assert.ok(lines.includes("  and 18 more (--json has all)"));
  assert.match(lines.join(" "), /Warning: BASE and NEW read datasets of another kind: they differ in/);
});
