import assert from "node:assert/strict";
import { test } from "node:test";
import { MIB } from "../../lib/base/units.ts";
import { loadEmbeddedWorkload } from "../../lib/config/load.ts";
import { summarizePlan } from "../../lib/dataset/plan_summary.ts";

test("summarizePlan() expects the memory that runs were seen to take, whatever the size of a row group", () => {
  // Measured peaks: 151 MB and 753 MB for FLUX with 1 and 8 readers, 195 and 275 MB for DLRM with 4 and 8.
  const cases: [name: string, readThreads: number, measuredMib: number][] = [
    ["flux_b200", 1, 149],
    ["flux_b200", 8, 735],
    ["dlrm_b200", 4, 186],
    ["dlrm_b200", 8, 262],
  ];
  for (const [name, readThreads, measuredMib] of cases) {
    const loaded = loadEmbeddedWorkload(name)!;
    const reader = { ...loaded.workload.reader, read_threads: readThreads };
    const plan = summarizePlan({ ...loaded, workload: { ...loaded.workload, reader } }, 1);
    const ratio = plan.memory_bytes / MIB / measuredMib;
    assert.ok(ratio > 0.8 && ratio < 1.5, `${name}, ${readThreads} readers: ${plan.memory_bytes} bytes`);
  }
});
