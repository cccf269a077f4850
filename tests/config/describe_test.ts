import assert from "node:assert/strict";
import { test } from "node:test";
import { describeOptions, describeType, formatPath } from "../../lib/config/describe.ts";
import { parseWorkload } from "../../lib/config/load.ts";

const options = new Map(describeOptions().map((option) => [option.key, option]));

test("describeOptions() describes options of every section", () => {
  assert.deepEqual(options.get("reader.batch_size"), {
    key: "reader.batch_size",
    isSection: false,
    isOptional: true,
    type: "integer >= 1",
    unit: "samples",
    default: 1,
    description: "The samples that one accelerator consumes in a step.",
    source: "DLIO",
  });
  const rows = [
    ["reader.decode", "values | pages | none", "values", "mlps"],
    ["reader.file_shuffle", "off | seed | random", "off", "DLIO"],
    ["train.computation_time", "number >= 0 or a mapping", 0, "DLIO"],
    ["checkpoint.ksm.await_time", "number", 200, "DLIO"],
    ["extends", "text", undefined, "mlps"],
    ["train.total_training_steps", "-1 or integer >= 1", -1, "DLIO"],
    ["metric.au", "number > 0 and <= 1", 0.9, "DLIO"],
    ["dataset.format", "parquet | synthetic", undefined, "DLIO"],
    ["dataset.parquet.columns", "a list", [], "DLIO"],
    ["dataset.parquet.columns[].size", "integer >= 1", 1, "DLIO"],
    ["output.metric.exclude_start_steps", "integer >= 0", 1, "DLIO"],
  ] as const;
  for (const [key, type, byDefault, source] of rows) {
    const option = options.get(key);
    assert.deepEqual([option?.type, option?.default, option?.source], [type, byDefault, source], key);
  }
});

test("describeOptions() gives each option once, with a sentence and, for a number, a unit", () => {
  assert.equal(options.size, describeOptions().length);
  const unitless = [
    "dataset.seed",
    "train.seed",
    "dataset.compression_level",
    "dataset.parquet.columns[].exponent",
    "model.parallelism.zero_stage",
    "checkpoint.ksm.madv_mergeable_id",
  ];
  for (const { key, type, unit, description } of options.values()) {
    assert.match(description, /^[A-Z].*\.$/, key);
    if (/integer|number/.test(type) && !unitless.includes(key)) assert.ok(unit, `${key} has no unit`);
  }
});

test("describeOptions() gives the defaults that a workload gets", () => {
  const { workload } = parseWorkload({
    label: "w",
    text: "dataset: { format: parquet, num_samples_per_file: 9 }",
  });
  const given = ["dataset.format", "dataset.num_samples_per_file"];
  for (const { key, default: byDefault, effect } of options.values()) {
    if (given.includes(key) || key.includes("[]") || effect !== undefined) continue;
    const value = key.split(".").reduce<unknown>(
      (node, part) => (node as Record<string, unknown>)?.[part],
      workload,
    );
    assert.deepEqual(value, byDefault, key);
  }
});

test("describeType() knows paths into lists, and no unknown path", () => {
  assert.equal(describeType(["dataset", "parquet", "columns", 7, "size"]), "integer >= 1");
  assert.equal(describeType(["dataset", "parquet", "columns", 7]), "a mapping");
  for (const path of [["nothing"], ["toString"], ["reader", "batch_size", "x"], ["reader", 3]]) {
    assert.equal(describeType(path), undefined);
  }
});

test("formatPath() writes indexes in brackets", () => {
  assert.equal(formatPath(["dataset", "parquet", "columns", 3, "name"]), "dataset.parquet.columns[3].name");
  assert.equal(formatPath([]), "");
});
