// Each test makes one situation on purpose and asks whether the verdict names it. The link of a network is no test's to
// fill: `network` is in tests/metrics/verdict_test.ts alone.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Summary } from "../../lib/metrics/summary.ts";
import { assertExit, runMlps, runScript, WITH_REHEARSAL } from "../helpers/binary.ts";
import { withFuse } from "../helpers/fuse.ts";
import { onlySummary, setting, testInFolder } from "../helpers/runs.ts";

/** 4 files of 8 row groups of 768 KiB. */
const WORKLOAD = `model: { name: limits }
workflow: { generate_data: true }
dataset:
  data_folder: data
  format: parquet
  num_files_train: 4
  num_samples_per_file: 262144
  compression: none
  parquet:
    row_group_size: 32768
    columns:
      - { name: a, dtype: float64 }
      - { name: b, dtype: float64 }
      - { name: c, dtype: int32, distribution: zipf, cardinality: 1000 }
      - { name: d, dtype: int32, distribution: zipf, cardinality: 1000 }
reader: { batch_size: 32768, read_threads: 1 }
train: { epochs: 1, computation_time: 0.0001 }
`;

/** An epoch of 20 ms is too short for what is counted in hundredths of a second. */
const SEVERAL_EPOCHS = ["train.epochs=10"];

/** Five runs on a storage of 10 MB/s, and their rehearsals. */
const TIMEOUT_MS = 120_000;
/** A machine that is busy with something else may make another situation than the one that is wanted. */
const MAX_RUNS = 5, PAUSE_MS = 1000;

type Verdict = NonNullable<Summary["mlps"]["verdict"]>;

/** Runs up to five times until the verdict names the limit; returns the last summary. */
async function runUntil(
  limit: Verdict["limit"],
  folder: string,
  run: (resultsDir: string) => Promise<void>,
): Promise<Summary> {
  const found: string[] = [];
  for (let attempt = 1; attempt <= MAX_RUNS; attempt++) {
    const resultsDir = join(folder, `results_${attempt}`);
    await run(resultsDir);
    const summary = onlySummary(resultsDir);
    assert.ok(summary.mlps.verdict !== null);
    if (summary.mlps.verdict.limit === limit) return summary;
    found.push(JSON.stringify(summary.mlps.verdict));
    if (attempt < MAX_RUNS) await sleep(PAUSE_MS);
  }
  throw new Error(`The verdict was never ${limit}:\n${found.join("\n")}`);
}

function testLimit(name: string, use: (folder: string, t: TestContext) => Promise<void>): void {
  testInFolder(name, async (folder, t) => {
    fs.writeFileSync(join(folder, "limits.yaml"), WORKLOAD);
    assertExit(await runMlps(["datagen", "limits.yaml", "--quiet"], { cwd: folder }), 0);
    await use(folder, t);
  }, { timeoutMs: TIMEOUT_MS });
}

function runArguments(resultsDir: string, ...settings: string[]): string[] {
  return ["run", "limits.yaml", "--quiet", "--results-dir", resultsDir, ...setting(...settings)];
}

testLimit("mlps run finds no limit where batches are ready long before they are wanted", async (folder) => {
  const { mlps } = await runUntil("none", folder, async (resultsDir) => {
    assertExit(
      await runMlps(runArguments(resultsDir, "train.computation_time=0.02"), {
        cwd: folder,
        env: WITH_REHEARSAL,
      }),
      0,
    );
  });
  const [{ accelerators: [{ au_percentage: au }] }] = mlps.epochs;
  assert.ok(au > 95, `${au} %`);
  assert.match(mlps.verdict!.advice.join(), /-n 2: more accelerators/);
});

testLimit("mlps run names a window of one batch that a row group exceeds 64 times", async (folder) => {
  const { mlps } = await runUntil("prefetch_window", folder, async (resultsDir) => {
    const settings = [
      "reader.batch_size=512",
      "reader.prefetch_size=1",
      "train.computation_time=0.00001",
      ...SEVERAL_EPOCHS,
    ];
    assertExit(await runMlps(runArguments(resultsDir, ...settings), { cwd: folder, env: WITH_REHEARSAL }), 0);
  });
  assert.equal(mlps.window_batches, 1);
  assert.match(mlps.verdict!.advice[0], /^reader\.prefetch_size=128 /);
  const [{ accelerators: [accelerator] }] = mlps.epochs;
  assert.ok(accelerator.window_wait_percentage > accelerator.storage_wait_percentage);
  // What it advises takes most of these waits away; a busy host leaves some, as readers wake up late.
  const wide = join(folder, "wide");
  const widened = runArguments(wide, "reader.batch_size=512", "reader.prefetch_size=128");
  assertExit(
    await runMlps([...widened, ...setting("train.computation_time=0.00001", ...SEVERAL_EPOCHS)], {
      cwd: folder,
      env: WITH_REHEARSAL,
    }),
    0,
  );
  const [{ accelerators: [widest] }] = onlySummary(wide).mlps.epochs;
  assert.ok(
    widest.window_wait_percentage < accelerator.window_wait_percentage / 2,
    `${widest.window_wait_percentage} after ${accelerator.window_wait_percentage} %`,
  );
});

testLimit("mlps run names the CPU where one core has to inflate zstd", async (folder, t) => {
  if (spawnSync("taskset", ["-c", "0", "true"]).status !== 0) {
    return t.skip("skipped: taskset, which keeps a process on one core, is missing");
  }
  const { mlps } = await runUntil("client_cpu", folder, async (resultsDir) => {
    const args = runArguments(
      resultsDir,
      "dataset.compression=zstd",
      "dataset.data_folder=zstd",
      "reader.page_cache=evict",
      "reader.read_threads=2",
    );
    assertExit(
      await runScript(`taskset -c 0 "$MLPS" ${args.join(" ")}`, { cwd: folder, env: WITH_REHEARSAL }),
      0,
    );
  });
  assert.equal(mlps.available_cores, 1);
  assert.match(mlps.verdict!.evidence.join(), /of 1 core used/);
});

testLimit("mlps run names a storage whose every read takes 5 ms", async (folder, t) => {
  const refusal = await withFuse(join(folder, "data"), { delayMs: 5 }, async (slow) => {
    const { mlps } = await runUntil("storage", folder, async (resultsDir) => {
      const args = runArguments(resultsDir, "workflow.generate_data=false");
      assertExit(await runMlps([...args, "--data-dir", slow], { cwd: folder, env: WITH_REHEARSAL }), 0);
    });
    assert.match(mlps.verdict!.advice[0], /^reader\.read_threads=2: /);
  });
  if (refusal !== undefined) t.skip(`skipped: no FUSE folder can be mounted: ${refusal}`);
});

testLimit("mlps run names a block device that delivers 10 MB/s", async (folder, t) => {
  const throttle = throttleReads(fs.statSync(join(folder, "data")).dev, 10_000_000);
  if (typeof throttle === "string") return t.skip(`skipped: reads cannot be throttled here: ${throttle}`);
  try {
    const { mlps } = await runUntil("storage", folder, async (resultsDir) => {
      const args = runArguments(resultsDir, "reader.page_cache=evict").join(" ");
      const script = `echo $$ >${throttle.processes} && exec "$MLPS" ${args}`;
      assertExit(await runScript(script, { cwd: folder, env: WITH_REHEARSAL }), 0);
    });
    const rate = mlps.epochs[0].requested_bytes_per_second;
    assert.ok(rate < 20_000_000, `${rate} bytes/s are more than the device was to deliver`);
  } finally {
    throttle.remove();
  }
});

interface Throttle {
  /** The file that takes the ids of the processes to throttle. */
  readonly processes: string;
  readonly remove: () => void;
}

/** Makes a cgroup, v2 or v1, that reads so slowly from a device; returns why not where that is not possible. */
function throttleReads(dev: number, bytesPerSecond: number): Throttle | string {
  const major = dev >> 8 & 0xfff, minor = dev & 0xff | dev >> 12 & 0xfff00; // sys/sysmacros.h
  const name = `mlps-test-${process.pid}`;
  const limits = [
    ["/sys/fs/cgroup", "io.max", `${major}:${minor} rbps=${bytesPerSecond}`],
    ["/sys/fs/cgroup/blkio", "blkio.throttle.read_bps_device", `${major}:${minor} ${bytesPerSecond}`],
  ];
  let reason = "there is no cgroup filesystem";
  for (const [parent, file, text] of limits) {
    if (!fs.existsSync(join(parent, "cgroup.procs"))) continue; // not the root of a hierarchy
    const cgroup = join(parent, name);
    try {
      fs.mkdirSync(cgroup);
    } catch (cause) {
      reason = (cause as Error).message;
      continue;
    }
    const remove = () => fs.rmdirSync(cgroup);
    try {
      fs.writeFileSync(join(cgroup, file), text);
      return { processes: join(cgroup, "cgroup.procs"), remove };
    } catch (cause) {
      reason = (cause as Error).message;
      remove();
    }
  }
  return reason;
}
