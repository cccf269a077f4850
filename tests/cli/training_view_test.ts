import assert from "node:assert/strict";
import { test } from "node:test";
import type { Screen } from "../../lib/cli/terminal.ts";
import { sparklineOf, TrainingView } from "../../lib/cli/training_view.ts";
import type { SeriesPoint } from "../../lib/metrics/series.ts";
import type { TrainProgress } from "../../lib/run/train.ts";
import { totalsWith } from "../helpers/epoch_records.ts";

const MIB = 2 ** 20, NS_PER_SECOND = 1e9;

const POINT: SeriesPoint = {
  epoch: 2,
  phase: "training",
  elapsed_seconds: 2,
  interval_seconds: 1,
  steps_done: 50,
  samples_per_second: 32.1e6,
  useful_bytes_per_second: 2400 * MIB,
  requested_bytes_per_second: 2450 * MIB,
  reads_per_second: 1000,
  mean_extent_read_us: 900,
  mean_extent_decode_us: 100,
  read_p50_us: 512,
  read_p99_us: 2310,
  read_max_us: 9000,
  device_bytes_per_second: 2450 * MIB,
  cpu_cores_used: 1.5,
};

const screenOf = (columns: number, others: Partial<Screen> = {}): Screen => ({
  columns,
  isUnicode: true,
  paint: (_tone, text) => text,
  ...others,
});

function progressAt(stepsDone: number, others: Partial<TrainProgress> = {}): TrainProgress {
  return {
    phase: "training",
    epoch: 2,
    steps: 100,
    samplesPerStep: 512,
    glance: { elapsedNs: 2 * NS_PER_SECOND, stepsDone, totals: totalsWith({}), auPercent: () => 92.44 },
    ...others,
  };
}

function viewWith(...points: Partial<SeriesPoint>[]): TrainingView {
  const view = new TrainingView({ epochs: 3, requiredPercent: 90 });
  for (const point of points) view.addPoint({ ...POINT, ...point });
  return view;
}

test("TrainingView shows where the run is, how well it does and whether it is storage, on 80 columns", () => {
  const view = viewWith({ samples_per_second: 16e6 }, {});
  assert.deepEqual(view.describe(progressAt(50), screenOf(79)), [
    "epoch 2/3   50 %  ━━━━━━━━━━━━━━───────────────  step  50/100  6.00 s left",
    "AU 92.4 %, 90 % wanted    32.1 M samples/s     ▄█",
    "2.34 GiB/s useful         2.39 GiB/s device    reads p50 512 us, p99 2.31 ms",
  ]);
});

test("TrainingView leaves out what does not fit, and never breaks a line", () => {
  const view = viewWith({}, {});
  assert.deepEqual(view.describe(progressAt(50), screenOf(39)), [
    "epoch 2/3   50 %  6.00 s left",
    "AU 92.4 %, 90 % wanted  ██",
    "2.34 GiB/s useful  2.39 GiB/s device",
  ]);
  const phases: TrainProgress[] = [
    progressAt(0),
    progressAt(50),
    progressAt(100, { epoch: 3 }),
    progressAt(7, { phase: "evaluation" }),
    { phase: "preparing", epoch: 1, steps: 0, samplesPerStep: 0 },
    { phase: "evicting", epoch: 2, steps: 100, samplesPerStep: 512 },
  ];
  for (let columns = 1; columns <= 200; columns++) {
    for (const progress of phases) {
      for (const isUnicode of [true, false]) {
        const lines = [view.describe(progress, screenOf(columns, { isUnicode }))].flat();
        assert.equal(lines.length, 3, "the number of lines never changes: nothing jumps");
        for (const line of lines) {
          assert.ok([...line].length <= Math.min(columns, 120), `${columns}: ${line}`);
        }
        if (!isUnicode) assert.match(lines.join(""), /^[\x20-\x7e]*$/);
      }
    }
  }
});

test("TrainingView fills a wide screen with bar and history", () => {
  const view = viewWith(...Array.from({ length: 200 }, () => ({})));
  const [steps, rates] = view.describe(progressAt(50), screenOf(119));
  assert.match(steps, /━{20}─{20} {2}step/);
  assert.match(rates, /█{72}$/);
});

test("TrainingView paints AU where it is judged alone: as good from the wanted AU on", () => {
  const paint: Screen["paint"] = (tone, text) => `<${tone}>${text}</>`;
  const rateLine = (requiredPercent: number | undefined) =>
    new TrainingView({ epochs: 3, requiredPercent }).describe(progressAt(50), screenOf(79, { paint }))[1];
  assert.match(rateLine(90), /^AU <good>92\.4 %<\/>, 90 % wanted {2}/);
  assert.match(rateLine(93), /^AU <bad>92\.4 %<\/>, 93 % wanted {2}/);
  assert.match(rateLine(undefined), /^AU 92\.4 % {2}/);
});

test("TrainingView keeps the last figures while the next epoch is prepared", () => {
  const view = viewWith({});
  view.describe(progressAt(100), screenOf(79));
  const evicting: TrainProgress = { phase: "evicting", epoch: 3, steps: 100, samplesPerStep: 512 };
  const [head, ...figures] = view.describe(evicting, screenOf(79));
  assert.equal(head, "epoch 3/3  dropping the dataset from the page cache");
  assert.deepEqual(figures, view.describe(progressAt(100), screenOf(79)).slice(1));
});

test("TrainingView tells a log the same on one line, with the time left of all epochs", () => {
  const line = (progress: TrainProgress, ...points: Partial<SeriesPoint>[]) =>
    viewWith(...points).describe(progress);
  assert.equal(
    line(progressAt(50), {}),
    "epoch 2/3   50 % step  50/100, AU 92.4 %, 90 % wanted, 32.1 M samples/s, 2.34 GiB/s useful, 2.39 GiB/s device, " +
      "reads p50 512 us, p99 2.31 ms, 6.00 s left", // 150 steps at 25 a second
  );
  assert.equal(
    line(progressAt(50, { epoch: 1, setUpNs: NS_PER_SECOND })),
    "epoch 1/3   50 % step  50/100, AU 92.4 %, 90 % wanted, 12.8 k samples/s, 12.0 s left", // and two gaps
  );
  assert.equal(
    line(progressAt(0), { device_bytes_per_second: null, read_p99_us: 0 }),
    "epoch 2/3    0 % step   0/100, AU 92.4 %, 90 % wanted, 32.1 M samples/s, 2.34 GiB/s useful, device unknown",
  );
  assert.equal(
    line(progressAt(50, { phase: "evaluation" })),
    "epoch 2/3, evaluation   50 % step  50/100, 12.8 k samples/s, 2.00 s left",
  );
  assert.equal(
    line({ phase: "preparing", epoch: 1, steps: 0, samplesPerStep: 0 }),
    "epoch 1/3  starting the readers",
  );
});

test("TrainingView takes the rate of no sliver of a second", () => {
  const view = viewWith({}, { interval_seconds: 0.1, samples_per_second: 9e9 });
  assert.match(view.describe(progressAt(50), screenOf(79))[1], / 32\.1 M samples\/s$/);
});

test("sparklineOf() is in proportion to the largest value", () => {
  assert.equal(sparklineOf([1, 2, 3, 4, 5, 6, 7, 8]), "▁▂▃▄▅▆▇█");
  assert.equal(sparklineOf([0, 100, 99, 50]), "▁██▄");
  assert.equal(sparklineOf([0, 0]), "▁▁");
});

test("TrainingView tells the rate of the epoch where steps take longer than a second, until one is overdue", () => {
  const rateOf = (view: TrainingView, stepsDone: number, seconds: number) => {
    const glance = { ...progressAt(stepsDone).glance!, elapsedNs: seconds * NS_PER_SECOND };
    return (view.describe(progressAt(stepsDone, { glance })) as string).match(
      /, (\S+(?: k)?) samples\/s/,
    )![1];
  };
  const between = { samples_per_second: 0 };
  assert.equal(rateOf(viewWith({ samples_per_second: 512 }, between), 4, 10), "205");
  assert.equal(rateOf(viewWith({ samples_per_second: 512 }, ...Array(5).fill(between)), 4, 10), "0");
  assert.equal(rateOf(viewWith(between), 20, 10), "0", "short steps that do not come");
});
