// Datasets and folders that are not as they have to be, found before the run or in its midst: the exit code, a message
// that names the thing and the way out, and nothing half-written.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps, runScript, startMlps, waitUntil } from "../helpers/binary.ts";
import { assertRefused, refuse } from "../helpers/refusals.ts";
import { mountTmpfs } from "../helpers/datasets.ts";
import {
  listFiles,
  onlySummary,
  resultFolders,
  setting,
  SLOW_GENERATION,
  testInFolder,
} from "../helpers/runs.ts";

const READ_ONLY = setting("workflow.generate_data=false");
const SECOND_FILE = "data/train/img_1_of_3.parquet";

async function generate(folder: string, ...args: string[]): Promise<void> {
  assertExit(await runMlps(["datagen", "small.yaml", "--quiet", ...args], { cwd: folder }), 0);
}

/** Generates the dataset of `small.yaml` and takes its manifest away, as if another tool had written the files. */
async function generateForeign(folder: string): Promise<void> {
  await generate(folder);
  fs.rmSync(join(folder, "data/mlps-dataset.json"));
}

testInFolder("mlps run names the command that makes a dataset which is absent", async (folder) => {
  const args = ["run", "small.yaml", ...READ_ONLY];
  await refuse(
    folder,
    args,
    3,
    /"data": the folder does not exist\. Generate it with `mlps datagen small\.yaml --set workflow\.generate_data=false`,/,
    /dataset\.data_folder or --data-dir/,
  );
  // The command that is named makes the dataset that was asked for.
  const other = ["--data-dir", "a folder"];
  const refused = await runMlps([...args, ...other], { cwd: folder });
  const [, command] = refused.stderr.match(/`mlps (datagen [^`]*)`/)!;
  assertExit(await runScript(`"$MLPS" ${command}`, { cwd: folder }), 0);
  assert.equal(fs.existsSync(join(folder, "a folder/mlps-dataset.json")), true);
  fs.writeFileSync(join(folder, "data"), "");
  await refuse(folder, args, 3, /"data": it is a file, a folder is wanted\./);
});

testInFolder("mlps run names what is wrong with a file of a generated dataset", async (folder) => {
  await generate(folder);
  const path = join(folder, SECOND_FILE), bytes = fs.statSync(path).size;
  const read = ["run", "small.yaml", ...READ_ONLY], generates = ["run", "small.yaml"];
  const name = /"data\/train\/img_1_of_3\.parquet"/, again = /`mlps datagen small\.yaml --set /;

  fs.truncateSync(path, 1000);
  const sizes = new RegExp(`it has 1000 bytes, ${bytes} are wanted by`);
  await refuse(folder, read, 3, name, sizes, /Delete this file yourself/, again);
  await refuse(folder, generates, 3, name, sizes, /Delete this file yourself/);
  fs.rmSync(path);
  await refuse(folder, read, 3, name, /it does not exist\. Run/, again);
  fs.mkdirSync(path);
  for (const args of [read, generates]) {
    await refuse(folder, args, 3, name, /it is a folder, not a file\. Delete this file yourself/);
  }
  // A file of the right size that belongs to another dataset.
  fs.rmdirSync(path);
  await generate(folder);
  await generate(folder, "--data-dir", "other", ...setting("dataset.seed=11"));
  fs.copyFileSync(
    join(folder, "other/train/img_0_of_3.parquet"),
    join(folder, "data/train/img_0_of_3.parquet"),
  );
  await refuse(folder, read, 3, /img_0_of_3\.parquet": it was not generated with the specification in/);
});

testInFolder("mlps run names what is wrong with a file of a foreign dataset", async (folder) => {
  await generateForeign(folder);
  await generate(folder, "--data-dir", "retyped", ...setting("dataset.parquet.columns[2].dtype=float32"));
  await generate(folder, "--data-dir", "short", ...setting("dataset.num_samples_per_file=4000"));
  const path = join(folder, SECOND_FILE), whole = fs.readFileSync(path);
  const name = /"data\/train\/img_1_of_3\.parquet"/;
  const read = ["run", "small.yaml", ...READ_ONLY];

  await refuse(
    folder,
    ["run", "small.yaml"],
    3,
    /"data": it has no mlps-dataset\.json but holds train, /,
  );
  fs.copyFileSync(join(folder, "retyped/train/img_1_of_3.parquet"), path);
  await refuse(
    folder,
    read,
    3,
    name,
    /column 2 "c" as FLOAT REQUIRED, .* has column 2 "c" as DOUBLE REQUIRED\./,
  );
  fs.copyFileSync(join(folder, "short/train/img_1_of_3.parquet"), path);
  await refuse(
    folder,
    read,
    3,
    name,
    /it has 4000 rows, dataset\.num_samples_per_file is 4096\. Use --set/,
  );
  fs.writeFileSync(path, whole.subarray(0, 5000));
  await refuse(
    folder,
    read,
    3,
    name,
    /it is truncated or no Parquet file\. Delete this file yourself, or/,
  );
  fs.writeFileSync(path, "");
  await refuse(folder, read, 3, name, /Delete this file yourself, or put a whole one in its place/);
  fs.rmSync(path);
  await refuse(folder, read, 3, /"data": it has 2 files, dataset\.num_files_train is 3\. Use --set/);
  fs.writeFileSync(path, whole);
  const wanted = setting("dataset.parquet.columns[0].name=absent");
  await refuse(folder, [...read, ...wanted], 3, /img_0_of_3\.parquet"/, /column "absent"/);
  for (const file of fs.readdirSync(join(folder, "data/train"))) {
    fs.rmSync(join(folder, "data/train", file));
  }
  await refuse(
    folder,
    read,
    3,
    /"data": it holds no \*\.parquet file\. Generate it with `mlps datagen small\.yaml/,
  );
});

testInFolder("mlps run names a file that may not be read", async (folder, t) => {
  await generateForeign(folder);
  fs.chmodSync(join(folder, SECOND_FILE), 0o000);
  fs.chmodSync(folder, 0o777);
  // Root may read every file, so that root becomes nobody.
  const isRoot = process.getuid?.() === 0;
  const nobody = isRoot ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : "";
  const version = await runScript(`${nobody}"$MLPS" --version`, { cwd: folder });
  if (version.exitCode !== 0) return t.skip(`skipped: nobody may not run the binary: ${version.stderr}`);
  const result = await runScript(`${nobody}"$MLPS" run small.yaml ${READ_ONLY.join(" ")}`, { cwd: folder });
  assertRefused(result, 3, /"data\/train\/img_1_of_3\.parquet": permission denied\n$/);
});

testInFolder("mlps refuses a folder that holds something else, and touches nothing in it", async (folder) => {
  fs.mkdirSync(join(folder, "home"));
  fs.writeFileSync(join(folder, "home/thesis.txt"), "all of it");
  for (const command of ["datagen", "run"]) {
    await refuse(
      folder,
      [command, "small.yaml", "--data-dir", "home"],
      3,
      /home": it has no mlps-dataset\.json but holds thesis\.txt, an empty folder or none is wanted\. Use another/,
    );
    await refuse(
      folder,
      [command, "small.yaml", "--data-dir", "small.yaml"],
      3,
      /small\.yaml": it is a file/,
    );
  }
  await generate(folder);
  await refuse(
    folder,
    ["run", "small.yaml", ...setting("dataset.seed=11", "dataset.parquet.columns[1].dtype=int8")],
    3,
    /"data": it holds a dataset of another specification\n/,
    /^ {2}seed: the dataset has 10, the workload asks for 11$/m,
    /^ {2}columns\[1\]: the dataset has b \(float16\), the workload asks for b \(int8\)$/m,
    // Both differences are ones that this workload can read.
    /^Read it as it is with --set workflow\.generate_data=false\. Use another folder \(dataset\.data_folder or --data-dir\), or delete the folder yourself$/m,
  );
});

testInFolder("mlps run finds out early that results cannot be written", async (folder) => {
  fs.writeFileSync(join(folder, "results"), "a file in the way");
  for (const args of [["run", "small.yaml"], ["run", "small.yaml", "--results-dir", "results/below"]]) {
    await refuse(
      folder,
      args,
      3,
      /^mlps: Cannot write results .*"results.*": .*\. Use --results-dir with another/,
    );
  }
  assert.deepEqual(fs.readdirSync(folder).sort(), ["results", "small.yaml"]);
});

testInFolder(
  "mlps run and scan refuse a wrong MLPS_REHEARSAL_SECONDS before anything is written",
  async (folder) => {
    for (const command of ["run", "scan"]) {
      const env = { MLPS_REHEARSAL_SECONDS: "5s" };
      const settings = setting("dataset.num_files_train=9"); // enough for a search
      const result = await runMlps([command, "small.yaml", ...settings], { cwd: folder, env });
      assertRefused(result, 2, /MLPS_REHEARSAL_SECONDS=5s: seconds from 0 to below 5 are wanted/);
      assert.deepEqual(fs.readdirSync(folder), ["small.yaml"], command);
    }
  },
);

testInFolder(
  "mlps run shows its result, and no report to make of it, where results do not fit",
  async (folder, t) => {
    const disk = join(folder, "disk");
    fs.mkdirSync(disk);
    const reason = mountTmpfs("size=16k", disk); // enough to begin with
    if (reason !== undefined) return t.skip(reason);
    try {
      const result = await runMlps(["run", "small.yaml", "--results-dir", "disk"], { cwd: folder });
      assertExit(result, 1);
      assert.match(result.stdout, /^small: .*\n {2}AU /s);
      assert.doesNotMatch(result.stdout, /mlps report|^ {2}results /m);
      assert.match(result.stderr, /no space left on the device/);
    } finally {
      execFileSync("umount", [disk]);
    }
  },
);

testInFolder("mlps datagen refuses a dataset that does not fit", async (folder) => {
  const huge = setting("dataset.num_files_train=1000000", "dataset.num_samples_per_file=1000000000");
  await refuse(
    folder,
    ["datagen", "small.yaml", ...huge],
    3,
    /into "data": .* are free, .* are wanted\. Free some/,
  );
});

testInFolder("mlps datagen keeps complete files when the disk runs full", async (folder, t) => {
  const disk = join(folder, "disk"), train = join(disk, "data/train");
  fs.mkdirSync(disk);
  const reason = mountTmpfs("size=64m", disk);
  if (reason !== undefined) return t.skip(reason);
  try {
    // There is room at the beginning; then something else takes it.
    const args = [
      "datagen",
      "small.yaml",
      "--data-dir",
      "disk/data",
      "--threads",
      "2",
      ...SLOW_GENERATION,
    ];
    const running = startMlps(args, { cwd: folder });
    const complete = () =>
      fs.existsSync(train) ? listFiles(train).filter((name) => !name.endsWith(".partial")) : [];
    await waitUntil(() => complete().length > 0, running);
    await runScript("cat /dev/zero > disk/filler", { cwd: folder });
    const result = await running.ended;
    assertExit(result, 1);
    assert.match(
      result.stderr,
      /\nmlps: Cannot write ".*\/disk\/data\/.*".*: no space left on the device\. Complete files are kept: once/,
    );
    const kept = complete();
    assert.ok(kept.length > 0 && kept.length < 12);
    assert.deepEqual(listFiles(train), kept);
    assert.deepEqual(fs.readdirSync(join(disk, "data")).sort(), ["mlps-dataset.json", "train"]);
    fs.rmSync(join(disk, "filler"));
    const resumed = await runMlps([...args, "--json"], { cwd: folder });
    assertExit(resumed, 0);
    assert.equal(JSON.parse(resumed.stdout).files_kept, kept.length);
  } finally {
    execFileSync("umount", [disk]);
  }
});

testInFolder("mlps run fails when a file is truncated under it", async (folder) => {
  const settings = setting("train.epochs=100000", "reader.read_threads=1");
  const running = startMlps(["run", "small.yaml", "--json", ...settings], { cwd: folder });
  const results = join(folder, "results");
  await waitUntil(
    () => resultFolders(results).some((path) => fs.existsSync(join(path, "summary.json"))),
    running,
  );
  fs.truncateSync(join(folder, SECOND_FILE), 100_000);
  const result = await running.ended;
  assertExit(result, 1);
  const message =
    /Cannot read "data\/train\/img_1_of_3\.parquet" at byte \d+: the file ends there, .* truncated/;
  assert.match(result.stderr, new RegExp(`^mlps: ${message.source}.*\\n$`, "m"));
  const summary = onlySummary(results);
  assert.deepEqual(JSON.parse(result.stdout), summary);
  assert.equal(summary.status, "failed");
  assert.match(summary.mlps.error!, message);
  const { epochs } = summary.mlps;
  assert.ok(epochs.length >= 2 && epochs.slice(0, -1).every(({ complete }) => complete));
  assert.equal(epochs.at(-1)!.complete, false, "what was measured of the epoch that failed is kept");
});

testInFolder("mlps run fails on a file that holds something else than its footer says", async (folder) => {
  await generate(folder);
  // The first page header of the first column, right after the magic number; its first byte is a field's, 0xff means
  // type 15.
  const fd = fs.openSync(join(folder, SECOND_FILE), "r+");
  fs.writeSync(fd, new Uint8Array(64).fill(0xff), 0, 64, 4);
  fs.closeSync(fd);
  const result = await runMlps(["run", "small.yaml", ...setting("reader.read_threads=1")], {
    cwd: folder,
  });
  assertExit(result, 1);
  assert.match(result.stderr, /^mlps: Cannot .* "data\/train\/img_1_of_3\.parquet" at byte 5: /m);
  const summary = onlySummary(join(folder, "results"));
  assert.equal(summary.status, "failed");
  assert.match(summary.mlps.error!, /"data\/train\/img_1_of_3\.parquet" at byte 5: /);
  assert.match(result.stdout, /stopped +Cannot /);
});
