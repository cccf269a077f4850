import assert from "node:assert/strict";
import { test } from "node:test";
import { type WarningInput, warningsOf } from "../../lib/metrics/warnings.ts";
import { acceleratorWith, epochWith, GIB, MIB, totalsWith } from "../helpers/epoch_records.ts";

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

function cachedEpoch(cachedBytes: number | undefined, fileBytes = 1000) {
  return epochWith({ cacheBefore: { fileBytes, cachedBytes } });
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
  ["it is not known what the device delivered", { epochs: [deliveredEpoch(undefined)] }],
  ["it is not known of one epoch", { epochs: [deliveredEpoch(0), deliveredEpoch(undefined)] }],

  ["a twentieth was cached", { epochs: [cachedEpoch(50)] }],
  ["more than a twentieth was cached", { epochs: [cachedEpoch(51)] }, "cached_before_epoch"],
  ["a later epoch was cached", { epochs: [cachedEpoch(0), cachedEpoch(900)] }, "cached_before_epoch"],
  ["the kernel does not tell", { epochs: [cachedEpoch(undefined)] }],
  ["the files are empty", { epochs: [cachedEpoch(0, 0)] }],

  ["the dataset is below five times the memory", { datasetBytes: 20 * GIB - 1 }, "dataset_small"],
  ["… but the page cache is not used", { datasetBytes: 20 * GIB - 1, cacheKept: false }],

  [
    "one chunk took the general reader",
    { epochs: [epochWith(), epochWith({ totals: totalsWith({ fallbackChunks: 1 }) })] },
    "slow_decode",
  ],

  ["one accelerator counted no step", { epochs: [countedEpoch(5, 0)] }, "no_step_counted"],
  ["each counted one", { epochs: [countedEpoch(1, 1)] }],

  [
    "all at once, in the order in which they are read",
    {
      epochs: [epochWith({
        totals: totalsWith({ fallbackChunks: 7 }),
        accelerators: [acceleratorWith({ countedSteps: 0 })],
        deviceBytes: 0,
        cacheBefore: { fileBytes: 10, cachedBytes: 10 },
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
  ];
  for (const [changes, text] of table) {
    const warnings = warningsOf(inputWith(changes));
    assert.equal(warnings.length, 1);
    assert.match(warnings[0].message, text);
  }
});
