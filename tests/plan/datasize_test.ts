import assert from "node:assert/strict";
import { test } from "node:test";
import { datasizeOf } from "../../lib/plan/datasize.ts";

const GIB = 1024 ** 3;
const DLRM = { batchSize: 12288, samplesPerFile: 4718592, sampleBytes: 761 };
const UNET3D = { batchSize: 7, samplesPerFile: 1, sampleBytes: 146600628 };

test("datasizeOf() gives the figures of MLPerf's formula (dlio.md §7)", () => {
  // max(500 * batch * accelerators, hosts * memory * 5 / record) samples, in whole files.
  const rows = [
    [{ ...DLRM, numAccelerators: 1, numHosts: 1, hostMemoryBytes: GIB }, 6144000, 7054809, 2, "memory", 0],
    [{ ...DLRM, numAccelerators: 8, numHosts: 1, hostMemoryBytes: GIB }, 49152000, 7054809, 11, "steps", 0],
    [
      { ...DLRM, numAccelerators: 8, numHosts: 4, hostMemoryBytes: 512 * GIB },
      49152000,
      14448247409,
      3062,
      "memory",
      0,
    ],
    [{ ...UNET3D, numAccelerators: 1, numHosts: 1, hostMemoryBytes: 16 * GIB }, 3500, 586, 3500, "steps", 0],
    [
      { ...UNET3D, numAccelerators: 8, numHosts: 1, hostMemoryBytes: 16 * GIB },
      28000,
      586,
      28000,
      "steps",
      3,
    ],
  ] as const;
  for (const [input, samplesForSteps, samplesForMemory, numFiles, decidedBy, numSubfolders] of rows) {
    const numSamples = numFiles * input.samplesPerFile;
    assert.deepEqual(datasizeOf(input), {
      samplesForSteps,
      samplesForMemory,
      decidedBy,
      numFiles,
      numSamples,
      numSubfolders,
    });
  }
});

test("datasizeOf() gives the smallest number of files that keeps the rule", () => {
  for (const numAccelerators of [1, 3, 64]) {
    for (const hostMemoryBytes of [1, 7 * GIB, 1000 * GIB]) {
      for (const shape of [DLRM, UNET3D]) {
        const input = { ...shape, numAccelerators, numHosts: 2, hostMemoryBytes };
        const { numFiles } = datasizeOf(input);
        const keepsRule = (files: number) =>
          files * shape.samplesPerFile >= 500 * shape.batchSize * numAccelerators &&
          files * shape.samplesPerFile * shape.sampleBytes >= 5 * 2 * hostMemoryBytes;
        assert.ok(keepsRule(numFiles) && !keepsRule(numFiles - 1), JSON.stringify(input));
      }
    }
  }
});
