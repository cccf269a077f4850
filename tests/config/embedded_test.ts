import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listEmbeddedWorkloads } from "../../lib/config/embedded.ts";
import { loadWorkload, parseWorkload, renderWorkload } from "../../lib/config/load.ts";
import type { ColumnSpec } from "../../lib/config/schema.ts";
import { sampleSizes } from "../../lib/plan/demand.ts";

const FOLDER = join(import.meta.dirname!, "../../workloads");

function load(name: string) {
  return loadWorkload(join(FOLDER, `${name}.yaml`));
}

function countDtypes(columns: readonly ColumnSpec[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { dtype } of columns) counts[dtype] = (counts[dtype] ?? 0) + 1;
  return counts;
}

test("listEmbeddedWorkloads() lists every file of workloads/", () => {
  assert.deepEqual(
    listEmbeddedWorkloads(),
    readdirSync(FOLDER).map((file) => file.replace(".yaml", "")).toSorted(),
  );
});

/** MLPerf's figures (dlio.md §7): files, samples a file, bytes a sample, batch, seconds a step, readers, prefetch, AU. */
const FIGURES: readonly (readonly [name: string, ...figures: number[]])[] = [
  ["dlrm_b200", 1024, 4718592, 761, 12288, 0.000375, 4, 2, 0.7],
  ["dlrm_mi355", 1024, 4718592, 761, 18432, 0.0005625, 4, 2, 0.7],
  ["flux_b200", 4296, 288, 2164832, 48, 1.35, 8, 2, 0.9],
  ["flux_mi355", 4296, 288, 2164832, 72, 2.025, 8, 2, 0.9],
  ["parquet_selective_read", 16, 1000, 3844, 32, 0.001, 4, 2, 0.9],
  ["dlrm_parquet_h100", 65536, 1, 512, 8192, 0.005, 8, 2, 0.7],
  ["dlrm_criteo", 256, 2097152, 160, 16384, 0.0005, 4, 2, 0.7],
];

for (const [name, ...figures] of FIGURES) {
  test(`the workload ${name} has MLPerf's figures, and columns that make up its samples`, () => {
    const { workload } = load(name);
    const { dataset, reader, train, metric } = workload;
    assert.deepEqual([
      dataset.num_files_train,
      dataset.num_samples_per_file,
      dataset.record_length_bytes,
      reader.batch_size,
      train.computation_time,
      reader.read_threads,
      reader.prefetch_size,
      metric.au,
    ], figures);
    assert.equal(sampleSizes(dataset).sampleBytes, dataset.record_length_bytes);
  });
}

test("the workload dlrm_criteo has the columns of the Criteo data", () => {
  const { columns } = load("dlrm_criteo").workload.dataset.parquet;
  assert.deepEqual(columns.map(({ dtype }) => dtype), [
    "int32",
    ...Array(13).fill("float32"),
    ...Array(26).fill("int32"),
  ]);
  const categories = columns.slice(14);
  assert.ok(
    categories.every(({ distribution, cardinality }) => distribution === "zipf" && cardinality! >= 3),
  );
  assert.ok(columns.every(({ size, read }) => size === 1 && read));
});

for (const name of listEmbeddedWorkloads()) {
  test(`the workload ${name} points editors to its schema`, () => {
    const [firstLine] = readFileSync(join(FOLDER, `${name}.yaml`), "utf8").split("\n");
    const [, path] = /^# yaml-language-server: \$schema=(\S+)$/.exec(firstLine) ?? [];
    assert.ok(path !== undefined && existsSync(join(FOLDER, path)), firstLine);
  });

  test(`the workload ${name} loads without notes and survives renderWorkload()`, () => {
    const { workload, notes } = load(name);
    assert.deepEqual(notes, []);
    assert.deepEqual(parseWorkload({ label: name, text: renderWorkload(workload) }).workload, workload);
  });
}

for (const name of ["dlrm", "dlrm_b200", "dlrm_mi355"]) {
  test(`the workload ${name} has the columns of MLPerf's DLRM`, () => {
    const { columns } = load(name).workload.dataset.parquet;
    assert.deepEqual(countDtypes(columns), { float32: 56, float16: 50, float64: 49, int8: 45 });
    const wanted = columns.filter((column) => column.read);
    assert.deepEqual(countDtypes(wanted), { float32: 27, float64: 5, float16: 4, int8: 4 });
    assert.deepEqual(
      columns.map((column) => column.name),
      [...columns.keys()].map((i) => `feature_${pad(i)}`),
    );
    assert.ok(columns.every((column) => column.size === 1));
  });
}

test("the workload dlrm_b200 reads its dataset once, as MLPerf has it", () => {
  const { dataset, reader, train, workflow } = load("dlrm_b200").workload;
  assert.deepEqual([dataset.compression, dataset.parquet.row_group_size], ["none", 6144]);
  assert.deepEqual([reader.file_shuffle, reader.page_cache, train.epochs], ["seed", "keep", 1]);
  assert.equal(workflow.generate_data, false);
});

test("the workload dlrm keeps the shape and pace of dlrm_b200 on a dataset below 2 GB", () => {
  const small = load("dlrm").workload, full = load("dlrm_b200").workload;
  assert.deepEqual(small.dataset.parquet, full.dataset.parquet);
  assert.deepEqual({ ...small.reader, page_cache: "keep" }, full.reader);
  assert.deepEqual({ ...small.train, epochs: 1 }, full.train);
  assert.equal(small.metric.au, full.metric.au);
  assert.equal(small.workflow.generate_data, true);
  assert.equal(small.reader.page_cache, "evict");
  const diskBytes: Record<string, number> = { float64: 8, float32: 4, float16: 2, int8: 4 };
  const sampleBytes = small.dataset.parquet.columns.reduce((sum, { dtype }) => sum + diskBytes[dtype], 0);
  assert.equal(sampleBytes, 896);
  assert.ok(small.dataset.num_files_train * small.dataset.num_samples_per_file * sampleBytes < 2e9);
  assert.equal(small.dataset.num_samples_per_file % small.dataset.parquet.row_group_size, 0);
});

function pad(index: number): string {
  return String(index).padStart(3, "0");
}
