import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { join } from "node:path";
import { assertExit, runMlps, runScript } from "../helpers/binary.ts";
import { refuse } from "../helpers/refusals.ts";
import { onlySummary, setting, testInFolder } from "../helpers/runs.ts";

const SYNTHETIC = setting("dataset.format=synthetic");

testInFolder(
  "mlps run of a synthetic workload reads nothing and never looks like a result of storage",
  async (folder) => {
    const evaluation = setting(
      "dataset.num_files_eval=2",
      "reader.batch_size_eval=64",
      "workflow.evaluation=true",
    );
    const args = ["run", "small.yaml", ...SYNTHETIC, ...evaluation];
    const more = setting("reader.page_cache=evict", "reader.odirect=true", "dataset.odirect=true");
    const result = await runMlps([...args, ...more, "--results-dir", "out"], { cwd: folder });
    assertExit(result, 0);
    assert.match(result.stderr, /nothing to generate/);
    assert.match(result.stdout, /synthetic/);
    assert.equal(fs.existsSync(join(folder, "data")), false);
    const { mlps, status } = onlySummary(join(folder, "out"));
    assert.deepEqual([status, mlps.dataset.origin, mlps.dataset.bytes], ["complete", "synthetic", 0]);
    assert.equal(mlps.epochs.length, 2);
    for (const { bytes, steps, reads, samples } of [...mlps.epochs, ...mlps.evaluation!.epochs]) {
      assert.deepEqual([bytes.useful, bytes.requested, bytes.returned, reads], [0, 0, 0, 0]);
      assert.ok(steps > 0 && samples > 0);
    }
    assert.equal(mlps.epochs[0].samples, 3 * 4096);
  },
);

testInFolder(
  "mlps run of a synthetic workload leaves the caches of the host alone",
  async (folder, t) => {
    if (spawnSync("strace", ["-o", "/dev/null", "true"]).status !== 0) {
      return t.skip("strace is not there, or may not trace");
    }
    const args = ["small.yaml", "--quiet", ...SYNTHETIC, ...setting("reader.page_cache=drop")].join(" ");
    const script = `strace -f --seccomp-bpf -qq -e trace=openat,open -o trace "$MLPS" run ${args}`;
    assertExit(await runScript(script, { cwd: folder }), 0);
    const trace = fs.readFileSync(join(folder, "trace"), "utf8");
    assert.match(trace, /summary\.json/);
    assert.doesNotMatch(trace, /drop_caches/);
  },
);

testInFolder(
  "mlps datagen of a synthetic workload says that there is nothing to generate",
  async (folder) => {
    const result = await runMlps(["datagen", "small.yaml", ...SYNTHETIC, "--json"], { cwd: folder });
    assertExit(result, 0);
    assert.match(
      result.stderr,
      /^There is nothing to generate: dataset\.format is synthetic, which has no files\n/,
    );
    const { files_written, files_kept, bytes_written } = JSON.parse(result.stdout);
    assert.deepEqual([files_written, files_kept, bytes_written], [0, 0, 0]);
    assert.deepEqual(fs.readdirSync(folder), ["small.yaml"]);
  },
);

testInFolder("mlps plan shows a synthetic workload without any size", async (folder) => {
  const text = await runMlps(["plan", "small.yaml", ...SYNTHETIC], { cwd: folder });
  assertExit(text, 0);
  assert.match(text.stdout, /synthetic: no file is generated, none is read/);
  const json = await runMlps(["plan", "small.yaml", ...SYNTHETIC, "--json"], { cwd: folder });
  const { format, dataset_bytes, steps_per_epoch } = JSON.parse(json.stdout);
  assert.deepEqual([format, dataset_bytes, steps_per_epoch], ["synthetic", 0, 48]);
});

for (const command of ["validate", "datasize", "ceiling"]) {
  testInFolder(`mlps ${command} refuses a synthetic workload`, async (folder) => {
    const parts = [/dataset\.format is synthetic, which has no files/, /--set dataset\.format=parquet/];
    await refuse(folder, [command, "small.yaml", ...SYNTHETIC], 2, ...parts);
  });
}
