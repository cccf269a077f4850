import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnsToRead,
  describeDifferences,
  specificationHash,
  specificationOf,
} from "../../lib/dataset/specification.ts";
import { loadWorkload, parseWorkload } from "../../lib/config/load.ts";
import { smallSpecification, workloadFor } from "../helpers/datasets.ts";

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
    { compression: "zstd", compression_level: 3 },
    { encoding: "dictionary" },
    { page_size: 64 },
    { num_files_eval: 1, num_subfolders_eval: 0 },
    { num_files_eval: 1, num_subfolders_eval: 2 },
    { columns: [{ ...spec.columns[0], cardinality: 9 }, ...spec.columns.slice(1)] },
  ];
  const hashes = changes.map((change) => specificationHash(smallSpecification(change)));
  assert.equal(new Set([...hashes, specificationHash(spec)]).size, changes.length + 1);
});

test("specificationHash() is what it was before pages, lists, dictionaries and distributions: datasets stay valid", () => {
  const hashes = {
    dlrm: "ca6a48d3ff0f1fdc9017cbde942678ce8cb5955192c6b690f761da306225005b",
    dlrm_b200: "efdb415e61e72837ac6c963327a2ba2c3fd48c5b321bed9114b6c3628e1f2889",
  };
  for (const [name, hash] of Object.entries(hashes)) {
    assert.equal(specificationHash(specificationOf(loadWorkload(name).workload)), hash, name);
  }
});

test("specificationOf() holds evaluation files where there are any, whether they are read or not", () => {
  const specOf = (dataset: string, workflow = "{}") => {
    const text = `dataset: { format: parquet, num_samples_per_file: 9, ${dataset} }\nworkflow: ${workflow}`;
    return specificationOf(parseWorkload({ label: "w", text }).workload);
  };
  const none = specificationHash(specOf("num_files_train: 8"));
  assert.equal(specificationHash(specOf("num_files_eval: 0, num_subfolders_eval: 4")), none);
  const some = specOf("num_files_eval: 2, num_subfolders_eval: 4");
  assert.deepEqual([some.num_files_eval, some.num_subfolders_eval], [2, 4]);
  assert.deepEqual(specOf("num_files_eval: 2, num_subfolders_eval: 4", "{ evaluation: true }"), some);
  assert.deepEqual(describeDifferences(specOf("num_files_eval: 0"), some), [
    "num_files_eval: the dataset has none, the workload asks for 2",
    "num_subfolders_eval: the dataset has none, the workload asks for 4",
  ]);
});

test("specificationOf() holds a key that decides no byte in this dataset neither by its default nor by another value", () => {
  const text = (dataset: string) => `dataset: { format: parquet, num_samples_per_file: 1000, ${dataset} }`;
  const specOf = (dataset: string) => {
    const { workload } = parseWorkload({ label: "w", text: text(dataset) });
    const { compression_level, page_size, columns: [{ name: _, ...column }] } = specificationOf(workload);
    return { compression_level, page_size, column };
  };
  const columns = (column: string) => `parquet: { columns: [{ name: a, ${column} }], row_group_size: 500 }`;
  const float32 = { dtype: "float32", size: 1 },
    nothing = { compression_level: undefined, page_size: undefined };
  assert.deepEqual(specOf(columns("dtype: float32")), { ...nothing, column: float32 });
  assert.deepEqual(specOf(`compression_level: 4, ${columns("dtype: float32")}`), {
    ...nothing,
    column: float32,
  });
  for (const [codec, byDefault] of [["gzip", 9], ["zstd", 1]]) {
    const levelOf = (level: number) =>
      specOf(`compression: ${codec}, compression_level: ${level}, ${columns("dtype: float32")}`)
        .compression_level;
    assert.deepEqual([levelOf(byDefault as number), levelOf(4)], [undefined, 4]);
  }
  const paged = (bytes: number) =>
    specOf(columns("dtype: float32").replace("row", `page_size: ${bytes}, row`)).page_size;
  assert.deepEqual([paged(2000), paged(1999)], [undefined, 1999]);
  assert.equal(specOf(columns("dtype: list, size: 500000")).page_size, 16 * 2 ** 20); // FLUX: cut by the default, too
  assert.deepEqual(specOf(columns("dtype: int32, distribution: zipf, cardinality: 50")).column, {
    ...{ dtype: "int32", size: 1 },
    ...{ distribution: "zipf", exponent: 1, cardinality: 50 },
  });
  assert.deepEqual(specOf(columns("dtype: int32, distribution: uniform, cardinality: 50")).column, {
    ...{ dtype: "int32", size: 1, cardinality: 50 },
  });
});

test("specificationOf() without columns is DLIO's: a list of uint8, the whole square next below the record's bytes", () => {
  for (const [recordBytes, size] of [[65536, 65536], [1000, 961], [0.5, 1]]) {
    const text = `dataset: { format: parquet, record_length_bytes: ${recordBytes} }`;
    const { columns } = specificationOf(parseWorkload({ label: "w", text }).workload);
    assert.deepEqual(columns, [{ name: "data", dtype: "uint8", size }]);
  }
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
  const other = smallSpecification({ compression: "gzip", compression_level: 4 });
  assert.deepEqual(describeDifferences(other, { ...other, compression_level: undefined, page_size: 9 }), [
    "compression_level: the dataset has 4, the workload asks for the default",
    "page_size: the dataset has the default, the workload asks for 9",
  ]);
  const drawn = { name: "a", dtype: "int32", size: 2, cardinality: 5 };
  const zipf = { ...drawn, distribution: "zipf" as const, exponent: 1.5 };
  assert.deepEqual(
    describeDifferences(smallSpecification({ columns: [drawn] }), smallSpecification({ columns: [zipf] })),
    [
      "columns[0]: the dataset has a (int32 x 2, 5 different), the workload asks for a (int32 x 2, 5 different, zipf 1.5)",
    ],
  );
  const many = (dtype: string) =>
    smallSpecification({ columns: Array.from({ length: 9 }, (_, i) => ({ name: `c${i}`, dtype, size: 1 })) });
  assert.equal(describeDifferences(many("int8"), many("int16")).at(-1), "and 6 more columns");
});
