// Which files a run reads, seen from outside: every file but the first is damaged, and a run that meets damage fails at
// the first such file. (Readers rehearse on the first file, and fetch footers ahead: those stay whole.)
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { listFiles, setting, testInFolder } from "../helpers/runs.ts";

/** An epoch reads 16 batches: one file of 12. */
const ONE_FILE_AN_EPOCH = setting("dataset.num_files_train=12", "train.total_training_steps=16");
const SHUFFLED = setting("reader.file_shuffle=seed");

/** Runs three epochs; returns the damaged file that was met first, undefined when none was. */
async function firstDamagedFile(folder: string, args: readonly string[]): Promise<string | undefined> {
  const all = [...ONE_FILE_AN_EPOCH, ...setting("train.epochs=3", "reader.read_threads=1"), ...args];
  const result = await runMlps(["run", "small.yaml", "--quiet", ...all], { cwd: folder });
  if (result.exitCode === 0) return undefined;
  assertExit(result, 1);
  const [, name] =
    result.stderr.match(/Cannot decode column .* in ".*\/(img_\d+_of_12\.parquet)" at byte \d+/) ??
      assert.fail(result.stderr);
  return name;
}

testInFolder("mlps run reads the files that file_shuffle, seed and seed_change_epoch say", async (folder) => {
  assertExit(await runMlps(["datagen", "small.yaml", "--quiet", ...ONE_FILE_AN_EPOCH], { cwd: folder }), 0);
  const train = join(folder, "data/train");
  const whole = new Map<string, Buffer>();
  for (const file of listFiles(train).slice(1)) {
    const bytes = fs.readFileSync(join(train, file));
    whole.set(file, bytes);
    const damaged = Buffer.from(bytes);
    damaged.fill(0xff, 4, bytes.length >> 1);
    fs.writeFileSync(join(train, file), damaged);
  }
  const repair = (file: string) => fs.writeFileSync(join(train, file), whole.get(file)!);

  assert.equal(
    await firstDamagedFile(folder, []),
    undefined,
    "unshuffled, each epoch reads the first file alone",
  );
  const first = await firstDamagedFile(folder, SHUFFLED);
  assert.ok(first !== undefined, "shuffled, other files are read");
  assert.equal(await firstDamagedFile(folder, SHUFFLED), first, "the seed decides which");
  repair(first);
  const same = [...SHUFFLED, ...setting("train.seed_change_epoch=false")];
  assert.equal(await firstDamagedFile(folder, same), undefined, "the same file in each epoch");
  const second = await firstDamagedFile(folder, SHUFFLED);
  assert.ok(second !== undefined && second !== first, "another file in another epoch");
  const other = await firstDamagedFile(folder, [...SHUFFLED, ...setting("train.seed=7")]);
  assert.ok(other !== undefined && other !== first && other !== second, "other files with another seed");
});
