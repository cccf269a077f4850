import assert from "node:assert/strict";
import fs from "node:fs";
import { assertExit, runMlps, startMlps } from "../helpers/binary.ts";
import { setting, testInFolder } from "../helpers/runs.ts";

const TICKS_A_SECOND = 100; // USER_HZ

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

testInFolder(
  "mlps plan takes no more time and memory for 50 million files than for 65,536",
  async (folder) => {
    const measure = async (numFiles: number) => {
      const usages = [
        await plan(folder, numFiles),
        await plan(folder, numFiles),
        await plan(folder, numFiles),
      ];
      return {
        maxBytes: Math.max(...usages.map(({ maxBytes }) => maxBytes)),
        cpuSeconds: Math.min(...usages.map(({ cpuSeconds }) => cpuSeconds)),
      };
    };
    const few = await measure(65_536), many = await measure(50_000_000);
    assert.ok(many.maxBytes < 200 * 2 ** 20, `${many.maxBytes} bytes`);
    assert.ok(many.cpuSeconds < 2 * few.cpuSeconds, `${many.cpuSeconds} s against ${few.cpuSeconds}`);
  },
);

/**
 * Plans, and returns the CPU time and the most memory. The process tells its own peak: that which the kernel reports of
 * an ended child counts the memory of the parent that it was forked from.
 */
async function plan(folder: string, numFiles: number): Promise<{ cpuSeconds: number; maxBytes: number }> {
  const files = setting(`dataset.num_files_train=${numFiles}`);
  const running = startMlps(["plan", "dlrm_parquet_h100", "--json", ...files], { cwd: folder });
  const proc = `/proc/${running.process.pid}`;
  let maxBytes = 0, ticks = 0;
  const timer = setInterval(() => {
    try {
      maxBytes =
        Number(fs.readFileSync(`${proc}/status`, "utf8").match(/VmHWM:\s*(\d+) kB/)?.[1] ?? 0) * 1024 ||
        maxBytes;
      const fields = fs.readFileSync(`${proc}/stat`, "utf8").split(") ")[1].split(" ");
      ticks = Number(fields[11]) + Number(fields[12]);
    } catch {
      // It has ended.
    }
  }, 5);
  const result = await running.ended;
  clearInterval(timer);
  assertExit(result, 0);
  assert.equal(JSON.parse(result.stdout).num_samples, numFiles);
  assert.ok(maxBytes > 0 && ticks > 0);
  return { cpuSeconds: ticks / TICKS_A_SECOND, maxBytes };
}
