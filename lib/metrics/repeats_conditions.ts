// MLPerf Storage's conditions on the runs of a result (mlcommons/storage, Rules.md, v3.0), each with its evidence.
import { formatBytes, formatInteger, formatNs, NS_PER_MS } from "../base/units.ts";
import type { Summary } from "./summary.ts";

export interface Condition {
  readonly code: string;
  /** Null where it cannot be told. */
  readonly met: boolean | null;
  readonly rule: string;
  readonly evidence: string;
}

const MEASURED_RUNS = 5, MEMORY_FACTOR = 5, MIN_STEPS = 500, MAX_CACHED_SHARE = 0.01;

/** Returns each condition, and whether the runs meet it; the warm-up is the first of them. */
export function conditionsOf(summaries: readonly Summary[], sharesFilesystem: boolean): Condition[] {
  return [
    runsCondition(summaries),
    sameCondition(
      "same_configuration",
      "all runs have one configuration",
      summaries,
      ({ mlps }) => mlps.workload.configuration_hash + mlps.dataset.folder,
    ),
    sameCondition("same_dataset", "all runs read one dataset", summaries, ({ mlps }) => mlps.dataset.id),
    gapCondition(summaries),
    memoryCondition(summaries[0]),
    stepsCondition(summaries),
    auCondition(summaries.slice(1)),
    {
      code: "results_apart",
      met: !sharesFilesystem,
      rule: "results are not written to the filesystem of the dataset",
      evidence: sharesFilesystem ? "they share one" : "they are two",
    },
    cacheCondition(summaries),
  ];
}

function runsCondition(summaries: readonly Summary[]): Condition {
  const complete = summaries.slice(1).filter(({ status }) => status === "complete").length;
  const isWarm = summaries[0].status === "complete";
  return {
    code: "runs",
    met: isWarm && complete === MEASURED_RUNS && summaries.length === MEASURED_RUNS + 1,
    rule: `1 warm-up run and ${MEASURED_RUNS} measured runs`,
    evidence: `${isWarm ? 1 : 0} and ${complete} are complete`,
  };
}

function sameCondition(
  code: string,
  rule: string,
  summaries: readonly Summary[],
  of: (summary: Summary) => string,
): Condition {
  const different = new Set(summaries.map(of)).size;
  return { code, met: different === 1, rule, evidence: `${different} in ${summaries.length} runs` };
}

function gapCondition(summaries: readonly Summary[]): Condition {
  const runsMs = summaries.map(({ start, end }) => Date.parse(end) - Date.parse(start));
  const gapsMs = summaries.slice(1).map(({ start }, index) =>
    Date.parse(start) - Date.parse(summaries[index].end)
  );
  const longestMs = Math.max(0, ...gapsMs), shortestMs = Math.min(...runsMs);
  const format = (ms: number) => formatNs(ms * NS_PER_MS);
  return {
    code: "gaps",
    met: gapsMs.length === 0 ? null : longestMs < shortestMs,
    rule: "gaps between runs are shorter than a run",
    evidence: gapsMs.length === 0
      ? "there is no gap yet"
      : `at most ${format(longestMs)}, the shortest run took ${format(shortestMs)}`,
  };
}

function memoryCondition({ mlps: { dataset, environment } }: Summary): Condition {
  const memoryBytes = environment.memory.total_bytes;
  const times = dataset.bytes / memoryBytes;
  return {
    code: "dataset_size",
    met: times >= MEMORY_FACTOR,
    rule: `the dataset is at least ${MEMORY_FACTOR} times the memory`,
    evidence: `${times.toFixed(times < 1 ? 3 : 1)} times: ${formatBytes(dataset.bytes)} and ` +
      formatBytes(memoryBytes),
  };
}

/** Steps that were made: train.max_epoch_seconds may have ended epochs before all were. */
function stepsCondition(summaries: readonly Summary[]): Condition {
  const planned = summaries[0].mlps.steps_per_epoch;
  const epochs = summaries.flatMap(({ mlps }) => mlps.epochs.filter(({ complete }) => complete));
  const steps = Math.min(planned, ...epochs.map((epoch) => epoch.steps));
  return {
    code: "steps",
    met: steps >= MIN_STEPS,
    rule: `an epoch has at least ${MIN_STEPS} steps`,
    evidence: `${steps < planned ? "the shortest had" : "it has"} ${formatInteger(steps)}`,
  };
}

function auCondition(measured: readonly Summary[]): Condition {
  const complete = measured.filter(({ status }) => status === "complete");
  const lowest = Math.min(...complete.map(({ metric }) => metric.train_au_mean_percentage));
  const required = measured.at(0)?.mlps.required_au_percentage;
  return {
    code: "au",
    met: complete.length === 0
      ? null
      : complete.every(({ metric }) => metric.train_au_meet_expectation === "success"),
    rule: "each measured run reaches the wanted AU",
    evidence: complete.length === 0
      ? "no measured run is complete"
      : `the lowest is ${lowest.toFixed(1)} %, ${required} % is wanted`,
  };
}

/** Pages that generation, or an earlier run, left in memory must not serve a run. */
function cacheCondition(summaries: readonly Summary[]): Condition {
  const caches = summaries.flatMap(({ mlps }) => mlps.direct_io ? [] : mlps.epochs.slice(0, 1))
    .map(({ cache }) => cache);
  const rule = "no cache serves what generation wrote";
  if (caches.length === 0) {
    const isDirect = summaries.every(({ mlps }) => mlps.direct_io);
    return {
      code: "cold_cache",
      met: isDirect ? true : null,
      rule,
      evidence: isDirect ? "reads go around the page cache" : "no epoch was measured",
    };
  }
  if (caches.some(({ cached_bytes_before: cached }) => cached === null)) {
    return { code: "cold_cache", met: null, rule, evidence: "the kernel does not tell what it holds" };
  }
  const share = Math.max(
    ...caches.map(({ cached_bytes_before: cached, dataset_bytes: bytes }) => bytes > 0 ? cached! / bytes : 0),
  );
  return {
    code: "cold_cache",
    met: share <= MAX_CACHED_SHARE,
    rule,
    evidence: `up to ${(share * 100).toFixed(1)} % of the dataset lay in memory when a run began`,
  };
}
