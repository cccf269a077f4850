import assert from "node:assert/strict";
import { test } from "node:test";
import { NS_PER_SECOND } from "../../lib/base/units.ts";
import { describeGeneration, describeTraining, describeValidation } from "../../lib/cli/progress_text.ts";
import { totalsWith } from "../helpers/epoch_records.ts";

const MIB = 2 ** 20;

test("describeGeneration() tells share, rate and time left; no time left before the rate is known", () => {
  const progress = { filesDone: 1, filesWanted: 4, bytesWanted: 40 * MIB, elapsedNs: 2 * NS_PER_SECOND };
  assert.equal(
    describeGeneration({ ...progress, bytesWritten: 10 * MIB }),
    "generating   25 %  1/4 files, 10.0 MiB, 5.00 MiB/s, 6.00 s left",
  );
  assert.equal(
    describeGeneration({ ...progress, filesDone: 0, bytesWritten: 0 }),
    "generating    0 %  0/4 files, 0 B, 0 B/s",
  );
});

test("describeValidation() counts files, and bytes where it reads all of them", () => {
  assert.equal(
    describeValidation({ phase: "dropping", droppedFiles: 3, numFiles: 4 }),
    "dropping the dataset from the page cache  3/4 files",
  );
  const progress = {
    phase: "checking" as const,
    checkedFiles: 1,
    numFiles: 4,
    readBytes: 10 * MIB,
    elapsedNs: 2 * NS_PER_SECOND,
  };
  assert.equal(describeValidation({ ...progress, wantedBytes: 0 }), "validating   25 %  1/4 files");
  assert.equal(
    describeValidation({ ...progress, wantedBytes: 40 * MIB }),
    "validating   25 %  1/4 files, 10.0 MiB, 5.00 MiB/s, 6.00 s left",
  );
});

test("describeTraining() tells what happens, and the time left of all epochs", () => {
  const glanceAt = (stepsDone: number) => ({
    elapsedNs: 2 * NS_PER_SECOND,
    stepsDone,
    totals: totalsWith({ usefulBytes: 8 * MIB }),
  });
  const steps = 100, samplesPerStep = 512;
  assert.equal(
    describeTraining({ phase: "training", epoch: 2, steps, samplesPerStep, glance: glanceAt(50) }, 3),
    "epoch 2/3   50 %  step 50/100, 12.8 k samples/s, 4.00 MiB/s, 6.00 s left", // 150 steps at 25 a second
  );
  assert.equal(
    describeTraining(
      { phase: "training", epoch: 1, steps, samplesPerStep, setUpNs: NS_PER_SECOND, glance: glanceAt(50) },
      3,
    ),
    "epoch 1/3   50 %  step 50/100, 12.8 k samples/s, 4.00 MiB/s, 12.0 s left", // and two gaps between epochs
  );
  assert.equal(
    describeTraining({ phase: "training", epoch: 2, steps, samplesPerStep, glance: glanceAt(0) }, 3),
    "epoch 2/3    0 %  step 0/100, 0 samples/s, 4.00 MiB/s",
  );
  assert.equal(
    describeTraining({ phase: "evaluation", epoch: 2, steps, samplesPerStep, glance: glanceAt(50) }, 3),
    "epoch 2/3, evaluation   50 %  step 50/100, 12.8 k samples/s, 4.00 MiB/s, 2.00 s left",
  );
  assert.equal(
    describeTraining({ phase: "preparing", epoch: 1, steps, samplesPerStep }, 3),
    "epoch 1/3  starting the readers",
  );
  assert.equal(
    describeTraining({ phase: "evicting", epoch: 1, steps, samplesPerStep }, 3),
    "epoch 1/3  dropping the dataset from the page cache",
  );
});
