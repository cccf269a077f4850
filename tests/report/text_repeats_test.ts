import assert from "node:assert/strict";
import { test } from "node:test";
import { type RepeatsInput, repeatsOf } from "../../lib/metrics/repeats.ts";
import { summarize, type Summary } from "../../lib/metrics/summary.ts";
import { renderRepeats } from "../../lib/report/text_repeats.ts";
import { acceleratorWith, epochWith, summaryInputWith } from "../helpers/epoch_records.ts";

function runOf(index: number, auPercent: number, deviceBytes?: number) {
  const beginMs = Date.UTC(2026, 6, 4, 5, index);
  const accelerators = [acceleratorWith({ computeNs: auPercent * 1e7 })];
  return {
    folder: `results/small/${index}`,
    summary: summarize(summaryInputWith({
      startedAt: new Date(beginMs).toISOString(),
      endedAt: new Date(beginMs + 50_000).toISOString(),
      epochs: [
        deviceBytes === undefined ? epochWith({ accelerators }) : epochWith({ accelerators, deviceBytes }),
      ],
    })),
  };
}

/** Returns these runs with a summary that differs. */
function changed(change: (mlps: Summary["mlps"]) => Partial<Summary["mlps"]>): RepeatsInput["runs"] {
  return [0, 1, 2].map((index) => {
    const { folder, summary } = runOf(index, 80);
    return { folder, summary: { ...summary, mlps: { ...summary.mlps, ...change(summary.mlps) } } };
  });
}

function render(changes: Partial<RepeatsInput> = {}): string[] {
  return renderRepeats(repeatsOf({
    status: "complete",
    numMeasured: 2,
    runs: [runOf(0, 10), runOf(1, 70), runOf(2, 72)],
    sharesFilesystem: false,
    ...changes,
  }));
}

test("renderRepeats() tells mean, deviation and range, each run, and MLPerf's conditions", () => {
  assert.deepEqual(render(), [
    "small: 2 of 2 measured runs after a warm-up run",
    "",
    "  AU          71.0 % (+- 1.4, 70.0 to 72.0), 70 % wanted: PASS",
    "  throughput  100 k samples/s (+- 0, 100 k to 100 k)",
    "",
    "  run      AU %  samples/s  limit    folder",
    "  warm-up  10.0      100 k  storage  results/small/0",
    "  1        70.0      100 k  storage  results/small/1",
    "  2        72.0      100 k  storage  results/small/2",
    "",
    "MLPerf's conditions:",
    "  no   1 warm-up run and 5 measured runs: 1 and 2 are complete",
    "  yes  all runs have one configuration: 1 in 3 runs",
    "  yes  all runs read one dataset: 1 in 3 runs",
    "  yes  gaps between runs are shorter than a run: at most 10.0 s, the shortest",
    "       run took 50.0 s",
    "  yes  the dataset is at least 5 times the memory: 10.0 times: 40.0 GiB and 4.00",
    "       GiB",
    "  no   an epoch has at least 500 steps: it has 101",
    "  yes  each measured run reaches the wanted AU: the lowest is 70.0 %, 70 % is",
    "       wanted",
    "  yes  results are not written to the filesystem of the dataset: they are two",
    "  yes  no cache serves what generation wrote: up to 0.0 % of the dataset lay in",
    "       memory when a run began",
  ]);
});

test("renderRepeats() passes neither half a result nor one from memory in silence", () => {
  const text = (changes: Partial<RepeatsInput>) => render(changes).join("\n");
  const partial = text({
    status: "partial",
    error: "Interrupted by SIGINT",
    runs: [runOf(0, 80), runOf(1, 80)],
  });
  assert.match(partial, /^small: 1 of 2 measured runs .*, PARTIAL\n\n {2}stopped {5}Interrupted by SIGINT\n/);
  assert.match(partial, /80\.0 %, no verdict: not all runs are complete/);
  assert.match(text({ status: "failed", runs: [runOf(0, 80)] }), /AU {10}none: no measured run is complete/);
  const fromMemory = text({ runs: [runOf(0, 80, 0), runOf(1, 80, 0), runOf(2, 80, 0)] });
  assert.match(fromMemory, /PASS, BUT READ FROM\n {14}MEMORY|PASS, BUT READ FROM MEMORY/);
  assert.match(text({ runs: [runOf(0, 80), runOf(1, 60), runOf(2, 60)] }), /wanted: FAIL\n/);
});

test("renderRepeats() never says that a storage passed which was not read, or perhaps not", () => {
  const synthetic = changed(({ dataset }) => ({ dataset: { ...dataset, origin: "synthetic" } }));
  assert.equal(
    render({ runs: synthetic })[2],
    "  AU          80.0 % (+- 0.0, 80.0 to 80.0): of mlps itself, NO STORAGE WAS READ",
  );
  const doubtful = changed(() => ({ warnings: [{ code: "memory_device", message: "" }] }));
  assert.match(
    render({ runs: doubtful }).join(" ").replace(/ +/g, " "),
    /: PASS, BUT PERHAPS READ FROM MEMORY/,
  );
});
