import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { openDataset } from "../../lib/dataset/open_dataset.ts";
import { isSynthetic, refuseSynthetic } from "../../lib/dataset/synthetic.ts";
import { smallSpecification, workloadFor } from "../helpers/datasets.ts";

const NOWHERE = "/no/such/folder";

test("openDataset() opens a synthetic dataset without any folder, laid out as the workload says", async () => {
  const workload = workloadFor(
    smallSpecification({ format: "synthetic", num_files_eval: 2, num_subfolders_eval: 0 }),
  );
  const options = { generateCommand: "", signal: new AbortController().signal };
  const dataset = await openDataset(workload, NOWHERE, options);
  assert.equal(dataset.origin, "synthetic");
  assert.deepEqual([dataset.numFiles, dataset.samplesPerFile, dataset.totalBytes], [3, 250, 0]);
  assert.deepEqual(dataset.layouts, [{ rows: [100, 100, 50] }]);
  assert.equal((await openDataset(workload, NOWHERE, { ...options, part: "valid" })).numFiles, 2);
  assert.equal(fs.existsSync(NOWHERE), false);
});

test("refuseSynthetic() refuses what needs files, and nothing else", () => {
  const synthetic = workloadFor(smallSpecification({ format: "synthetic" }));
  const parquet = workloadFor(smallSpecification());
  assert.deepEqual([isSynthetic(synthetic), isSynthetic(parquet)], [true, false]);
  refuseSynthetic(parquet, "look at it");
  assert.throws(() => refuseSynthetic(synthetic, "look at it"), (error: Error) => {
    assert.ok(error instanceof UsageError);
    assert.match(
      error.message,
      /^Cannot look at it: dataset\.format is synthetic, which has no files\. Use --set /,
    );
    return true;
  });
});
