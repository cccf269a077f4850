import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assertExit, runMlps, runScript, startMlps, waitUntil } from "../helpers/binary.ts";
import { withFuse } from "../helpers/fuse.ts";
import {
  listFiles,
  onlySummary,
  resultFolders,
  setting,
  SLOW_GENERATION,
  testInFolder,
} from "../helpers/runs.ts";

const STOPPING = "\nStopping; what is complete is kept. Once more ends at once\n";

/** More epochs than any test waits for. */
const ENDLESS = setting("train.epochs=100000", "reader.read_threads=1");

/** Returns whether a run has recorded an epoch. */
function hasSummary(folder: string): boolean {
  return resultFolders(join(folder, "results")).some((path) => fs.existsSync(join(path, "summary.json")));
}

testInFolder("mlps run ends on SIGINT while it generates and keeps complete files", async (folder) => {
  const running = startMlps(["run", "small.yaml", ...SLOW_GENERATION], { cwd: folder });
  const files = () => fs.existsSync(join(folder, "data/train")) ? listFiles(join(folder, "data/train")) : [];
  await waitUntil(() => files().some((name) => name.endsWith(".parquet")), running);
  running.process.kill("SIGINT");
  const result = await running.ended;
  assertExit(result, 130);
  assert.ok(result.stderr.endsWith(STOPPING), result.stderr);
  assert.equal(result.stdout, "");
  assert.ok(files().length > 0 && files().length < 12);
  assert.ok(files().every((name) => name.endsWith(".parquet")), files().join());
  assert.deepEqual(resultFolders(join(folder, "results")), []);
  // What is there is not taken for a whole dataset.
  const next = await runMlps(
    ["run", "small.yaml", ...SLOW_GENERATION, ...setting("workflow.generate_data=false")],
    { cwd: folder },
  );
  assertExit(next, 3);
  assert.match(next.stderr, /"data": its generation did not end\. Run `mlps datagen small\.yaml --set /);
});

for (const [signal, exitCode] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
  testInFolder(
    `mlps run ends on ${signal} with ${exitCode} and the epochs that were complete`,
    async (folder) => {
      const running = startMlps(["run", "small.yaml", "--json", ...ENDLESS], { cwd: folder });
      await waitUntil(() => hasSummary(folder), running);
      running.process.kill(signal);
      const result = await running.ended;
      assertExit(result, exitCode);
      assert.ok(result.stderr.endsWith(STOPPING), result.stderr);
      const summary = onlySummary(join(folder, "results"));
      assert.deepEqual(JSON.parse(result.stdout), summary);
      assert.equal(summary.status, "partial");
      assert.equal(summary.mlps.error, `Interrupted by ${signal}`);
      const complete = summary.mlps.epochs.filter((epoch) => epoch.complete);
      assert.ok(complete.length >= 1);
      assert.ok(summary.mlps.epochs.length - complete.length <= 1, "one epoch at most was cut short");
      assert.equal(summary.metric.train_au_percentage.length, complete.length);
    },
  );
}

testInFolder("mlps run ends at once on a second SIGINT, whatever it waits for", async (folder) => {
  // The summary goes to a pipe that is full and that nobody reads: after the first signal the run hangs there.
  const script = `mkfifo full && exec 3<>full
      timeout 0.5 cat /dev/zero >&3
      "$MLPS" run small.yaml --json ${ENDLESS.join(" ")} >&3 2>messages & pid=$!
      until [ -e results/small/*/summary.json ]; do sleep 0.02; kill -0 $pid || exit 99; done
      kill -INT $pid
      until grep -q '"Interrupted by SIGINT"' results/small/*/summary.json; do sleep 0.02; done
      sleep 0.3
      kill -0 $pid || exit 98
      kill -INT $pid
      wait $pid`;
  assertExit(await runScript(script, { cwd: folder, timeoutMs: 20_000 }), 130);
  assert.equal(onlySummary(join(folder, "results")).status, "partial");
});

testInFolder("mlps run ends on SIGINT with a summary although storage hangs", async (folder, t) => {
  assertExit(await runMlps(["datagen", "small.yaml", "--quiet"], { cwd: folder }), 0);
  const refusal = await withFuse(join(folder, "data"), {}, async (hanging, server) => {
    const settings = ["workflow.generate_data=false", "train.computation_time=0.1", "train.epochs=1"];
    const args = ["run", "small.yaml", "--data-dir", hanging, ...setting(...settings)];
    const running = startMlps(args, { cwd: folder });
    const series = () => resultFolders(join(folder, "results")).map((path) => join(path, "series.jsonl"));
    await waitUntil(
      () => series().some((path) => fs.existsSync(path) && fs.statSync(path).size > 0),
      running,
    );
    server.hang();
    await sleep(3000); // the accelerators consume what is ready, then wait
    running.process.kill("SIGINT");
    await waitUntil(() => hasSummary(folder), running);
    server.goOn(); // the kernel lets no process go that waits for an answer
    assertExit(await running.ended, 130);
    const { status, mlps } = onlySummary(join(folder, "results"));
    assert.equal(status, "partial");
    const [{ accelerators: [{ stalls, au_percentage: au }], cache, cpu }] = mlps.epochs;
    assert.ok(stalls.longest_seconds > 1 && au < 90, `${JSON.stringify(stalls)}, AU ${au} %`);
    // Readers that hang tell nothing of themselves: beside a host without a free core, the verdict can only guess.
    if ((cpu.host_busy_percentage ?? 0) < 90) assert.equal(mlps.verdict!.limit, "storage");
    assert.equal(cache.cached_bytes_after, null);
  });
  if (refusal !== undefined) t.skip(`skipped: no FUSE folder can be mounted: ${refusal}`);
});
