import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { Workload } from "../../lib/config/schema.ts";
import type { Dataset } from "../../lib/dataset/dataset.ts";
import { openDataset } from "../../lib/dataset/open_dataset.ts";
import type { EpochRecord } from "../../lib/metrics/epoch_record.ts";
import { summarizeHistogram } from "../../lib/metrics/histogram.ts";
import type { IoEngine } from "../../lib/run/io_engine.ts";
import { train, type TrainOptions } from "../../lib/run/train.ts";
import { probeUring } from "../../lib/storage/uring_probe.ts";
import { generateDataset, smallSpecification, withFolder, workloadFor } from "../helpers/datasets.ts";

/** Bun's own limit of 5 s is too short for the rehearsals of several runs. */
const TIMEOUT_MS = 60_000;
const READ_THREADS = 2, NUM_ACCELERATORS = 2;
const LATE_NS = 1e9;

/** Files of 16 row groups: each has its footer fetched ahead. */
const SPECIFICATION = smallSpecification({
  num_files_train: 4,
  num_samples_per_file: 4096,
  row_group_size: 256,
});
/** Files of one small row group: each is fetched with its footer. */
const SMALL_FILES = smallSpecification({
  num_files_train: 40,
  num_samples_per_file: 200,
  row_group_size: 200,
});

const OVERRIDES = [
  `reader.read_threads=${READ_THREADS}`,
  "reader.batch_size=100",
  "train.epochs=2",
  "train.computation_time=0.001",
];

interface TrainingChanges extends Partial<TrainOptions> {
  readonly overrides?: readonly string[];
}

/** Trains on a dataset and returns its epochs. */
async function trainOn(
  dataset: Dataset,
  workload: Workload,
  changes: Partial<TrainOptions> = {},
): Promise<EpochRecord[]> {
  const epochs: EpochRecord[] = [];
  await train({
    workload,
    dataset,
    numAccelerators: NUM_ACCELERATORS,
    signal: new AbortController().signal,
    bare: false,
    rehearsalSeconds: 0.05,
    onProgress: () => {},
    onSecond: () => {},
    onEpoch: (record) => epochs.push(record),
    onEvaluation: () => assert.fail("no evaluation was asked for"),
    ...changes,
  });
  return epochs;
}

/** Generates a dataset, trains on it and gives folder and epochs to `use`. */
function withTraining(
  spec: typeof SPECIFICATION,
  use: (epochs: readonly EpochRecord[], folder: string) => void,
  { overrides = [], ...changes }: TrainingChanges = {},
): Promise<void> {
  return withFolder(async (folder) => {
    generateDataset(folder, spec);
    const workload = workloadFor(spec, ["a", "c"], [...OVERRIDES, ...overrides]);
    const dataset = await openDataset(workload, folder, {
      generateCommand: "mlps datagen",
      signal: new AbortController().signal,
    });
    const ownChanges = changes.rawLogFolder === undefined ? changes : { ...changes, rawLogFolder: folder };
    use(await trainOn(dataset, workload, ownChanges), folder);
  });
}

function assertReaders({ readers, totals, durationNs }: EpochRecord): void {
  assert.equal(readers.length, READ_THREADS * NUM_ACCELERATORS);
  for (const [index, reader] of readers.entries()) {
    const busyNs = reader.readNs + reader.decodeNs + reader.preprocessNs + reader.windowWaitNs +
      reader.turnWaitNs + reader.pausedNs + reader.footerNs;
    assert.ok(busyNs <= reader.doneNs, `reader ${index}: ${busyNs} of ${reader.doneNs} ns`);
    // A reader sees that nothing is left after the last step may have ended, later where it waits for a core.
    assert.ok(
      reader.doneNs <= durationNs + LATE_NS,
      `reader ${index}: done after ${reader.doneNs} of ${durationNs} ns`,
    );
    assert.equal(reader.hasThreadTimes, 1);
    assert.ok(reader.cpuNs > 0 && reader.cpuNs + reader.runDelayNs <= durationNs * 1.01, `reader ${index}`);
  }
  assert.equal(readers.reduce((sum, reader) => sum + reader.reads, 0), totals.reads);
}

/** Skips the test where io_uring cannot be used. */
function isSkipped(ioEngine: IoEngine | undefined, t: TestContext): boolean {
  const reason = ioEngine && probeUring();
  if (reason !== undefined) t.skip(`io_uring cannot be used here: ${reason}`);
  return reason !== undefined;
}

const BY_RING: IoEngine = { requested: "io_uring", depth: 4, refusal: undefined };

for (
  const [what, spec, ioEngine] of [
    ["footers ahead", SPECIFICATION, undefined],
    ["small files", SMALL_FILES, undefined],
    ["io_uring", SPECIFICATION, BY_RING],
  ] as const
) {
  test(
    `train() tells of each reader where its time went, nothing twice: ${what}`,
    { timeout: TIMEOUT_MS },
    async (t: TestContext) => {
      if (isSkipped(ioEngine, t)) return;
      await withTraining(spec, (epochs) => {
        assert.equal(epochs.length, 2);
        for (const epoch of epochs) {
          assertReaders(epoch);
          assert.equal(epoch.complete, true);
          assert.equal(epoch.totals.footerNs > 0, spec === SPECIFICATION);
          assert.ok(epoch.totals.windowWaitNs > 0);
          assert.equal(epoch.totals.ringExtents, ioEngine ? epoch.totals.extents : 0);
        }
      }, { ioEngine, overrides: spec === SMALL_FILES ? ["reader.preprocess_time=0.00001"] : [] });
    },
  );
}

/** A line of a raw log. */
interface LoggedRead {
  readonly epoch: number;
  readonly accelerator: number;
  readonly reader: number;
  readonly path: string;
  readonly offset_bytes: number;
  readonly bytes: number;
  readonly begin_ns: number;
  readonly elapsed_ns: number;
}

function readLogs(folder: string): LoggedRead[] {
  const names = fs.readdirSync(folder).filter((name) => /^reads-training-\d+\.csv$/.test(name));
  assert.equal(names.length, READ_THREADS * NUM_ACCELERATORS);
  return names.flatMap((name) => {
    const [header, ...lines] = fs.readFileSync(join(folder, name), "utf8").trimEnd().split("\n");
    const keys = header.split(",");
    return lines.map((line) => {
      const fields = line.split(",").map((field, index) => [
        keys[index],
        keys[index] === "path" ? field : Number(field),
      ]);
      return Object.fromEntries(fields) as LoggedRead;
    });
  });
}

test(
  "train() logs every read, from which the percentiles follow that it tells",
  { timeout: TIMEOUT_MS },
  async () => {
    await withTraining(SPECIFICATION, (epochs, folder) => {
      const logged = readLogs(folder);
      for (const { epoch, totals, histograms, slowestReads, durationNs } of epochs) {
        const reads = logged.filter((read) => read.epoch === epoch);
        assert.equal(reads.length, totals.reads); // those of the rehearsal are not among them
        assert.equal(reads.reduce((sum, { bytes }) => sum + bytes, 0), totals.returnedBytes);
        const { count, max_ns, mean_ns, ...summary } = summarizeHistogram(histograms.read);
        assert.equal(count, reads.length);
        const sorted = Float64Array.from(reads, (read) => read.elapsed_ns).sort();
        for (
          const [percent, found] of [[50, summary.p50_ns], [90, summary.p90_ns], [99, summary.p99_ns], [
            99.9,
            summary.p99_9_ns,
          ]]
        ) {
          const exact = sorted[Math.ceil(count * percent / 100) - 1];
          assert.ok(Math.abs(found - exact) <= exact * 0.01, `p${percent}: ${found}, sorted ${exact}`);
        }
        assert.equal(max_ns, sorted.at(-1));
        assert.ok(Math.abs(mean_ns / (sorted.reduce((sum, value) => sum + value) / count) - 1) < 1e-9);
        assert.deepEqual(slowestReads.map(({ elapsedNs }) => elapsedNs), [...sorted.slice(-10)].reverse());
        for (const { path, offsetBytes, bytes, atNs, elapsedNs } of slowestReads) {
          const found = reads.find((read) =>
            read.path === path && read.offset_bytes === offsetBytes && read.begin_ns === atNs
          );
          assert.deepEqual([found?.bytes, found?.elapsed_ns], [bytes, elapsedNs]);
        }
        for (const { begin_ns, elapsed_ns, path, reader, accelerator } of reads) {
          assert.ok(begin_ns >= 0 && begin_ns + elapsed_ns <= durationNs, `${begin_ns} of ${durationNs}`);
          assert.ok(path.startsWith(join(folder, "train")) && fs.existsSync(path));
          assert.equal(accelerator, Math.floor(reader / READ_THREADS));
        }
      }
    }, { rawLogFolder: "" });
  },
);

test("train() that is bare measures no single read, and all else", { timeout: TIMEOUT_MS }, async () => {
  const bytes: number[] = [];
  for (const bare of [false, true]) {
    await withTraining(SPECIFICATION, ([epoch]) => {
      assertReaders(epoch);
      assert.ok(epoch.complete && epoch.accelerators.every(({ auPercent }) => auPercent > 0));
      assert.equal(epoch.totals.samples, NUM_ACCELERATORS * epoch.steps * 100);
      assert.ok(epoch.totals.valueBytes > 0 && epoch.totals.readNs > 0);
      assert.equal(epoch.totals.reads > 0, !bare);
      assert.equal(summarizeHistogram(epoch.histograms.read).count, epoch.totals.reads);
      assert.equal(epoch.slowestReads.length > 0, !bare);
      assert.equal(epoch.totals.decodeNs > 0, !bare);
      bytes.push(epoch.totals.returnedBytes);
    }, { bare });
  }
  assert.equal(bytes[0], bytes[1]);
});

/** Returns a dataset without files. */
function syntheticDataset(numFiles: number, rowGroups: number, rows: number): Dataset {
  return {
    origin: "synthetic",
    dataFolder: "/nowhere",
    id: "synthetic",
    names: {
      kind: "pattern",
      folder: "/nowhere/train",
      prefix: "img",
      extension: "parquet",
      numFiles,
      numSubfolders: 0,
    },
    numFiles,
    samplesPerFile: rowGroups * rows,
    layouts: [{ rows: Array.from({ length: rowGroups }, () => rows) }],
    layoutOfFile: undefined,
    schema: [],
    fileBytes: new Float64Array(numFiles),
    totalBytes: 0,
    warnings: [],
  };
}

test(
  "train() without files finds the AU that storage without delay gives",
  { timeout: TIMEOUT_MS },
  async () => {
    const dataset = syntheticDataset(4, 100, 1000);
    for (const [computationSeconds, batchSize, steps] of [[0.000375, 100, 2000], [0.005, 1000, 200]]) {
      const workload = workloadFor(SPECIFICATION, undefined, [
        ...OVERRIDES,
        "train.epochs=1",
        `reader.batch_size=${batchSize}`,
        `train.computation_time=${computationSeconds}`,
        "reader.prefetch_size=64",
      ]);
      // On a busy machine a reader may lose its core for longer than the window lasts.
      const found: number[] = [];
      while (found.length < 3 && !(found.at(-1)! >= 99.8)) {
        const [epoch] = await trainOn(dataset, workload);
        assert.equal(epoch.steps, steps);
        assert.equal(epoch.totals.samples, 4 * 100 * 1000);
        assert.deepEqual([epoch.totals.reads, epoch.totals.footers, epoch.totals.requestedBytes], [0, 0, 0]);
        assert.deepEqual(epoch.slowestReads, []);
        assert.ok(epoch.durationNs >= steps * computationSeconds * 1e9);
        found.push(Math.min(...epoch.accelerators.map(({ auPercent }) => auPercent)));
      }
      assert.ok(found.at(-1)! >= 99.8 && found.at(-1)! <= 100, `${found.join(", ")} %`);
    }
  },
);

test("train() tells of an interrupted epoch what its readers did", { timeout: TIMEOUT_MS }, async () => {
  const interrupt = new AbortController();
  await withTraining(SPECIFICATION, (epochs) => {
    const [epoch] = epochs;
    assert.equal(epochs.length, 1);
    assert.equal(epoch.complete, false);
    assert.ok(epoch.totals.extents > 0);
    for (const reader of epoch.readers) {
      assert.equal(reader.doneNs, 0);
      const busyNs = reader.readNs + reader.decodeNs + reader.windowWaitNs + reader.turnWaitNs +
        reader.footerNs;
      assert.ok(reader.windowWaitNs > 0 && busyNs <= epoch.durationNs);
      assert.equal(reader.hasThreadTimes, 1);
    }
  }, {
    overrides: ["train.computation_time=0.05"],
    signal: interrupt.signal,
    onProgress: ({ glance }) => {
      if (glance !== undefined && glance.stepsDone > 2) interrupt.abort(new Error("enough"));
    },
  });
});

test("train() ends each epoch after train.max_epoch_seconds, counts it, and begins the next", {
  timeout: TIMEOUT_MS,
}, async () => {
  const check = (epochs: readonly EpochRecord[]) => {
    assert.equal(epochs.length, 3);
    for (const { complete, steps, durationNs, accelerators, totals } of epochs) {
      assert.equal(complete, true);
      assert.ok(steps >= 5 && steps < 81, `${steps} of 81 steps`);
      assert.ok(durationNs >= 0.2e9 && durationNs < 0.8e9, `${durationNs} ns`);
      for (const { auPercent } of accelerators) assert.ok(auPercent > 10, `${auPercent} %`);
      assert.ok(totals.samples >= steps * 100);
    }
  };
  const overrides = [
    "train.epochs=3",
    "train.computation_time=0.02",
    "train.max_epoch_seconds=0.2",
  ];
  for (const spec of [SPECIFICATION, SMALL_FILES]) await withTraining(spec, check, { overrides });
  if (probeUring() !== undefined) return;
  // The window keeps row groups under way when the epoch ends; the next one begins without them.
  const ahead = [...overrides, "reader.prefetch_size=16"];
  await withTraining(SPECIFICATION, check, { ioEngine: { ...BY_RING, depth: 64 }, overrides: ahead });
});
