import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { ValidationReport } from "../../lib/dataset/validate_report.ts";
import { assertExit, runMlps, startMlps, waitUntil } from "../helpers/binary.ts";
import { snapshotFolder } from "../helpers/datasets.ts";
import { assertRefused } from "../helpers/refusals.ts";
import { setting, SLOW_GENERATION, testInFolder } from "../helpers/runs.ts";

const FILES = [0, 1, 2].map((index) => `data/train/img_${index}_of_3.parquet`);

/** Generates the dataset of small.yaml. */
async function generate(folder: string, ...args: string[]): Promise<void> {
  assertExit(await runMlps(["datagen", "small.yaml", "--quiet", ...args], { cwd: folder }), 0);
}

/** Validates the dataset, as text and as JSON, and asserts that both end with `exitCode`; changes nothing. */
async function validate(folder: string, exitCode: number, ...args: string[]): Promise<ValidationReport> {
  const before = snapshotFolder(folder);
  const text = await runMlps(["validate", "small.yaml", ...args], { cwd: folder });
  assertExit(text, exitCode);
  assert.deepEqual(text.stdout.split("\n").filter((line) => line.length > 80), []);
  const json = await runMlps(["validate", "small.yaml", "--json", ...args], { cwd: folder });
  assertExit(json, exitCode);
  assert.deepEqual(snapshotFolder(folder), before);
  assert.equal(text.stderr, json.stderr);
  const report: ValidationReport = JSON.parse(json.stdout);
  for (const { path = "", column = "" } of report.differences) {
    assert.ok(text.stdout.includes(path) && text.stdout.includes(column));
  }
  return report;
}

/** Sets a byte of a file to another value. */
function flip(folder: string, path: string, at: number): void {
  const bytes = fs.readFileSync(join(folder, path));
  bytes[at] ^= 0x10;
  fs.writeFileSync(join(folder, path), bytes);
}

testInFolder("mlps validate finds nothing in what mlps wrote", async (folder) => {
  for (const options of [[], setting("dataset.compression=zstd", "dataset.parquet.encoding=dictionary")]) {
    fs.rmSync(join(folder, "data"), { recursive: true, force: true });
    await generate(folder, ...options);
    const quick = await validate(folder, 0, ...options);
    assert.deepEqual([quick.status, quick.num_files_checked, quick.num_values_compared], ["valid", 3, 0]);
    const deep = await validate(folder, 0, "--deep", ...options);
    assert.deepEqual([deep.status, deep.num_files_checked, deep.num_values_compared], [
      "valid",
      3,
      3 * 4096 * 8,
    ]);
    assert.deepEqual([deep.num_differences, deep.differences], [0, []]);
    assert.ok(deep.read_bytes > quick.read_bytes && deep.page_cache_dropped);
  }
});

testInFolder(
  "mlps validate --deep names file, row group, column and byte of a flipped bit",
  async (folder) => {
    await generate(folder);
    const inspected = JSON.parse(
      (await runMlps(["inspect", FILES[1], "--json", "--row-groups"], { cwd: folder })).stdout,
    );
    const { start_byte } = inspected.files[0].row_groups[3];
    flip(folder, FILES[1], start_byte + 100); // in the first column, a: float32
    const { num_differences, differences: [found] } = await validate(folder, 4, "--deep");
    assert.equal(num_differences, 1);
    const { kind, path, row_group, column, offset_bytes } = found;
    assert.deepEqual(
      { kind, path, row_group, column, offset_bytes },
      { kind: "values", path: FILES[1], row_group: 3, column: "a", offset_bytes: start_byte + 100 },
    );
    assert.deepEqual(found.damage!.runs, [{ offset_bytes: start_byte + 100, extent_bytes: 1 }]);
    assert.deepEqual([found.damage!.differing_values, found.damage!.num_values], [1, 512]);
    await validate(folder, 4, "--deep", ...setting("reader.odirect=true"));
    // Without --deep nobody looks there.
    await validate(folder, 0);
  },
);

testInFolder(
  "mlps validate finds files that are cut, swapped, missing and foreign, all at once",
  async (folder) => {
    await generate(folder);
    fs.truncateSync(join(folder, FILES[0]), 5000);
    fs.rmSync(join(folder, FILES[1]));
    fs.writeFileSync(join(folder, "data/train/notes.txt"), "not ours");
    fs.writeFileSync(join(folder, "data/train/img_1_of_4.parquet"), "not ours either");
    for (const deep of [[], ["--deep"]]) {
      const { differences } = await validate(folder, 4, ...deep);
      assert.deepEqual(differences.map(({ kind, path }) => [kind, path]).sort(), [
        ["file_size", FILES[0]],
        ["missing_file", FILES[1]],
        ["unexpected_file", "data/train/img_1_of_4.parquet"],
        ["unexpected_file", "data/train/notes.txt"],
      ]);
    }
  },
);

testInFolder("mlps validate finds two files that were swapped", async (folder) => {
  await generate(folder);
  const [a, b] = FILES.map((path) => join(folder, path));
  fs.renameSync(a, a + ".moved");
  fs.renameSync(b, a);
  fs.renameSync(a + ".moved", b);
  const { differences } = await validate(folder, 4);
  assert.deepEqual(differences.map(({ kind, path }) => [kind, path]), [["identity", FILES[0]], [
    "identity",
    FILES[1],
  ]]);
  assert.match(differences[0].message, /it is file 1 of the dataset, file 0 is wanted/);
});

testInFolder("mlps validate compares the workload with the dataset", async (folder) => {
  await generate(folder);
  const cases: [string, RegExp][] = [
    ["dataset.seed=11", /^seed: the dataset has \d+, the workload asks for 11$/],
    ["dataset.num_files_train=4", /^num_files_train: the dataset has 3, the workload asks for 4$/],
    [
      "dataset.parquet.row_group_size=1024",
      /^row_group_size: the dataset has 512, the workload asks for 1024$/,
    ],
  ];
  for (const [override, message] of cases) {
    const { differences } = await validate(folder, 4, ...setting(override));
    assert.equal(differences.length, 1);
    assert.equal(differences[0].kind, "specification");
    assert.match(differences[0].message, message);
  }
});

testInFolder("mlps validate checks a dataset of another tool, but not its values", async (folder) => {
  await generate(folder);
  fs.rmSync(join(folder, "data/mlps-dataset.json"));
  const { generator, num_files_checked } = await validate(folder, 0);
  assert.deepEqual({ generator, num_files_checked }, { generator: null, num_files_checked: 3 });
  assertRefused(
    await runMlps(["validate", "small.yaml", "--deep"], { cwd: folder }),
    3,
    /Cannot compare the values of the dataset "data": it has no mlps-dataset\.json.*Validate it without --deep/,
  );
  const kindsWith = async (...overrides: string[]) => {
    const { differences } = await validate(folder, 4, ...setting(...overrides));
    return differences.map(({ kind }) => kind);
  };
  assert.deepEqual(await kindsWith("dataset.num_files_train=5"), ["file_count"]);
  assert.deepEqual(await kindsWith("dataset.num_samples_per_file=100"), [
    "row_count",
    "row_count",
    "row_count",
  ]);
  const other = "dataset.parquet.columns=[{name: a, dtype: float64}, {name: zz, dtype: int8}]";
  assert.deepEqual(await kindsWith(other), ["schema", "schema"]);
  // A file that is not like the others, and one that is no file at all.
  assertExit(
    await runMlps(
      [
        "datagen",
        "small.yaml",
        "--data-dir",
        "two",
        "-q",
        ...setting("dataset.parquet.columns=[{name: a, dtype: float32}]"),
      ],
      { cwd: folder },
    ),
    0,
  );
  fs.copyFileSync(join(folder, "two/train/img_2_of_3.parquet"), join(folder, FILES[2]));
  fs.writeFileSync(join(folder, FILES[1]), "");
  assert.deepEqual(await kindsWith("dataset.seed=10"), ["footer", "schema"]);
});

testInFolder("mlps validate without a dataset says which command makes it", async (folder) => {
  const args = ["validate", "small.yaml"];
  const refusal = [/Generate it with `mlps datagen small\.yaml`/];
  assertRefused(await runMlps(args, { cwd: folder }), 3, /the folder does not exist/, ...refusal);
  fs.mkdirSync(join(folder, "data"));
  assertRefused(
    await runMlps(args, { cwd: folder }),
    3,
    /no mlps-dataset\.json and no \*\.parquet file/,
    ...refusal,
  );
});

testInFolder("mlps validate tells what storage did not give from what differs", async (folder) => {
  await generate(folder);
  fs.rmSync(join(folder, FILES[2]));
  fs.symlinkSync("img_2_of_3.parquet", join(folder, FILES[2])); // a loop: ELOOP
  const result = await runMlps(["validate", "small.yaml", "--json"], { cwd: folder });
  assertExit(result, 1);
  const report: ValidationReport = JSON.parse(result.stdout);
  assert.deepEqual([report.status, report.num_files_unreadable, report.num_differences], [
    "unreadable",
    1,
    0,
  ]);
  assert.match(result.stderr, /^mlps: Cannot read 1 file of the dataset "data"/);
  flip(folder, FILES[0], 100);
  const both = await runMlps(["validate", "small.yaml", "--deep", "--json"], { cwd: folder });
  assertExit(both, 4);
});

testInFolder("mlps validate that is interrupted prints what it has checked so far", async (folder) => {
  const args = ["small.yaml", ...SLOW_GENERATION];
  assertExit(await runMlps(["datagen", ...args, "-q"], { cwd: folder }), 0);
  flip(folder, "data/train/img_00_of_12.parquet", 100);
  const running = startMlps(["validate", ...args, "--deep", "--threads", "1"], { cwd: folder });
  const readBytes = () => {
    const io = fs.readFileSync(`/proc/${running.process.pid}/io`, "utf8");
    return Number(io.match(/^rchar: (\d+)/m)![1]);
  };
  await waitUntil(() => readBytes() > 6e6, running);
  running.process.kill("SIGINT");
  const { exitCode, stdout } = await running.ended;
  assert.equal(exitCode, 130);
  assert.match(stdout, /^small: interrupted; this was checked so far\n/);
  assert.match(stdout, / checked {3}\d of 12 files/);
  assert.match(stdout, /row group 0, column "a", byte 100: values differ/);
});
