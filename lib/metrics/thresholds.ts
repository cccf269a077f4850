// Conditions under which a comparison fails a gate: "au<-2%".
import { UsageError } from "../base/errors.ts";
import { findNearest } from "../config/suggest.ts";
import { COMPARED_METRICS } from "./compared_metrics.ts";
import type { Comparison, MetricComparison } from "./comparison_document.ts";

/** A difference, NEW - BASE, that is not accepted. */
export interface Threshold {
  /** As it was given. */
  readonly expression: string;
  readonly metric: string;
  /** Whether differences above `limit` fail; else those below. */
  readonly failsAbove: boolean;
  readonly limit: number;
  /** Whether `limit` is in percent of BASE; else it has the metric's unit. */
  readonly isRelative: boolean;
}

/** What became of a threshold, keys as they are printed. */
export interface ThresholdCheck {
  readonly expression: string;
  readonly metric: string;
  readonly difference: number;
  readonly difference_percentage: number | null;
  /** Whether the difference is beyond the limit. */
  readonly crossed: boolean;
  /** Crossed, and not by noise. */
  readonly failed: boolean;
  /** Whether the noise would hide a difference just beyond the limit: to have passed says little then. */
  readonly hidden: boolean;
}

const NAMES = COMPARED_METRICS.map(({ name }) => name);

/** Returns the threshold of an expression such as "au<-2%" or "read_p99>150". @throws {UsageError} */
export function parseThreshold(expression: string): Threshold {
  const refuse = (problem: string) => new UsageError(`Cannot use --fail-if "${expression}": ${problem}`);
  const match = /^\s*([\w.]+)\s*([<>])\s*([+-]?\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(expression);
  if (match === null) throw refuse('METRIC<NUMBER or METRIC>NUMBER is expected, as in "au<-2%"');
  const [, metric, comparator, number, percent] = match;
  if (!NAMES.includes(metric)) {
    const nearest = findNearest(metric, NAMES);
    const hint = nearest === undefined ? `the metrics are ${NAMES.join(", ")}` : `did you mean "${nearest}"?`;
    throw refuse(`there is no metric "${metric}", ${hint}`);
  }
  const limit = Number(number), failsAbove = comparator === ">";
  if (failsAbove ? limit < 0 : limit > 0) {
    throw refuse(
      `equal results would fail. The number is the difference of NEW to BASE: ${metric}${comparator}${-limit}${percent}`,
    );
  }
  return { expression, metric, failsAbove, limit, isRelative: percent === "%" };
}

/** Returns why thresholds cannot be judged; undefined where they can. */
export function judgingObstacle(
  thresholds: readonly Threshold[],
  comparison: Comparison,
): string | undefined {
  if (comparison.verdict === "not_comparable") return comparison.warnings[0].message;
  const missing = thresholds.find((threshold) => differenceFor(threshold, comparison) === null);
  return missing && `${missing.metric} is not known of both sides`;
}

/**
 * Returns which thresholds a comparison fails. A difference within the noise fails none; where the noise is unknown the
 * difference itself decides, so that a gate never passes for want of epochs.
 */
export function checkThresholds(thresholds: readonly Threshold[], comparison: Comparison): ThresholdCheck[] {
  return thresholds.map((threshold) => {
    const { expression, metric, failsAbove, limit } = threshold;
    const { difference, difference_percentage, verdict } = metricOf(threshold, comparison);
    const value = differenceFor(threshold, comparison)!;
    const crossed = failsAbove ? value > limit : value < limit;
    const failed = crossed && verdict !== "within_noise";
    const hidden = isHidden(threshold, comparison);
    return { expression, metric, difference: difference!, difference_percentage, crossed, failed, hidden };
  });
}

function isHidden(threshold: Threshold, comparison: Comparison): boolean {
  const { base, noise_percentage: noise } = metricOf(threshold, comparison);
  if (noise === null || base === null) return false;
  const limit = Math.abs(threshold.limit);
  // A limit of 0 asks for what is beyond the noise and for no more.
  return limit > 0 && limit < (threshold.isRelative ? noise : noise / 100 * base);
}

function metricOf({ metric }: Threshold, { metrics }: Comparison): MetricComparison {
  return metrics.find(({ name }) => name === metric)!;
}

/** Returns the difference in the unit of the limit. A figure that was 0 before has no percentage: any other is beyond all. */
function differenceFor(threshold: Threshold, comparison: Comparison): number | null {
  const { difference, difference_percentage: percentage } = metricOf(threshold, comparison);
  if (!threshold.isRelative || difference === null) return difference;
  return percentage ?? (difference === 0 ? 0 : difference * Infinity);
}
