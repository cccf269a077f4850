import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isOwnOpenMetrics, newestOfEach, renderOpenMetrics } from "../../lib/report/openmetrics.ts";
import { FAMILIES } from "../../lib/report/openmetrics_families.ts";
import { epochWith, evaluationWith, histogramOf, summaryInputWith } from "../helpers/epoch_records.ts";
import { pythonWith } from "../helpers/python.ts";
import { summaryWith } from "../helpers/results.ts";

const FULL = summaryWith({
  evaluation: evaluationWith(),
  epochs: [
    epochWith({ histograms: { ...epochWith().histograms, read: histogramOf(5e3, 7e3, 2 ** 20, 3e9) } }),
  ],
  pageCache: "keep",
  dataset: { ...summaryInputWith().dataset, totalBytes: 1 },
});
const LINE = /^(?<name>\w+)\{(?<labels>[^}]*)\} (?<value>\S+)$/;

function samplesOf(text: string, name: string) {
  return text.split("\n").map((line) => LINE.exec(line)?.groups).filter((groups) => groups?.name === name)
    .map((groups) => ({ labels: groups!.labels, value: Number(groups!.value) }));
}

test("renderOpenMetrics() keeps to the rules that promtool checks", () => {
  const text = renderOpenMetrics([FULL]);
  assert.ok(text.endsWith("\n# EOF\n"));
  let family = "", unit: string | undefined;
  const seen = new Set<string>();
  for (const line of text.split("\n").slice(0, -2)) {
    const described = /^# (TYPE|UNIT|HELP) (\w+) (.+)$/.exec(line);
    if (described?.[1] === "TYPE") {
      assert.ok(!seen.has(described[2]), `${described[2]} comes once`);
      [family, unit] = [described[2], undefined];
      seen.add(family);
      assert.match(described[3], /^(gauge|histogram)$/); // what Prometheus' older format knows as well
      assert.doesNotMatch(family, /_(total|count|sum|bucket)$/, "no suffix of another type");
      assert.match(family, /^mlps_[a-z0-9_]+$/);
    } else if (described !== null) {
      assert.equal(described[2], family);
      if (described[1] === "UNIT") unit = described[3];
    } else {
      const { name, value } = LINE.exec(line)!.groups!;
      assert.ok(name === family || /^_(bucket|count|sum)$/.test(name.slice(family.length)), line);
      assert.ok(Number.isFinite(Number(value)), line);
      if (unit !== undefined) assert.ok(family.endsWith(`_${unit}`), `${family} ends with ${unit}`);
      assert.doesNotMatch(family, /_(ms|us|ns|milliseconds|percent|percentage|kib|mib|mb)$/, "base units");
    }
  }
});

test("renderOpenMetrics() writes every family that it has", () => {
  const text = renderOpenMetrics([FULL]);
  for (const { name } of FAMILIES) assert.ok(text.includes(`# TYPE ${name} `), name);
});

test("renderOpenMetrics() tells the figures of the run", () => {
  const text = renderOpenMetrics([FULL]);
  const [training, evaluation] = samplesOf(text, "mlps_accelerator_utilization_ratio");
  assert.equal(training.labels, 'workload="small",host="host-1",phase="training"');
  assert.equal(training.value, 0.8);
  assert.match(evaluation.labels, /phase="evaluation"/);
  const buckets = samplesOf(text, "mlps_read_latency_seconds_bucket");
  const upTo = (seconds: number) => buckets.find(({ labels }) => labels.endsWith(`le="${seconds}"`))!.value;
  assert.equal(upTo(4096e-9), 0);
  assert.equal(upTo(8192e-9), 2);
  assert.equal(upTo(2 ** 20 / 1e9), 2);
  assert.equal(upTo(2 ** 21 / 1e9), 3);
  assert.match(buckets[buckets.length - 1].labels, /le="\+Inf"$/);
  assert.equal(buckets[buckets.length - 1].value, 4);
  assert.deepEqual(samplesOf(text, "mlps_read_latency_seconds_count").map(({ value }) => value), [4]);
  const shares = samplesOf(text, "mlps_time_ratio").reduce((sum, { value }) => sum + value, 0);
  assert.ok(Math.abs(shares - 1) < 1e-9);
});

test("renderOpenMetrics() has no figure of what a run does not tell", () => {
  const without = renderOpenMetrics([
    summaryWith({
      demandSamplesPerSecond: undefined,
      epochs: [
        epochWith({ deviceBytes: undefined, histograms: { ...epochWith().histograms, read: histogramOf() } }),
      ],
    }),
  ]);
  for (
    const name of [
      "mlps_demand_samples_per_second",
      "mlps_device_bytes_per_second",
      "mlps_read_latency_seconds",
    ]
  ) {
    assert.ok(!without.includes(`# TYPE ${name} `), name);
  }
  const empty = renderOpenMetrics([summaryWith({ epochs: [], status: "failed" })]);
  assert.ok(!empty.includes("mlps_accelerator_utilization_ratio"));
  assert.deepEqual(samplesOf(empty, "mlps_run_complete").map(({ value }) => value), [0]);
  const synthetic = summaryWith({ dataset: { ...summaryInputWith().dataset, origin: "synthetic" } });
  assert.ok(
    !renderOpenMetrics([synthetic]).includes("mlps_requirement_met"),
    "no verdict on what was not read",
  );
});

test("renderOpenMetrics() tells of each workload and host the newest result", () => {
  const older = summaryWith({ startedAt: "2026-07-03T00:00:00.000Z", numAccelerators: 7 });
  const other = summaryWith({ workload: { ...summaryInputWith().workload, name: "other" } });
  assert.deepEqual(newestOfEach([older, FULL, other]).others, [older]);
  const values = samplesOf(renderOpenMetrics([older, FULL, other]), "mlps_accelerators").map(({ value }) =>
    value
  );
  assert.deepEqual(values, [1, 1]);
});

test("isOwnOpenMetrics() knows what renderOpenMetrics() wrote", () => {
  assert.ok(isOwnOpenMetrics(renderOpenMetrics([FULL])));
  for (const text of ["", "notes", "# TYPE other_metric gauge\n"]) assert.ok(!isOwnOpenMetrics(text), text);
});

const PARSE = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_new
from prometheus_client.parser import text_string_to_metric_families as parse_old
text = sys.stdin.read()
new = [[s.name, s.labels, s.value] for family in parse_new(text) for s in family.samples]
old = [[s.name, s.labels, s.value] for family in parse_old(text) for s in family.samples]
json.dump({"new": new, "old": old}, sys.stdout)
`;

test("renderOpenMetrics() is read by Prometheus' own parsers of both formats", (t) => {
  const python = pythonWith("prometheus_client");
  if (python === undefined) return t.skip("skipped: no Python with prometheus_client");
  const name = 'back\\slash, "quote" and\nline';
  const text = renderOpenMetrics([
    FULL,
    summaryWith({ workload: { ...summaryInputWith().workload, name } }),
  ]);
  const { stdout, stderr, status } = spawnSync(python, ["-c", PARSE], { input: text, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const parsed = JSON.parse(stdout) as Record<"new" | "old", [string, Record<string, string>, number][]>;
  const numLines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
  for (const samples of [parsed.new, parsed.old]) {
    assert.equal(samples.length, numLines);
    const workloads = new Set(samples.map(([, labels]) => labels.workload));
    assert.deepEqual(workloads, new Set(["small", name]), "names come back as they were");
  }
});

test("docs/report.md tells of all metrics, and of no others", () => {
  const text = fs.readFileSync(join(import.meta.dirname!, "../../docs/report.md"), "utf8");
  const table = text.split("\n").filter((line) => line.startsWith("| `mlps_")).join("\n");
  const told = [...table.matchAll(/`(mlps_\w+)`/g)].map(([, name]) => name);
  assert.deepEqual(told.sort(), FAMILIES.map(({ name }) => name).sort());
});

test("the dashboard asks for metrics and labels that are written", () => {
  const dashboard = JSON.parse(
    fs.readFileSync(join(import.meta.dirname!, "../../docs/grafana-dashboard.json"), "utf8"),
  );
  const written = new Map<string, Set<string>>();
  for (const line of renderOpenMetrics([FULL]).split("\n")) {
    const groups = LINE.exec(line)?.groups;
    if (groups === undefined) continue;
    const labels = written.get(groups.name) ?? new Set();
    for (const [, label] of groups.labels.matchAll(/(\w+)="/g)) labels.add(label);
    written.set(groups.name, labels);
  }
  const targets: { expr: string; legendFormat: string }[] = dashboard.panels.flatMap(
    (panel: { targets: { expr: string; legendFormat: string }[] }) => panel.targets,
  );
  assert.ok(targets.length >= 12);
  for (const { expr, legendFormat } of targets) {
    const names = [...expr.matchAll(/\bmlps_\w+/g)].map(([name]) => name);
    assert.ok(names.length > 0, expr);
    for (const name of names) {
      assert.ok(written.has(name), `${name} is not written`);
      const asked = [...expr.matchAll(/(\w+)=~?"/g), ...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map((
        [, label],
      ) => label);
      for (const label of asked) assert.ok(written.get(name)!.has(label), `${name} has no label ${label}`);
    }
  }
  for (const { query } of dashboard.templating.list.slice(1)) {
    const [, name, label] = /^label_values\((\w+), (\w+)\)$/.exec(query.query)!;
    assert.ok(written.get(name)?.has(label), query.query);
  }
});
