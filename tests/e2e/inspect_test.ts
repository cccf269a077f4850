import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { setting, testInFolder } from "../helpers/runs.ts";

testInFolder("mlps inspect shows 200 columns and 768 row groups in a page of 80 columns", async (folder) => {
  const size = [
    "dataset.num_files_train=1",
    "dataset.num_samples_per_file=7680",
    "dataset.parquet.row_group_size=10",
    "reader.batch_size=10",
  ];
  const generated = await runMlps(["datagen", "dlrm", "--data-dir", "data", "-q", ...setting(...size)], {
    cwd: folder,
  });
  assertExit(generated, 0);
  const path = "data/train/img_0_of_1.parquet";
  for (const flags of [[], ["--pages"], ["--footer-only"]]) {
    const { stdout, stderr, exitCode } = await runMlps(["inspect", path, ...flags], { cwd: folder });
    assert.deepEqual([exitCode, stderr], [0, ""]);
    const lines = stdout.split("\n");
    assert.deepEqual(lines.filter((line) => line.length > 80), []);
    assert.ok(lines.length < 40, `${lines.length}`);
    assert.match(stdout, /\n {2}rows +7,680\n {2}row groups {2}768 of 10 rows, /);
    assert.match(stdout, /\n {2}columns +200: /);
    assert.match(stdout, /\n {2}56 x FLOAT +none +PLAIN /);
    assert.equal(/\n {2}56 x FLOAT +none +PLAIN +V2 /.test(stdout), flags[0] === "--pages");
  }
  const { stdout } = await runMlps(["inspect", path, "--columns", "--row-groups"], { cwd: folder });
  assert.match(stdout, /\n {2}feature_199 /);
  assert.match(stdout, /\n +767 +10 /);
  assert.deepEqual(stdout.split("\n").filter((line) => line.length > 80), []);
});

testInFolder("mlps inspect shows the files that it can read, and fails for the others", async (folder) => {
  assertExit(await runMlps(["datagen", "small.yaml", "-q"], { cwd: folder }), 0);
  const good = "data/train/img_0_of_3.parquet", other = "data/train/img_2_of_3.parquet";
  fs.writeFileSync(join(folder, "empty.parquet"), "");
  fs.writeFileSync(join(folder, "cut.parquet"), fs.readFileSync(join(folder, good)).subarray(0, 5000));
  fs.writeFileSync(
    join(folder, "encrypted.parquet"),
    Buffer.concat([fs.readFileSync(join(folder, good)).subarray(0, -4), Buffer.from("PARE")]),
  );
  const paths = [good, "empty.parquet", "cut.parquet", "encrypted.parquet", "data", "none.parquet", other];
  const text = await runMlps(["inspect", ...paths], { cwd: folder });
  assertExit(text, 1);
  for (const path of [good, other]) assert.ok(text.stdout.includes(`${path}\n`));
  assert.deepEqual(text.stderr.replaceAll(/"[^"]*"( at byte \d+)?/g, "FILE").trimEnd().split("\n"), [
    "mlps: Cannot read the Parquet footer of FILE: it has 0 bytes, a Parquet file has at least 12",
    "mlps: Cannot read the Parquet footer of FILE: it does not end with PAR1: it is truncated or no Parquet file",
    "mlps: Cannot read the Parquet footer of FILE: its footer is encrypted, which is not supported",
    "mlps: Cannot inspect FILE: it is a folder, a file is wanted. Name its files: mlps inspect data/*.parquet",
    "mlps: Cannot inspect FILE: it does not exist",
    "mlps: Cannot inspect 5 of 7 files, for the reasons above",
  ]);
  const json = await runMlps(["inspect", "--json", ...paths], { cwd: folder });
  assertExit(json, 1);
  const { files } = JSON.parse(json.stdout);
  assert.deepEqual(files.map((file: { path: string }) => file.path), paths);
  assert.deepEqual(files.map((file: { error?: string }) => file.error !== undefined), [
    false,
    true,
    true,
    true,
    true,
    true,
    false,
  ]);
  assert.deepEqual([files[0].num_rows, files[0].num_columns, files[0].columns[0].path], [4096, 8, "a"]);

  const lone = await runMlps(["inspect", "empty.parquet"], { cwd: folder });
  assertExit(lone, 1);
  assert.match(
    lone.stderr,
    /^mlps: Cannot read the Parquet footer of "empty\.parquet".*: it has 0 bytes.*\n$/,
  );
});

testInFolder("mlps inspect refuses wrong usage", async (folder) => {
  for (const args of [[], ["--pages", "--footer-only", "x"], ["--footers", "x"]]) {
    assertExit(await runMlps(["inspect", ...args], { cwd: folder }), 2);
  }
  assert.deepEqual(fs.readdirSync(folder), ["small.yaml"]);
});
