import assert from "node:assert/strict";
import { test } from "node:test";
import { doubtsOf, type Side, sideDifferencesOf } from "../../lib/metrics/comparability.ts";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import { epochOf, resultOf } from "../helpers/comparisons.ts";
import { environmentWith, summaryInputWith, totalsWith } from "../helpers/epoch_records.ts";

const CONFIGURATION = {
  dataset: { data_folder: "a", seed: 1, compression: "none", parquet: { columns: [{ name: "u", size: 1 }] } },
  reader: { batch_size: 10, read_threads: 4 },
  train: { computation_time: 0.5 },
};

function runWith(changes: Partial<SummaryInput> = {}, configuration: unknown = CONFIGURATION): Side {
  const workload = { ...summaryInputWith().workload, configuration };
  return [resultOf("run", [epochOf(80)], { workload, ...changes })];
}

/** Returns code and whether it forbids, of each doubt. */
function codesOf(base: Side, next: Side): string[] {
  return doubtsOf(base, next).map(({ code, forbids }) => (forbids ? "!" : "") + code);
}

test("doubtsOf() has none for runs of one configuration, nor for what may be compared", () => {
  const { dataset, reader, train } = CONFIGURATION;
  const harmless: unknown[] = [
    CONFIGURATION,
    { ...CONFIGURATION, dataset: { ...dataset, data_folder: "b", seed: 2 } },
    { ...CONFIGURATION, reader: { ...reader, read_threads: 8 }, train: { ...train, epochs: 3 } },
  ];
  for (const configuration of harmless) {
    assert.deepEqual(codesOf(runWith(), runWith({}, configuration)), [], JSON.stringify(configuration));
  }
});

test("doubtsOf() forbids what did not measure the same", () => {
  const { dataset, reader, train } = CONFIGURATION;
  const input = summaryInputWith();
  const cases: [string, Side][] = [
    ["!other_dataset", runWith({}, { ...CONFIGURATION, dataset: { ...dataset, compression: "snappy" } })],
    ["!other_dataset", runWith({ dataset: { ...input.dataset, totalBytes: 2 * input.dataset.totalBytes } })],
    ["!other_load", runWith({}, { ...CONFIGURATION, reader: { ...reader, batch_size: 20 } })],
    ["!other_load", runWith({}, { ...CONFIGURATION, train: { ...train, computation_time: 1 } })],
    ["!other_load", runWith({ numAccelerators: 2 })],
    ["!partial", runWith({ status: "partial" })],
  ];
  for (const [code, side] of cases) {
    assert.deepEqual(codesOf(runWith(), side), [code]);
    assert.deepEqual(codesOf(side, runWith()), [code]);
  }
  assert.match(
    doubtsOf(
      runWith(),
      runWith({}, { ...CONFIGURATION, dataset: { ...dataset, parquet: { columns: [] } } }),
    )[0]
      .message,
    /they differ in dataset\.parquet\.columns\.u\.name, dataset\.parquet\.columns\.u\.size$/,
  );
});

test("doubtsOf() forbids memory on one side only", () => {
  const fromMemory = epochOf(80, { deviceBytes: 0, totals: totalsWith({ requestedBytes: 2 ** 34 }) });
  const memory = [resultOf("memory", [fromMemory])];
  assert.ok(memory[0].summary.mlps.warnings.some(({ code }) => code === "served_from_memory"));
  const storage = [resultOf("storage", [epochOf(80)])];
  assert.deepEqual(codesOf(memory, storage), ["!memory_on_one_side"]);
  assert.deepEqual(codesOf(memory, memory), ["served_from_memory"]);
});

test("doubtsOf() forbids runs of a side that do not repeat each other, and tells of a changed environment", () => {
  const { reader } = CONFIGURATION;
  const mixed = [...runWith(), ...runWith({}, { ...CONFIGURATION, reader: { ...reader, read_threads: 8 } })];
  assert.deepEqual(codesOf(mixed, runWith()), ["!mixed_runs"]);
  const moved = [...runWith(), ...runWith({ environment: environmentWith({ kernel: "Linux 7" }) })];
  assert.deepEqual(codesOf(runWith(), moved), ["mixed_environment"]);
  assert.match(doubtsOf(runWith(), moved)[0].message, /between the runs of NEW: kernel$/);
});

test("sideDifferencesOf() tells configuration, dataset and environment apart", () => {
  const input = summaryInputWith();
  const next = runWith({
    numAccelerators: 2,
    dataset: { ...input.dataset, id: "other", folder: "elsewhere" },
    environment: environmentWith({ mlps_version: "1.2.4" }),
  });
  assert.deepEqual(sideDifferencesOf(runWith(), next), {
    configuration: [{ key: "num_accelerators", before: 1, after: 2 }],
    dataset: [{ key: "id", before: "d5", after: "other" }],
    environment: [{ key: "mlps_version", before: "1.2.3", after: "1.2.4" }],
  });
});
