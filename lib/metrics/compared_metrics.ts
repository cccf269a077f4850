// The figures by which two results are compared: what each is called, what it is of a run and of an epoch, and which way is
// better.
import { NS_PER_US } from "../base/units.ts";
import { meanOf } from "./epoch_result.ts";
import type { Summary } from "./summary.ts";

export type EpochSummary = Summary["mlps"]["epochs"][number];

export type MetricUnit = "percent" | "samples_per_second" | "bytes_per_second" | "us" | "cores";

/** A figure by which results are compared. */
export interface ComparedMetric {
  /** As in --fail-if. */
  readonly name: string;
  readonly title: string;
  readonly unit: MetricUnit;
  /** Null where neither is: a device delivers less when the cache helps, and less when it is slow. */
  readonly better: "higher" | "lower" | null;
  /** Null where the result does not have it. */
  readonly ofEpoch: (epoch: EpochSummary) => number | null;
  /** Over the complete epochs of a run. */
  readonly ofRun: (summary: Summary) => number | null;
}

/** All figures that are compared, in the order of the text. */
export const COMPARED_METRICS: readonly ComparedMetric[] = [
  {
    name: "au",
    title: "AU",
    unit: "percent",
    better: "higher",
    // 0 where steps take no time: there is nothing to compare then.
    ...meanOver(({ au_percentage }) => au_percentage || null),
  },
  {
    name: "samples_per_second",
    title: "samples/s",
    unit: "samples_per_second",
    better: "higher",
    ...meanOver(({ samples_per_second }) => samples_per_second),
  },
  {
    name: "useful_bytes_per_second",
    title: "useful bytes",
    unit: "bytes_per_second",
    better: "higher",
    ...meanOver(({ useful_bytes_per_second }) => useful_bytes_per_second),
  },
  {
    name: "device_bytes_per_second",
    title: "device bytes",
    unit: "bytes_per_second",
    better: null,
    ...meanOver(({ device_bytes_per_second }) => device_bytes_per_second),
  },
  { name: "read_p50", title: "read p50", unit: "us", better: "lower", ...percentileOfReads("p50_ns") },
  { name: "read_p99", title: "read p99", unit: "us", better: "lower", ...percentileOfReads("p99_ns") },
  { name: "read_p99_9", title: "read p99.9", unit: "us", better: "lower", ...percentileOfReads("p99_9_ns") },
  {
    name: "stall_p99",
    title: "stall p99",
    unit: "us",
    better: "lower",
    // Of the accelerator that has the longest; 0 where none was stalled.
    ...meanOver(({ accelerators }) => Math.max(...accelerators.map(({ stalls }) => stalls.p99_us))),
  },
  {
    name: "cores_used",
    title: "cores used",
    unit: "cores",
    better: null,
    ...meanOver(({ cpu }) => cpu.cores_used),
  },
];

/** Returns the complete epochs of a run. */
export function completeEpochs({ mlps }: Summary): EpochSummary[] {
  return mlps.epochs.filter(({ complete }) => complete);
}

type MetricSource = Pick<ComparedMetric, "ofEpoch" | "ofRun">;

/** Of a run the mean over its complete epochs, as DLIO has it. */
function meanOver(ofEpoch: ComparedMetric["ofEpoch"]): MetricSource {
  const ofRun = (summary: Summary) => {
    const values = completeEpochs(summary).map(ofEpoch);
    return values.length === 0 || values.includes(null) ? null : meanOf(values as number[]);
  };
  return { ofEpoch, ofRun };
}

/** Of a run that of all its reads: the mean of percentiles is none. */
function percentileOfReads(key: "p50_ns" | "p99_ns" | "p99_9_ns"): MetricSource {
  return {
    // A result of an older version does not have it.
    ofEpoch: ({ read_times }) => read_times ? read_times[key] / NS_PER_US : null,
    ofRun: ({ mlps: { histograms: { read } } }) => read.count > 0 ? read[key] / NS_PER_US : null,
  };
}
