// How many steps an epoch has, by DLIO's rule.
import { UsageError } from "../base/errors.ts";

export interface TrainingShape {
  readonly numFiles: number;
  readonly samplesPerFile: number;
  readonly batchSize: number;
  readonly numAccelerators: number;
  /** A cap on the steps of an epoch; -1 is no cap. */
  readonly totalTrainingSteps: number;
}

/**
 * Returns the steps of one epoch, the same for each accelerator; samples that do not fill a step are dropped.
 *
 * floor(samples / batch size / accelerators), capped by total_training_steps (DLIO, main.py `_train`).
 *
 * @throws {UsageError} If not one step fits, or the cap is above what the data gives.
 */
export function stepsPerEpoch(shape: TrainingShape): number {
  const { numFiles, samplesPerFile, batchSize, numAccelerators, totalTrainingSteps } = shape;
  const samples = numFiles * samplesPerFile;
  const available = Math.floor(samples / (batchSize * numAccelerators));
  if (available < 1) {
    throw new UsageError(
      `Cannot train ${numAccelerators} accelerators with ${samples} samples: one step of batch_size ${batchSize} ` +
        `needs ${batchSize * numAccelerators}. Raise dataset.num_files_train or lower --num-accelerators`,
    );
  }
  if (totalTrainingSteps > available) {
    throw new UsageError(
      `Cannot train for train.total_training_steps = ${totalTrainingSteps}: the dataset gives ${available} steps an ` +
        `epoch. Lower it, or raise dataset.num_files_train`,
    );
  }
  return totalTrainingSteps > 0 ? totalTrainingSteps : available;
}

/**
 * Returns how many batches the readers may run ahead of the accelerator.
 *
 * ceil(prefetch_size / read_threads) * read_threads: PyTorch's DataLoader keeps a whole number of batches per worker,
 * and DLIO sets prefetch_factor = ceil(prefetch_size / read_threads), 2 where prefetch_size is 0.
 */
export function prefetchWindowBatches(prefetchSize: number, readThreads: number): number {
  const factor = prefetchSize > 0 ? Math.ceil(prefetchSize / readThreads) : 2;
  return factor * readThreads;
}
