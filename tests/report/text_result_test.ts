import assert from "node:assert/strict";
import { test } from "node:test";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import { summarize } from "../../lib/metrics/summary.ts";
import { renderResult } from "../../lib/report/text_result.ts";
import {
  acceleratorWith,
  cacheWith,
  epochWith,
  evaluationWith,
  GIB,
  histogramOf,
  hostWith,
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
      epochWith({ accelerators: [acceleratorWith(), acceleratorWith()], steps: 1966 }),
      epochWith({ accelerators: [slow, slow], epoch: 2, steps: 1966 }),
    ],
  });
  assert.deepEqual(lines, [
    "small: 2 accelerators, 2 epochs of 1,966 steps, 40.0 GiB in 4 files",
    "Yes: this storage feeds 2 accelerators",
    "",
    "  AU          75.0 % (+- 5.0, 70.0 to 80.0), 70 % wanted: PASS",
    "  throughput  200 k samples/s of the 250 k that 2 accelerators can consume",
    "  time        75.0 % computing, waiting 17.5 % for reads, 5.0 % for decode,",
    "              2.5 % for others",
    "  limit       storage: 18 % of the time lost to reads, 5.0 % to decode",
    "              55.0 MiB/s came with 0.8 readers fetching",
    "  storage     50.0 MiB/s useful, 55.0 MiB/s asked for, 55.0 MiB/s from device",
    "  cache       0 % of the dataset lay in memory when an epoch began",
    "  reads       8 of 27.5 MiB on average",
    "              p50 110 ns, p99 127 ns, p99.9 127 ns, max 127 ns",
    "  client      1.25 cores used, host CPU 75 % busy, 4.00 s measured",
    "",
    "  try next    reader.read_threads=8: more reads at a time; no faster means",
    "              storage is at its limit",
  ]);
});

test("renderResult() tells one accelerator and one epoch without what needs two", () => {
  assert.deepEqual(render(), [
    "small: 1 accelerator, 1 epoch of 101 steps, 40.0 GiB in 4 files",
    "Yes: this storage feeds 1 accelerator",
    "",
    "  AU          80.0 %, 70 % wanted: PASS",
    "  throughput  100 k samples/s of the 125 k that 1 accelerator can consume",
    "  time        80.0 % computing, waiting 12.5 % for reads, 5.0 % for decode",
    "  limit       storage: 13 % of the time lost to reads, 5.0 % to decode",
    "              55.0 MiB/s came with 0.8 readers fetching",
    "  storage     50.0 MiB/s useful, 55.0 MiB/s asked for, 55.0 MiB/s from device",
    "  cache       0 % of the dataset lay in memory when an epoch began",
    "  reads       4 of 27.5 MiB on average",
    "              p50 110 ns, p99 127 ns, p99.9 127 ns, max 127 ns",
    "  client      1.25 cores used, host CPU 75 % busy, 2.00 s measured",
    "",
    "  try next    reader.read_threads=8: more reads at a time; no faster means",
    "              storage is at its limit",
  ]);
});

test("renderResult() tells of evaluations, those that are still to come too", () => {
  const evaluation = evaluationWith({ numEvaluations: 3 });
  assert.equal(
    textOf("evaluation", { evaluation }),
    "AU 80.0 %, 40.4 k samples/s, 1 of 3 evaluations of 101 steps",
  );
  assert.equal(
    textOf("evaluation", { evaluation: { ...evaluation, epochs: [] } }),
    "0 of 3 evaluations of 101 steps",
  );
  assert.match(
    textOf("evaluation", { evaluation: { ...evaluation, epochs: [], numEvaluations: 0 } }),
    /^none: /,
  );
});

test("renderResult() tells of waits for preprocessing where there is any", () => {
  const accelerators = [acceleratorWith({ preprocessWaitNs: 0.03e9 })];
  const totals = totalsWith({ preprocessNs: 1e9 });
  const epochs = [epochWith({ accelerators, totals })];
  assert.match(render({ epochs }).join("\n"), /, 5\.0 % for decode,\n +3\.0 % for preprocessing\n/);
  assert.doesNotMatch(render().join("\n"), /preprocessing|window|others/);
});

test("renderResult() tells of waits for the window where there were any", () => {
  const epochs = [epochWith({ accelerators: [acceleratorWith({ windowWaitNs: 0.5e9 })] })];
  const text = render({ epochs }).join("\n");
  assert.match(text, /50\.0 % for the prefetch window\n {2}limit {7}the prefetch window: 74 % of the waits/);
  assert.match(textOf("try next", { epochs }), /^reader\.prefetch_size=/);
});

test("renderResult() tells how long steps waited, and how even the seconds were", () => {
  const stalls = histogramOf(1e6, 3e6);
  const seconds = Array.from({ length: 12 }, (_, second) => ({
    elapsedNs: (second + 1) * 1e9,
    intervalNs: 1e9,
    samplesPerSecond: 1,
    requestedBytesPerSecond: 1000 - 10 * second,
    isWhole: true,
  }));
  const epochs = [epochWith({ accelerators: [acceleratorWith({ stalls })], seconds })];
  assert.equal(textOf("stalls", { epochs }), "2 of 100 steps waited, 2.00 ms on average, 3.00 ms at most");
  // A wait that the end of the epoch cut is one of a step that does not count.
  const cut = [epochWith({ accelerators: [acceleratorWith({ stalls, countedSteps: 1 })] })];
  assert.match(textOf("stalls", { epochs: cut }), /^2 of 2 steps waited/);
  assert.equal(textOf("steadiness", { epochs }), "+- 4 % over 12 seconds, -11 % from first to last");
});

test("renderResult() never lets a synthetic run look like one of storage", () => {
  const { dataset } = summaryInputWith();
  const lines = render({
    dataset: { ...dataset, origin: "synthetic" },
    epochs: [epochWith({ totals: totalsWith({ requestedBytes: 0, reads: 0 }), deviceBytes: 0 })],
  });
  const text = lines.join("\n");
  assert.match(lines[0], /, synthetic$/);
  assert.match(text, /AU .*: of mlps itself, NO STORAGE WAS READ/);
  assert.match(text, /storage {5}none: nothing was read/);
  assert.doesNotMatch(text, /PASS|FAIL|MiB|page_cache|cache /);
});

test("renderResult() tells of bytes that others read, and of stolen time", () => {
  const device = (readMiB: number) =>
    hostWith({
      userSeconds: 1,
      systemSeconds: 1,
      hostTicks: 100,
      hostBusyTicks: 50,
      stealTicks: 3,
      blockDevice: { name: "vda", readBytes: readMiB * MIB, writtenBytes: 0, busyNs: 0 },
    });
  const alone = render({ epochs: [epochWith({ host: device(115) })] }).join("\n");
  assert.doesNotMatch(alone, /others/);
  const shared = render({ epochs: [epochWith({ host: device(140) })] }).join("\n");
  assert.match(shared, /from device\n {14}others read 30\.0 MiB from vda at the same time\n/);
  assert.match(shared, /client .*, host CPU 50 % busy, 3 % stolen, /);
});

test("renderResult() says when single reads were not measured", () => {
  const nothing = { read: histogramOf(), extent: histogramOf(), decode: histogramOf() };
  const epochs = [epochWith({ histograms: nothing })];
  assert.equal(textOf("reads", { epochs, bare: true }), "not measured (--bare)");
  assert.match(textOf("time", { epochs, bare: true }), /waiting 12\.5 % for reads, decoding included$/);
});

test("renderResult() does not fail an AU that says nothing", () => {
  assert.equal(textOf("AU", { demandSamplesPerSecond: undefined }), "none, as steps take no time");
});

test("renderResult() keeps to 80 columns, with figures of any size", () => {
  const slow = acceleratorWith({
    computeNs: 1e9,
    measuredNs: 1.0001e9,
    storageWaitNs: 100,
    countedSteps: 9e9,
  });
  const totals = totalsWith({ usefulBytes: 9e15, requestedBytes: 9e15, readNs: 9e15 });
  const lines = render({
    numAccelerators: 1000,
    numEpochs: 1000,
    demandSamplesPerSecond: 123e6,
    epochs: [epochWith({ accelerators: [slow], totals, deviceBytes: 1 }), epochWith()],
  });
  for (const line of lines.slice(1)) assert.ok(line.length <= 80, line);
});

test("renderResult() fails what is below the wanted AU", () => {
  assert.equal(textOf("AU", { requiredAuPercent: 90 }), "80.0 %, 90 % wanted: FAIL");
});

test("renderResult() does not let a passed run from memory look like one from storage", () => {
  const epochs = [epochWith({ deviceBytes: 0 })];
  assert.equal(textOf("AU", { epochs }), "80.0 %, 70 % wanted: PASS, BUT READ FROM MEMORY");
  const text = render({ epochs });
  assert.ok(text.some((line) => line.startsWith("Warning: Memory, not storage")));
  const unknown = { epochs: [epochWith({ deviceBytes: undefined })], direct: true };
  const dataset = { ...summaryInputWith().dataset, totalBytes: GIB };
  assert.match(textOf("AU", { ...unknown, dataset }), /: PASS, BUT PERHAPS READ FROM MEMORY$/);
  assert.match(textOf("AU", unknown), /: PASS$/);
  for (const line of text) assert.ok(line.length <= 80, line);
});

test("renderResult() says that it does not know, where the host does not tell", () => {
  const epochs = [epochWith({
    deviceBytes: undefined,
    cacheBefore: cacheWith(10),
    cacheAfter: cacheWith(10),
    host: hostWith({ userSeconds: 1, systemSeconds: 1 }),
  })];
  assert.match(textOf("storage", { epochs }), /, unknown from device$/);
  assert.equal(
    textOf("cache", { epochs }),
    "unknown how much of the dataset lay in memory",
  );
  assert.equal(textOf("client", { epochs }), "1.00 cores used, 2.00 s measured");
  assert.equal(textOf("throughput", { epochs, demandSamplesPerSecond: undefined }), "100 k samples/s");
});

test("renderResult() tells the largest cached share of the epochs", () => {
  const epochs = [0, 150, 50].map((cachedMiB) =>
    epochWith({ cacheBefore: cacheWith(200 * MIB, cachedMiB * MIB) })
  );
  assert.match(textOf("cache", { epochs }), /^75 % of the dataset lay in memory/);
});

test("renderResult() leaves epochs that were cut short out of the figures", () => {
  const cutShort = epochWith({
    complete: false,
    accelerators: [acceleratorWith({ computeNs: 0.1e9 })],
    durationNs: 1e9,
    cacheBefore: cacheWith(10, 10),
  });
  const run: Partial<SummaryInput> = { status: "partial", error: "Interrupted by SIGINT", numEpochs: 2 };
  const lines = render({ ...run, epochs: [epochWith(), cutShort] });
  assert.match(lines[0], /: 1 accelerator, 1 of 2 epochs of 101 steps, .*, PARTIAL$/);
  for (const label of ["AU", "throughput", "storage", "cache", "time", "client"]) {
    assert.equal(textOf(label, { ...run, epochs: [epochWith(), cutShort] }), textOf(label, {}), label);
  }
});

test("renderResult() says why there is no result", () => {
  const error = 'Cannot read "data/a.parquet" at byte 4: it is a folder';
  assert.deepEqual(render({ epochs: [], status: "failed", error }), [
    "small: 1 accelerator, 0 of 1 epoch of 101 steps, 40.0 GiB in 4 files, FAILED",
    "No verdict: no epoch was completed",
    "",
    `  result      none: ${error}`,
  ]);
  const [, , , result] = render({ epochs: [epochWith({ complete: false, steps: 0 })], status: "partial" });
  assert.equal(result, "  result      none: no epoch was completed");
});

test("renderResult() tells what is known of the only epoch when it was cut short", () => {
  const epochs = [epochWith({ complete: false, steps: 50 })];
  const text = textOf("AU", { epochs, status: "partial" });
  assert.equal(text, "80.0 %, no verdict: cut short after 50 of 101 steps");
  assert.match(textOf("throughput", { epochs, status: "partial" }), /^100 k samples/);
});

test("renderResult() ends with the warnings, of a run without result too", () => {
  const { dataset } = summaryInputWith();
  const doubtful = { dataset: { ...dataset, warnings: ["The files differ in size"], totalBytes: 40 * GIB } };
  const epochs = [epochWith({ totals: totalsWith({ fallbackChunks: 2000 }) })];
  const lines = render({ ...doubtful, epochs });
  const first = lines.indexOf("Warning: The files differ in size");
  assert.deepEqual([lines[first - 1], lines[first + 1]], ["", ""]);
  assert.match(lines[first + 2], /^Warning: 50 % of the column chunks/);
  assert.deepEqual(render({ ...doubtful, epochs: [] }).slice(-2), ["", "Warning: The files differ in size"]);
});

test("renderResult() tells where the files are, and never breaks a path or a command", () => {
  const commandLine = ["run", "a_workload.yaml", "--set", `dataset.data_folder=/mnt/${"x".repeat(60)}`];
  const folder = `results/${"y".repeat(80)}`;
  const lines = renderResult(summarize(summaryInputWith({ commandLine })), folder);
  const at = lines.indexOf(`  results     ${folder}`);
  assert.equal(lines[at - 1], "");
  assert.deepEqual(lines.slice(at + 1), [
    "  try next    reader.read_threads=8: more reads at a time; no faster means",
    "              storage is at its limit",
    `              mlps ${commandLine.join(" ")} --set reader.read_threads=8`,
    `              mlps scan ${commandLine.slice(1).join(" ")}`,
    `              mlps report ${folder} --output report.html`,
  ]);
});

test("renderResult() says after how many steps epochs ended before their last", () => {
  const epochs = (...steps: number[]) => steps.map((steps, index) => epochWith({ epoch: index + 1, steps }));
  const titleOf = (changes: Partial<SummaryInput>) => render({ stepsPerEpoch: 200, ...changes })[0];
  assert.match(
    titleOf({ numEpochs: 2, epochs: epochs(120, 120) }),
    /: 1 accelerator, 2 epochs of 200 steps, 2 of them ended by time after 120,$/,
  );
  assert.match(
    titleOf({ numEpochs: 3, epochs: epochs(120, 200, 99) }),
    / 3 epochs of 200 steps, 2 of them ended by time after 99/,
  );
  assert.match(titleOf({ numEpochs: 1, epochs: epochs(200) }), / 1 epoch of 200 steps, /);
});

test("renderResult() shares the time among the epochs that have a step that counts", () => {
  const none = acceleratorWith({ countedSteps: 0 });
  const epochs = [epochWith(), epochWith({ epoch: 2, accelerators: [none] })];
  assert.match(
    textOf("time", { numEpochs: 2, epochs }),
    /^80\.0 % computing, waiting 12\.5 % for reads, 5\.0 % for/,
  );
});
