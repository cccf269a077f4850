// Results in the shape of fio's JSON (version 3), for the parsers that exist: a run is a job that reads. What mlps does not
// measure (context switches, page faults, depths of a queue) is left out rather than made up.
import { KIB, NS_PER_MS, NS_PER_SECOND, NS_PER_US } from "../base/units.ts";
import { meanAndDeviation } from "../metrics/epoch_result.ts";
import type { HistogramSummary } from "../metrics/histogram.ts";
import { countBelow, deviationOf, percentileOf } from "../metrics/histogram_reading.ts";
import type { LoadedResult } from "./load_result.ts";

const PERCENTILES = [1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99];
const LATENCY_BOUNDS = [2, 4, 10, 20, 50, 100, 250, 500, 750, 1000];
const NO_LATENCY = { min: 0, max: 0, mean: 0, stddev: 0, N: 0 };
/** The empty direction of a job. */
const NO_IO = {
  io_bytes: 0,
  io_kbytes: 0,
  bw_bytes: 0,
  bw: 0,
  iops: 0,
  runtime: 0,
  total_ios: 0,
  short_ios: 0,
  drop_ios: 0,
  slat_ns: NO_LATENCY,
  clat_ns: NO_LATENCY,
  lat_ns: NO_LATENCY,
  bw_min: 0,
  bw_max: 0,
  bw_agg: 0,
  bw_mean: 0,
  bw_dev: 0,
  bw_samples: 0,
  iops_min: 0,
  iops_max: 0,
  iops_mean: 0,
  iops_stddev: 0,
  iops_samples: 0,
};

/** Returns the document, a job for each result; the time is that of the last. */
export function describeAsFio(results: readonly LoadedResult[]) {
  const [{ summary }] = results.slice(-1);
  const endMs = Date.parse(summary.end);
  return {
    "fio version": `mlps-${summary.mlps.version}`,
    timestamp: Math.floor(endMs / 1000),
    timestamp_ms: endMs,
    time: new Date(endMs).toUTCString(),
    jobs: results.map(describeJob),
  };
}

function describeJob({ summary, series }: LoadedResult) {
  const { mlps, num_accelerators } = summary;
  const { epochs, histograms: { read } } = mlps;
  const sum = (of: (epoch: typeof epochs[number]) => number) =>
    epochs.reduce((total, epoch) => total + of(epoch), 0);
  const seconds = sum((epoch) => epoch.duration_seconds);
  const perSecond = (amount: number) => seconds > 0 ? amount / seconds : 0;
  const bytes = sum((epoch) => epoch.bytes.requested), reads = sum((epoch) => epoch.reads);
  const training = series.filter(({ phase }) => phase === "training");
  const bandwidth = statisticsOf(training.map((second) => second.requested_bytes_per_second / KIB));
  const iops = statisticsOf(training.map((second) => second.reads_per_second));
  const latency = describeLatency(read);
  return {
    jobname: mlps.workload.name,
    groupid: 0,
    error: summary.status === "failed" ? 1 : 0,
    elapsed: Math.round((Date.parse(summary.end) - Date.parse(summary.start)) / 1000),
    "job options": {
      name: mlps.workload.name,
      directory: mlps.dataset.folder,
      rw: "randread",
      direct: mlps.direct_io ? "1" : "0",
      numjobs: String(num_accelerators * mlps.read_threads),
    },
    read: {
      io_bytes: bytes,
      io_kbytes: Math.floor(bytes / KIB),
      bw_bytes: Math.round(perSecond(bytes)),
      bw: Math.round(perSecond(bytes) / KIB),
      iops: perSecond(reads),
      runtime: Math.round(seconds * 1000),
      total_ios: reads,
      short_ios: 0, // a short read is gone on with, and an unexpected end fails the run
      drop_ios: 0,
      slat_ns: NO_LATENCY, // reads are synchronous: nothing lies between submission and start
      clat_ns: { ...latency, ...(read.count > 0 && { percentile: describePercentiles(read) }) },
      lat_ns: latency,
      bw_min: Math.round(bandwidth.min),
      bw_max: Math.round(bandwidth.max),
      bw_agg: bandwidth.count > 0 ? 100 : 0,
      bw_mean: bandwidth.mean,
      bw_dev: bandwidth.deviation,
      bw_samples: bandwidth.count,
      iops_min: Math.round(iops.min),
      iops_max: Math.round(iops.max),
      iops_mean: iops.mean,
      iops_stddev: iops.deviation,
      iops_samples: iops.count,
    },
    write: NO_IO,
    trim: NO_IO,
    sync: { total_ios: 0, lat_ns: NO_LATENCY },
    job_runtime: Math.round(seconds * 1000),
    usr_cpu: perSecond(sum((epoch) => epoch.cpu.user_seconds)) * 100,
    sys_cpu: perSecond(sum((epoch) => epoch.cpu.system_seconds)) * 100,
    ...describeDistribution(read),
  };
}

function describeLatency(histogram: HistogramSummary) {
  const { count, min_ns, max_ns, mean_ns } = histogram;
  return { min: min_ns, max: max_ns, mean: mean_ns, stddev: deviationOf(histogram), N: count };
}

function describePercentiles(histogram: HistogramSummary): Record<string, number> {
  return Object.fromEntries(
    PERCENTILES.map((percent) => [percent.toFixed(6), Math.round(percentileOf(histogram, percent))]),
  );
}

/** Returns the percentages of reads below each bound and not below the one before it. */
function describeDistribution(histogram: HistogramSummary) {
  const shareBelow = (boundNs: number) =>
    histogram.count > 0 ? countBelow(histogram, boundNs) / histogram.count * 100 : 0;
  const sharesOf = (unitNs: number, bounds: readonly number[]) =>
    Object.fromEntries(bounds.map((bound, index) => {
      const lowerNs = index > 0 ? bounds[index - 1] * unitNs : unitNs === 1 ? 0 : unitNs;
      return [String(bound), shareBelow(bound * unitNs) - shareBelow(lowerNs)];
    }));
  return {
    latency_ns: sharesOf(1, LATENCY_BOUNDS),
    latency_us: sharesOf(NS_PER_US, LATENCY_BOUNDS),
    latency_ms: {
      ...sharesOf(NS_PER_MS, [...LATENCY_BOUNDS, 2000]),
      ">=2000": histogram.count > 0 ? 100 - shareBelow(2 * NS_PER_SECOND) : 0,
    },
  };
}

function statisticsOf(values: readonly number[]) {
  if (values.length === 0) return { count: 0, mean: 0, deviation: 0, min: 0, max: 0 };
  const { mean, deviation } = meanAndDeviation(values);
  const [min, max] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
    Infinity,
    -Infinity,
  ]);
  return { count: values.length, mean, deviation, min, max };
}
