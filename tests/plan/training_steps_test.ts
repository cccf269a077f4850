import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { prefetchWindowBatches, stepsPerEpoch, type TrainingShape } from "../../lib/plan/training_steps.ts";

function shape(
  [numFiles, samplesPerFile, batchSize, numAccelerators, totalTrainingSteps]: readonly number[],
): TrainingShape {
  return { numFiles, samplesPerFile, batchSize, numAccelerators, totalTrainingSteps };
}

test("stepsPerEpoch() is floor(samples / batch size / accelerators), capped", () => {
  // Files, samples a file, batch size, accelerators, cap: steps.
  const table: [number[], number][] = [
    [[1024, 4_718_592, 12_288, 1, -1], 393_216], // dlrm_b200
    [[1024, 4_718_592, 12_288, 8, -1], 49_152],
    [[7200, 1, 7, 1, -1], 1028], // unet3d_b200: 4 samples are dropped
    [[7200, 1, 7, 3, -1], 342],
    [[1, 10, 10, 1, -1], 1],
    [[1, 19, 10, 1, -1], 1],
    [[1, 20, 10, 1, -1], 2],
    [[3, 7, 2, 5, -1], 2], // batches span files
    [[1, 20, 10, 1, 1], 1],
    [[1, 20, 10, 1, 2], 2],
    [[1, 20, 10, 1, 0], 2],
  ];
  for (const [numbers, steps] of table) assert.equal(stepsPerEpoch(shape(numbers)), steps, numbers.join());
});

test("stepsPerEpoch() refuses what gives no step or fewer than asked for, and says what would help", () => {
  const table: [number[], RegExp][] = [
    [[1, 9, 10, 1, -1], /Cannot train 1 accelerators with 9 samples: one step of batch_size 10 needs 10\./],
    [[1, 19, 10, 2, -1], /with 19 samples: .* needs 20\. Raise dataset\.num_files_train or lower/],
    [[1, 20, 10, 1, 3], /train\.total_training_steps = 3: the dataset gives 2 steps an epoch/],
  ];
  for (const [numbers, message] of table) {
    assert.throws(() => stepsPerEpoch(shape(numbers)), (error: Error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});

test("prefetchWindowBatches() is a whole number of batches for each thread", () => {
  // prefetch_size, read_threads: batches.
  const table: [number, number, number][] = [
    [2, 4, 4],
    [16, 4, 16],
    [17, 4, 20],
    [1, 1, 1],
    [3, 1, 3],
    [0, 4, 8], // PyTorch's own default of 2 a worker
    [0, 1, 2],
    [2, 8, 8],
  ];
  for (const [prefetchSize, readThreads, batches] of table) {
    assert.equal(
      prefetchWindowBatches(prefetchSize, readThreads),
      batches,
      `${prefetchSize}, ${readThreads}`,
    );
  }
});
