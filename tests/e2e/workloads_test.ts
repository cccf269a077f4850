// What is known of workload files without any data: the embedded ones, their schema, their keys, the size of their
// datasets, and MLPerf's categories.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { refuse } from "../helpers/refusals.ts";
import { setting, testInFolder } from "../helpers/runs.ts";

testInFolder("mlps workloads lists what is inside the binary, with size and demand", async (folder) => {
  // A file of a workload's name takes nothing away from the one inside.
  fs.writeFileSync(join(folder, "dlrm_b200"), "not a workload");
  const text = await runMlps(["workloads"], { cwd: folder });
  assertExit(text, 0);
  assert.match(text.stdout, /^ {2}dlrm_b200 +parquet +1,024 +3\.95 TiB +32\.8 M +4\.88 GiB\/s$/m);
  for (const line of text.stdout.split("\n")) assert.ok(line.length <= 80, line);
  const json = await runMlps(["workloads", "list", "--json"], { cwd: folder });
  assertExit(json, 0);
  const [first] = JSON.parse(json.stdout);
  assert.deepEqual([first.name, first.format, first.num_files], ["dlrm", "parquet", 8]);
});

testInFolder("mlps workloads show prints a file that can be used, comments and all", async (folder) => {
  const shown = await runMlps(["workloads", "show", "dlrm_mi355"], { cwd: folder });
  assertExit(shown, 0);
  assert.match(shown.stdout, /^# DLRM on one AMD MI355/m);
  fs.writeFileSync(join(folder, "mine.yaml"), shown.stdout);
  const plan = await runMlps(["plan", "mine.yaml", "--json"], { cwd: folder });
  assertExit(plan, 0);
  assert.deepEqual([JSON.parse(plan.stdout).batch_size, JSON.parse(plan.stdout).num_columns], [18432, 200]);
  await refuse(
    folder,
    ["workloads", "show", "dlrm_mi350"],
    2,
    /not found\. Did you mean dlrm_mi355\? Workloads in this/,
  );
  await refuse(folder, ["workloads", "show"], 2, /no NAME given/);
  await refuse(folder, ["workloads", "schema", "dlrm"], 2, /Cannot use argument "dlrm"/);
});

testInFolder("mlps workloads schema prints the schema that the documentation has", async (folder) => {
  const schema = await runMlps(["workloads", "schema"], { cwd: folder });
  assertExit(schema, 0);
  const path = join(import.meta.dirname!, "../../docs/workload.schema.json");
  assert.equal(schema.stdout, fs.readFileSync(path, "utf8"));
});

testInFolder("mlps help explains commands and keys", async (folder) => {
  const key = await runMlps(["help", "workload", "reader.batch_size"], { cwd: folder });
  assertExit(key, 0);
  assert.match(key.stdout, /^reader\.batch_size\n {2}The samples .*\n\n {2}type +integer >= 1\n/);
  const all = await runMlps(["help", "workload"], { cwd: folder });
  assertExit(all, 0);
  assert.match(all.stdout, /^ {2}dataset\.format +\* +parquet \| synthetic$/m);
  await refuse(folder, ["help", "workload", "reader.batchsize"], 2, /Did you mean reader\.batch_size\?/);
  await refuse(folder, ["help", "rnu"], 2, /Cannot explain "rnu": no such command/);
  await refuse(folder, ["help", "run", "reader"], 2, /only `mlps help workload` takes a KEY/);
});

testInFolder("mlps datasize keeps MLPerf's rule, and its command generates what it says", async (folder) => {
  const args = ["datasize", "small.yaml", "--json", "-n", "2", "--host-memory", "1MiB", "--data-dir", "new"];
  const sized = await runMlps(args, { cwd: folder });
  assertExit(sized, 0);
  const report = JSON.parse(sized.stdout);
  // 500 steps of 256 samples on 2 accelerators are 256,000 samples; 5 MiB of 30 bytes are 174,763.
  assert.deepEqual(
    [report.min_samples_for_steps, report.min_samples_for_memory, report.decided_by, report.num_files_train],
    [256_000, 174_763, "steps", 63],
  );
  assert.equal(report.fits, true);
  const [program, ...command] = report.datagen_command.split(" ");
  assert.equal(program, "mlps");
  assertExit(await runMlps([...command, "--quiet"], { cwd: folder }), 0);
  const files = fs.readdirSync(join(folder, "new/train"));
  assert.equal(files.length, 63);
  const bytes = files.reduce((sum, file) => sum + fs.statSync(join(folder, "new/train", file)).size, 0);
  assert.ok(
    report.dataset_bytes >= bytes && report.dataset_bytes < 1.1 * bytes,
    `${report.dataset_bytes} said, ${bytes} found`,
  );
  const wrong = await runMlps(["datasize", "small.yaml", "--host-memory", "much"], { cwd: folder });
  assertExit(wrong, 2);
  assert.match(wrong.stderr, /'much' is invalid\. A size such as 512GiB/);
});

testInFolder("mlps datasize says when the dataset does not fit", async (folder) => {
  const result = await runMlps(["datasize", "flux_b200", "--num-hosts", "1000", "--host-memory", "100TiB"], {
    cwd: folder,
  });
  assertExit(result, 0);
  assert.match(result.stdout, /^ {2}free .*: TOO LITTLE$/m);
  assert.match(result.stdout, /100,000 x|5 x 97\.7 PiB, the memory of 1,000 hosts decides/);
});

testInFolder("mlps plan --config shows the value of each key and where it comes from", async (folder) => {
  fs.writeFileSync(
    join(folder, "variant.yaml"),
    "extends: ./small.yaml\nreader:\n  read_threads: 3\n  pin_memory: true\n",
  );
  const args = ["plan", "variant.yaml", "--config", ...setting("train.epochs=7")];
  const text = await runMlps(args, { cwd: folder });
  assertExit(text, 0);
  const rows: [string, string, string][] = [
    ["reader\\.read_threads", "3", "variant\\.yaml:3:17"],
    ["reader\\.batch_size", "256", ".*small\\.yaml:23:15"],
    ["reader\\.pin_memory", "true", "variant\\.yaml:4:15 \\(no effect\\)"],
    ["train\\.epochs", "7", "--set train\\.epochs=7"],
    ["train\\.seed", "123", "default"],
    ["dataset\\.parquet\\.columns", "8 entries", ".*small\\.yaml:14:7"],
  ];
  for (const [key, value, from] of rows) {
    assert.match(text.stdout, new RegExp(`^ {2}${key} +${value} +${from}$`, "m"), key);
  }
  assert.match(text.stdout, /^ {2}variant\.yaml:4:3: reader\.pin_memory: has no effect\. It configures/m);
  const json = await runMlps([...args, "--json"], { cwd: folder });
  const { settings, mlperf } = JSON.parse(json.stdout);
  assert.deepEqual(settings.find(({ key }: { key: string }) => key === "train.epochs"), {
    key: "train.epochs",
    value: 7,
    source: "override",
    place: "--set train.epochs=7",
  });
  assert.equal(mlperf.category, "neither");
});

/** MLPerf's UNet3D in Parquet: OPEN, as the format is not MLPerf's. */
const UNET3D = `model: { name: unet3d }
framework: pytorch
workflow: { generate_data: true }
dataset:
  format: parquet
  num_files_train: 7200
  record_length_bytes: 146600628
  compression: none
reader: { data_loader: pytorch, batch_size: 7, read_threads: 4, file_shuffle: seed, sample_shuffle: seed }
train: { epochs: 5, computation_time: 0.162 }
metric: { au: 0.9 }
`;

testInFolder(
  "mlps plan names MLPerf's category and what decides; run --closed and --open hold to it",
  async (folder) => {
    fs.writeFileSync(join(folder, "unet3d.yaml"), UNET3D);
    // More files than the memory of any host here asks for.
    const files = setting("dataset.num_files_train=1000000");
    const plan = await runMlps(["plan", "unet3d.yaml", ...files], { cwd: folder });
    assertExit(plan, 0);
    assert.match(
      plan.stdout,
      /By MLPerf's rules OPEN, compared with MLPerf's unet3d_b200\n {2}open +dataset\.format: parquet, MLPerf has npz$/m,
    );
    const run = ["run", "unet3d.yaml", ...files];
    await refuse(
      folder,
      [...run, "--closed"],
      3,
      /as CLOSED: by MLPerf's rules it is OPEN\n {2}dataset\.format: parquet, MLPerf has npz\nLeave/,
    );
    await refuse(
      folder,
      [...run, "--open", ...setting("reader.batch_size=8")],
      3,
      /as OPEN: .*\n {2}reader\.batch_size: 8, MLPerf has 7\n/,
    );
    const both = await runMlps([...run, "--open", "--closed"], { cwd: folder });
    assertExit(both, 2);
    assert.match(both.stderr, /'--closed' cannot be used with option '--open'/);
    await refuse(
      folder,
      ["run", "dlrm_b200", "--open"],
      3,
      /model\.name: dlrm, round v3\.0 has unet3d and retinanet; MLPerf withdrew it/,
    );
    assert.deepEqual(fs.readdirSync(folder).sort(), ["small.yaml", "unet3d.yaml"]);
  },
);

testInFolder("mlps run lets an OPEN run through --open as far as the disk", async (folder) => {
  fs.writeFileSync(join(folder, "unet3d.yaml"), UNET3D);
  const files = setting("dataset.num_files_train=1000000");
  await refuse(
    folder,
    ["run", "unet3d.yaml", "--open", ...files],
    3,
    /Cannot generate into .* are wanted\. Free some space/,
  );
});

testInFolder("mlps datagen --format is short for dataset.format", async (folder) => {
  assertExit(await runMlps(["datagen", "small.yaml", "--format", "parquet", "-q"], { cwd: folder }), 0);
  await refuse(
    folder,
    ["datagen", "small.yaml", "--format", "npz"],
    2,
    /--set dataset\.format="npz": dataset\.format: found "npz", expected parquet \| synthetic\. mlps reads parquet, and with synthetic nothing/,
  );
});
