import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Summary } from "../../lib/metrics/summary.ts";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { snapshotFolder } from "../helpers/datasets.ts";
import { pythonWith } from "../helpers/python.ts";
import { onlySummary, READ_SAMPLE_BYTES, setting, testInFolder } from "../helpers/runs.ts";

const PROGRAM = join(import.meta.dirname!, "foreign_dataset.py");
const ROWS = 4096, SAMPLES = 3 * ROWS;

/** Reads the dataset in `dataFolder` and returns the summary and the text, in one line; nothing there may change. */
async function readForeign(folder: string, dataFolder: string): Promise<{ summary: Summary; text: string }> {
  const before = snapshotFolder(join(folder, dataFolder));
  const resultsDir = join(folder, `results_of_${dataFolder}`);
  const settings = setting(
    "workflow.generate_data=false",
    "train.epochs=1",
    "train.computation_time=0.005",
    "reader.read_threads=1",
  );
  const args = ["run", "small.yaml", "--data-dir", dataFolder, "--results-dir", resultsDir, ...settings];
  const result = await runMlps(args, { cwd: folder });
  assertExit(result, 0);
  assert.match(result.stderr, /^(epoch .*\n)*$/);
  assert.deepEqual(snapshotFolder(join(folder, dataFolder)), before);
  const summary = onlySummary(resultsDir);
  const { mlps: { dataset, epochs: [epoch] } } = summary;
  assert.equal(dataset.origin, "foreign");
  assert.equal(dataset.files, 3);
  assert.equal(epoch.steps, SAMPLES / 256);
  assert.equal(epoch.samples, SAMPLES);
  assert.equal(epoch.readers.footers, 3);
  return { summary, text: result.stdout.replaceAll(/\s+/g, " ") };
}

function hasSlowDecodeWarning({ mlps }: Summary): boolean {
  return mlps.warnings.some(({ code }) => code === "slow_decode");
}

testInFolder("mlps run reads folders that pyarrow wrote, in any shape", async (folder, t) => {
  const python = pythonWith("pyarrow");
  if (python === undefined) return t.skip("skipped: pyarrow is not installed");
  execFileSync(python, [PROGRAM, folder]);

  // Nullable, dictionary-encoded, snappy; 1, 5 and 14 row groups.
  const { summary: defaults, text } = await readForeign(folder, "defaults");
  const [epoch] = defaults.mlps.epochs;
  assert.equal(epoch.extents, 1 + 5 + 14);
  assert.equal(epoch.decode.fast_chunks + epoch.decode.fallback_chunks, 3 * (1 + 5 + 14));
  assert.equal(hasSlowDecodeWarning(defaults), epoch.decode.fallback_chunks > 0);
  assert.equal(/Warning: \d+ % of the column chunks /.test(text), epoch.decode.fallback_chunks > 0);

  const { summary: plain } = await readForeign(folder, "plain");
  const [plainEpoch] = plain.mlps.epochs;
  assert.deepEqual(plainEpoch.decode, {
    ...plainEpoch.decode,
    fast_chunks: 3 * 3 * 8,
    fallback_chunks: 0,
  });
  assert.equal(plainEpoch.extents, 3 * 8);
  assert.equal(plainEpoch.bytes.values, SAMPLES * READ_SAMPLE_BYTES);
  assert.equal(hasSlowDecodeWarning(plain), false);
});

testInFolder("mlps run reads a folder that hyparquet-writer wrote", async (folder) => {
  fs.mkdirSync(join(folder, "other/train/2026"), { recursive: true });
  for (let file = 0; file < 3; file++) {
    const values = Array.from({ length: ROWS }, (_, row) => row * 3 + file);
    const buffer = parquetWriteBuffer({
      columnData: [
        { name: "a", data: Float32Array.from(values) },
        { name: "c", data: values.map((value) => value % 5 === 0 ? null : value), type: "DOUBLE" },
        { name: "d", data: Int32Array.from(values), encoding: "DELTA_BINARY_PACKED" },
      ],
      rowGroupSize: 1000,
    });
    fs.writeFileSync(join(folder, `other/train/2026/table ${file}.parquet`), new Uint8Array(buffer));
  }
  const { summary, text } = await readForeign(folder, "other");
  const [{ decode, extents }] = summary.mlps.epochs;
  assert.equal(extents, 3 * 5);
  assert.equal(decode.fast_chunks + decode.fallback_chunks, 3 * 3 * 5);
  assert.deepEqual(decode.fallbacks, { nested: 0, delta: 3 * 5 });
  assert.ok(hasSlowDecodeWarning(summary));
  assert.match(
    text,
    /Warning: 33 % of the column chunks \(values stored as deltas\) were decoded by the general reader, which is slow: /,
  );
});
