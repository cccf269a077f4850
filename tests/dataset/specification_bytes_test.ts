import assert from "node:assert/strict";
import { test } from "node:test";
import type { DatasetSpecification } from "../../lib/dataset/specification.ts";
import { specificationBytes } from "../../lib/dataset/specification_bytes.ts";
import { COLUMN_DTYPES } from "../../lib/config/dtypes.ts";
import { generateFiles, smallSpecification, withFolder } from "../helpers/datasets.ts";

function assertEstimate(spec: DatasetSpecification, maxRatio: number): void {
  withFolder((folder) => {
    const [bytes] = generateFiles(folder, spec, [0]);
    const { fileBytes, totalBytes } = specificationBytes(spec);
    const { columns, compression, encoding, row_group_size, page_size } = spec;
    const kind = JSON.stringify({ compression, encoding, row_group_size, page_size, column: columns[0] });
    assert.ok(fileBytes >= bytes && fileBytes <= bytes * maxRatio, `${fileBytes} for ${bytes}: ${kind}`);
    assert.equal(totalBytes, fileBytes * spec.num_files_train);
  });
}

test("specificationBytes() is never below the size of the files, and within 1 % where row groups are large", () => {
  const wide = Array.from({ length: 50 }, (_, i) => ({ name: `column_${i}`, dtype: "float32", size: 1 }));
  const cases: [DatasetSpecification, number][] = [
    [smallSpecification(), 1],
    [smallSpecification({ num_samples_per_file: 1, num_files_train: 65536 }), 1.02],
    [smallSpecification({ num_samples_per_file: 20_000, row_group_size: 10_000 }), 1.01],
    [smallSpecification({ num_samples_per_file: 24_576, row_group_size: 6144, columns: wide }), 1.01],
    [smallSpecification({ num_samples_per_file: 2000, row_group_size: 10, columns: wide }), 1.6],
    [smallSpecification({ num_samples_per_file: 20_000, row_group_size: 10_000, page_size: 4000 }), 1.03],
  ];
  for (const [spec, maxRatio] of cases) assertEstimate(spec, maxRatio);
});

test("specificationBytes() is not below and near the size of the files for every dtype, codec and encoding", () => {
  const columns = COLUMN_DTYPES.flatMap((dtype) => [
    { name: "one", dtype, size: 1 },
    { name: "list", dtype, size: 5 },
    {
      name: "few",
      dtype,
      size: 1,
      cardinality: dtype === "bool" ? 2 : 40,
      distribution: "zipf" as const,
      exponent: 1,
    },
  ]);
  const rows = { num_samples_per_file: 9000, row_group_size: 4000 };
  for (const compression of ["none", "snappy", "gzip", "zstd", "lz4"] as const) {
    for (const encoding of ["plain", "dictionary"] as const) {
      // The last row group, of 1000 rows, is taken to have nothing but different values.
      const maxRatio = compression === "none" && encoding === "plain"
        ? 1.05
        : encoding === "plain"
        ? 1.12
        : 1.6;
      assertEstimate(smallSpecification({ ...rows, columns, compression, encoding }), maxRatio);
    }
  }
});

test("specificationBytes() is near the truth where a chunk is larger than the sample", () => {
  const rows = { num_samples_per_file: 600_000, row_group_size: 600_000 };
  for (const cardinality of [undefined, 1000, 1_000_000]) {
    const columns = [{ name: "a", dtype: "int32", size: 1, ...(cardinality && { cardinality }) }];
    for (const encoding of ["plain", "dictionary"] as const) {
      for (const compression of ["none", "snappy"] as const) {
        assertEstimate(
          smallSpecification({ ...rows, columns, compression, encoding, page_size: 2 ** 20 }),
          1.05,
        );
      }
    }
  }
});
