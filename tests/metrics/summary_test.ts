import assert from "node:assert/strict";
import { test } from "node:test";
import { summarize } from "../../lib/metrics/summary.ts";
import {
  acceleratorWith,
  BATCH_SIZE,
  cacheWith,
  environmentWith,
  epochWith,
  evaluationWith,
  GIB,
  histogramOf,
  hostWith,
  MIB,
  summaryInputWith,
  totalsWith,
} from "../helpers/epoch_records.ts";

/** Returns an epoch of one accelerator that computed this part of 1 s. */
function epochOfAu(auPercent: number, complete = true) {
  return epochWith({ complete, accelerators: [acceleratorWith({ computeNs: auPercent * 1e7 })] });
}

test("summarize() has DLIO's keys with DLIO's types", () => {
  // The sample of dlio.md §5; "list" and "map" are arrays and objects.
  const wanted = {
    start: "string",
    num_accelerators: "number",
    num_hosts: "number",
    hostname: "string",
    metric: "map",
    num_files_train: "number",
    num_files_eval: "number",
    num_samples_per_file: "number",
    host_cpu_count: "list",
    host_processor_name: "string",
    potential_caching: "list",
    host_cpuinfo: "map",
    host_meminfo: "map",
    host_memory_GB: "list",
    data_size_per_host_GB: "number",
    epochs: "number",
    end: "string",
  };
  const wantedMetric = {
    train_au_percentage: "list",
    train_au_mean_percentage: "number",
    train_au_meet_expectation: "string",
    train_au_stdev_percentage: "number",
    train_throughput_samples_per_second: "list",
    train_throughput_mean_samples_per_second: "number",
    train_throughput_stdev_samples_per_second: "number",
    train_io_mean_MB_per_second: "number",
    train_io_stdev_MB_per_second: "number",
  };
  const typeOf = (value: unknown) =>
    Array.isArray(value) ? "list" : typeof value === "object" && value !== null ? "map" : typeof value;
  const summary: Record<string, unknown> = summarize(summaryInputWith());
  const metric = summary.metric as Record<string, unknown>;
  for (const [key, type] of Object.entries(wanted)) assert.equal(typeOf(summary[key]), type, key);
  for (const [key, type] of Object.entries(wantedMetric)) assert.equal(typeOf(metric[key]), type, key);
  for (const list of [...Object.values(summary), ...Object.values(metric)].filter(Array.isArray)) {
    assert.ok(list.every(Number.isFinite), "DLIO's lists are lists of numbers");
  }
  // What DLIO lacks is under `mlps`, but for what says how to read the file.
  assert.deepEqual(
    Object.keys(summary).filter((key) => !Object.hasOwn(wanted, key)).sort(),
    ["mlps", "schema_version", "status"],
  );
  assert.deepEqual(Object.keys(metric).sort(), Object.keys(wantedMetric).sort());
});

test("summarize() has DLIO's keys of evaluation where the workload evaluates, and only there", () => {
  const cutShort = epochWith({ complete: false, epoch: 2 });
  const evaluation = evaluationWith();
  const input = summaryInputWith({
    numFilesEval: 2,
    requiredAuPercent: 70,
    evaluation: { ...evaluation, numEvaluations: 2, epochs: [...evaluation.epochs, cutShort] },
  });
  const { metric, num_files_eval, mlps } = summarize(input);
  const names = Object.keys(metric);
  const named = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  assert.deepEqual(named("eval_"), named("train_"));
  assert.equal(named("eval_").length, 9);
  assert.equal(num_files_eval, 2);
  assert.deepEqual(metric.eval_au_percentage, [80]);
  assert.equal(metric.eval_au_meet_expectation, "success");
  assert.equal(metric.eval_throughput_mean_samples_per_second, 101 * 500 / 1.25);
  assert.equal(metric.eval_io_mean_MB_per_second, 101 * 500 / 1.25 * 1024 / MIB);
  assert.deepEqual(metric.train_throughput_samples_per_second, [100 * BATCH_SIZE]);
  const { epochs, ...rest } = mlps.evaluation!;
  assert.deepEqual(epochs.map(({ epoch, complete }) => [epoch, complete]), [[1, true], [2, false]]);
  assert.deepEqual(rest, {
    files: 2,
    bytes: 2 * GIB,
    batch_size: 500,
    steps: 101,
    evaluations: 2,
    demand_samples_per_second: 62_500,
  });
  assert.equal(summarize(summaryInputWith()).mlps.evaluation, null);
});

test("summarize() tells doubts about evaluations apart from those about training", () => {
  const fromMemory = epochWith({ deviceBytes: 0 });
  const codesOf = (changes: Parameters<typeof summaryInputWith>[0]) =>
    summarize(summaryInputWith(changes)).mlps.warnings.map(({ code }) => code);
  assert.deepEqual(codesOf({ evaluation: evaluationWith() }), []);
  assert.deepEqual(codesOf({ evaluation: evaluationWith({ epochs: [fromMemory] }) }), [
    "evaluation_served_from_memory",
  ]);
  assert.deepEqual(codesOf({ evaluation: evaluationWith(), epochs: [fromMemory] }), ["served_from_memory"]);
});

test("summarize() repeats what is known of run, host and dataset", () => {
  const summary = summarize(summaryInputWith());
  assert.equal(summary.schema_version, 1);
  assert.equal(summary.status, "complete");
  assert.equal(summary.start, "2026-07-04T05:01:05.000Z");
  assert.equal(summary.end, "2026-07-04T05:01:10.000Z");
  assert.equal(summary.num_files_train, 4);
  assert.equal(summary.num_samples_per_file, 25_600);
  assert.deepEqual(summary.host_cpu_count, [2]);
  assert.deepEqual(summary.host_memory_GB, [4]);
  assert.equal(summary.data_size_per_host_GB, 4 * 25_600 * 1024 / GIB);
  assert.equal(summary.mlps.error, null);
  assert.equal(summary.mlps.dataset.bytes, 40 * GIB);
  assert.equal(summary.mlps.workload.configuration_hash, "c0ffee");
});

test("summarize() suspects caching where memory is larger than the nominal dataset", () => {
  const { host, dataset } = summaryInputWith();
  const datasetBytes = dataset.numFiles * dataset.samplesPerFile * 1024;
  for (const [memoryBytes, flag] of [[datasetBytes - 1, 0], [datasetBytes, 0], [datasetBytes + 1, 1]]) {
    const summary = summarize(summaryInputWith({ host: { ...host, memoryBytes } }));
    assert.deepEqual(summary.potential_caching, [flag], String(memoryBytes));
  }
});

test("summarize() gives mean and population deviation over the complete epochs", () => {
  const { metric } = summarize(summaryInputWith({
    numEpochs: 3,
    epochs: [epochOfAu(60), epochOfAu(80), epochOfAu(10, false)],
  }));
  assert.deepEqual(metric.train_au_percentage.map((au) => Math.round(au * 1e9) / 1e9), [60, 80]);
  assert.ok(Math.abs(metric.train_au_mean_percentage - 70) < 1e-9);
  assert.ok(Math.abs(metric.train_au_stdev_percentage - 10) < 1e-9);
});

test("summarize() gives DLIO's throughput in samples and in nominal MiB", () => {
  const slow = acceleratorWith({ measuredNs: 2e9 }), fast = acceleratorWith();
  const { metric } = summarize(summaryInputWith({
    numAccelerators: 2,
    epochs: [epochWith({ accelerators: [fast, fast] }), epochWith({ accelerators: [slow, fast] })],
  }));
  const rates = [200 * BATCH_SIZE, 150 * BATCH_SIZE];
  assert.deepEqual(metric.train_throughput_samples_per_second, rates);
  assert.equal(metric.train_throughput_mean_samples_per_second, 175 * BATCH_SIZE);
  assert.equal(metric.train_throughput_stdev_samples_per_second, 25 * BATCH_SIZE);
  assert.equal(metric.train_io_mean_MB_per_second, 175 * BATCH_SIZE * 1024 / MIB);
  assert.equal(metric.train_io_stdev_MB_per_second, 25 * BATCH_SIZE * 1024 / MIB);
});

test("summarize() meets the expectation from the wanted AU on, never without a complete epoch", () => {
  const table: [number, boolean, number, string][] = [
    [80, true, 80, "success"],
    [80, true, 80.1, "fail"],
    [80, true, 0, "success"],
    [80, false, 0, "fail"],
  ];
  for (const [auPercent, complete, requiredAuPercent, expectation] of table) {
    const { metric } = summarize(
      summaryInputWith({ epochs: [epochOfAu(auPercent, complete)], requiredAuPercent }),
    );
    assert.equal(
      metric.train_au_meet_expectation,
      expectation,
      `${auPercent} of ${requiredAuPercent}, ${complete}`,
    );
  }
});

test("summarize() gives zeros for a run without any epoch, never NaN", () => {
  const summary = summarize(summaryInputWith({ epochs: [], status: "failed", error: "Cannot read" }));
  assert.deepEqual(summary.metric.train_au_percentage, []);
  assert.equal(summary.metric.train_au_mean_percentage, 0);
  assert.equal(summary.metric.train_io_mean_MB_per_second, 0);
  assert.equal(summary.metric.train_au_meet_expectation, "fail");
  assert.equal(summary.mlps.error, "Cannot read");
  assert.equal(summary.mlps.histograms.read.count, 0);
  assertNumbersAreFinite(summary);
});

test("summarize() describes each epoch, also one that was cut short", () => {
  const stalls = histogramOf(...Array(98).fill(1000), 2000, 102_000);
  const host = hostWith({
    userSeconds: 1.5,
    systemSeconds: 1,
    hostTicks: 400,
    hostBusyTicks: 300,
    stealTicks: 20,
    ioWaitTicks: 40,
    throttledNs: 0.5e9,
    blockDevice: { name: "vda", readBytes: 120 * MIB, writtenBytes: 1024, busyNs: 1.5e9 },
    nfs: { serverReadBytes: 77 },
    interfaces: [{ name: "eth0", receivedBytes: 400, linkBytesPerSecond: 1000 }, {
      name: "eth1",
      receivedBytes: 2,
    }],
    realtimeNs: 2.5e9,
    boottimeNs: 2.25e9,
  });
  const reader = totalsWith({
    turnWaitNs: 0.0625e9,
    pausedNs: 0.125e9,
    cpuNs: 0.75e9,
    runDelayNs: 0.5e9,
    hasThreadTimes: 1,
    doneNs: 1.5e9,
    readNs: 0.5e9,
  });
  const { mlps } = summarize(summaryInputWith({
    epochs: [epochWith({
      complete: false,
      steps: 50,
      accelerators: [acceleratorWith({ stalls })],
      readers: [reader, totalsWith({ readNs: 3e9 })],
      host,
    })],
  }));
  const [epoch] = mlps.epochs;
  assert.equal(epoch.complete, false);
  assert.equal(epoch.steps, 50);
  assert.equal(epoch.duration_seconds, 2);
  assert.equal(epoch.au_percentage, 80);
  assert.deepEqual(epoch.accelerators, [{
    au_percentage: 80,
    samples_per_second: 100_000,
    steps: 101,
    counted_steps: 100,
    measured_seconds: 1,
    storage_wait_percentage: 12.5,
    decode_wait_percentage: 5,
    preprocess_wait_percentage: 0,
    window_wait_percentage: 0,
    barrier_wait_percentage: 2.5,
    stalls: {
      count: 100,
      total_seconds: 0.000202,
      longest_seconds: 0.000102,
      p50_us: 1.004,
      p99_us: 2.008,
    },
  }]);
  assert.deepEqual(epoch.bytes, {
    useful: 100 * MIB,
    requested: 110 * MIB,
    returned: 109 * MIB,
    device: 110 * MIB,
    footers: 2 * MIB,
    values: 99 * MIB,
  });
  assert.equal(epoch.useful_bytes_per_second, 50 * MIB);
  assert.equal(epoch.requested_bytes_per_second, 55 * MIB);
  assert.equal(epoch.device_bytes_per_second, 55 * MIB);
  assert.deepEqual(epoch.cpu, {
    user_seconds: 1.5,
    system_seconds: 1,
    cores_used: 1.25,
    host_busy_percentage: 75,
    host_steal_percentage: 5,
    host_iowait_percentage: 10,
    throttled_seconds: 0.5,
  });
  assert.deepEqual(epoch.device, {
    source: "process",
    block_device: { name: "vda", read_bytes: 120 * MIB, written_bytes: 1024, busy_percentage: 75 },
    nfs_server_read_bytes: 77,
  });
  assert.deepEqual(epoch.network_interfaces, [
    {
      name: "eth0",
      received_bytes: 400,
      received_bytes_per_second: 200,
      link_bytes_per_second: 1000,
      link_percentage: 20,
    },
    {
      name: "eth1",
      received_bytes: 2,
      received_bytes_per_second: 1,
      link_bytes_per_second: null,
      link_percentage: null,
    },
  ]);
  assert.deepEqual(epoch.steadiness, {
    whole_seconds: 0,
    variation_percentage: null,
    first_reader_done_seconds: null,
    last_reader_done_seconds: null,
    tail_percentage: null,
    clock_step_seconds: 0.5,
    suspended_seconds: 0.25,
  });
  assert.deepEqual(epoch.cache, {
    dataset_bytes: 200 * MIB,
    cached_bytes_before: 0,
    cached_bytes_after: 110 * MIB,
    dirty_bytes_before: null,
    files: 4,
    asked_files: 4,
  });
  const { each, ...all } = epoch.readers;
  assert.deepEqual(all, {
    read_seconds: 1.5,
    decode_seconds: 0.5,
    footer_seconds: 0.01,
    preprocess_seconds: 0,
    window_wait_seconds: 0.25,
    turn_wait_seconds: 0,
    paused_seconds: 0,
    idle_seconds: 1.74, // of 2 readers and 2 s
    cpu_seconds: null,
    run_delay_seconds: null,
    footers: 4,
  });
  assert.deepEqual(each[0], {
    read_seconds: 0.5,
    decode_seconds: 0.5,
    footer_seconds: 0.01,
    preprocess_seconds: 0,
    window_wait_seconds: 0.25,
    turn_wait_seconds: 0.0625,
    paused_seconds: 0.125,
    idle_seconds: 0.5525,
    cpu_seconds: 0.75,
    run_delay_seconds: 0.5,
    done_seconds: 1.5,
  });
  assert.deepEqual([each[1].idle_seconds, each[1].done_seconds, each[1].cpu_seconds], [0, null, null]);
});

test("summarize() says null, not zero, of what the host does not tell", () => {
  const { mlps } = summarize(summaryInputWith({
    demandSamplesPerSecond: undefined,
    epochs: [epochWith({
      deviceBytes: undefined,
      host: hostWith({ userSeconds: 1, systemSeconds: 1 }),
      cacheBefore: cacheWith(10),
      cacheAfter: cacheWith(10),
    })],
  }));
  const [epoch] = mlps.epochs;
  assert.equal(mlps.demand_samples_per_second, null);
  assert.equal(epoch.bytes.device, null);
  assert.equal(epoch.device_bytes_per_second, null);
  assert.equal(epoch.cpu.host_busy_percentage, null);
  assert.equal(epoch.cache.cached_bytes_before, null);
  assert.equal(epoch.cache.cached_bytes_after, null);
  assert.deepEqual(epoch.device, { source: "process", block_device: null, nfs_server_read_bytes: null });
  assert.deepEqual([mlps.ceiling, mlps.environment_changes, mlps.evaluation], [null, null, null]);
  assert.deepEqual([mlps.steadiness.trend_percentage, mlps.steadiness.variation_percentage], [null, null]);
});

test("summarize() merges the histograms of all epochs", () => {
  const histograms = (...readNs: number[]) => ({
    read: histogramOf(...readNs),
    extent: histogramOf(),
    decode: histogramOf(),
  });
  const { mlps } = summarize(summaryInputWith({
    epochs: [epochWith({ histograms: histograms(10, 20) }), epochWith({ histograms: histograms(30, 40) })],
  }));
  const { count, mean_ns, min_ns, max_ns, p50_ns, buckets } = mlps.histograms.read;
  assert.deepEqual([count, mean_ns, min_ns, max_ns, p50_ns], [4, 25, 10, 40, 20]);
  assert.deepEqual(buckets, [[10, 1], [20, 1], [30, 1], [40, 1]]);
});

test("summarize() names the limit, from what there is of a run that was cut short", () => {
  const starved = acceleratorWith({ computeNs: 0, storageWaitNs: 0, windowWaitNs: 1e9 });
  const { mlps } = summarize(summaryInputWith({
    epochs: [epochWith(), epochWith({ complete: false, accelerators: [starved] })],
  }));
  assert.equal(mlps.verdict!.limit, "storage");
  const cutShort = summarize(summaryInputWith({
    epochs: [epochWith({ complete: false, accelerators: [starved] })],
  }));
  assert.equal(cutShort.mlps.verdict!.limit, "prefetch_window");
  assert.equal(summarize(summaryInputWith({ epochs: [] })).mlps.verdict, null);
});

test("summarize() never finds storage in a run that read none", () => {
  const { dataset } = summaryInputWith();
  const { mlps } = summarize(summaryInputWith({ dataset: { ...dataset, origin: "synthetic" } }));
  assert.equal(mlps.verdict!.limit, "client_cpu");
});

test("summarize() takes the ten slowest reads of all epochs", () => {
  const epochOf = (epoch: number, ...elapsed: number[]) =>
    epochWith({
      epoch,
      slowestReads: elapsed.map((elapsedNs) => ({
        file: 0,
        path: "a.parquet",
        offsetBytes: 4,
        bytes: 5,
        elapsedNs,
        atNs: 1.5e9,
      })),
    });
  const { mlps } = summarize(summaryInputWith({
    epochs: [epochOf(1, 20, 18, 16, 14, 12, 10, 8), epochOf(2, 19, 17, 15, 13)],
  }));
  assert.deepEqual(mlps.slowest_reads.map(({ elapsed_ns }) => elapsed_ns), [
    ...[20, 19, 18, 17, 16, 15, 14, 13, 12, 10],
  ]);
  assert.deepEqual(mlps.slowest_reads[1], {
    epoch: 2,
    path: "a.parquet",
    offset_bytes: 4,
    bytes: 5,
    elapsed_ns: 19,
    at_seconds: 1.5,
  });
});

test("summarize() compares the rate with the client's ceiling", () => {
  const share = (samplesPerSecond: number) =>
    summarize(summaryInputWith({ ceiling: { samplesPerSecond, measuredAt: "2026-07-04" } })).mlps;
  assert.deepEqual(share(125_000).ceiling, {
    samples_per_second: 125_000,
    measured_at: "2026-07-04",
    share_percentage: 80,
    client_bound: false,
  });
  assert.deepEqual(share(125_000).warnings, []);
  assert.equal(share(124_000).ceiling!.client_bound, true);
  assert.deepEqual(share(124_000).warnings.map(({ code }) => code), ["client_bound"]);
  const ceiling = { samplesPerSecond: 125_000, measuredAt: "2026-07-04" };
  const cutShort = summarize(summaryInputWith({ ceiling, epochs: [epochWith({ complete: false })] }));
  assert.equal(cutShort.mlps.ceiling!.share_percentage, 80);
});

test("summarize() compares the environment with that of the previous result", () => {
  const previous = { folder: "results/small/1", environment: environmentWith({ kernel: "Linux 5.15" }) };
  const { mlps } = summarize(summaryInputWith({ previous }));
  assert.deepEqual(mlps.environment_changes, {
    since: "results/small/1",
    changes: [{ key: "kernel", before: "Linux 5.15", after: "Linux 6.18.0 x64" }],
  });
  assert.deepEqual(mlps.warnings.map(({ code }) => code), ["environment_changed"]);
  const same = summarize(summaryInputWith({ previous: { ...previous, environment: environmentWith() } }));
  assert.deepEqual([same.mlps.environment_changes!.changes, same.mlps.warnings], [[], []]);
});

test("summarize() carries the doubts of dataset and run, with their codes", () => {
  const { dataset } = summaryInputWith();
  const { mlps } = summarize(summaryInputWith({
    dataset: { ...dataset, warnings: ["The files differ in size"] },
    epochs: [epochWith({ totals: totalsWith({ fallbackChunks: 1 }) })],
  }));
  assert.deepEqual(mlps.warnings.map(({ code }) => code), ["dataset", "slow_decode"]);
  assert.equal(mlps.warnings[0].message, "The files differ in size");
});

test("summarize() calls a dataset small only where the page cache is in use", () => {
  const { dataset } = summaryInputWith();
  const table: [string, boolean, boolean][] = [
    ["keep", false, true],
    ["keep", true, false],
    ["evict", false, false],
  ];
  for (const [pageCache, direct, isWarned] of table) {
    const { mlps } = summarize(
      summaryInputWith({ dataset: { ...dataset, totalBytes: GIB }, pageCache, direct }),
    );
    const codes = mlps.warnings.map(({ code }) => code);
    assert.deepEqual(codes, isWarned ? ["dataset_small"] : [], `${pageCache}, ${direct}`);
  }
});

test("summarize() gives what JSON can hold", () => {
  const summary = summarize(summaryInputWith());
  assertNumbersAreFinite(summary);
  assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary);
});

function assertNumbersAreFinite(value: unknown, path = "summary"): void {
  if (typeof value === "number") assert.ok(Number.isFinite(value), `${path} is ${value}`);
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) assertNumbersAreFinite(member, `${path}.${key}`);
}
