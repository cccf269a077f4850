import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../lib/base/errors.ts";
import { GIB } from "../../lib/base/units.ts";
import { loadWorkload, parseWorkload } from "../../lib/config/load.ts";
import { demandOf, sampleSizes } from "../../lib/plan/demand.ts";

test("demandOf() gives the figures of MLPerf's DLRM (dlio.md §7)", () => {
  const { workload } = loadWorkload("dlrm_b200");
  for (const numAccelerators of [1, 4]) {
    const demand = demandOf(workload, numAccelerators);
    assert.equal(demand.samplesPerSecond, 32_768_000);
    assert.equal(demand.sampleBytes, 761);
    assert.equal(demand.readSampleBytes, 160);
    assert.equal((demand.readBytesPerSecond! / GIB).toFixed(2), "4.88");
    assert.equal((demand.samplesPerSecond * demand.sampleBytes / GIB).toFixed(1), "23.2");
    assert.equal(demand.stepsPerEpoch, 393_216 / numAccelerators);
    assert.equal(demand.samplesPerEpoch, 1024 * 4_718_592);
    assert.equal(demand.windowBatches, 4);
  }
});

test("demandOf() counts the samples of whole steps only", () => {
  const demand = demandOf(workloadWith("", { files: 1, samples: 107, batch: 10 }), 3);
  assert.equal(demand.stepsPerEpoch, 3);
  assert.equal(demand.samplesPerEpoch, 90);
});

test("demandOf() knows no rate where a step takes no time", () => {
  const workload = workloadWith("", { files: 1, samples: 100, batch: 10, computationTime: 0 });
  const demand = demandOf(workload, 1);
  assert.equal(demand.samplesPerSecond, undefined);
  assert.equal(demand.readBytesPerSecond, undefined);
});

test("demandOf() refuses a dataset of less than one step", () => {
  assert.throws(() => demandOf(workloadWith("", { files: 1, samples: 9, batch: 10 }), 1), UsageError);
});

test("sampleSizes() sums the columns as DLIO counts them", () => {
  const columns = [
    ["int8", 1, true],
    ["float16", 3, true],
    ["float32", 5, false],
    ["float64", 2, true],
    ["uint16", 1, false],
  ].map(([dtype, size, read], index) => `{name: c${index}, dtype: ${dtype}, size: ${size}, read: ${read}}`);
  const { dataset } = workloadWith(`columns: [${columns.join(", ")}]`, { files: 1, samples: 100, batch: 10 });
  assert.deepEqual(sampleSizes(dataset), {
    sampleBytes: 1 + 6 + 20 + 16 + 2,
    readSampleBytes: 1 + 6 + 16,
  });
});

test("sampleSizes() takes record_length_bytes where the columns are not named", () => {
  const { dataset } = workloadWith("", { files: 1, samples: 100, batch: 10 });
  assert.deepEqual(sampleSizes(dataset), { sampleBytes: 512, readSampleBytes: 512 });
});

test("sampleSizes() counts strings and binary by the length that is generated", () => {
  const columns =
    "{name: a, dtype: float32}, {name: b, dtype: string}, {name: c, dtype: string, size: 30}, " +
    "{name: d, dtype: binary, size: 7, read: false}, {name: e, dtype: binary}";
  const { dataset } = workloadWith(`columns: [${columns}]`, { files: 1, samples: 100, batch: 10 });
  assert.deepEqual(sampleSizes(dataset), {
    sampleBytes: 4 + 12 + 30 + 7 + 1,
    readSampleBytes: 4 + 12 + 30 + 1,
  });
});

function workloadWith(
  parquet: string,
  { files, samples, batch, computationTime = 0.001 }: {
    files: number;
    samples: number;
    batch: number;
    computationTime?: number;
  },
) {
  const text = `
    dataset: {format: parquet, num_files_train: ${files}, num_samples_per_file: ${samples},
      record_length_bytes: 512, parquet: {${parquet}}}
    reader: {batch_size: ${batch}}
    train: {computation_time: ${computationTime}}`;
  return parseWorkload({ label: "test.yaml", text }).workload;
}
