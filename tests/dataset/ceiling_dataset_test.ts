import assert from "node:assert/strict";
import { test } from "node:test";
import { MIB } from "../../lib/base/units.ts";
import {
  ceilingReaders,
  ceilingShape,
  ceilingWorkload,
  rateFacts,
  repeatDataset,
} from "../../lib/dataset/ceiling_dataset.ts";
import { filePath, numFiles } from "../../lib/dataset/file_names.ts";
import { openDataset } from "../../lib/dataset/open_dataset.ts";
import type { DatasetSpecification } from "../../lib/dataset/specification.ts";
import { generateDataset, smallSpecification, withFolder, workloadFor } from "../helpers/datasets.ts";

const WIDE = { columns: [{ name: "a", dtype: "float64" as const, size: 1024 }] }; // 8 KiB a row

test("ceilingShape() takes files of the workload's own row groups, as many as fit", () => {
  const cases: readonly (readonly [
    changes: Partial<DatasetSpecification>,
    limitMib: number,
    files: number,
    samples: number,
    rowGroups: number,
  ])[] = [
    [{}, 2048, 3, 250, 3], // a dataset that is smaller than what is wanted
    [{ num_files_train: 10_000 }, 2048, 256, 250, 3],
    [
      { ...WIDE, num_files_train: 99, num_samples_per_file: 1_000_000, row_group_size: 1000 },
      2048,
      1,
      64_000,
      64,
    ],
    [
      { ...WIDE, num_files_train: 99, num_samples_per_file: 1_000_000, row_group_size: 1000 },
      100,
      1,
      12_000,
      12,
    ],
    [{ ...WIDE, num_samples_per_file: 10_000, row_group_size: 20_000 }, 8, 1, 10_000, 1], // a row group at least
  ];
  for (const [changes, limitMib, files, samples, rowGroups] of cases) {
    const shape = ceilingShape(smallSpecification(changes), limitMib * MIB);
    assert.deepEqual(
      [shape.numFiles, shape.samplesPerFile, shape.rowGroupsPerFile],
      [files, samples, rowGroups],
      JSON.stringify(changes),
    );
    assert.ok(shape.bytes <= limitMib * MIB || shape.rowGroupsPerFile === 1);
  }
});

test("ceilingWorkload() lets nothing wait and reads through the page cache, with the workload's own columns", () => {
  const workload = workloadFor(smallSpecification({ num_files_eval: 1, num_subfolders_eval: 0 }), ["a"], [
    "storage.storage_type=direct_fs",
    "reader.preprocess_time=0.001",
    "reader.page_cache=evict",
    "reader.batch_size=10",
    "reader.read_threads=3",
    "workflow.evaluation=true",
  ]);
  const readers = ceilingReaders(workload, 2);
  assert.deepEqual(readers, { readThreads: 3, windowBatches: 4 * 3 * 10 });
  assert.equal(ceilingReaders(workload, 8).readThreads, 8);
  const made = ceilingWorkload(workload, {
    format: "parquet",
    dataFolder: "there",
    shape: { numFiles: 2, samplesPerFile: 200 },
    readers,
  });
  const { dataset, reader, train, workflow } = made;
  assert.deepEqual([dataset.data_folder, dataset.num_files_train, dataset.num_samples_per_file], [
    "there",
    2,
    200,
  ]);
  assert.deepEqual([dataset.odirect, reader.odirect, reader.page_cache], [false, false, "keep"]);
  assert.deepEqual([reader.preprocess_time, train.computation_time, workflow.evaluation], [0, 0, false]);
  assert.deepEqual([reader.read_threads, reader.prefetch_size], [3, 120]);
  assert.deepEqual(dataset.parquet, workload.dataset.parquet);
});

test("repeatDataset() reads the same files again and again", async () => {
  await withFolder(async (folder) => {
    const spec = smallSpecification();
    generateDataset(folder, spec);
    const options = { generateCommand: "", signal: new AbortController().signal };
    const dataset = await openDataset(workloadFor(spec), folder, options), repeated = repeatDataset(dataset);
    assert.ok(repeated.numFiles >= 1_000_000);
    assert.equal(numFiles(repeated.names), repeated.numFiles);
    assert.equal(repeated.totalBytes / repeated.numFiles, dataset.totalBytes / 3);
    for (const index of [0, 1, 2, 3, 500_000, repeated.numFiles - 1]) {
      assert.equal(filePath(repeated.names, index), filePath(dataset.names, index % 3));
    }
  });
});

test("rateFacts() differ with what decides the rate, and with nothing else", () => {
  const spec = smallSpecification();
  const facts = (overrides: readonly string[], columns?: readonly string[]) =>
    JSON.stringify(rateFacts(workloadFor(spec, columns, overrides)));
  const wanted = facts([]);
  const SAME = [
    "dataset.num_files_train=7",
    "dataset.data_folder=other",
    "dataset.seed=3",
    "reader.read_threads=9",
    "reader.page_cache=evict",
    "reader.odirect=true",
    "train.computation_time=1",
  ];
  const OTHER = [
    "dataset.compression=zstd",
    "dataset.parquet.encoding=dictionary",
    "dataset.parquet.row_group_size=50",
    "dataset.num_samples_per_file=30",
    "dataset.format=synthetic",
    "reader.batch_size=2",
    "reader.decode=none",
    "reader.coalesce_gap_bytes=0",
  ];
  for (const override of SAME) assert.equal(facts([override]), wanted, override);
  for (const override of OTHER) assert.notEqual(facts([override]), wanted, override);
  assert.notEqual(facts([], ["a"]), wanted);
});
