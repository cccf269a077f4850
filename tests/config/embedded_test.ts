import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { listEmbeddedWorkloads } from "../../lib/config/embedded.ts";
import { loadWorkload, parseWorkload, renderWorkload } from "../../lib/config/load.ts";
import type { ColumnSpec } from "../../lib/config/schema.ts";

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

for (const name of listEmbeddedWorkloads()) {
  test(`the workload ${name} loads without notes and survives renderWorkload()`, () => {
    const { workload, notes } = load(name);
    assert.deepEqual(notes, []);
    assert.deepEqual(parseWorkload({ label: name, text: renderWorkload(workload) }).workload, workload);
  });

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

test("the workload dlrm_b200 has MLPerf's figures", () => {
  const { dataset, reader, train, metric, workflow } = load("dlrm_b200").workload;
  assert.deepEqual(
    [dataset.num_files_train, dataset.num_samples_per_file, dataset.record_length_bytes, dataset.compression],
    [1024, 4718592, 761, "none"],
  );
  assert.equal(dataset.parquet.row_group_size, 6144);
  assert.deepEqual([reader.batch_size, reader.read_threads, reader.prefetch_size], [12288, 4, 2]);
  assert.deepEqual([reader.file_shuffle, reader.page_cache], ["seed", "keep"]);
  assert.deepEqual([train.epochs, train.computation_time, metric.au], [1, 0.000375, 0.7]);
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
