// Small files, many more of them than the footers that are held at once, and many readers: here readers wait for each
// other most, and an order of waiting that can close a circle does so. A file of one row group brings its own footer.
import assert from "node:assert/strict";
import { join } from "node:path";
import { runMlps } from "../helpers/binary.ts";
import { onlySummary, setting, testInFolder } from "../helpers/runs.ts";

const FILES = 500, SAMPLES_PER_FILE = 8, BATCH = 200;

for (const rowGroups of [1, 2]) {
  testInFolder(
    `mlps run reads many small files of ${rowGroups} row groups with many readers to the end`,
    (folder) => readToTheEnd(folder, rowGroups),
  );
}

async function readToTheEnd(folder: string, rowGroups: number): Promise<void> {
  const settings = setting(
    `dataset.num_files_train=${FILES}`,
    `dataset.num_samples_per_file=${SAMPLES_PER_FILE}`,
    `dataset.parquet.row_group_size=${SAMPLES_PER_FILE / rowGroups}`,
    `reader.batch_size=${BATCH}`,
    "reader.prefetch_size=16",
    "reader.file_shuffle=seed",
    "train.computation_time=0",
  );
  for (const readThreads of [4, 8]) {
    const results = join(folder, `results-${readThreads}`);
    const args = [
      "run",
      "small.yaml",
      "-q",
      "--results-dir",
      results,
      ...setting(`reader.read_threads=${readThreads}`),
    ];
    const { exitCode, stderr } = await runMlps([...args, ...settings], { cwd: folder });
    assert.equal(exitCode, 0, stderr);
    const { status, mlps } = onlySummary(results);
    assert.equal(status, "complete");
    for (const epoch of mlps.epochs) {
      assert.equal(epoch.samples, FILES * SAMPLES_PER_FILE);
      assert.equal(epoch.readers.footers, FILES);
      if (rowGroups === 1) assert.equal(epoch.reads, FILES, "one read a file");
    }
  }
}
