// With storage that never makes the accelerator wait, AU is known beforehand: 100 %. What is missing from it is the
// error of the harness itself.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps, WITH_REHEARSAL } from "../helpers/binary.ts";
import { onlySummary, setting, testInFolder } from "../helpers/runs.ts";

const MAX_ERROR_PERCENT = 0.2;
/** On a machine that is busy with something else a reader may lose its core for longer than the window lasts. */
const MAX_RUNS = 3;

const CASES = [
  { stepSeconds: 0.01, steps: 60, settings: ["reader.batch_size=200"] },
  // Batches of 4 samples: 2000 steps of 0.375 ms out of 24 row groups.
  { stepSeconds: 0.000375, steps: 2000, settings: ["reader.batch_size=4", "reader.prefetch_size=64"] },
];

for (const { stepSeconds, steps, settings } of CASES) {
  testInFolder(
    `mlps run finds an AU of 100 % with instant storage and steps of ${stepSeconds * 1000} ms`,
    async (folder) => {
      const found: number[] = [];
      while (found.length < MAX_RUNS && !found.some((au) => au >= 100 - MAX_ERROR_PERCENT)) {
        const resultsDir = join(folder, `results_${found.length}`);
        const result = await runMlps([
          "run",
          "small.yaml",
          "--results-dir",
          resultsDir,
          ...setting(
            `train.computation_time=${stepSeconds}`,
            `train.total_training_steps=${steps}`,
            "train.epochs=1",
            ...settings,
          ),
        ], { cwd: folder, env: WITH_REHEARSAL });
        assertExit(result, 0);
        const { metric, mlps: { epochs: [epoch] } } = onlySummary(resultsDir);
        assert.equal(epoch.steps, steps);
        assert.ok(epoch.duration_seconds >= steps * stepSeconds);
        assert.ok(metric.train_au_mean_percentage <= 100);
        found.push(metric.train_au_mean_percentage);
      }
      const best = Math.max(...found);
      assert.ok(best >= 100 - MAX_ERROR_PERCENT, `${found.join(", ")} %`);
    },
    { parent: inMemory() },
  );
}

/** Returns a folder in memory, where the system has one; else the page cache has to do. */
function inMemory(): string | undefined {
  return fs.existsSync("/dev/shm") ? "/dev/shm" : undefined;
}
