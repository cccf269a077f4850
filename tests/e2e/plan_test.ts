import assert from "node:assert/strict";
import fs from "node:fs";
import { assertExit, BINARY, runMlps } from "../helpers/binary.ts";
import { setting, testInFolder } from "../helpers/runs.ts";

testInFolder("mlps plan tells what a workload generates, reads and demands", async (folder) => {
  const json = await runMlps(["plan", "small.yaml", "-n", "2", "--json"], { cwd: folder });
  assertExit(json, 0);
  assert.equal(json.stderr, "");
  const plan = JSON.parse(json.stdout);
  assert.equal(plan.num_samples, 12288);
  assert.equal(plan.row_groups_per_file, 8);
  assert.equal(plan.num_columns_read, 3);
  assert.equal(plan.sample_bytes, 30); // 4 + 2 + 8 + 1 + 4 + 8 + 1 + 2
  assert.equal(plan.read_sample_bytes, 13); // 4 + 8 + 1
  assert.equal(plan.read_stored_sample_bytes, 16); // an int8 is stored in 4 bytes
  assert.equal(plan.steps_per_epoch, 24);
  assert.equal(plan.samples_per_second_per_accelerator, 512_000);
  assert.equal(plan.read_bytes_per_second_per_accelerator, 512_000 * 13);
  assert.equal(plan.window_batches, 2);

  const text = await runMlps(["plan", "small.yaml"], { cwd: folder });
  assertExit(text, 0);
  assert.match(text.stdout, /^small \(small\.yaml\): 1 accelerator\n/);
  assert.match(text.stdout, /3 of 8 columns/);
  assert.match(text.stdout, /48 steps of 256 samples/);
  assert.match(text.stdout, /512 k samples\/s/);
  assert.deepEqual(fs.readdirSync(folder), ["small.yaml"]);
});

testInFolder("mlps plan estimates the size of the dataset within 1 %", async (folder) => {
  const settings = setting("dataset.num_samples_per_file=40960", "dataset.parquet.row_group_size=2048");
  const plan = await runMlps(["plan", "small.yaml", "--json", ...settings], { cwd: folder });
  const report = await runMlps(["datagen", "small.yaml", "--json", ...settings], { cwd: folder });
  assertExit(plan, 0);
  assertExit(report, 0);
  const ratio = JSON.parse(plan.stdout).dataset_bytes / JSON.parse(report.stdout).bytes_written;
  assert.ok(ratio >= 1 && ratio < 1.01, String(ratio));
});

testInFolder("mlps plan takes no more CPU and memory for 50 million files than for 65,536", (folder) => {
  const measure = (numFiles: number) => {
    const plan = () => {
      const files = setting(`dataset.num_files_train=${numFiles}`);
      const result = Bun.spawnSync([BINARY, "plan", "dlrm_parquet_h100", "--json", ...files], {
        cwd: folder,
      });
      assert.equal(JSON.parse(result.stdout.toString()).num_samples, numFiles);
      return result.resourceUsage;
    };
    const usages = [plan(), plan(), plan()];
    return {
      maxBytes: Math.max(...usages.map(({ maxRSS }) => maxRSS)),
      cpuUs: Math.min(...usages.map(({ cpuTime }) => Number(cpuTime.total))),
    };
  };
  const few = measure(65_536), many = measure(50_000_000);
  assert.ok(many.maxBytes < 200 * 2 ** 20, `${many.maxBytes} bytes`);
  assert.ok(many.cpuUs < 2 * few.cpuUs, `${many.cpuUs} us against ${few.cpuUs}`);
  return Promise.resolve();
});

testInFolder("mlps plan needs as much memory for 100,000 files as for 100", async (folder) => {
  const planOf = async (numFiles: number) => {
    const args = ["plan", "dlrm_b200", "--json", ...setting(`dataset.num_files_train=${numFiles}`)];
    const result = await runMlps(args, { cwd: folder });
    assertExit(result, 0);
    return JSON.parse(result.stdout);
  };
  const few = await planOf(100), many = await planOf(100_000);
  assert.equal(many.num_samples, 100_000 * 4_718_592);
  assert.equal(many.num_samples, few.num_samples * 1000);
  assert.equal(many.memory_bytes, few.memory_bytes);
  assert.ok(many.memory_bytes <= 400 * 2 ** 20);
});
