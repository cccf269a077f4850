// Proof of the accounting: what a summary says the device delivered, against the device's own counter, sampled by the
// test while the run goes on; and the CPU time, against what the kernel charged the process with.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { Summary } from "../../lib/metrics/summary.ts";
import { assertExit, type ProcessResult, runMlps, runScript } from "../helpers/binary.ts";
import { deviceReadBytes, DeviceSampler, withLoopMount } from "../helpers/loop_device.ts";
import { setting, testInFolder } from "../helpers/runs.ts";

const MIB = 2 ** 20;

/** 8 files of 8 MiB, of which the first column is read, half of each row group; an epoch takes half a second at least. */
const WORKLOAD = `model:
  name: accounted
workflow:
  generate_data: false
dataset:
  data_folder: mounted/data
  format: parquet
  num_files_train: 8
  num_samples_per_file: 131072
  compression: none
  parquet:
    row_group_size: 8192
    columns:
      - { name: wanted, dtype: float64, size: 4 }
      - { name: unwanted, dtype: float64, size: 4, read: false }
reader:
  batch_size: 4096
  read_threads: 2
  prefetch_size: 8
train:
  epochs: 2
  computation_time: 0.002
`;
const WANTED_BYTES = 8 * 131072 * 32, UNWANTED_BYTES = WANTED_BYTES;

type Epoch = Summary["mlps"]["epochs"][number];

interface AccountedEpoch {
  readonly epoch: Epoch;
  /** What the device's own counter says. */
  readonly countedBytes: number;
}

/** Runs the workload and puts beside each epoch what was read from the device from its start to the start of the next. */
async function runAccounted(
  cwd: string,
  device: string,
  ...overrides: string[]
): Promise<{ epochs: AccountedEpoch[]; summary: Summary; stderr: string }> {
  const sampler = new DeviceSampler(device);
  let result: ProcessResult;
  try {
    result = await runMlps(["run", "accounted.yaml", "--json", "--quiet", ...setting(...overrides)], { cwd });
  } finally {
    sampler.stop();
  }
  assertExit(result, 0);
  const summary = JSON.parse(result.stdout) as Summary;
  const startsMs = summary.mlps.epochs.map(({ started_at }) => Date.parse(started_at));
  const counts = [...startsMs.map((startMs) => sampler.readBytesBy(startMs)), deviceReadBytes(device)];
  for (const { bytes: { useful } } of summary.mlps.epochs) {
    // The values as they are, and behind a page header a bit for each that tells where a list begins.
    assert.ok(useful > WANTED_BYTES * 65 / 64 && useful < 1.02 * WANTED_BYTES, `${useful} useful bytes`);
  }
  return {
    summary,
    stderr: result.stderr,
    epochs: summary.mlps.epochs.map((epoch, index) => ({
      epoch,
      countedBytes: counts[index + 1] - counts[index],
    })),
  };
}

function assertWithin(found: number, wanted: number, share: number, what: string): void {
  assert.ok(Math.abs(found - wanted) <= wanted * share, `${what}: ${found}, the device counted ${wanted}`);
}

function codesOf({ mlps }: Summary): string[] {
  return mlps.warnings.map(({ code }) => code);
}

testInFolder(
  "mlps run reports what the block device counted, cold, warm, dropped and direct",
  async (cwd, t) => {
    fs.writeFileSync(join(cwd, "accounted.yaml"), WORKLOAD);
    const obstacle = await withLoopMount({ parent: cwd, bytes: 256 * MIB }, async ({ device }) => {
      assertExit(await runMlps(["datagen", "accounted.yaml", "--quiet"], { cwd }), 0);

      const cold = await runAccounted(cwd, device, "reader.page_cache=evict");
      assert.equal(cold.epochs.length, 2);
      for (const { epoch: { bytes, cache, device: reported }, countedBytes } of cold.epochs) {
        assertWithin(bytes.device!, countedBytes, 0.05, "evict");
        assertWithin(reported.block_device!.read_bytes, countedBytes, 0.05, "evict, the device's counter");
        assert.deepEqual([reported.block_device!.name, reported.source], [device, "process"]);
        // Every byte that was asked for came from the device, and read-ahead into the unwanted half beside.
        assert.ok(bytes.device! >= bytes.requested, `${bytes.device} of ${bytes.requested}`);
        assert.ok(bytes.requested >= WANTED_BYTES && bytes.device! <= 1.05 * (WANTED_BYTES + UNWANTED_BYTES));
        assert.equal(cache.cached_bytes_before, 0);
      }
      assert.ok(!codesOf(cold.summary).includes("served_from_memory"));

      // Whatever the runs before left in memory: in the second epoch it lies there, but for the end of a file where
      // nothing was read ahead.
      const warm = await runAccounted(cwd, device, "reader.page_cache=keep");
      const [, { epoch: { bytes: warmBytes }, countedBytes: warmCountedBytes }] = warm.epochs;
      assert.ok(warmCountedBytes <= 0.05 * WANTED_BYTES, `warm: ${warmCountedBytes}`);
      assertWithin(warmBytes.device!, warmCountedBytes, 0.05, "warm");
      assert.ok(codesOf(warm.summary).includes("served_from_memory"), codesOf(warm.summary).join());

      const direct = await runAccounted(cwd, device, "reader.odirect=true");
      for (const { epoch: { bytes }, countedBytes } of direct.epochs) {
        assertWithin(bytes.device!, countedBytes, 0.05, "odirect");
        // Nothing reads ahead: what was asked for, in whole blocks, and no more.
        assertWithin(bytes.device!, bytes.requested, 0.01, "odirect, what was asked for");
      }

      const dropped = await runAccounted(cwd, device, "reader.page_cache=drop").catch((cause) =>
        cause as Error
      );
      if (dropped instanceof Error) {
        return assert.match(dropped.message, /Use --set reader\.page_cache=evict/);
      }
      for (const { epoch: { bytes, cache, device: reported }, countedBytes } of dropped.epochs) {
        // Read from other devices: the program's own pages, which were dropped as all were.
        const programBytes = 16 * MIB;
        assert.ok(
          bytes.device! >= 0.95 * countedBytes && bytes.device! <= 1.05 * countedBytes + programBytes,
        );
        assertWithin(reported.block_device!.read_bytes, countedBytes, 0.05, "drop, the device's counter");
        assert.ok(countedBytes >= bytes.requested, `${countedBytes} of ${bytes.requested}`);
        assert.equal(cache.cached_bytes_before, 0);
      }
    });
    if (obstacle !== undefined) t.skip(obstacle);
  },
);

interface CpuSeconds {
  readonly ofEpochs: number;
  /** Of these, in the kernel. */
  readonly ofEpochsInSystem: number;
  /** As the kernel charged the whole process. */
  readonly ofProcess: number;
}

async function runTimed(cwd: string, epochs: number): Promise<CpuSeconds> {
  const script = `TIMEFORMAT="%3U %3S"
    { time "$MLPS" run accounted.yaml --json --quiet --set train.epochs=${epochs} >summary.json 2>messages; } 2>times`;
  assertExit(await runScript(script, { cwd }), 0);
  const { mlps } = JSON.parse(fs.readFileSync(join(cwd, "summary.json"), "utf8")) as Summary;
  const sumOf = (of: (cpu: Epoch["cpu"]) => number) => mlps.epochs.reduce((sum, { cpu }) => sum + of(cpu), 0);
  const times = fs.readFileSync(join(cwd, "times"), "utf8").trim().split(" ").map(Number);
  return {
    ofEpochs: sumOf((cpu) => cpu.user_seconds + cpu.system_seconds),
    ofEpochsInSystem: sumOf((cpu) => cpu.system_seconds),
    ofProcess: times[0] + times[1],
  };
}

testInFolder("mlps run reports the CPU time that the kernel charged it with", async (cwd) => {
  // Much to decompress, so that most of the time is that of epochs.
  const workload = WORKLOAD.replace("mounted/data", "data").replace("compression: none", "compression: gzip")
    .replace(", read: false", "").replace("computation_time: 0.002", "computation_time: 0");
  fs.writeFileSync(join(cwd, "accounted.yaml"), workload);
  assertExit(await runMlps(["datagen", "accounted.yaml", "--quiet"], { cwd }), 0);
  const short = await runTimed(cwd, 1), long = await runTimed(cwd, 9);
  for (const { ofEpochs, ofEpochsInSystem, ofProcess } of [short, long]) {
    assert.ok(ofEpochsInSystem > 0 && ofEpochsInSystem < ofEpochs && ofEpochs <= ofProcess);
  }
  // The difference is that of 8 epochs: start, rehearsal and end, which are outside of epochs, are about the same in both.
  const epochSeconds = long.ofEpochs - short.ofEpochs, processSeconds = long.ofProcess - short.ofProcess;
  const share = epochSeconds / processSeconds;
  assert.ok(share > 0.7 && share < 1.2, `${epochSeconds} s of epochs, ${processSeconds} s of the process`);
});
