import assert from "node:assert/strict";
import { test } from "node:test";
import { type RepeatsInput, repeatsOf } from "../../lib/metrics/repeats.ts";
import { summarize } from "../../lib/metrics/summary.ts";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import {
  acceleratorWith,
  cacheWith,
  environmentWith,
  epochWith,
  GIB,
  summaryInputWith,
} from "../helpers/epoch_records.ts";

/** Returns the run that began at minute `index` and took 50 s. */
function runOf(index: number, auPercent: number, changes: Partial<SummaryInput> = {}) {
  const beginMs = Date.UTC(2026, 6, 4, 5, index);
  return {
    folder: `results/small/${index}`,
    summary: summarize(summaryInputWith({
      startedAt: new Date(beginMs).toISOString(),
      endedAt: new Date(beginMs + 50_000).toISOString(),
      stepsPerEpoch: 500,
      epochs: [epochWith({ steps: 500, accelerators: [acceleratorWith({ computeNs: auPercent * 1e7 })] })],
      ...changes,
    })),
  };
}

const AUS = [20, 70, 72, 74, 76, 78];

function inputWith(changes: Partial<RepeatsInput> = {}): RepeatsInput {
  return {
    status: "complete",
    numMeasured: 5,
    runs: AUS.map((au, index) => runOf(index, au)),
    sharesFilesystem: false,
    ...changes,
  };
}

test("repeatsOf() reduces the measured runs, not the warm-up", () => {
  const repeats = repeatsOf(inputWith());
  const { mean, population_deviation, sample_deviation, min, max } = repeats.au_percentage!;
  const rounded = [mean, population_deviation ** 2, sample_deviation! ** 2, min, max].map((value) =>
    Math.round(value * 1e6) / 1e6
  );
  assert.deepEqual(rounded, [74, 8, 10, 70, 78]);
  assert.equal(repeats.samples_per_second!.mean, 100_000);
  assert.equal(repeats.au_meet_expectation, "success");
  assert.deepEqual(repeats.runs.map(({ kind }) => kind), ["warm_up", ...Array(5).fill("measured")]);
  assert.deepEqual(JSON.parse(JSON.stringify(repeats)), repeats);
});

test("repeatsOf() leaves out runs that are not complete, and passes no partial result", () => {
  const runs = [runOf(0, 80), runOf(1, 80), runOf(2, 10, { status: "partial", error: "Interrupted" })];
  const repeats = repeatsOf(inputWith({ runs, status: "partial", error: "Interrupted" }));
  assert.equal(Math.round(repeats.au_percentage!.mean), 80);
  assert.equal(repeats.au_percentage!.sample_deviation, null);
  assert.equal(repeats.au_meet_expectation, "fail");
  assert.equal(repeats.error, "Interrupted");
  const nothing = repeatsOf(inputWith({ runs: runs.slice(0, 1), status: "partial" }));
  assert.deepEqual([nothing.au_percentage, nothing.samples_per_second], [null, null]);
});

test("repeatsOf() checks MLPerf's conditions, each with its evidence", () => {
  const met = Object.fromEntries(
    repeatsOf(inputWith()).mlperf_conditions.map(({ code, met }) => [code, met]),
  );
  assert.deepEqual(met, {
    runs: true,
    same_configuration: true,
    same_dataset: true,
    gaps: true,
    dataset_size: true,
    steps: true,
    au: true,
    results_apart: true,
    cold_cache: true,
  });
  const { dataset, workload } = summaryInputWith();
  const changed = (changes: Partial<SummaryInput>, last = changes): Partial<RepeatsInput> => ({
    runs: AUS.map((au, index) => runOf(index, au, index === 5 ? last : changes)),
  });
  const cached = (bytes?: number) => ({ epochs: [epochWith({ cacheBefore: cacheWith(100, bytes) })] });
  const table: [code: string, changes: Partial<RepeatsInput>, met: boolean | null, evidence: RegExp][] = [
    ["runs", { runs: inputWith().runs.slice(0, 5) }, false, /^1 and 4 are complete/],
    ["runs", { runs: [...inputWith().runs, runOf(6, 80)] }, false, /^1 and 6 /],
    [
      "runs",
      { runs: [runOf(0, 20, { status: "failed" }), ...inputWith().runs.slice(1)] },
      false,
      /^0 and 5 /,
    ],
    [
      "same_configuration",
      changed({}, { workload: { ...workload, configurationHash: "other" } }),
      false,
      /^2 in 6 runs/,
    ],
    ["same_dataset", changed({}, { dataset: { ...dataset, id: "other" } }), false, /^2 in 6/],
    [
      "gaps",
      { runs: [runOf(0, 70), runOf(2, 70)] },
      false,
      /^at most 1 min 10 s, the shortest run took 50\.0 s/,
    ],
    ["gaps", { runs: [runOf(0, 70)] }, null, /no gap/],
    [
      "dataset_size",
      changed({ dataset: { ...dataset, totalBytes: 19 * GIB } }),
      false,
      /^4\.8 times: 19\.0 GiB and 4\.00 GiB/,
    ],
    ["dataset_size", changed({ dataset: { ...dataset, totalBytes: 20 * GIB } }), true, /^5\.0 times/],
    ["steps", changed({ stepsPerEpoch: 499 }), false, /^it has 499/],
    ["steps", changed({}, { epochs: [epochWith({ steps: 499 })] }), false, /^the shortest had 499/],
    ["steps", changed({}, { epochs: [epochWith({ steps: 9, complete: false })] }), true, /^it has 500/],
    ["au", { runs: [runOf(0, 20), runOf(1, 80), runOf(2, 69.9)] }, false, /^the lowest is 69\.9 %, 70 % is/],
    ["au", { runs: [runOf(0, 20)] }, null, /^no measured run/],
    ["results_apart", { sharesFilesystem: true }, false, /^they share one/],
    ["cold_cache", changed(cached(1)), true, /^up to 1\.0 %/],
    ["cold_cache", changed(cached(2)), false, /^up to 2\.0 %/],
    ["cold_cache", changed(cached(undefined)), null, /kernel does not tell/],
    ["cold_cache", changed({ ...cached(100), direct: true }), true, /around the page cache/],
    ["cold_cache", changed({ epochs: [] }), null, /no epoch/],
  ];
  for (const [code, changes, met, evidence] of table) {
    const { mlperf_conditions: conditions } = repeatsOf(inputWith(changes));
    const condition = conditions.find((one) => one.code === code)!;
    assert.equal(condition.met, met, `${code}: ${condition.evidence}`);
    assert.match(condition.evidence, evidence);
  }
  const large = environmentWith({ memory: { total_bytes: 100 * GIB, swap_bytes: null } });
  const [size] = repeatsOf(inputWith(changed({ environment: large }))).mlperf_conditions
    .filter(({ code }) => code === "dataset_size");
  assert.equal(size.met, false);
});
