// What the summary tells of a run as a whole, beyond its epochs: what limited it, how steady it was, what was slowest.
import { NS_PER_SECOND } from "../base/units.ts";
import { type EpochRecord, samplesPerSecondOf } from "./epoch_record.ts";
import { meanOf } from "./epoch_result.ts";
import { HISTOGRAM_WORDS, merge, summarizeHistogram } from "./histogram.ts";
import { HISTOGRAMS } from "./read_counters.ts";
import type { Steadiness } from "./steadiness.ts";
import type { EvaluationInput, SummaryInput } from "./summary_input.ts";
import { describeEpoch } from "./summary_epoch.ts";
import type { VerdictInput } from "./verdict_facts.ts";

const MAX_SLOWEST_READS = 10;
/** From here on the client, not storage, may be what a result measures. */
const CLIENT_BOUND_PERCENT = 80;

/** Returns what a run is to be judged by: complete epochs, or else what there is. */
function judgedEpochs(epochs: readonly EpochRecord[]): readonly EpochRecord[] {
  const complete = epochs.filter((epoch) => epoch.complete);
  return complete.length > 0 ? complete : epochs;
}

/** Returns what the verdict is to be found from. */
export function verdictInputOf(input: SummaryInput): VerdictInput {
  return {
    ...input,
    epochs: judgedEpochs(input.epochs),
    isSynthetic: input.dataset.origin === "synthetic",
  };
}

/** Returns the steadiness of a run for the summary. */
export function describeRunSteadiness({ wholeSeconds, variationPercent, trend, outliers }: Steadiness) {
  return {
    whole_seconds: wholeSeconds,
    variation_percentage: variationPercent ?? null,
    trend_percentage: trend?.changePercent ?? null,
    trend_is_significant: trend?.isSignificant ?? null,
    outlier_epochs: outliers.map(({ epoch, figure, value, median, deviations }) => ({
      epoch,
      figure,
      value,
      median,
      deviations: deviations ?? null,
    })),
  };
}

/** Returns how near the run came to what this client can do at most; null where nobody measured that. */
export function describeCeiling({ ceiling, epochs }: SummaryInput) {
  if (ceiling === undefined) return null;
  const rate = meanOf(judgedEpochs(epochs).map(samplesPerSecondOf));
  const sharePercent = ceiling.samplesPerSecond > 0 ? rate / ceiling.samplesPerSecond * 100 : 0;
  return {
    samples_per_second: ceiling.samplesPerSecond,
    measured_at: ceiling.measuredAt,
    share_percentage: sharePercent,
    client_bound: sharePercent > CLIENT_BOUND_PERCENT,
  };
}

/** Returns the slowest reads of all epochs, the slowest first. */
export function describeSlowestReads(epochs: readonly EpochRecord[]) {
  return epochs
    .flatMap(({ epoch, slowestReads }) => slowestReads.map((read) => ({ epoch, read })))
    .sort((a, b) => b.read.elapsedNs - a.read.elapsedNs)
    .slice(0, MAX_SLOWEST_READS)
    .map(({ epoch, read }) => ({
      epoch,
      path: read.path,
      offset_bytes: read.offsetBytes,
      bytes: read.bytes,
      elapsed_ns: read.elapsedNs,
      at_seconds: read.atNs / NS_PER_SECOND,
    }));
}

/** Returns the histograms of all epochs, merged. */
export function describeHistograms(epochs: readonly EpochRecord[]) {
  return Object.fromEntries(HISTOGRAMS.map((name) => {
    const all = new Float64Array(HISTOGRAM_WORDS);
    for (const { histograms } of epochs) merge(all, histograms[name]);
    return [name, summarizeHistogram(all)];
  })) as Record<typeof HISTOGRAMS[number], ReturnType<typeof summarizeHistogram>>;
}

/** Returns the evaluations of a run. */
export function describeEvaluation(evaluation: EvaluationInput) {
  return {
    files: evaluation.numFiles,
    bytes: evaluation.totalBytes,
    batch_size: evaluation.batchSize,
    steps: evaluation.steps,
    evaluations: evaluation.numEvaluations,
    demand_samples_per_second: evaluation.demandSamplesPerSecond ?? null,
    epochs: evaluation.epochs.map(describeEpoch),
  };
}
