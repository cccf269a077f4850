// What of a result becomes which metric. All are gauges, or the histogram of one run: a run begins and ends, and counts
// nothing that would go on. docs/report.md lists them; the dashboard in docs uses no others (a test compares).
import { NS_PER_SECOND } from "../base/units.ts";
import { meanOf } from "../metrics/epoch_result.ts";
import { countBelow } from "../metrics/histogram_reading.ts";
import type { Summary } from "../metrics/summary.ts";

type EpochSummary = Summary["mlps"]["epochs"][number];

/** A figure with the labels that it has besides those of the run. */
export interface Sample {
  /** What follows the name of the family: "_bucket". */
  readonly suffix?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: "gauge" | "histogram";
  /** A base unit, with which the name ends. */
  readonly unit?: "seconds" | "bytes" | "ratio";
  readonly help: string;
  /** Nothing where a run does not tell it. */
  readonly samplesOf: (summary: Summary) => readonly Sample[];
}

/** Powers of two of a nanosecond from 1 us to 17 s: mlps' own buckets end there, so that none is cut. */
const BOUNDS_NS = Array.from({ length: 25 }, (_, index) => 2 ** (index + 10));
const SHARES = ["storage", "decode", "preprocess", "window", "barrier"] as const;

export const FAMILIES: readonly Family[] = [
  gauge("mlps_run_info", "What was run where; the value is 1", ({ status, mlps }) => [{
    labels: {
      status,
      version: mlps.version,
      kernel: mlps.kernel,
      limit: mlps.verdict?.limit ?? "",
      dataset: mlps.dataset.id,
      origin: mlps.dataset.origin,
      configuration: mlps.workload.configuration_hash,
    },
    value: 1,
  }]),
  gauge(
    "mlps_run_start_timestamp_seconds",
    "When the run began, since 1970",
    ({ start }) => one(secondsOf(start)),
    "seconds",
  ),
  gauge("mlps_run_duration_seconds", "From the begin to the end of the run", ({ start, end }) => {
    return one((Date.parse(end) - Date.parse(start)) / 1000);
  }, "seconds"),
  gauge(
    "mlps_run_complete",
    "1 where all epochs were completed",
    ({ status }) => one(Number(status === "complete")),
  ),
  gauge("mlps_epochs", "Epochs that were completed", ({ mlps }) => one(completeOf(mlps.epochs).length)),
  gauge(
    "mlps_accelerators",
    "Accelerators that were emulated",
    ({ num_accelerators }) => one(num_accelerators),
  ),
  gauge(
    "mlps_accelerator_utilization_ratio",
    "Mean share of the time that the accelerators computed (AU), over the complete epochs",
    ({ mlps }) => ofPhases(mlps, (epochs) => meanOf(epochs.map(({ au_percentage }) => au_percentage)) / 100),
    "ratio",
  ),
  gauge(
    "mlps_epoch_accelerator_utilization_ratio",
    "The same of each complete epoch",
    ({ mlps }) =>
      completeOf(mlps.epochs).map(({ epoch, au_percentage }) => ({
        labels: { epoch: String(epoch) },
        value: au_percentage / 100,
      })),
    "ratio",
  ),
  gauge(
    "mlps_required_accelerator_utilization_ratio",
    "The AU that the workload wants",
    ({ mlps }) => one(mlps.required_au_percentage / 100),
    "ratio",
  ),
  gauge(
    "mlps_requirement_met",
    "1 where the AU is what the workload wants; not there without a complete epoch, or where nothing was read",
    ({ mlps, metric }) =>
      completeOf(mlps.epochs).length === 0 || mlps.dataset.origin === "synthetic"
        ? []
        : one(Number(metric.train_au_meet_expectation === "success")),
  ),
  gauge("mlps_samples_per_second", "Mean rate of samples, over the complete epochs", ({ mlps }) => {
    return ofPhases(mlps, (epochs) => meanOf(epochs.map(({ samples_per_second }) => samples_per_second)));
  }),
  gauge(
    "mlps_demand_samples_per_second",
    "Samples that all accelerators consume where they never wait",
    ({ mlps, num_accelerators }) =>
      mlps.demand_samples_per_second === null ? [] : one(mlps.demand_samples_per_second * num_accelerators),
  ),
  gauge("mlps_useful_bytes_per_second", "Bytes of the values that training used", ({ mlps }) => {
    return ofPhases(mlps, (epochs) => meanOf(epochs.map((epoch) => epoch.useful_bytes_per_second)));
  }),
  gauge("mlps_requested_bytes_per_second", "Bytes that were asked of the filesystem", ({ mlps }) => {
    return ofPhases(mlps, (epochs) => meanOf(epochs.map((epoch) => epoch.requested_bytes_per_second)));
  }),
  gauge(
    "mlps_device_bytes_per_second",
    "Bytes that a device delivered; not there where the kernel does not tell",
    ({ mlps }) =>
      ofPhases(mlps, (epochs) => {
        const rates = epochs.map((epoch) => epoch.device_bytes_per_second);
        return rates.every((rate) => rate !== null) ? meanOf(rates) : undefined;
      }),
  ),
  gauge(
    "mlps_time_ratio",
    "Mean shares of the accelerators' time, over the complete epochs: computing, and waiting for what",
    ({ mlps }) => {
      const accelerators = completeOf(mlps.epochs).flatMap((epoch) => epoch.accelerators);
      if (accelerators.length === 0) return [];
      const share = (of: (accelerator: typeof accelerators[number]) => number) =>
        meanOf(accelerators.map(of)) / 100;
      return [
        { labels: { share: "compute" }, value: share(({ au_percentage }) => au_percentage) },
        ...SHARES.map((name) => ({
          labels: { share: name },
          value: share((accelerator) => accelerator[`${name}_wait_percentage`]),
        })),
      ];
    },
    "ratio",
  ),
  {
    name: "mlps_read_latency_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How long single reads took; not there where they were not measured",
    samplesOf: ({ mlps: { histograms: { read } } }) =>
      read.count === 0 ? [] : [
        ...BOUNDS_NS.map((boundNs) => ({
          suffix: "_bucket",
          labels: { le: String(boundNs / NS_PER_SECOND) },
          value: countBelow(read, boundNs),
        })),
        { suffix: "_bucket", labels: { le: "+Inf" }, value: read.count },
        { suffix: "_count", value: read.count },
        { suffix: "_sum", value: read.mean_ns * read.count / NS_PER_SECOND },
      ],
  },
  gauge(
    "mlps_read_latency_percentile_seconds",
    "The same within 1 %: what that share of the reads did not exceed",
    ({ mlps: { histograms: { read } } }) =>
      read.count === 0 ? [] : [
        { labels: { percentile: "50" }, value: read.p50_ns / NS_PER_SECOND },
        { labels: { percentile: "99" }, value: read.p99_ns / NS_PER_SECOND },
        { labels: { percentile: "99.9" }, value: read.p99_9_ns / NS_PER_SECOND },
        { labels: { percentile: "100" }, value: read.max_ns / NS_PER_SECOND },
      ],
    "seconds",
  ),
  gauge(
    "mlps_cached_ratio",
    "The largest part of the dataset that lay in the page cache when an epoch began",
    ({ mlps }) => {
      const shares = mlps.epochs.flatMap(({ cache: { cached_bytes_before: cached, dataset_bytes: bytes } }) =>
        cached === null || bytes === 0 ? [] : [cached / bytes]
      );
      return shares.length === 0 ? [] : one(Math.max(...shares));
    },
    "ratio",
  ),
  gauge("mlps_cpu_cores_used", "CPU cores that the run used", ({ mlps }) => {
    return ofPhases(mlps, (epochs) => meanOf(epochs.map(({ cpu }) => cpu.cores_used)));
  }),
  gauge(
    "mlps_available_cores",
    "CPU cores that the run might have used",
    ({ mlps }) => one(mlps.available_cores),
  ),
  gauge("mlps_warning", "A doubt about the result; the value is 1", ({ mlps }) => {
    return [...new Set(mlps.warnings.map(({ code }) => code))].map((code) => ({
      labels: { code },
      value: 1,
    }));
  }),
];

function gauge(
  name: string,
  help: string,
  samplesOf: Family["samplesOf"],
  unit?: Family["unit"],
): Family {
  return { name, type: "gauge", help, samplesOf, unit };
}

function one(value: number): Sample[] {
  return [{ value }];
}

/** Returns a figure of training and, where there was one, of evaluation. */
function ofPhases(
  { epochs, evaluation }: Summary["mlps"],
  of: (complete: readonly EpochSummary[]) => number | undefined,
): Sample[] {
  return Object.entries({ training: epochs, evaluation: evaluation?.epochs ?? [] }).flatMap(
    ([phase, all]) => {
      const complete = completeOf(all);
      const value = complete.length === 0 ? undefined : of(complete);
      return value === undefined ? [] : [{ labels: { phase }, value }];
    },
  );
}

function completeOf(epochs: readonly EpochSummary[]): readonly EpochSummary[] {
  return epochs.filter(({ complete }) => complete);
}

function secondsOf(time: string): number {
  return Date.parse(time) / 1000;
}
