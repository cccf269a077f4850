import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnsToRead,
  describeDifferences,
  specificationBytes,
  specificationHash,
  specificationOf,
} from "../../lib/dataset/specification.ts";
import { generateFiles, smallSpecification, withFolder, workloadFor } from "../helpers/datasets.ts";

test("specificationOf() is the same for workloads that read different columns", () => {
  const spec = smallSpecification();
  assert.deepEqual(specificationOf(workloadFor(spec)), spec);
  assert.deepEqual(specificationOf(workloadFor(spec, ["c"])), spec);
});

test("columnsToRead() is the columns with read: true, undefined where the workload names none", () => {
  assert.deepEqual(columnsToRead(workloadFor(smallSpecification(), ["c", "a"])), ["a", "c"]);
  assert.equal(columnsToRead(workloadFor(smallSpecification({ columns: [] }))), undefined);
});

test("specificationHash() depends on every key and not on their order", () => {
  const spec = smallSpecification();
  const reordered = Object.fromEntries(Object.entries(spec).reverse()) as typeof spec;
  assert.equal(specificationHash(reordered), specificationHash(spec));
  assert.match(specificationHash(spec), /^[0-9a-f]{64}$/);
  const changes: Parameters<typeof smallSpecification>[0][] = [
    { num_files_train: 4 },
    { num_samples_per_file: 251 },
    { num_subfolders_train: 2 },
    { file_prefix: "img" },
    { row_group_size: 101 },
    { compression: "snappy" },
    { seed: 11 },
    { columns: spec.columns.slice(1) },
    { columns: spec.columns.toReversed() },
  ];
  const hashes = changes.map((change) => specificationHash(smallSpecification(change)));
  assert.equal(new Set([...hashes, specificationHash(spec)]).size, changes.length + 1);
});

test("describeDifferences() says what the dataset has and what the workload asks for", () => {
  const found = smallSpecification();
  const columns = found.columns.map((column) => ({ ...column, dtype: "int64" }));
  assert.deepEqual(describeDifferences(found, found), []);
  assert.deepEqual(describeDifferences(found, smallSpecification({ num_files_train: 16, seed: 1 })), [
    "num_files_train: the dataset has 3, the workload asks for 16",
    "seed: the dataset has 10, the workload asks for 1",
  ]);
  assert.deepEqual(describeDifferences(found, smallSpecification({ columns: columns.slice(0, 2) })), [
    "columns: the dataset has 3, the workload asks for 2",
    "columns[0]: the dataset has a (float32), the workload asks for a (int64)",
    "columns[1]: the dataset has b (int8), the workload asks for b (int64)",
  ]);
  const many = (dtype: string) =>
    smallSpecification({ columns: Array.from({ length: 9 }, (_, i) => ({ name: `c${i}`, dtype, size: 1 })) });
  assert.equal(describeDifferences(many("int8"), many("int16")).at(-1), "and 6 more columns");
});

test("specificationBytes() is never below the size of the files, and within 1 % where row groups are large", () => {
  const wide = Array.from({ length: 50 }, (_, i) => ({ name: `column_${i}`, dtype: "float32", size: 1 }));
  const cases: [ReturnType<typeof smallSpecification>, number][] = [
    [smallSpecification(), 1.5],
    [smallSpecification({ num_samples_per_file: 20_000, row_group_size: 10_000 }), 1.01],
    [smallSpecification({ columns: wide, compression: "snappy" }), 1.5], // floats grow a little
    [smallSpecification({ num_samples_per_file: 24_576, row_group_size: 6144, columns: wide }), 1.01],
    [smallSpecification({ num_samples_per_file: 2000, row_group_size: 10, columns: wide }), 1.5],
  ];
  for (const [spec, maxRatio] of cases) {
    withFolder((folder) => {
      const [bytes] = generateFiles(folder, spec, [0]);
      const { fileBytes, totalBytes } = specificationBytes(spec);
      assert.ok(fileBytes >= bytes && fileBytes <= bytes * maxRatio, `${fileBytes} for ${bytes}`);
      assert.equal(totalBytes, fileBytes * 3);
    });
  }
});
