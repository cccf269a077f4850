// What the charts of the page show, as data: the script of the page (html_client.js) draws them with uPlot. Long runs are
// thinned, so that a page of a run of a day opens as fast as one of a minute.
import type { SeriesPoint } from "../metrics/series.ts";
import type { Summary } from "../metrics/summary.ts";
import type { LoadedResult } from "./load_result.ts";

const MAX_POINTS = 1000;
const SIGNIFICANT_DIGITS = 4;

type Value = number | null;

/** A line of a chart; `colour` is the name of a custom property of the style sheet. */
export interface ChartLine {
  readonly label: string;
  readonly colour: string;
  readonly values: readonly Value[];
  readonly kind?: "dashed" | "dots";
  /** In pixels: lines that lie on each other all show where those below are wider. */
  readonly width?: number;
}

/** A chart as the page's script takes it. */
export interface Chart {
  readonly title: string;
  readonly x: readonly number[];
  /** Seconds, or whole numbers of what is named. */
  readonly xUnit: "seconds" | { readonly name: string };
  readonly yUnit: "percent" | "samples" | "bytes" | "us" | "cores";
  readonly isLogarithmic?: boolean;
  readonly lines: readonly ChartLine[];
  /** Where epochs begin. */
  readonly marks: readonly { readonly at: number; readonly label: string }[];
}

/** Returns AU by epoch, dots for each accelerator; undefined where there is one dot, or AU says nothing. */
export function chartUtilization({ mlps, num_accelerators }: Summary): Chart | undefined {
  const { epochs, required_au_percentage: required } = mlps;
  if (epochs.length * num_accelerators < 2 || mlps.demand_samples_per_second === null) return undefined;
  const ranks = Array.from({ length: num_accelerators }, (_, rank) => rank);
  return {
    title: "AU by epoch",
    x: epochs.map(({ epoch }) => epoch),
    xUnit: { name: "epoch" },
    yUnit: "percent",
    lines: [
      ...ranks.map((rank): ChartLine => ({
        label: "an accelerator",
        colour: "--blue",
        values: epochs.map(({ accelerators }) => rounded(accelerators[rank]?.au_percentage)),
        kind: "dots",
      })),
      {
        label: "mean",
        colour: "--ink",
        values: epochs.map(({ au_percentage }) => rounded(au_percentage)),
      },
      { label: "wanted", colour: "--red", values: epochs.map(() => required), kind: "dashed" },
    ],
    marks: [],
  };
}

/** Returns the charts over the time of the run; none without a series. */
export function chartsOverTime({ summary, series }: LoadedResult): Chart[] {
  if (series.length === 0) return [];
  const { mlps, num_accelerators } = summary;
  const { times, points, marks } = layOut(summary, thin(series));
  const line = (
    label: string,
    colour: string,
    of: (point: SeriesPoint) => Value,
    width?: number,
  ): ChartLine => ({
    label,
    colour,
    values: points.map((point) => point === undefined ? null : rounded(of(point))),
    width,
  });
  const constant = (label: string, value: number): ChartLine => ({
    label,
    colour: "--red",
    values: times.map(() => value),
    kind: "dashed",
  });
  const demand = mlps.demand_samples_per_second;
  const isRead = mlps.dataset.origin !== "synthetic";
  // 0 is no duration: no read ended in that second.
  const duration = (us: number) => us > 0 ? us : null;
  const isTimed = series.some(({ read_max_us }) => read_max_us > 0);
  const charts: Omit<Chart, "x" | "xUnit" | "marks">[] = [
    {
      title: "Samples per second",
      yUnit: "samples",
      lines: [
        line("consumed", "--blue", (point) => point.samples_per_second),
        ...(demand === null ? [] : [constant("demand in training", demand * num_accelerators)]),
      ],
    },
    ...(!isRead ? [] : [{
      title: "Bytes per second",
      yUnit: "bytes" as const,
      lines: [
        line("from the device", "--purple", (point) => point.device_bytes_per_second, 5),
        line("asked for", "--orange", (point) => point.requested_bytes_per_second, 3),
        line("useful", "--blue", (point) => point.useful_bytes_per_second),
      ],
    }]),
    ...(!isTimed ? [] : [{
      title: "Latency of reads",
      yUnit: "us" as const,
      isLogarithmic: true,
      lines: [
        line("longest", "--purple", (point) => duration(point.read_max_us), 5),
        line("p99", "--orange", (point) => duration(point.read_p99_us), 3),
        line("p50", "--blue", (point) => duration(point.read_p50_us)),
      ],
    }]),
    {
      title: "CPU cores used by the run",
      yUnit: "cores",
      lines: [
        line("used", "--blue", (point) => point.cpu_cores_used),
        constant("available", mlps.available_cores),
      ],
    },
  ];
  return charts.map((chart) => ({ ...chart, x: times, xUnit: "seconds", marks }));
}

/** Lays the seconds of all epochs on one axis, which begins with the first; between epochs there is a gap. */
function layOut({ start, mlps }: Summary, series: readonly SeriesPoint[]) {
  const startMs = Date.parse(mlps.epochs[0]?.started_at ?? start);
  const beginOf = new Map<string, number>();
  for (
    const [phase, epochs] of [["training", mlps.epochs], [
      "evaluation",
      mlps.evaluation?.epochs ?? [],
    ]] as const
  ) {
    for (const { epoch, started_at } of epochs) {
      beginOf.set(`${phase} ${epoch}`, (Date.parse(started_at) - startMs) / 1000);
    }
  }
  const times: number[] = [], points: (SeriesPoint | undefined)[] = [];
  const marks: { at: number; label: string }[] = [];
  let current = "", begin = 0;
  for (const point of series) {
    const name = `${point.phase} ${point.epoch}`;
    const last = times.at(-1) ?? 0;
    if (name !== current) {
      current = name;
      begin = Math.max(last, beginOf.get(name) ?? last); // a run that was killed tells less than its series
      times.push(begin);
      points.push(undefined);
      marks.push({
        at: roundTime(begin),
        label: point.phase === "training" ? `epoch ${point.epoch}` : "eval",
      });
    }
    times.push(begin + point.elapsed_seconds - point.interval_seconds / 2);
    points.push(point);
  }
  return { times: times.map(roundTime), points, marks };
}

/** Returns at most some 1000 points: rates as means over what a point stands for, latencies as the highest. */
function thin(series: readonly SeriesPoint[]): SeriesPoint[] {
  const stride = Math.ceil(series.length / MAX_POINTS);
  if (stride <= 1) return [...series];
  const groups: SeriesPoint[][] = [];
  for (const point of series) {
    const group = groups.at(-1);
    const [first] = group ?? [];
    const belongs = group !== undefined && group.length < stride && first.epoch === point.epoch &&
      first.phase === point.phase;
    if (belongs) group.push(point);
    else groups.push([point]);
  }
  return groups.map(joinPoints);
}

function joinPoints(group: readonly SeriesPoint[]): SeriesPoint {
  const last = group[group.length - 1];
  const seconds = group.reduce((sum, { interval_seconds }) => sum + interval_seconds, 0);
  const mean = (of: (point: SeriesPoint) => number) =>
    seconds > 0
      ? group.reduce((sum, point) => sum + of(point) * point.interval_seconds, 0) / seconds
      : of(last);
  const highest = (of: (point: SeriesPoint) => number) => Math.max(...group.map(of));
  return {
    ...last,
    interval_seconds: seconds,
    samples_per_second: mean((point) => point.samples_per_second),
    useful_bytes_per_second: mean((point) => point.useful_bytes_per_second),
    requested_bytes_per_second: mean((point) => point.requested_bytes_per_second),
    reads_per_second: mean((point) => point.reads_per_second),
    read_p50_us: highest((point) => point.read_p50_us),
    read_p99_us: highest((point) => point.read_p99_us),
    read_max_us: highest((point) => point.read_max_us),
    device_bytes_per_second: group.some((point) => point.device_bytes_per_second === null)
      ? null
      : mean((point) => point.device_bytes_per_second!),
    cpu_cores_used: mean((point) => point.cpu_cores_used),
  };
}

function rounded(value: Value | undefined): Value {
  return value === null || value === undefined ? null : Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

function roundTime(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
