import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { parseWorkload } from "../../lib/config/load.ts";
import { evaluatedEpochs, evaluationOf, stepsPerEvaluation } from "../../lib/plan/evaluation.ts";

/** The loop of DLIO's `run`, written out. */
function evaluatedByDlio(numEpochs: number, evalAfterEpoch: number, epochsBetweenEvals: number): number[] {
  const epochs: number[] = [];
  let nextEvalEpoch = evalAfterEpoch;
  for (let epoch = 1; epoch < numEpochs + 1; epoch++) {
    if (epoch >= nextEvalEpoch) {
      nextEvalEpoch += epochsBetweenEvals;
      epochs.push(epoch);
    }
  }
  return epochs;
}

test("evaluatedEpochs() are those that DLIO evaluates after", () => {
  // Epochs, eval_after_epoch, epochs_between_evals: evaluated.
  const table: [number, number, number, number[]][] = [
    [1, 1, 1, [1]],
    [5, 1, 1, [1, 2, 3, 4, 5]],
    [5, 1, 2, [1, 3, 5]],
    [5, 2, 2, [2, 4]],
    [5, 4, 3, [4]],
    [5, 5, 1, [5]],
    [5, 6, 1, []],
    [5, 0, 2, [1, 2, 4]], // 0 is due at once, the next is counted from 0
  ];
  for (const [numEpochs, firstEpoch, epochsBetween, wanted] of table) {
    assert.deepEqual(evaluatedEpochs({ numEpochs, firstEpoch, epochsBetween }), wanted);
    assert.deepEqual(evaluatedByDlio(numEpochs, firstEpoch, epochsBetween), wanted);
  }
});

test("stepsPerEvaluation() is floor(samples / batch size / accelerators), and refuses what gives none", () => {
  const steps = (numFiles: number, batchSize: number, numAccelerators: number) =>
    stepsPerEvaluation({ numFiles, samplesPerFile: 100, batchSize, numAccelerators });
  assert.deepEqual([steps(2, 10, 1), steps(2, 10, 3), steps(1, 99, 1), steps(1, 50, 2)], [20, 6, 1, 1]);
  assert.throws(() => steps(1, 50, 3), (error: Error) => {
    assert.ok(error instanceof UsageError);
    assert.match(
      error.message,
      /3 accelerators and 100 samples: .*batch_size_eval 50 needs 150\. Raise dataset\.num_f/,
    );
    return true;
  });
});

test("evaluationOf() is what the workload says, and nothing where it does not evaluate", () => {
  const text = (evaluation: boolean) =>
    `workflow: { evaluation: ${evaluation} }
dataset: { format: parquet, num_samples_per_file: 100, num_files_train: 9, num_files_eval: 2 }
reader: { batch_size: 10, batch_size_eval: 20 }
train: { epochs: 4 }
evaluation: { eval_time: { type: uniform, min: 0.1, max: 0.3 }, eval_after_epoch: 2 }
`;
  const evaluation = (evaluates: boolean) =>
    evaluationOf(parseWorkload({ label: "w", text: text(evaluates) }).workload, 2);
  assert.deepEqual(evaluation(true), { epochs: [2, 3, 4], steps: 5, batchSize: 20, samplesPerSecond: 100 });
  assert.equal(evaluation(false), undefined);
});
