import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { assertExit, runMlps, startMlps, waitUntil } from "../helpers/binary.ts";
import { snapshotFolder } from "../helpers/datasets.ts";
import { assertRefused } from "../helpers/refusals.ts";
import { listFiles, setting, SLOW_GENERATION, testInFolder } from "../helpers/runs.ts";

/** Returns the SHA-256 of every data file of a dataset. */
function hashFiles(dataFolder: string): Record<string, string> {
  const train = join(dataFolder, "train");
  return Object.fromEntries(
    listFiles(train).map((name) => {
      return [name, createHash("sha256").update(fs.readFileSync(join(train, name))).digest("hex")];
    }),
  );
}

testInFolder("mlps datagen writes the same bytes from 1 and from 8 threads", async (folder) => {
  const args = [
    "datagen",
    "small.yaml",
    ...setting("dataset.num_files_train=11", "dataset.compression=snappy"),
  ];
  const run = async (...more: string[]) => {
    const result = await runMlps([...args, ...more, "--json", "--quiet"], { cwd: folder });
    assertExit(result, 0);
    assert.equal(result.stderr, "");
    return JSON.parse(result.stdout);
  };
  const report = await run("--data-dir", "one", "--threads", "1");
  assert.equal((await run("--data-dir", "eight", "--threads", "8")).bytes_written, report.bytes_written);
  const hashes = hashFiles(join(folder, "one"));
  assert.deepEqual(hashFiles(join(folder, "eight")), hashes);
  assert.equal(new Set(Object.values(hashes)).size, 11);
  await run("--data-dir", "other_seed", ...setting("dataset.seed=11"));
  assert.notDeepEqual(hashFiles(join(folder, "other_seed")), hashes);

  const { elapsed_seconds, bytes_written, ...counts } = report;
  assert.deepEqual(counts, { data_folder: join(folder, "one"), files_written: 11, files_kept: 0 });
  assert.ok(elapsed_seconds > 0 && bytes_written > 11 * 4096 * 16);
});

testInFolder("mlps datagen writes only what is missing", async (folder) => {
  const data = join(folder, "data");
  assertExit(await runMlps(["datagen", "small.yaml"], { cwd: folder }), 0);
  const before = snapshotFolder(data), hashes = hashFiles(data);
  const removed = join(data, "train/img_1_of_3.parquet");
  fs.rmSync(removed);
  const result = await runMlps(["datagen", "small.yaml", "--json"], { cwd: folder });
  assertExit(result, 0);
  assert.match(result.stderr, /^Generating 1 file \(.*\) in data, keeping 2 files\n/);
  const { files_written, files_kept } = JSON.parse(result.stdout);
  assert.deepEqual({ files_written, files_kept }, { files_written: 1, files_kept: 2 });
  assert.deepEqual(hashFiles(data), hashes);
  const after = snapshotFolder(data);
  const changed = Object.keys(before).filter((path) => after[path] !== before[path]);
  assert.deepEqual(changed.sort(), [join(data, "mlps-dataset.json"), removed]);

  const third = await runMlps(["datagen", "small.yaml", "--json"], { cwd: folder });
  assertExit(third, 0);
  assert.deepEqual(snapshotFolder(data), after);
  assert.deepEqual(JSON.parse(third.stdout), {
    data_folder: "data",
    files_kept: 3,
    files_written: 0,
    bytes_written: 0,
    elapsed_seconds: 0,
  });
});

for (const signal of ["SIGKILL", "SIGINT"] as const) {
  testInFolder(
    `mlps datagen goes on after ${signal}: complete files are kept, leftovers removed`,
    async (folder) => {
      const data = join(folder, "data"), train = join(data, "train");
      const args = ["datagen", "small.yaml", ...SLOW_GENERATION];
      const running = startMlps([...args, "--threads", "2"], { cwd: folder });
      const namesOf = (suffix: string) =>
        fs.existsSync(train) ? fs.readdirSync(train).filter((name) => name.endsWith(suffix)) : [];
      await waitUntil(() => namesOf(".parquet").length > 0 && namesOf(".partial").length > 0, running);
      running.process.kill(signal);
      const interrupted = await running.ended;
      assert.equal(interrupted.exitCode, signal === "SIGINT" ? 130 : null);
      assert.equal(fs.existsSync(join(data, "mlps-dataset.lock")), signal === "SIGKILL");
      // Whether a killed process leaves a partial file depends on the instant; so that one is there for certain:
      if (signal === "SIGKILL") {
        fs.writeFileSync(join(train, "img_11_of_12.parquet.partial"), "half a file");
      } else assert.deepEqual(namesOf(".partial"), []);
      const kept = namesOf(".parquet").map((name) => join(train, name));
      assert.ok(kept.length > 0 && kept.length < 12, "the generation was to end in its midst");
      const before = snapshotFolder(train);

      const result = await runMlps([...args, "--json"], { cwd: folder });
      assertExit(result, 0);
      const { files_written, files_kept } = JSON.parse(result.stdout);
      assert.deepEqual({ files_written, files_kept }, {
        files_written: 12 - kept.length,
        files_kept: kept.length,
      });
      assert.deepEqual(fs.readdirSync(data).sort(), ["mlps-dataset.json", "train"]);
      assert.deepEqual(namesOf(".partial"), []);
      assert.equal(namesOf(".parquet").length, 12);
      const after = snapshotFolder(train);
      for (const path of kept) assert.equal(after[path], before[path], path);
      // What was resumed is what an undisturbed generation writes.
      assertExit(await runMlps([...args, "--data-dir", "undisturbed"], { cwd: folder }), 0);
      assert.deepEqual(hashFiles(data), hashFiles(join(folder, "undisturbed")));
    },
  );
}

testInFolder(
  "mlps refuses a second generation into a folder while the first is under way",
  async (folder) => {
    const data = join(folder, "data"), train = join(data, "train");
    const args = ["datagen", "small.yaml", ...SLOW_GENERATION];
    const running = startMlps([...args, "--threads", "2"], { cwd: folder });
    const hasPartial = () =>
      fs.existsSync(train) && listFiles(train).some((name) => name.endsWith(".partial"));
    await waitUntil(hasPartial, running);
    running.process.kill("SIGSTOP"); // not to be done before the others have tried
    for (const command of ["datagen", "run"]) {
      const second = await runMlps([command, ...args.slice(1)], { cwd: folder });
      assertRefused(
        second,
        3,
        new RegExp(`into "data": process ${running.process.pid} on host ${hostname()} has been generating`),
        /\(its lock is "data\/mlps-dataset\.lock"\)\. Wait for its end/,
      );
    }
    running.process.kill("SIGCONT");
    assertExit(await running.ended, 0);
    assert.deepEqual(fs.readdirSync(data).sort(), ["mlps-dataset.json", "train"]);
    assertExit(await runMlps([...args, "--data-dir", "undisturbed"], { cwd: folder }), 0);
    assert.deepEqual(hashFiles(data), hashFiles(join(folder, "undisturbed")));
  },
);
