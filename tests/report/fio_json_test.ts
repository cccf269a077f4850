import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { describeAsFio } from "../../lib/report/fio_json.ts";
import { epochWith, histogramOf, MIB } from "../helpers/epoch_records.ts";
import { hasProgram } from "../helpers/programs.ts";
import { resultWith, secondWith } from "../helpers/results.ts";

/** What mlps does not measure, and what only some versions of fio write. */
const LEFT_OUT = new Set([
  "jobs.eta",
  "jobs.ctx",
  "jobs.majf",
  "jobs.minf",
  "jobs.iodepth_level",
  "jobs.iodepth_submit",
  "jobs.iodepth_complete",
  "jobs.latency_depth",
  "jobs.latency_target",
  "jobs.latency_percentile",
  "jobs.latency_window",
  "disk_util",
]);

/** Returns the paths of all keys; the items of a list as one. */
function pathsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return pathsOf(value[0], path);
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, item]) => {
    const inner = path === "" ? key : `${path}.${key}`;
    return LEFT_OUT.has(inner) || inner.startsWith("jobs.job options") ? [] : pathsOf(item, inner);
  });
}

test("describeAsFio() has the keys of fio's own output", (t) => {
  if (!hasProgram("fio", t)) return;
  const folder = fs.mkdtempSync(join(tmpdir(), "mlps-fio-"));
  try {
    const { stdout, status, stderr } = spawnSync("fio", [
      "--name=job",
      `--filename=${join(folder, "file")}`,
      "--size=1m",
      "--bs=64k",
      "--rw=randread",
      "--output-format=json",
    ], { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    const wanted = new Set(pathsOf(JSON.parse(stdout)));
    const found = new Set(pathsOf(JSON.parse(JSON.stringify(describeAsFio([resultWith()])))));
    assert.deepEqual([...wanted].filter((path) => !found.has(path)), [], "what fio has");
    assert.deepEqual([...found].filter((path) => !wanted.has(path)), [], "what fio lacks");
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test("describeAsFio() tells bytes, rates and percentiles in fio's units", () => {
  const read = histogramOf(...Array.from({ length: 1000 }, (_, index) => (index + 1) * 1000));
  const epochs = [1, 2].map((epoch) => epochWith({ epoch, histograms: { ...epochWith().histograms, read } }));
  const { jobs: [job], timestamp } = describeAsFio([
    resultWith({ numEpochs: 2, epochs }, [secondWith(), secondWith({ requested_bytes_per_second: MIB })]),
  ]);
  assert.equal(timestamp, Date.parse("2026-07-04T05:01:10.000Z") / 1000);
  assert.equal(job.jobname, "small");
  // Two epochs of 2 s with 110 MiB in 200 reads each.
  assert.equal(job.read.io_bytes, 220 * MIB);
  assert.equal(job.read.io_kbytes, 220 * 1024);
  assert.equal(job.read.bw_bytes, 55 * MIB);
  assert.equal(job.read.bw, 55 * 1024);
  assert.equal(job.read.iops, 100);
  assert.equal(job.read.runtime, 4000);
  assert.deepEqual([job.read.bw_min, job.read.bw_max, job.read.bw_mean], [1024, 3072, 2048]);
  const percentile = job.read.clat_ns.percentile!;
  assert.ok(Math.abs(percentile["50.000000"] / 500e3 - 1) < 0.02);
  assert.ok(Math.abs(percentile["99.900000"] / 999e3 - 1) < 0.02);
  assert.equal(job.read.clat_ns.N, 2000);
  assert.ok(Math.abs(job.read.clat_ns.stddev / 288_675 - 1) < 0.02);
});

test("describeAsFio() divides all reads among its bounds of latency", () => {
  const read = histogramOf(1, 3, 900, 1500, 3e3, 70e3, 800e3, 1.5e6, 3e6, 1.5e9, 9e9);
  const { jobs: [job] } = describeAsFio([
    resultWith({ epochs: [epochWith({ histograms: { ...epochWith().histograms, read } })] }),
  ]);
  const shares = [job.latency_ns, job.latency_us, job.latency_ms].flatMap((shares) => Object.values(shares));
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 100) < 1e-9, shares.join(" "));
  assert.ok(shares.every((share) => share >= 0));
  assert.ok(Math.abs(job.latency_ms[">=2000"] - 100 / 11) < 1e-9);
});

test("describeAsFio() is a document for a run without reads and without an epoch", () => {
  for (
    const result of [
      resultWith({ epochs: [], status: "failed" }, []),
      resultWith(
        { epochs: [epochWith({ histograms: { ...epochWith().histograms, read: histogramOf() } })] },
        [],
      ),
    ]
  ) {
    const { jobs: [job] } = JSON.parse(JSON.stringify(describeAsFio([result])));
    assert.equal(job.read.clat_ns.N, 0);
    assert.equal(job.read.clat_ns.percentile, undefined);
    assert.equal(job.read.bw_samples, 0);
    assert.ok(!JSON.stringify(job).includes("null"), "no NaN, which JSON has not");
  }
});
