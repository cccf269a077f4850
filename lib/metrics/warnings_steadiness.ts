// Doubts whether one figure can stand for the whole run, and whether its clocks can be believed.
import { formatCount, formatNs } from "../base/units.ts";
import { type EpochOutlier, epochSteadinessOf } from "./steadiness.ts";
import { percent } from "./warnings_text.ts";
import type { Warning, WarningInput } from "./warnings_input.ts";

const MAX_FALL_PERCENT = 10, MAX_NAMED_OUTLIERS = 3;
const MAX_CLOCK_STEP_NS = 50e6, MAX_SUSPENDED_NS = 10e6;

/** Yields the warnings about steadiness. */
export function* steadinessWarnings({ steadiness, epochs }: WarningInput): Generator<Warning> {
  const trend = steadiness?.trend;
  if (trend?.isSignificant && trend.changePercent < -MAX_FALL_PERCENT) {
    yield {
      code: "throughput_falls",
      message: `Throughput fell by ${percent(-trend.changePercent / 100)} from the first to the last of ` +
        `${
          steadiness!.wholeSeconds
        } seconds: a longer run will be slower (an NVMe device that gets hot, a cache ` +
        `that fills up)`,
    };
  }
  yield* outlierWarnings(steadiness?.outliers ?? [], epochs.length);
  for (const record of epochs) {
    const { clockStepNs, suspendedNs } = epochSteadinessOf(record);
    if (Math.abs(clockStepNs) > MAX_CLOCK_STEP_NS) {
      const direction = clockStepNs > 0 ? "forward" : "back";
      yield {
        code: "clock_step",
        message: `The wall clock was set ${direction} by ${formatNs(Math.abs(clockStepNs))} in epoch ` +
          `${record.epoch}: started_at and the times of other hosts' logs do not fit, the measurement does`,
      };
    }
    if (suspendedNs > MAX_SUSPENDED_NS) {
      yield {
        code: "suspended",
        message: `The host was suspended for ${formatNs(suspendedNs)} in epoch ${record.epoch}: ` +
          `reads under way took longer, and what storage did meanwhile is unknown`,
      };
    }
  }
}

/** Each epoch that differs, or where they are many, which. */
function* outlierWarnings(outliers: readonly EpochOutlier[], numEpochs: number): Generator<Warning> {
  const byEpoch = Map.groupBy(outliers, ({ epoch }) => epoch);
  if (byEpoch.size > MAX_NAMED_OUTLIERS) {
    const first = [...byEpoch.keys()].slice(0, MAX_NAMED_OUTLIERS).join(", ");
    yield {
      code: "epoch_outlier",
      message:
        `${byEpoch.size} of ${numEpochs} epochs (${first}, ...) differ from the others by more than 3 median ` +
        `absolute deviations: the mean stands for epochs of several kinds`,
    };
    return;
  }
  for (const [epoch, figures] of byEpoch) {
    const texts = figures.map(({ figure, value, median }) =>
      figure === "au_percentage"
        ? `AU ${value.toFixed(1)} % (median ${median.toFixed(1)} %)`
        : `${formatCount(value)} samples/s (median ${formatCount(median)})`
    );
    yield {
      code: "epoch_outlier",
      message: `Epoch ${epoch} differs from the others by more than 3 median absolute deviations: ` +
        texts.join(", "),
    };
  }
}
