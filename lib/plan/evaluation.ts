// When evaluations run and how many steps they have, by DLIO's rules (main.py `run` and `_eval`).
import { UsageError } from "../base/errors.ts";
import { meanSeconds } from "../config/durations.ts";
import type { Workload } from "../config/schema.ts";

/** What the evaluations of a run are. */
export interface EvaluationPlan {
  /** The epochs that one follows, 1 for the first epoch. */
  readonly epochs: readonly number[];
  readonly steps: number;
  readonly batchSize: number;
  /** Of one accelerator that never waits; undefined when the step takes no time. */
  readonly samplesPerSecond?: number;
}

/** Returns the evaluations of a workload; undefined where it has none. @throws {UsageError} If no step fits. */
export function evaluationOf(workload: Workload, numAccelerators: number): EvaluationPlan | undefined {
  const { workflow, evaluation, dataset, reader, train } = workload;
  if (!workflow.evaluation) return undefined;
  const { eval_after_epoch: firstEpoch, epochs_between_evals: epochsBetween } = evaluation;
  const batchSize = reader.batch_size_eval, stepSeconds = meanSeconds(evaluation.eval_time);
  return {
    epochs: evaluatedEpochs({ numEpochs: train.epochs, firstEpoch, epochsBetween }),
    steps: stepsPerEvaluation({
      numFiles: dataset.num_files_eval,
      samplesPerFile: dataset.num_samples_per_file,
      batchSize,
      numAccelerators,
    }),
    batchSize,
    samplesPerSecond: stepSeconds > 0 ? batchSize / stepSeconds : undefined,
  };
}

export interface EvaluationRhythm {
  readonly numEpochs: number;
  readonly firstEpoch: number;
  readonly epochsBetween: number;
}

/** Returns the epochs that an evaluation follows: `firstEpoch` or the first one, and from there every so many. */
export function evaluatedEpochs({ numEpochs, firstEpoch, epochsBetween }: EvaluationRhythm): number[] {
  const epochs: number[] = [];
  let next = firstEpoch;
  for (let epoch = 1; epoch <= numEpochs; epoch++) {
    if (epoch < next) continue;
    epochs.push(epoch);
    next += epochsBetween;
  }
  return epochs;
}

export interface EvaluationShape {
  readonly numFiles: number;
  readonly samplesPerFile: number;
  readonly batchSize: number;
  readonly numAccelerators: number;
}

/**
 * Returns the steps of one evaluation, the same for each accelerator: floor(samples / batch size / accelerators).
 *
 * @throws {UsageError} If not one step fits.
 */
export function stepsPerEvaluation(shape: EvaluationShape): number {
  const { numFiles, samplesPerFile, batchSize, numAccelerators } = shape;
  const samples = numFiles * samplesPerFile, samplesPerStep = batchSize * numAccelerators;
  const steps = Math.floor(samples / samplesPerStep);
  if (steps < 1) {
    throw new UsageError(
      `Cannot evaluate with ${numAccelerators} accelerators and ${samples} samples: one step of batch_size_eval ` +
        `${batchSize} needs ${samplesPerStep}. Raise dataset.num_files_eval or lower --num-accelerators`,
    );
  }
  return steps;
}
