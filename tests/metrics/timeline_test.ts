import assert from "node:assert/strict";
import { test } from "node:test";
import { summarizeHistogram } from "../../lib/metrics/histogram.ts";
import { resultOfAccelerator } from "../../lib/metrics/epoch_result.ts";
import { drawStepNs } from "../../lib/metrics/step_time.ts";
import { type AcceleratorTotals, Timeline, type TimelineSettings } from "../../lib/metrics/timeline.ts";
import { histogramOf } from "../helpers/epoch_records.ts";
import { type RandomSource, randomSource } from "../helpers/random_source.ts";
import { computeEpoch, type TestExtent } from "./naive_timeline.ts";

const BEGIN_NS = 1_000_000;

function settingsWith(changes: Partial<TimelineSettings>): TimelineSettings {
  return {
    numAccelerators: 1,
    steps: 3,
    batchSize: 1,
    computeNs: 10,
    barrierEachStep: true,
    excludeStartSteps: 0,
    excludeEndSteps: 0,
    windowBatches: 4,
    extentsInFlight: 2000,
    ...changes,
  };
}

function beginTimeline(settings: TimelineSettings, beginNs = BEGIN_NS): Timeline {
  const timeline = new Timeline(settings, new Float64Array(Timeline.numWords(settings)));
  timeline.begin(beginNs);
  return timeline;
}

/** An extent in the words of a hand-worked case: instants count from the beginning of the epoch. */
interface HandExtent {
  readonly samples: number;
  readonly readyNs: number;
  readonly readNs?: number;
  readonly decodeNs?: number;
  readonly preprocessNs?: number;
  readonly windowWaitNs?: number;
}

function completeAll(timeline: Timeline, accelerator: number, extents: readonly HandExtent[]): void {
  let sampleEnd = 0;
  extents.forEach((extent, ordinal) => {
    const { samples, readyNs, readNs = 0, decodeNs = 0, preprocessNs = 0, windowWaitNs = 0 } = extent;
    sampleEnd += samples;
    timeline.complete(
      accelerator,
      ordinal,
      sampleEnd,
      BEGIN_NS + readyNs,
      readNs,
      decodeNs,
      preprocessNs,
      windowWaitNs,
    );
  });
}

/** Returns the timeline of an epoch of which all is known: `extents[accelerator]`. */
function timelineOf(settings: TimelineSettings, extents: readonly (readonly HandExtent[])[]): Timeline {
  const timeline = beginTimeline(settings);
  extents.forEach((ofAccelerator, accelerator) => completeAll(timeline, accelerator, ofAccelerator));
  timeline.advance();
  return timeline;
}

/** Extents of one sample each, ready at these instants. */
function readyAt(...instantsNs: number[]): HandExtent[] {
  return instantsNs.map((readyNs) => ({ samples: 1, readyNs }));
}

function startsOf(timeline: Timeline, accelerator: number, steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => timeline.startNs(accelerator, step) - BEGIN_NS);
}

test("Timeline follows DLIO's AU with steps excluded at either end", () => {
  // Steps of 10 ns, ready at 5, 7 and 40: they run 5-15, 15-25 and 40-50.
  const extents = [readyAt(5, 7, 40)];
  // Excluded at the start and at the end: counted steps, measured ns, AU in percent, storage wait in ns.
  const table: [number, number, number, number, number, number][] = [
    [0, 0, 3, 50, 30 / 50, 20],
    [1, 0, 2, 50 - 15, 20 / 35, 15],
    [2, 0, 1, 50 - 15 - 10, 10 / 25, 15],
    [0, 1, 2, 50 - 25, 20 / 25, 5],
    [1, 1, 1, 50 - 15 - 25, 1, 0],
    [3, 0, 0, 0, 0, 0],
    [2, 1, 0, 0, 0, 0],
    [5, 5, 0, 0, 0, 0],
  ];
  for (const [excludeStartSteps, excludeEndSteps, countedSteps, measuredNs, au, waitNs] of table) {
    const timeline = timelineOf(settingsWith({ excludeStartSteps, excludeEndSteps }), extents);
    assert.deepEqual(startsOf(timeline, 0, 3), [5, 15, 40]);
    const totals = timeline.totals(0, BEGIN_NS);
    const context = `${excludeStartSteps}, ${excludeEndSteps}`;
    assert.equal(totals.steps, 3, context);
    assert.equal(totals.countedSteps, countedSteps, context);
    assert.equal(totals.measuredNs, measuredNs, context);
    assert.equal(totals.storageWaitNs, waitNs, context);
    const result = resultOfAccelerator(totals, 7);
    assert.ok(Math.abs(result.auPercent - au * 100) < 1e-9, context);
    const samplesPerSecond = countedSteps === 0 ? 0 : countedSteps * 7 / (measuredNs / 1e9);
    assert.equal(result.samplesPerSecond, samplesPerSecond, context);
  }
});

test("Timeline gives AU 100 % when storage is faster than the accelerator, for steps of any length", () => {
  for (const computeNs of [375_000, 10e6, 1e9]) {
    const steps = 1000;
    const settings = settingsWith({ steps, computeNs, excludeStartSteps: 1 });
    // Each batch is ready the whole window before it is wanted, or just in time.
    for (const intervalNs of [0, 1, computeNs / 2, computeNs]) {
      const instants = Array.from({ length: steps }, (_, step) => (step + 1) * intervalNs);
      const timeline = timelineOf(settings, [readyAt(...instants)]);
      assert.equal(resultOfAccelerator(timeline.totals(0, BEGIN_NS), 1).auPercent, 100);
      assert.equal(timeline.endNs(0), BEGIN_NS + intervalNs + steps * computeNs);
    }
  }
});

test("Timeline gives AU = computation / interval when each batch takes longer than the computation", () => {
  const steps = 1000;
  for (const computeNs of [375_000, 10e6, 1e9]) {
    for (const slowness of [1.001, 1.1, 2, 10]) {
      const intervalNs = Math.round(computeNs * slowness);
      const instants = Array.from({ length: steps }, (_, step) => (step + 1) * intervalNs);
      for (const excludeStartSteps of [0, 1, 3]) {
        const settings = settingsWith({ steps, computeNs, excludeStartSteps });
        const timeline = timelineOf(settings, [readyAt(...instants)]);
        const { auPercent } = resultOfAccelerator(timeline.totals(0, BEGIN_NS), 1);
        const analyticPercent = computeNs / intervalNs * 100;
        assert.ok(Math.abs(auPercent - analyticPercent) < 0.2, `${auPercent}, analytic ${analyticPercent}`);
      }
    }
  }
});

test("Timeline lets a late batch delay the later ones, which then catch up in no time", () => {
  const timeline = timelineOf(settingsWith({ steps: 4, windowBatches: 8 }), [readyAt(0, 35, 36, 37)]);
  assert.deepEqual(startsOf(timeline, 0, 4), [0, 35, 45, 55]);
  assert.equal(timeline.totals(0, BEGIN_NS).storageWaitNs, 25);
});

test("Timeline serves many batches from one extent", () => {
  const settings = settingsWith({ steps: 6, batchSize: 2, windowBatches: 8 });
  // 7 samples, then 5: the fourth batch needs both.
  const timeline = timelineOf(settings, [[{ samples: 7, readyNs: 4 }, { samples: 5, readyNs: 100 }]]);
  assert.deepEqual(startsOf(timeline, 0, 6), [4, 14, 24, 100, 110, 120]);
  assert.equal(timeline.extentsConsumed(0), 2);
  assert.equal(timeline.totals(0, BEGIN_NS).storageWaitNs, 4 + 66);
});

test("Timeline waits for the last of the extents that a batch spans, empty ones too", () => {
  const settings = settingsWith({ steps: 2, batchSize: 4, windowBatches: 8 });
  const timeline = timelineOf(settings, [[
    { samples: 1, readyNs: 30 },
    { samples: 0, readyNs: 50 },
    { samples: 2, readyNs: 3 },
    { samples: 3, readyNs: 40 },
    { samples: 2, readyNs: 0 },
  ]]);
  assert.deepEqual(startsOf(timeline, 0, 2), [50, 60]);
});

test("Timeline divides a wait as the extents of the batch divided their time", () => {
  const settings = settingsWith({ steps: 2, batchSize: 2, windowBatches: 8, excludeStartSteps: 0 });
  const timeline = timelineOf(settings, [[
    { samples: 1, readyNs: 30, readNs: 12, decodeNs: 8 },
    { samples: 1, readyNs: 10, readNs: 8, decodeNs: 2 },
    // 60 - 40 = 20 ns of waiting, a quarter of them for storage.
    { samples: 2, readyNs: 60, readNs: 5, decodeNs: 15 },
  ]]);
  const { storageWaitNs, decodeWaitNs } = timeline.totals(0, BEGIN_NS);
  assert.equal(storageWaitNs, 30 * 20 / 30 + 5);
  assert.equal(decodeWaitNs, 30 * 10 / 30 + 15);
});

test("Timeline divides a wait between storage, decode and preprocessing as the work of its extents", () => {
  const timeline = timelineOf(settingsWith({ steps: 1, batchSize: 2, excludeStartSteps: 0, computeNs: 10 }), [
    [
      { samples: 1, readyNs: 40, readNs: 20, decodeNs: 10, preprocessNs: 20 },
      { samples: 1, readyNs: 80, readNs: 10, decodeNs: 10, preprocessNs: 30 },
    ],
  ]);
  const { storageWaitNs, decodeWaitNs, preprocessWaitNs, measuredNs, elapsedNs } = timeline.totals(
    0,
    BEGIN_NS,
  );
  assert.deepEqual([storageWaitNs, decodeWaitNs, preprocessWaitNs].map(Math.round), [24, 16, 40]);
  assert.deepEqual([measuredNs, elapsedNs], [90, 90]);
});

test("Timeline blames the window for as long as the reader of the extent that was ready last had waited for it", () => {
  // Batches of two extents, ready at 30 and at 80: the second waits from 40 on.
  const extentsOf = (windowWaitNs: number) => [[
    { samples: 1, readyNs: 0 },
    { samples: 1, readyNs: 30, readNs: 10, decodeNs: 10 },
    { samples: 1, readyNs: 80, readNs: 6, decodeNs: 6, windowWaitNs },
    { samples: 1, readyNs: 70, readNs: 4, decodeNs: 4, windowWaitNs: 1000 },
  ]];
  for (const [windowWaitNs, shareNs] of [[0, 0], [16, 16], [40, 40], [500, 40]]) {
    const timeline = timelineOf(settingsWith({ steps: 2, batchSize: 2 }), extentsOf(windowWaitNs));
    const totals = timeline.totals(0, BEGIN_NS);
    assert.equal(totals.windowWaitNs, shareNs);
    assert.equal(totals.storageWaitNs, 15 + (40 - shareNs) / 2);
    assert.equal(totals.decodeWaitNs, 15 + (40 - shareNs) / 2);
  }
});

test("Timeline blames a window of one batch for readers that are fast and late, and storage for slow ones", () => {
  const steps = 50, computeNs = 10;
  for (const readNs of [2, 9, 10, 14, 100]) {
    const settings = settingsWith({ steps, computeNs, windowBatches: 1 });
    const timeline = beginTimeline(settings);
    let freeNs = BEGIN_NS;
    for (let step = 0; step < steps; step++) {
      // The only reader fetches a batch as soon as it is free and the batch before has started.
      const openNs = step === 0 ? BEGIN_NS : timeline.startNs(0, step - 1);
      const beginNs = Math.max(freeNs, openNs);
      timeline.complete(0, step, step + 1, beginNs + readNs, readNs, 0, 0, beginNs - freeNs);
      timeline.advance();
      freeNs = beginNs + readNs;
    }
    const { storageWaitNs, windowWaitNs } = timeline.totals(0, BEGIN_NS);
    assert.equal(windowWaitNs, 0, `reads of ${readNs} ns`);
    assert.equal(storageWaitNs, readNs + (steps - 1) * Math.max(0, readNs - computeNs));
  }
  // Two readers that take turns could read at once, were it not for the window.
  const timeline = beginTimeline(settingsWith({ steps, computeNs, windowBatches: 1 }));
  const readNs = 15, freeNs = [BEGIN_NS, BEGIN_NS];
  for (let step = 0; step < steps; step++) {
    const openNs = step === 0 ? BEGIN_NS : timeline.startNs(0, step - 1);
    const beginNs = Math.max(freeNs[step % 2], openNs);
    timeline.complete(0, step, step + 1, beginNs + readNs, readNs, 0, 0, beginNs - freeNs[step % 2]);
    timeline.advance();
    freeNs[step % 2] = beginNs + readNs;
  }
  const { storageWaitNs, windowWaitNs } = timeline.totals(0, BEGIN_NS);
  assert.equal(storageWaitNs, readNs);
  assert.equal(windowWaitNs, (steps - 1) * (readNs - computeNs));
});

test("Timeline tells how often and how long an accelerator stalled in the steps that count", () => {
  const settings = settingsWith({ steps: 5, excludeStartSteps: 1, windowBatches: 8 });
  const timeline = timelineOf(settings, [readyAt(1000, 0, 1027, 0, 2000)]);
  const { count, min_ns, max_ns } = summarizeHistogram(timeline.totals(0, BEGIN_NS).stalls);
  assert.deepEqual([count, min_ns, max_ns], [2, 7, 2000 - 1047]);
});

test("Timeline counts the elapsed time of all steps, those that are excluded too", () => {
  const timeline = timelineOf(
    settingsWith({ steps: 3, computeNs: 10, excludeStartSteps: 1, excludeEndSteps: 1 }),
    [readyAt(5, 5, 5)],
  );
  const { measuredNs, elapsedNs } = timeline.totals(0, BEGIN_NS);
  assert.deepEqual([measuredNs, elapsedNs], [10, 35]);
});

test("Timeline starts nothing before its extents are complete, in whatever order they come", () => {
  const settings = settingsWith({ steps: 3, windowBatches: 8 });
  const timeline = beginTimeline(settings);
  const complete = (ordinal: number, readyNs: number) => {
    timeline.complete(0, ordinal, ordinal + 1, BEGIN_NS + readyNs, 0, 0, 0, 0);
    timeline.advance();
  };
  complete(2, 5);
  assert.equal(timeline.startsKnown(0), 0);
  assert.equal(timeline.extentsConsumed(0), 0);
  complete(1, 6);
  assert.equal(timeline.startsKnown(0), 0);
  complete(0, 7);
  assert.equal(timeline.startsKnown(0), 3);
  assert.equal(timeline.stepsDone(), 3);
  assert.deepEqual(startsOf(timeline, 0, 3), [7, 17, 27]);
});

test("Timeline ends each step for all accelerators when the slowest ends it", () => {
  const settings = settingsWith({ numAccelerators: 2, windowBatches: 8 });
  const timeline = timelineOf(settings, [readyAt(0, 0, 0), readyAt(20, 20, 55)]);
  assert.deepEqual(startsOf(timeline, 0, 3), [0, 30, 40]);
  assert.deepEqual(startsOf(timeline, 1, 3), [20, 30, 55]);
  for (const accelerator of [0, 1]) assert.equal(timeline.endNs(accelerator), BEGIN_NS + 65);
  const [fast, slow] = [0, 1].map((accelerator) => timeline.totals(accelerator, BEGIN_NS));
  assert.equal(fast.barrierWaitNs, 20 + 0 + 15);
  assert.equal(fast.storageWaitNs, 0);
  assert.equal(slow.barrierWaitNs, 0);
  assert.equal(slow.storageWaitNs, 20 + 0 + 15);
  for (const totals of [fast, slow]) assert.equal(resultOfAccelerator(totals, 1).auPercent, 30 / 65 * 100);
});

test("Timeline counts the barrier of an excluded step, as DLIO does", () => {
  const settings = settingsWith({ numAccelerators: 2, excludeStartSteps: 1, windowBatches: 8 });
  const timeline = timelineOf(settings, [readyAt(0, 0, 0), readyAt(20, 20, 20)]);
  // The first step's load and computation are left out: 10 ns of the one, 30 of the other; its barrier is not.
  assert.equal(timeline.totals(0, BEGIN_NS).measuredNs, 50 - 10);
  assert.equal(timeline.totals(1, BEGIN_NS).measuredNs, 50 - 30);
  assert.equal(timeline.totals(0, BEGIN_NS).barrierWaitNs, 20);
});

test("Timeline without barrier lets each accelerator run at its own pace", () => {
  const settings = settingsWith({ numAccelerators: 3, barrierEachStep: false, windowBatches: 8 });
  const timeline = timelineOf(settings, [readyAt(0, 0, 0), readyAt(20, 20, 55), readyAt(0, 12)]);
  assert.deepEqual(startsOf(timeline, 0, 3), [0, 10, 20]);
  assert.deepEqual(startsOf(timeline, 1, 3), [20, 30, 55]);
  assert.deepEqual([0, 1, 2].map((accelerator) => timeline.endNs(accelerator) - BEGIN_NS), [30, 65, 22]);
  assert.deepEqual([0, 1, 2].map((accelerator) => timeline.totals(accelerator, BEGIN_NS).steps), [3, 3, 2]);
  assert.equal(timeline.stepsDone(), 2);
  for (const accelerator of [0, 1, 2]) assert.equal(timeline.totals(accelerator, BEGIN_NS).barrierWaitNs, 0);
});

test("Timeline sums up an epoch that was cut short by the steps that ended", () => {
  const settings = settingsWith({ numAccelerators: 2, steps: 100, excludeStartSteps: 1, excludeEndSteps: 1 });
  // The first accelerator has started its third step, the second has not.
  const timeline = timelineOf(settings, [readyAt(0, 0, 50), readyAt(5, 5)]);
  assert.equal(timeline.stepsDone(), 2);
  assert.equal(timeline.startsKnown(0), 3);
  assert.deepEqual(timeline.totals(0, BEGIN_NS), {
    steps: 2,
    countedSteps: 1,
    computeNs: 10,
    storageWaitNs: 0,
    decodeWaitNs: 0,
    preprocessWaitNs: 0,
    windowWaitNs: 0,
    barrierWaitNs: 5,
    stalls: histogramOf(),
    measuredNs: 25 - 10,
    elapsedNs: 25,
  });
});

test("Timeline counts the wait under way of an epoch that was cut short, but for steps that do not count", () => {
  const cases: [excludeStartSteps: number, cutNs: number, waitNs: number, endNs: number][] = [
    [0, 15, 0, 20], // the second step has ended in virtual time
    [0, 20, 0, 20],
    [0, 70, 50, 70],
    [2, 70, 50, 70],
    [3, 70, 0, 20],
  ];
  for (const [excludeStartSteps, cutNs, waitNs, endNs] of cases) {
    const timeline = timelineOf(settingsWith({ steps: 100, excludeStartSteps }), [readyAt(0, 0)]);
    const totals = timeline.totals(0, BEGIN_NS, BEGIN_NS + cutNs);
    assert.equal(totals.storageWaitNs, waitNs);
    assert.equal(totals.elapsedNs, endNs);
    assert.equal(totals.measuredNs, totals.computeNs + waitNs);
    assert.deepEqual(totals.stalls, waitNs > 0 ? histogramOf(waitNs) : histogramOf());
    assert.equal(totals.steps, 2);
  }
  const done = timelineOf(settingsWith({ steps: 2 }), [readyAt(0, 0)]);
  assert.deepEqual(done.totals(0, BEGIN_NS, BEGIN_NS + 70), done.totals(0, BEGIN_NS));
});

test("Timeline cuts the step under way into its wait, its computation and its barrier", () => {
  // Both have ended two steps at 25; the first starts its third at 50 and computes until 60, the second waits.
  const timeline = timelineOf(settingsWith({ numAccelerators: 2, steps: 100 }), [
    readyAt(0, 0, 50),
    readyAt(5, 5),
  ]);
  const cases: [cutNs: number, first: number[], second: number[]][] = [
    [40, [15, 0, 0], [15, 0, 0]],
    [55, [25, 5, 0], [30, 0, 0]],
    [90, [25, 10, 30], [65, 0, 0]],
  ];
  for (const [cutNs, ...ofEach] of cases) {
    ofEach.forEach((parts, accelerator) => {
      const before = timeline.totals(accelerator, BEGIN_NS);
      const after = timeline.totals(accelerator, BEGIN_NS, BEGIN_NS + cutNs);
      const names = ["storageWaitNs", "computeNs", "barrierWaitNs"] as const;
      assert.deepEqual(names.map((name) => after[name] - before[name]), parts);
      assert.equal(after.elapsedNs, cutNs);
    });
  }
});

test("Timeline knows nothing when no step ended", () => {
  const timeline = beginTimeline(settingsWith({ excludeStartSteps: 1 }));
  timeline.advance();
  const waits = { storageWaitNs: 0, decodeWaitNs: 0, preprocessWaitNs: 0, windowWaitNs: 0, barrierWaitNs: 0 };
  const zeros = { computeNs: 0, ...waits, stalls: histogramOf(), measuredNs: 0, elapsedNs: 0 };
  const totals = timeline.totals(0, BEGIN_NS);
  assert.deepEqual(totals, { steps: 0, countedSteps: 0, ...zeros });
  assert.equal(resultOfAccelerator(totals, 12).auPercent, 0);
});

test("Timeline forgets the epoch before when it begins another", () => {
  const settings = settingsWith({});
  const timeline = timelineOf(settings, [readyAt(5, 7, 40)]);
  timeline.begin(BEGIN_NS + 1000);
  assert.equal(timeline.startsKnown(0), 0);
  completeAll(timeline, 0, readyAt(1005, 1007, 1040));
  timeline.advance();
  const first = timelineOf(settings, [readyAt(5, 7, 40)]);
  assert.deepEqual(timeline.totals(0, BEGIN_NS + 1000), first.totals(0, BEGIN_NS));
});

test("Timeline agrees with DLIO's definitions written out, at every moment of random epochs", () => {
  for (let seed = 0; seed < 600; seed++) {
    const random = randomSource(seed);
    const settings = randomSettings(random);
    const extents = Array.from({ length: settings.numAccelerators }, () => randomExtents(random, settings));
    const timeline = beginTimeline(settings);
    const complete = extents.map((ofAccelerator) => ofAccelerator.map(() => false));
    while (completeSome(random, timeline, settings, extents, complete)) {
      timeline.advance();
      compareWithNaive(
        timeline,
        settings,
        extents.map((ofAccelerator, accelerator) => {
          const missing = complete[accelerator].indexOf(false);
          return missing < 0 ? ofAccelerator : ofAccelerator.slice(0, missing);
        }),
        `epoch ${seed}`,
      );
    }
    assert.equal(timeline.stepsDone(), settings.steps, `epoch ${seed}`);
  }
});

test("Timeline refuses an extent that would take the place of one still waited for", () => {
  const timeline = beginTimeline({ ...randomSettings(randomSource(1)), extentsInFlight: 2 });
  timeline.complete(0, 1, 2, BEGIN_NS, 0, 0, 0, 0);
  assert.throws(
    () => timeline.complete(0, 2, 3, BEGIN_NS, 0, 0, 0, 0),
    /Extent 2 of accelerator 0 has no place/,
  );
});

test("Timeline accounts for all of the measured time", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = randomSource(seed);
    // All extents are complete before the timeline looks at any.
    const settings = { ...randomSettings(random), extentsInFlight: 2000 };
    const timeline = beginTimeline(settings);
    for (let accelerator = 0; accelerator < settings.numAccelerators; accelerator++) {
      // Some epochs are cut short.
      const extents = randomExtents(random, settings);
      completeThose(
        timeline,
        accelerator,
        extents.slice(0, random.integer(extents.length >> 1, extents.length)),
      );
    }
    timeline.advance();
    for (let accelerator = 0; accelerator < settings.numAccelerators; accelerator++) {
      const totals = timeline.totals(accelerator, BEGIN_NS);
      const { computeNs, barrierWaitNs, measuredNs, windowWaitNs, stalls } = totals;
      const waitNs = totals.storageWaitNs + totals.decodeWaitNs + totals.preprocessWaitNs + windowWaitNs;
      const sumNs = computeNs + waitNs + barrierWaitNs;
      // All stamps are whole; only the division of a wait may round.
      assert.ok(Math.abs(sumNs - measuredNs) < 1e-6, `epoch ${seed}: ${sumNs} of ${measuredNs} ns`);
      assert.ok(
        windowWaitNs >= 0 && windowWaitNs <= waitNs + 1e-6,
        `epoch ${seed}: ${windowWaitNs} of ${waitNs} ns`,
      );
      const { count, mean_ns } = summarizeHistogram(stalls);
      assert.ok(Math.abs(count * mean_ns - waitNs) < 1e-6, `epoch ${seed}: stalls of ${count * mean_ns} ns`);
      const result = resultOfAccelerator(totals, settings.batchSize);
      const shares = result.auPercent + result.storageWaitPercent + result.decodeWaitPercent +
        result.preprocessWaitPercent + result.windowWaitPercent + result.barrierWaitPercent;
      const isMeasured = totals.countedSteps > 0 && measuredNs > 0;
      assert.ok(Math.abs(shares - (isMeasured ? 100 : 0)) < 1e-6, `epoch ${seed}: ${shares} %`);
    }
  }
});

function randomSettings(random: RandomSource): TimelineSettings {
  return settingsWith({
    numAccelerators: random.integer(1, 3),
    steps: random.integer(1, 12),
    batchSize: random.integer(1, 9),
    computeNs: random.pick([0, 1, 10, 50]),
    barrierEachStep: random.integer(0, 2) > 0,
    excludeStartSteps: random.integer(0, 3),
    excludeEndSteps: random.integer(0, 2),
    windowBatches: random.integer(1, 5),
    extentsInFlight: random.pick([1, 2, 5, 200]),
  });
}

/** Extents of 0 to 12 samples that make up the epoch, ready in about the order of the plan. */
function randomExtents(
  random: RandomSource,
  { steps, batchSize, computeNs }: TimelineSettings,
): TestExtent[] {
  const extents: TestExtent[] = [];
  const total = steps * batchSize;
  const paceNs = random.pick([0, 3, 10, 40]);
  for (let sampleStart = 0; sampleStart < total;) {
    const sampleEnd = Math.min(total, sampleStart + random.integer(0, 12));
    const readNs = random.integer(0, 100), decodeNs = random.integer(0, 1) * random.integer(0, 100);
    const preprocessNs = random.integer(0, 1) * random.integer(0, 100);
    const windowWaitNs = random.integer(0, 1) * random.integer(0, 100);
    const readyNs = BEGIN_NS + extents.length * paceNs + random.integer(0, 2 * computeNs + 30);
    extents.push({ sampleStart, sampleEnd, readyNs, readNs, decodeNs, preprocessNs, windowWaitNs });
    sampleStart = sampleEnd;
  }
  return extents;
}

/** Tells the timeline of one to three more extents, as far ahead as its ring allows; returns whether there was one. */
function completeSome(
  random: RandomSource,
  timeline: Timeline,
  { extentsInFlight }: TimelineSettings,
  extents: readonly (readonly TestExtent[])[],
  complete: boolean[][],
): boolean {
  let found = false;
  for (let times = random.integer(1, 3); times > 0; times--) {
    const open = extents.flatMap((ofAccelerator, accelerator) =>
      ofAccelerator.flatMap((extent, ordinal) =>
        complete[accelerator][ordinal] || ordinal >= timeline.extentsConsumed(accelerator) + extentsInFlight
          ? []
          : [{ accelerator, ordinal, extent }]
      )
    );
    if (open.length === 0) break;
    found = true;
    const { accelerator, ordinal, extent } = random.pick(open);
    complete[accelerator][ordinal] = true;
    timeline.complete(
      accelerator,
      ordinal,
      extent.sampleEnd,
      extent.readyNs,
      extent.readNs,
      extent.decodeNs,
      extent.preprocessNs,
      extent.windowWaitNs,
    );
  }
  return found;
}

function completeThose(timeline: Timeline, accelerator: number, extents: readonly TestExtent[]): void {
  extents.forEach(({ sampleEnd, readyNs, readNs, decodeNs, preprocessNs, windowWaitNs }, ordinal) => {
    timeline.complete(accelerator, ordinal, sampleEnd, readyNs, readNs, decodeNs, preprocessNs, windowWaitNs);
    timeline.advance();
  });
}

function compareWithNaive(
  timeline: Timeline,
  settings: TimelineSettings,
  extents: readonly (readonly TestExtent[])[],
  context: string,
): void {
  const { steps, totals } = computeEpoch(settings, extents, BEGIN_NS);
  steps.forEach((ofAccelerator, accelerator) => {
    const where = `${context}, accelerator ${accelerator}`;
    assert.equal(timeline.startsKnown(accelerator), ofAccelerator.length, where);
    // The ring holds the starts of the window, and the one before it.
    const oldest = Math.max(0, ofAccelerator.length - settings.windowBatches - 1);
    for (let step = oldest; step < ofAccelerator.length; step++) {
      assert.equal(
        timeline.startNs(accelerator, step),
        ofAccelerator[step].startNs,
        `${where}, step ${step}`,
      );
    }
    assertTotals(timeline.totals(accelerator, BEGIN_NS), totals[accelerator], where);
  });
  assert.equal(timeline.stepsDone(), Math.min(...totals.map((one) => one.steps)), context);
}

function assertTotals(actual: AcceleratorTotals, expected: AcceleratorTotals, where: string): void {
  assert.deepEqual(actual.stalls, expected.stalls, where);
  for (const key of Object.keys(expected) as (keyof AcceleratorTotals)[]) {
    if (key === "stalls") continue;
    assert.ok(
      Math.abs(actual[key] - expected[key]) < 1e-6,
      `${where}: ${key} is ${actual[key]}, not ${expected[key]}`,
    );
  }
}

test("Timeline gives each step the time that is drawn for it", () => {
  const drawnTime = { distribution: { type: "exponential", scale: 1e-6 }, seed: 3 } as const;
  const drawn = [0, 1].map((accelerator) =>
    [0, 1, 2].map((step) => drawStepNs(drawnTime, accelerator, step))
  );
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const near = (found: number, wanted: number) =>
    assert.ok(Math.abs(found - wanted) < 1e-3, `${found} ${wanted}`);
  for (const barrierEachStep of [true, false]) {
    const settings = settingsWith({ numAccelerators: 2, barrierEachStep, drawnTime, excludeStartSteps: 1 });
    const timeline = timelineOf(settings, [readyAt(0, 0, 0), readyAt(0, 0, 0)]);
    for (const accelerator of [0, 1]) {
      const own = drawn[accelerator];
      const ends = barrierEachStep ? own.map((_, step) => Math.max(drawn[0][step], drawn[1][step])) : own;
      const totals = timeline.totals(accelerator, BEGIN_NS);
      near(totals.computeNs, own[1] + own[2]);
      near(totals.measuredNs, sum(ends) - own[0]);
      near(totals.barrierWaitNs, sum(ends) - sum(own));
      near(timeline.endNs(accelerator) - BEGIN_NS, sum(ends));
    }
  }
});
