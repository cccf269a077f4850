// How long a run of a scan is, and how many accelerators its dataset suffices for.
import { meanSeconds } from "../config/durations.ts";
import type { Workload } from "../config/schema.ts";
import { demandOf } from "./demand.ts";

/** An epoch of fewer steps says little of AU. */
const MIN_STEPS = 10;
/** Beginning and ending an epoch takes longer: without a bound, tiny datasets would have millions of epochs. */
const MIN_EPOCH_SECONDS = 0.01;

export interface RunLength {
  readonly epochs: number;
  readonly maxEpochSeconds: number;
}

export interface LengthWanted {
  readonly seconds: number;
  readonly numAccelerators: number;
  /** The most that storage is expected to deliver to steps that take no time; absent where nothing is known. */
  readonly maxSamplesPerSecond?: number;
}

/**
 * Returns as many epochs as accelerators that never wait need to be busy for the time wanted, and ends each where it takes
 * longer: a slow storage is found out in the same time. The dataset has to suffice for one step.
 */
export function runLength(
  workload: Workload,
  { seconds, numAccelerators, maxSamplesPerSecond }: LengthWanted,
): RunLength {
  const { stepsPerEpoch, samplesPerEpoch } = demandOf(workload, numAccelerators);
  const stepSeconds = meanSeconds(workload.train.computation_time);
  const runSeconds = Math.max(seconds, minSteps(workload) * stepSeconds);
  const epochSeconds = stepSeconds > 0
    ? stepsPerEpoch * stepSeconds
    : maxSamplesPerSecond
    ? samplesPerEpoch / maxSamplesPerSecond
    : runSeconds;
  const epochs = Math.ceil(runSeconds / Math.max(epochSeconds, MIN_EPOCH_SECONDS) - 1e-9);
  // Twice the time that storage without delay needs: an epoch that is cut then has told enough.
  return { epochs, maxEpochSeconds: epochs === 1 ? runSeconds : 2 * runSeconds / epochs };
}

/** Returns for how many accelerators the dataset has enough steps an epoch. */
export function maxAcceleratorsOf(workload: Workload): number {
  const { dataset, reader } = workload;
  const samples = dataset.num_files_train * dataset.num_samples_per_file;
  return Math.floor(samples / (reader.batch_size * minSteps(workload)));
}

/** Returns how many files the dataset needs for so many accelerators. */
export function filesFor(workload: Workload, numAccelerators: number): number {
  const samples = numAccelerators * workload.reader.batch_size * minSteps(workload);
  return Math.ceil(samples / workload.dataset.num_samples_per_file);
}

/** Returns how many steps an epoch has at least, those that do not count included. */
function minSteps({ output }: Workload): number {
  return MIN_STEPS + output.metric.exclude_start_steps + output.metric.exclude_end_steps;
}

/** Returns a workload as a run of a scan has it: for so long, on the dataset that there is. */
export function withLength(workload: Workload, { epochs, maxEpochSeconds }: RunLength): Workload {
  return {
    ...workload,
    workflow: { ...workload.workflow, generate_data: false },
    train: { ...workload.train, epochs, max_epoch_seconds: maxEpochSeconds },
  };
}
