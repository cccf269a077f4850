// The virtual time of an epoch written straight from DLIO's definitions (dlio.md §4), with every step in arrays: the
// oracle of Timeline, and as slow as it is simple.
import { HISTOGRAM_WORDS, record } from "../../lib/metrics/histogram.ts";
import type { AcceleratorTotals, TimelineSettings } from "../../lib/metrics/timeline.ts";

/** What a timeline hears of an extent. */
export interface TestExtent {
  readonly sampleStart: number;
  readonly sampleEnd: number;
  readonly readyNs: number;
  readonly readNs: number;
  readonly decodeNs: number;
  readonly preprocessNs: number;
  readonly windowWaitNs: number;
}

interface NaiveStep {
  readonly startNs: number;
  readonly waitNs: number;
  readonly windowNs: number;
  readonly storageNs: number;
  readonly preprocessNs: number;
  /** When the step is over, barrier included; unknown while another accelerator has not come to it. */
  endNs?: number;
}

export interface NaiveEpoch {
  readonly steps: readonly (readonly NaiveStep[])[];
  readonly totals: readonly AcceleratorTotals[];
}

/** Returns steps and sums of an epoch of which each accelerator's first extents, `extents[accelerator]`, are complete. */
export function computeEpoch(
  settings: TimelineSettings,
  extents: readonly (readonly TestExtent[])[],
  beginNs: number,
): NaiveEpoch {
  const steps: NaiveStep[][] = extents.map(() => []);
  for (let step = 0; step < settings.steps; step++) {
    extents.forEach((ofAccelerator, accelerator) => {
      const previousEndNs = step === 0 ? beginNs : steps[accelerator][step - 1]?.endNs;
      if (previousEndNs === undefined) return;
      const started = startStep(settings.batchSize, step, ofAccelerator, previousEndNs);
      if (started !== undefined) steps[accelerator].push(started);
    });
    const latest = steps.map((ofAccelerator) => ofAccelerator[step]);
    const ends = latest.map((one) => one === undefined ? undefined : one.startNs + settings.computeNs);
    const barrierNs = ends.includes(undefined) ? undefined : Math.max(...ends as number[]);
    latest.forEach((one, accelerator) => {
      if (one !== undefined) one.endNs = settings.barrierEachStep ? barrierNs : ends[accelerator];
    });
  }
  return { steps, totals: steps.map((ofAccelerator) => sumUp(settings, ofAccelerator, beginNs)) };
}

function startStep(
  batchSize: number,
  step: number,
  extents: readonly TestExtent[],
  previousEndNs: number,
): NaiveStep | undefined {
  const first = step * batchSize, end = first + batchSize;
  if ((extents.at(-1)?.sampleEnd ?? 0) < end) return undefined;
  const needed = extents.filter(({ sampleStart, sampleEnd }) =>
    sampleStart < end && (sampleEnd > first || sampleStart === sampleEnd && sampleStart >= first)
  );
  const startNs = Math.max(previousEndNs, ...needed.map(({ readyNs }) => readyNs));
  const waitNs = startNs - previousEndNs;
  const lastReadyNs = Math.max(...needed.map(({ readyNs }) => readyNs));
  const last = needed.find(({ readyNs }) => readyNs === lastReadyNs)!;
  const windowNs = Math.min(waitNs, last.windowWaitNs);
  const workWaitNs = waitNs - windowNs;
  const readNs = sum(needed.map((extent) => extent.readNs));
  const preprocessNs = sum(needed.map((extent) => extent.preprocessNs));
  const workNs = readNs + preprocessNs + sum(needed.map(({ decodeNs }) => decodeNs));
  return {
    startNs,
    waitNs,
    windowNs,
    storageNs: workNs > 0 ? workWaitNs * (readNs / workNs) : workWaitNs,
    preprocessNs: workNs > 0 ? workWaitNs * (preprocessNs / workNs) : 0,
  };
}

function sumUp(
  { steps, computeNs, excludeStartSteps, excludeEndSteps }: TimelineSettings,
  all: readonly NaiveStep[],
  beginNs: number,
): AcceleratorTotals {
  const done = all.filter(({ endNs }) => endNs !== undefined);
  const isCounted = (step: number) => step >= excludeStartSteps && step <= steps - 1 - excludeEndSteps;
  const counted = done.filter((_, step) => isCounted(step));
  const excluded = done.filter((_, step) => !isCounted(step));
  const storageWaitNs = sum(counted.map(({ storageNs }) => storageNs));
  const preprocessWaitNs = sum(counted.map(({ preprocessNs }) => preprocessNs));
  const windowWaitNs = sum(counted.map(({ windowNs }) => windowNs));
  const stalls = new Float64Array(HISTOGRAM_WORDS);
  for (const { waitNs } of counted) if (waitNs > 0) record(stalls, waitNs);
  const elapsedNs = (done.at(-1)?.endNs ?? beginNs) - beginNs;
  const procNs = excluded.map(({ waitNs }) => waitNs + computeNs);
  return {
    steps: done.length,
    countedSteps: counted.length,
    computeNs: counted.length * computeNs,
    storageWaitNs,
    decodeWaitNs: sum(counted.map(({ waitNs }) => waitNs)) - storageWaitNs - preprocessWaitNs - windowWaitNs,
    preprocessWaitNs,
    windowWaitNs,
    stalls,
    barrierWaitNs: sum(done.map(({ startNs, endNs }) => endNs! - startNs - computeNs)),
    measuredNs: elapsedNs - sum(procNs),
    elapsedNs,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
