// Compares two sides, figure by figure, with the noise taken into account.
import { COMPARED_METRICS, type ComparedMetric, completeEpochs } from "./compared_metrics.ts";
import { doubtsOf, type FoundResult, type Side, sideDifferencesOf } from "./comparability.ts";
import {
  type ComparedSide,
  type Comparison,
  COMPARISON_SCHEMA_VERSION,
  type MetricComparison,
  type MetricVerdict,
} from "./comparison_document.ts";
import { medianOf } from "./outliers.ts";
import { halfWidthOf, MIN_VALUES, type Sample, trimmedMeanOf } from "./significance.ts";

/**
 * Of one interval. AU, samples and useful bytes rise and fall together, as do the percentiles: about five figures are
 * independent, and all their intervals hold with 95 % then.
 */
const CONFIDENCE = 0.99;
/** Differences below are called noise however even the values are: by them runs differ that nobody changed anything for. */
const MIN_PERCENT = { runs: 1, epochs: 2 };
/** Of the epochs of a side, at each end; runs are too few and too dear to leave one out. */
const TRIMMED_SHARE = 0.2;
/** Of the dataset: how much more or less than of other epochs lay in memory when the first one began. */
const COLD_SHARE = 0.1;

/** Returns what the results of two sides tell together; each side has a complete epoch. */
export function compareSides(base: Side, next: Side): Comparison {
  const doubts = doubtsOf(base, next);
  const source = noiseSourceOf(base, next);
  const skipsFirst = source !== "runs" && [...base, ...next].some(beganOtherwise);
  const metrics = compareMetrics({ base, next, source, skipsFirst });
  const isForbidden = doubts.some(({ forbids }) => forbids);
  const noise = metrics.every(({ verdict }) => verdict === "unknown") ? "unknown" : source;
  return {
    schema_version: COMPARISON_SCHEMA_VERSION,
    workload: base[0].summary.mlps.workload.name,
    verdict: isForbidden ? "not_comparable" : overallVerdict(metrics),
    base: describeSide(base, skipsFirst),
    new: describeSide(next, skipsFirst),
    noise_from: noise,
    confidence_percentage: CONFIDENCE * 100,
    first_epochs_left_out: skipsFirst,
    differences: sideDifferencesOf(base, next),
    metrics,
    warnings: doubts.map(({ code, message }) => ({ code, message })),
  };
}

/** Runs tell more than epochs do: they differ by all that changes from one to the next. */
function noiseSourceOf(base: Side, next: Side): "runs" | "epochs" {
  return Math.min(base.length, next.length) >= MIN_VALUES ? "runs" : "epochs";
}

/** Returns whether the first epoch found another share of the dataset in memory than the others. */
function beganOtherwise({ summary }: FoundResult): boolean {
  const shares = completeEpochs(summary).map((
    { cache: { cached_bytes_before: cached, dataset_bytes: all } },
  ) => cached === null || all === 0 ? 0 : cached / all);
  return shares.length > 1 && Math.abs(shares[0] - medianOf(shares.slice(1))) > COLD_SHARE;
}

interface Comparing {
  readonly base: Side;
  readonly next: Side;
  readonly source: "runs" | "epochs";
  readonly skipsFirst: boolean;
}

/** Of a whole epoch, first step and all: the figure that noise moves least. */
const RATE = "useful_bytes_per_second";
/** DLIO's rate, from the end of the first step on: without what was prefetched until then, in a short epoch a large share. */
const COUNTED_RATE = "samples_per_second";

/**
 * Compares all figures. From the epochs of a run alone no figure but the rate itself is taken to be surer than both rates:
 * the median of the reads is much the same in each epoch of a run, and another in the next run.
 */
function compareMetrics(comparing: Comparing): MetricComparison[] {
  const { source } = comparing;
  const metrics = COMPARED_METRICS.map((metric) => compareMetric(metric, comparing, MIN_PERCENT[source]));
  if (source === "runs") return metrics;
  const rates = metrics.filter(({ name }) => name === RATE || name === COUNTED_RATE);
  const minPercent = Math.max(MIN_PERCENT.epochs, ...rates.map((rate) => rate.noise_percentage ?? 0));
  return COMPARED_METRICS.map((metric, index) =>
    metric.name === RATE ? metrics[index] : compareMetric(metric, comparing, minPercent)
  );
}

function compareMetric(
  metric: ComparedMetric,
  { base, next, source, skipsFirst }: Comparing,
  minPercent: number,
): MetricComparison {
  const [before, after] = [base, next].map((side) => sampleOf(metric, side, { source, skipsFirst }));
  const figures = {
    name: metric.name,
    unit: metric.unit,
    base_values: before.values,
    new_values: after.values,
  };
  const [baseMean, newMean] = [before, after].map((sample) => trimmedMeanOf(sample) ?? null);
  const nothing = {
    difference: null,
    difference_percentage: null,
    interval_low_percentage: null,
    interval_high_percentage: null,
    noise_percentage: null,
  };
  if (baseMean === null || newMean === null) {
    return { ...figures, base: baseMean, new: newMean, ...nothing, verdict: "unknown" };
  }
  const difference = newMean - baseMean;
  const percentOf = (value: number) => value / baseMean * 100;
  const known = {
    ...figures,
    base: baseMean,
    new: newMean,
    ...nothing,
    difference,
    difference_percentage: baseMean > 0 ? percentOf(difference) : null,
  };
  const halfWidth = halfWidthOf(before, after, CONFIDENCE);
  if (halfWidth === undefined) return { ...known, verdict: "unknown" };
  const noise = Math.max(halfWidth, minPercent / 100 * baseMean);
  return {
    ...known,
    ...(baseMean > 0 && {
      interval_low_percentage: percentOf(difference - halfWidth),
      interval_high_percentage: percentOf(difference + halfWidth),
      noise_percentage: percentOf(noise),
    }),
    verdict: verdictOn(difference, noise, metric.better),
  };
}

/** Returns the values of a side; none where one of them is not known. */
function sampleOf(
  { ofRun, ofEpoch }: ComparedMetric,
  side: Side,
  { source, skipsFirst }: Pick<Comparing, "source" | "skipsFirst">,
): Sample {
  const known = (values: readonly (number | null)[]) => values.includes(null) ? [] : values as number[];
  if (source === "runs") return { values: known(side.map(({ summary }) => ofRun(summary))), trimmedShare: 0 };
  const epochs = side.flatMap((result) => comparedEpochs(result, skipsFirst));
  return { values: known(epochs.map(ofEpoch)), trimmedShare: TRIMMED_SHARE, independent: side.length };
}

function comparedEpochs({ summary }: FoundResult, skipsFirst: boolean) {
  const epochs = completeEpochs(summary);
  return skipsFirst && epochs.length > 1 ? epochs.slice(1) : epochs;
}

function verdictOn(difference: number, noise: number, better: ComparedMetric["better"]): MetricVerdict {
  if (Math.abs(difference) <= noise) return "within_noise";
  const direction = difference > 0 ? "higher" : "lower";
  if (better === null) return direction;
  return direction === better ? "better" : "worse";
}

function overallVerdict(metrics: readonly MetricComparison[]): Comparison["verdict"] {
  const verdicts = new Set(metrics.map(({ verdict }) => verdict));
  if (verdicts.has("better") && verdicts.has("worse")) return "mixed";
  if (verdicts.has("better")) return "better";
  if (verdicts.has("worse")) return "worse";
  return verdicts.has("within_noise") ? "within_noise" : "unknown";
}

function describeSide(side: Side, skipsFirst: boolean): ComparedSide {
  return {
    results: side.map(({ path, summary: { start, status } }) => ({ path, start, status })),
    epochs: side.reduce((sum, result) => sum + comparedEpochs(result, skipsFirst).length, 0),
  };
}
