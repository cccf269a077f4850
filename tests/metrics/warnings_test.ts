import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostCounters } from "../../lib/metrics/host_counters.ts";
import { steadinessOf } from "../../lib/metrics/steadiness.ts";
import { type VerdictFacts, verdictFacts } from "../../lib/metrics/verdict_facts.ts";
import { warningsOf } from "../../lib/metrics/warnings.ts";
import type { WarningInput } from "../../lib/metrics/warnings_input.ts";
import {
  acceleratorWith,
  cacheWith,
  epochWith,
  GIB,
  hostWith,
  MIB,
  totalsWith,
} from "../helpers/epoch_records.ts";

/** Returns an input that leaves no doubt, with `changes`. */
function inputWith(changes: Partial<WarningInput>): WarningInput {
  return {
    epochs: [epochWith()],
    datasetBytes: 20 * GIB,
    memoryBytes: 4 * GIB,
    cacheKept: true,
    ...changes,
  };
}

/** Returns an epoch of 100 MiB asked for, of which the device delivered so many. */
function deliveredEpoch(deliveredMiB: number | undefined) {
  return epochWith({
    totals: totalsWith({ requestedBytes: 100 * MIB }),
    deviceBytes: deliveredMiB === undefined ? undefined : deliveredMiB * MIB,
  });
}

function dirtyEpoch(dirtyBytes: number) {
  return epochWith({ cacheBefore: { ...cacheWith(1000, 0), dirtyBytes } });
}

function cachedEpoch(cachedBytes: number | undefined, fileBytes = 1000) {
  return epochWith({ cacheBefore: cacheWith(fileBytes, cachedBytes) });
}

/** Returns what the figures of a client give that did nothing wrong but for `changes`; reads limit it. */
function clientWith(changes: Partial<VerdictFacts> = {}): Partial<WarningInput> {
  const facts = verdictFacts({
    epochs: [epochWith()],
    numAccelerators: 2,
    readThreads: 4,
    windowBatches: 4,
    batchSize: 1000,
    demandSamplesPerSecond: 125_000,
    requiredAuPercent: 70,
    availableCores: 2,
    isSynthetic: false,
  })!;
  return { client: { ...facts, ...changes } };
}

function ceilingWith(share_percentage: number): Partial<WarningInput> {
  const measured_at = "2026-07-04T05:01:06.000Z";
  return {
    ceiling: {
      samples_per_second: 2e6,
      measured_at,
      share_percentage,
      client_bound: share_percentage > 80,
    },
  };
}

/** Returns what twelve seconds of these rates give. */
function ratesWith(rateOf: (second: number) => number): Partial<WarningInput> {
  const seconds = Array.from({ length: 12 }, (_, second) => ({
    elapsedNs: (second + 1) * 1e9,
    intervalNs: 1e9,
    samplesPerSecond: 1,
    requestedBytesPerSecond: rateOf(second),
    isWhole: true,
  }));
  return { steadiness: steadinessOf([epochWith({ seconds })]) };
}

function clocksWith(changes: Partial<HostCounters>): Partial<WarningInput> {
  return { epochs: [epochWith({ host: hostWith(changes) })] };
}

function changesWith(...keys: string[]): Partial<WarningInput> {
  const changes = keys.map((key) => ({ key, before: "mq-deadline", after: null }));
  return { environmentChanges: { since: "results/small/1", changes } };
}

const MANY_AUS = Array.from({ length: 20 }, (_, index) => index % 5 === 4 ? 20 + index : 80);
const MANY_OUTLIERS = { steadiness: steadinessOf(MANY_AUS.map((au, index) => epochOfAu(au, index + 1))) };
const OUTLIER = { steadiness: steadinessOf([80, 80, 80, 20].map((au, index) => epochOfAu(au, index + 1))) };

function epochOfAu(auPercent: number, epoch: number) {
  return epochWith({ epoch, accelerators: [acceleratorWith({ computeNs: auPercent * 1e7 })] });
}

function countedEpoch(...countedSteps: number[]) {
  return epochWith({ accelerators: countedSteps.map((steps) => acceleratorWith({ countedSteps: steps })) });
}

// Why, the input, the codes that it must give.
const TABLE: readonly (readonly [why: string, changes: Partial<WarningInput>, ...codes: string[]])[] = [
  ["nothing is doubtful", {}],
  ["no epoch took place", { epochs: [] }],

  ["the device delivered nothing", { epochs: [deliveredEpoch(0)] }, "served_from_memory"],
  ["the device delivered 89 %", { epochs: [deliveredEpoch(89)] }, "served_from_memory"],
  ["the device delivered 90 %", { epochs: [deliveredEpoch(90)] }],
  ["the device read ahead", { epochs: [deliveredEpoch(150)] }],
  ["the second epoch came from memory", { epochs: [100, 0].map(deliveredEpoch) }, "served_from_memory"],
  ["read-ahead of one epoch served the next", { epochs: [500, 0].map(deliveredEpoch) }, "served_from_memory"],
  ["the device is memory", { memoryDevice: "zram0 keeps its data in memory" }, "memory_device"],
  ["it is not known what the device delivered", { epochs: [deliveredEpoch(undefined)] }],
  [
    "… and a small dataset may lie in a cache of the filesystem's own",
    { epochs: [deliveredEpoch(undefined)], datasetBytes: 20 * GIB - 1, cacheKept: false, cacheDropped: true },
    "source_unknown",
  ],
  [
    "… which direct reads need not leave out",
    { epochs: [deliveredEpoch(undefined)], datasetBytes: 20 * GIB - 1, cacheKept: false, direct: true },
    "source_unknown",
  ],
  ["… but the dataset is large", { epochs: [deliveredEpoch(undefined)], cacheKept: false, direct: true }],
  [
    "… and the page cache may serve a small dataset anyway",
    { epochs: [deliveredEpoch(undefined)], datasetBytes: 20 * GIB - 1 },
    "dataset_small",
  ],
  ["it is not known of one epoch", { epochs: [deliveredEpoch(0), deliveredEpoch(undefined)] }],

  ["a twentieth was cached", { epochs: [cachedEpoch(50)] }],
  ["more than a twentieth was cached", { epochs: [cachedEpoch(51)] }, "cached_before_epoch"],
  ["a later epoch was cached", { epochs: [cachedEpoch(0), cachedEpoch(900)] }, "cached_before_epoch"],
  ["the kernel does not tell", { epochs: [cachedEpoch(undefined)] }],
  ["the files are empty", { epochs: [cachedEpoch(0, 0)] }],
  ["a hundredth was left after dropping", { epochs: [cachedEpoch(10)], cacheDropped: true }],
  [
    "more was left after dropping",
    { epochs: [cachedEpoch(0), cachedEpoch(11)], cacheDropped: true },
    "cache_not_evicted",
  ],
  ["all was left after dropping", { epochs: [cachedEpoch(1000)], cacheDropped: true }, "cache_not_evicted"],
  ["a hundredth was dirty", { epochs: [dirtyEpoch(10)] }],
  ["more was dirty", { epochs: [dirtyEpoch(0), dirtyEpoch(11)] }, "dirty_pages"],

  ["the dataset is below five times the memory", { datasetBytes: 20 * GIB - 1 }, "dataset_small"],
  ["… but the page cache is not used", { datasetBytes: 20 * GIB - 1, cacheKept: false }],

  [
    "one chunk took the general reader",
    { epochs: [epochWith(), epochWith({ totals: totalsWith({ fallbackChunks: 1 }) })] },
    "slow_decode",
  ],

  ["one accelerator counted no step", { epochs: [countedEpoch(5, 0)] }, "no_step_counted"],
  ["each counted one", { epochs: [countedEpoch(1, 1)] }],
  ["an epoch was cut short before one counted", { epochs: [{ ...countedEpoch(0), complete: false }] }],

  ["the client did nothing wrong", clientWith()],
  ["80 % of the ceiling was reached", ceilingWith(80)],
  ["more of the ceiling was reached", ceilingWith(81), "client_bound"],
  ["the hypervisor took 5 %", clientWith({ stealPercent: 5 })],
  ["the hypervisor took more", clientWith({ stealPercent: 6 }), "cpu_steal"],
  ["a quota took 1 %", clientWith({ throttledPercent: 1 })],
  ["a quota took more", clientWith({ throttledPercent: 2 }), "cpu_throttled"],
  ["readers had no core for 10 %", clientWith({ runDelayPercent: 10 })],
  ["readers had no core for longer", clientWith({ runDelayPercent: 11 }), "oversubscribed"],
  [
    "… and were ahead all the same",
    clientWith({ runDelayPercent: 50, storageWaitPercent: 1, decodeWaitPercent: 0 }),
  ],
  ["… and preprocessed", clientWith({ runDelayPercent: 50, preprocessWaitPercent: 60 })],

  ["the rehearsal was cut short", { rehearsalSeconds: 0.05 }, "short_rehearsal"],

  ["the rate was level", ratesWith(() => 100)],
  ["the rate fell by a tenth", ratesWith((second) => 110 - second)],
  ["the rate fell by more", ratesWith((second) => 110 - second * 1.1), "throughput_falls"],
  ["the rate rose", ratesWith((second) => 100 + 10 * second)],
  ["the rate fell in one second", ratesWith((second) => second === 11 ? 1 : 100)],
  ["an epoch differed", OUTLIER, "epoch_outlier"],
  ["many did", MANY_OUTLIERS, "epoch_outlier"],
  ["the clock was set by 50 ms", clocksWith({ realtimeNs: 2.05e9 })],
  ["the clock was set by more", clocksWith({ realtimeNs: 2.051e9 }), "clock_step"],
  ["the clock was set back", clocksWith({ realtimeNs: 1.9e9 }), "clock_step"],
  ["the clocks differ by 10 ms", clocksWith({ boottimeNs: 2.01e9 })],
  ["the host slept", clocksWith({ boottimeNs: 2.02e9 }), "suspended"],

  ["the environment is the same", changesWith()],
  ["the environment changed", changesWith("block_device.scheduler"), "environment_changed"],

  [
    "all at once, in the order in which they are read",
    {
      epochs: [epochWith({
        totals: totalsWith({ fallbackChunks: 7 }),
        accelerators: [acceleratorWith({ countedSteps: 0 })],
        deviceBytes: 0,
        cacheBefore: cacheWith(10, 10),
      })],
      datasetBytes: 1,
    },
    "served_from_memory",
    "cached_before_epoch",
    "dataset_small",
    "slow_decode",
    "no_step_counted",
  ],
];

test("warningsOf() gives each code exactly when it should", () => {
  for (const [why, changes, ...codes] of TABLE) {
    assert.deepEqual(warningsOf(inputWith(changes)).map(({ code }) => code), codes, why);
  }
});

test("warningsOf() names the figures and the way out", () => {
  const table: [Partial<WarningInput>, RegExp][] = [
    [{ epochs: [deliveredEpoch(25)] }, /served 75 % .* 100 MiB .* 25\.0 MiB\. Use reader\.page_cache=evict/],
    [{ epochs: [deliveredEpoch(25)], direct: true }, /25\.0 MiB\. The page cache had been left out/],
    [{ epochs: [deliveredEpoch(25)], cacheDropped: true }, /25\.0 MiB\. The page cache had been left out/],
    [{ memoryDevice: "zram0 keeps its data in memory" }, /: zram0 keeps its data in memory$/],
    [{ epochs: [cachedEpoch(60)] }, /Up to 6\.0 % of the dataset/],
    [{ datasetBytes: GIB }, /1\.00 GiB is less than 5 times .*\(4\.00 GiB\)/],
    [
      {
        epochs: [epochWith({ totals: totalsWith({ fastChunks: 60, fallbackChunks: 40, deltaChunks: 40 }) })],
      },
      /^40 % of the column chunks \(values stored as deltas\) were/,
    ],
    [
      { epochs: [epochWith({ totals: totalsWith({ fallbackChunks: 2, deltaChunks: 1, nestedChunks: 1 }) })] },
      /\(lists in lists, values stored as deltas\)/,
    ],
    [
      { epochs: [countedEpoch(0), countedEpoch(3)] },
      /^1 of 2 epochs .* lower output\.metric\.exclude_start_steps/,
    ],
    [
      { epochs: [cachedEpoch(60)], cacheDropped: true },
      /^Up to 6\.0 % of the dataset \(60\.0 B\) .* dropped/,
    ],
    [{ epochs: [dirtyEpoch(120)] }, /^120 B of the dataset \(12 %\) were not written back .* sync/],
    [ceilingWith(85), /^The run reached 85 % of the 2\.00 M samples\/s .*2026-07-04T05:01:06/],
    [clientWith({ stealPercent: 12 }), /took 12 % of this host's CPU time/],
    [clientWith({ throttledPercent: 12 }), /for 12 % of the time of its 2 cores: raise/],
    [
      clientWith({ runDelayPercent: 40 }),
      /for 40 % of their working time \(8 readers, 1\.25 of 2 cores used\): use more cores, or fewer/,
    ],
    [
      clientWith({
        runDelayPercent: 40,
        usedCores: 0.99,
        numAccelerators: 1,
        readThreads: 4,
        hostBusyPercent: 74,
      }),
      /\(4 readers, 0\.99 of 2 cores used\): use more cores, or fewer reader\.read_threads/,
    ],
    [
      clientWith({
        runDelayPercent: 40,
        usedCores: 0.99,
        numAccelerators: 1,
        readThreads: 1,
        hostBusyPercent: 76,
      }),
      /\(1 reader, 0\.99 of 2 cores used\): something else kept the cores busy/,
    ],
    [ratesWith((second) => 100 - 5 * second), /^Throughput fell by 55 % .* of 12 seconds/],
    [MANY_OUTLIERS, /^4 of \d+ epochs \(5, 10, 15, \.\.\.\) differ from the others/],
    [OUTLIER, /^Epoch 4 differs .*: AU 20\.0 % \(median 80\.0 %\)$/],
    [clocksWith({ realtimeNs: 1.9e9 }), /set back by 100 ms in epoch 1/],
    [clocksWith({ boottimeNs: 62e9 }), /suspended for 1 min 00 s in epoch 1/],
    [
      changesWith("a", "b", "c", "d", "e", "f"),
      /^Since the result in results\/small\/1 .*: a from mq-deadline to unknown, b .*, d [^,]*, and 2 more/,
    ],
  ];
  for (const [changes, text] of table) {
    const warnings = warningsOf(inputWith(changes));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0].message, text);
  }
});
