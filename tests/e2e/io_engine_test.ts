import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { probeUring } from "../../lib/storage/uring_probe.ts";
import { assertExit, runMlps, runScript, startMlps, waitUntil } from "../helpers/binary.ts";
import { withFuse } from "../helpers/fuse.ts";
import { listFiles, onlySummary, resultFolders, setting, testInFolder } from "../helpers/runs.ts";

const DENY = fileURLToPath(new URL("../helpers/deny_syscalls.py", import.meta.url).href);
const CANNOT_FILTER_EXIT_CODE = 77;

/** Row groups of 4096 samples, so that footers are few of the bytes. */
const LARGER = setting("dataset.num_samples_per_file=65536", "dataset.parquet.row_group_size=4096");
const BY_RING = setting("reader.io_engine=io_uring");
const ENDLESS = setting("train.epochs=100000");

function uringTestInFolder(name: string, use: (folder: string, t: TestContext) => Promise<void>): void {
  testInFolder(name, async (folder, t) => {
    const reason = probeUring();
    if (reason === undefined) return await use(folder, t);
    t.skip(`io_uring cannot be used here: ${reason}`);
  });
}

uringTestInFolder(
  "mlps run reads the same by io_uring as by psync, and says which it was",
  async (folder) => {
    const totals = [];
    for (const engine of ["psync", "io_uring"]) {
      const results = `results-${engine}`;
      const args = [
        "run",
        "small.yaml",
        ...LARGER,
        ...setting(`reader.io_engine=${engine}`, "reader.io_depth=8"),
      ];
      assertExit(await runMlps([...args, "--results-dir", results], { cwd: folder }), 0);
      const { mlps } = onlySummary(join(folder, results));
      assert.equal(mlps.io_engine.requested, engine);
      assert.equal(mlps.io_engine.used, engine);
      assert.equal(mlps.io_engine.depth, 8);
      if (engine === "psync") {
        assert.deepEqual([mlps.io_engine.deepest_queue, mlps.io_engine.io_uring_percentage], [0, 0]);
        assert.equal(mlps.io_engine.reason, "reader.io_engine asks for it");
      } else {
        assert.ok(mlps.io_engine.deepest_queue > 0 && mlps.io_engine.deepest_queue <= 8);
        assert.deepEqual([mlps.io_engine.io_uring_percentage, mlps.io_engine.reason], [100, null]);
      }
      totals.push(
        mlps.epochs.map(({ bytes: { device: _device, ...bytes }, samples, extents, reads, decode }) => ({
          bytes,
          samples,
          extents,
          reads,
          decode,
        })),
      );
    }
    assert.deepEqual(totals[0], totals[1]);
  },
);

/** Runs `mlps run` with io_uring denied; skips the test where that cannot be done. */
async function runDenied(folder: string, t: TestContext, overrides: readonly string[]) {
  const script = `python3 ${DENY} io_uring_setup:EPERM "$MLPS" run small.yaml ${overrides.join(" ")}`;
  const result = await runScript(script, { cwd: folder });
  if (result.exitCode === CANNOT_FILTER_EXIT_CODE) t.skip(result.stderr.trim());
  return result;
}

testInFolder(
  "mlps run does without io_uring where a filter forbids it, with one message",
  async (folder, t) => {
    const result = await runDenied(folder, t, setting("reader.read_threads=4"));
    if (result.exitCode === CANNOT_FILTER_EXIT_CODE) return;
    assertExit(result, 0);
    const messages = result.stderr.split("\n").filter((line) => line.includes("io_uring"));
    assert.equal(messages.length, 1, result.stderr);
    assert.match(messages[0], /^Warning: io_uring cannot be used: .*seccomp/);
    const { io_engine, epochs } = onlySummary(join(folder, "results")).mlps;
    assert.deepEqual([io_engine.requested, io_engine.used, io_engine.deepest_queue], ["auto", "psync", 0]);
    assert.match(io_engine.reason!, /seccomp/);
    assert.ok(epochs.every(({ complete }) => complete));
  },
);

testInFolder("mlps run refuses io_uring that was asked for where a filter forbids it", async (folder, t) => {
  const result = await runDenied(folder, t, BY_RING);
  if (result.exitCode === CANNOT_FILTER_EXIT_CODE) return;
  assertExit(result, 3);
  assert.match(
    result.stderr,
    /^mlps: Cannot use reader\.io_engine "io_uring" here: .*seccomp.*reader\.io_engine=auto$/m,
  );
  assert.ok(!fs.existsSync(join(folder, "data")), "nothing is generated before");
});

uringTestInFolder("mlps run names the file that is truncated while io_uring reads it", async (folder) => {
  const running = startMlps(["run", "small.yaml", ...LARGER, ...BY_RING, ...ENDLESS], { cwd: folder });
  const results = () => resultFolders(join(folder, "results"));
  await waitUntil(() => results().some((path) => fs.existsSync(join(path, "summary.json"))), running);
  const train = join(folder, "data/train");
  const [victim] = listFiles(train).filter((name) => name.endsWith(".parquet"));
  fs.truncateSync(join(train, victim), 1_000_000);
  const result = await running.ended;
  assertExit(result, 1);
  assert.ok(result.stderr.includes(victim), result.stderr);
  const summary = onlySummary(join(folder, "results"));
  assert.equal(summary.status, "failed");
  assert.ok(summary.mlps.error!.includes(victim));
});

/** Generates the dataset in a folder and runs `use` with what shows it through bad storage. */
async function withBadStorage(
  folder: string,
  t: TestContext,
  options: Parameters<typeof withFuse>[1],
  use: (dataFolder: string) => Promise<void>,
): Promise<void> {
  assertExit(await runMlps(["datagen", "small.yaml", ...LARGER], { cwd: folder }), 0);
  const refusal = await withFuse(join(folder, "data"), options, use);
  if (refusal !== undefined) t.skip(refusal);
}

uringTestInFolder("mlps run names the file whose read fails with EIO under io_uring", async (folder, t) => {
  // More than a file and all footers: rehearsed is the first file alone, which is in the page cache afterwards.
  await withBadStorage(folder, t, { eioAfterBytes: 3_000_000 }, async (dataFolder) => {
    const args = ["run", "small.yaml", ...LARGER, ...BY_RING];
    const result = await runMlps([...args, "--data-dir", dataFolder], { cwd: folder });
    assertExit(result, 1);
    assert.match(result.stderr, /Cannot read ".*\.parquet" at byte \d+: the storage reported an .* \(EIO\)/);
    const summary = onlySummary(join(folder, "results"));
    assert.equal(summary.status, "failed");
    assert.equal(summary.mlps.io_engine.used, "io_uring");
  });
});

uringTestInFolder("mlps run times reads of storage, not the preprocessing beside them", async (folder, t) => {
  await withBadStorage(folder, t, { delayMs: 5 }, async (dataFolder) => {
    // 16 row groups of 4096 samples a file, each 40 ms to preprocess.
    const settings = setting(
      "reader.odirect=true",
      "reader.prefetch_size=64",
      "reader.read_threads=1",
      "reader.preprocess_time=0.00001",
      "train.epochs=1",
    );
    const args = ["run", "small.yaml", ...LARGER, ...BY_RING, ...settings, "--data-dir", dataFolder];
    assertExit(await runMlps([...args, "--quiet"], { cwd: folder }), 0);
    const { mlps: { epochs: [{ read_times: reads, readers }] } } = onlySummary(
      join(folder, "results"),
    );
    assert.ok(readers.preprocess_seconds > 1, `${readers.preprocess_seconds} s`);
    assert.ok(reads !== null && reads.p50_ns >= 5e6 && reads.p50_ns < 20e6, JSON.stringify(reads));
  });
});

uringTestInFolder("mlps run ends soon on SIGINT with a full queue on slow storage", async (folder, t) => {
  await withBadStorage(folder, t, { delayMs: 300 }, async (dataFolder) => {
    const slow = setting("reader.odirect=true", "reader.prefetch_size=64", "reader.read_threads=1");
    const args = ["run", "small.yaml", ...LARGER, ...BY_RING, ...ENDLESS, ...slow, "--data-dir", dataFolder];
    const running = startMlps(args, { cwd: folder });
    const hasSecond = (path: string) => fs.readFileSync(join(path, "series.jsonl"), "utf8").includes("\n");
    await waitUntil(() => resultFolders(join(folder, "results")).some(hasSecond), running);
    const beginMs = performance.now();
    running.process.kill("SIGINT");
    assertExit(await running.ended, 130);
    assert.ok(performance.now() - beginMs < 8000);
    const { status, mlps } = onlySummary(join(folder, "results"));
    assert.equal(status, "partial");
    assert.ok(mlps.io_engine.deepest_queue > 1, `${mlps.io_engine.deepest_queue} reads in flight`);
    assert.equal(mlps.epochs.at(-1)!.complete, false);
  });
});
