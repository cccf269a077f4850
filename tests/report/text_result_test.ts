import assert from "node:assert/strict";
import { test } from "node:test";
import type { SummaryInput } from "../../lib/metrics/summary.ts";
import { summarize } from "../../lib/metrics/summary.ts";
import { renderResult } from "../../lib/report/text_result.ts";
import {
  acceleratorWith,
  epochWith,
  GIB,
  MIB,
  summaryInputWith,
  totalsWith,
} from "../helpers/epoch_records.ts";

function render(changes: Partial<SummaryInput> = {}): string[] {
  return renderResult(summarize(summaryInputWith(changes)));
}

/** Returns the text behind a label. */
function textOf(label: string, changes: Partial<SummaryInput>): string {
  const found = render(changes).find((text) => text.startsWith(`  ${label.padEnd(12)}`));
  assert.ok(found !== undefined, `there is no line "${label}"`);
  return found.slice(14);
}

test("renderResult() tells a passed run of two accelerators and two epochs", () => {
  const slow = acceleratorWith({ computeNs: 0.7e9, storageWaitNs: 0.225e9 });
  const lines = render({
    numAccelerators: 2,
    numEpochs: 2,
    stepsPerEpoch: 1966,
    epochs: [
      epochWith({ accelerators: [acceleratorWith(), acceleratorWith()] }),
      epochWith({ accelerators: [slow, slow], epoch: 2 }),
    ],
  });
  assert.deepEqual(lines, [
    "small: 2 accelerators, 2 epochs of 1,966 steps, 40.0 GiB in 4 files",
    "",
    "  AU          75.0 % of the time computing (+- 5.0, epochs 70.0 to 80.0)",
    "  verdict     PASS (70 % wanted): this storage feeds 2 accelerators",
    "  throughput  200 k samples/s of the 250 k that they consume",
    "  storage     50.0 MiB/s of wanted columns, 55.0 MiB/s asked for, 55.0 MiB/s from the device",
    "  read cache  0 % of the dataset lay in memory when an epoch began",
    "  time        75.0 % computing, waiting 17.5 % for storage, 5.0 % for decode, 2.5 % for each other",
    "  reads       8 of 27.5 MiB on average: p50 110 ns, p99 127 ns, max 127 ns",
    "  client      1.25 cores used, host CPU 75 % busy, epochs took 4.00 s in all",
  ]);
});

test("renderResult() tells one accelerator and one epoch without what needs two", () => {
  assert.deepEqual(render(), [
    "small: 1 accelerator, 1 epoch of 101 steps, 40.0 GiB in 4 files",
    "",
    "  AU          80.0 % of the time computing",
    "  verdict     PASS (70 % wanted): this storage feeds 1 accelerator",
    "  throughput  100 k samples/s of the 125 k that they consume",
    "  storage     50.0 MiB/s of wanted columns, 55.0 MiB/s asked for, 55.0 MiB/s from the device",
    "  read cache  0 % of the dataset lay in memory when an epoch began",
    "  time        80.0 % computing, waiting 12.5 % for storage, 5.0 % for decode",
    "  reads       4 of 27.5 MiB on average: p50 110 ns, p99 127 ns, max 127 ns",
    "  client      1.25 cores used, host CPU 75 % busy, epochs took 2.00 s in all",
  ]);
});

test("renderResult() fails what is below the wanted AU", () => {
  assert.equal(
    textOf("verdict", { requiredAuPercent: 90 }),
    "FAIL (90 % wanted): 1 accelerator would starve",
  );
});

test("renderResult() says that it does not know, where the host does not tell", () => {
  const epochs = [epochWith({
    deviceBytes: undefined,
    cacheBefore: { fileBytes: 10 },
    cacheAfter: { fileBytes: 10 },
    host: { userSeconds: 1, systemSeconds: 1 },
  })];
  assert.match(textOf("storage", { epochs }), /, unknown from the device$/);
  assert.equal(
    textOf("read cache", { epochs }),
    "unknown how much of the dataset lay in memory (Linux before 6.5)",
  );
  assert.equal(textOf("client", { epochs }), "1.00 cores used, epochs took 2.00 s in all");
  assert.equal(textOf("throughput", { epochs, demandSamplesPerSecond: undefined }), "100 k samples/s");
});

test("renderResult() tells the largest cached share of the epochs", () => {
  const epochs = [0, 150, 50].map((cachedMiB) =>
    epochWith({ cacheBefore: { fileBytes: 200 * MIB, cachedBytes: cachedMiB * MIB } })
  );
  assert.match(textOf("read cache", { epochs }), /^75 % of the dataset lay in memory/);
});

test("renderResult() leaves epochs that were cut short out of the figures", () => {
  const cutShort = epochWith({
    complete: false,
    accelerators: [acceleratorWith({ computeNs: 0.1e9 })],
    durationNs: 1e9,
    cacheBefore: { fileBytes: 10, cachedBytes: 10 },
  });
  const run: Partial<SummaryInput> = { status: "partial", error: "Interrupted by SIGINT" };
  const lines = render({ ...run, epochs: [epochWith(), cutShort] });
  assert.match(lines[0], /1 epoch of 101 steps.*\(partial: 1 of the epochs complete\)$/);
  for (const label of ["AU", "throughput", "storage", "read cache", "time", "client"]) {
    assert.equal(textOf(label, { ...run, epochs: [epochWith(), cutShort] }), textOf(label, {}), label);
  }
});

test("renderResult() says why there is no result", () => {
  const error = 'Cannot read "data/a.parquet" at byte 4: it is a folder';
  assert.deepEqual(render({ epochs: [], status: "failed", error }), [
    "small: 1 accelerator, 0 epochs of 101 steps, 40.0 GiB in 4 files (failed: 0 of the epochs complete)",
    "",
    `  result      none: ${error}`,
  ]);
  const [, , result] = render({ epochs: [epochWith({ complete: false })], status: "partial" });
  assert.equal(result, "  result      none: no epoch was completed");
});

test("renderResult() ends with the warnings, of a run without result too", () => {
  const { dataset } = summaryInputWith();
  const doubtful = { dataset: { ...dataset, warnings: ["The files differ in size"], totalBytes: 40 * GIB } };
  const epochs = [epochWith({ totals: totalsWith({ fallbackChunks: 2000 }) })];
  const lines = render({ ...doubtful, epochs });
  assert.deepEqual(lines.slice(-4, -1), ["", "Warning: The files differ in size", ""]);
  assert.match(lines.at(-1)!, /^Warning: 50 % of the column chunks/);
  assert.deepEqual(render({ ...doubtful, epochs: [] }).slice(-2), ["", "Warning: The files differ in size"]);
});
