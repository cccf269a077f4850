// Made-up runs of scans for tests: a storage of a known rate, whose accelerators want 125 k samples/s each.
import { type ScanInput, scanOf } from "../../lib/metrics/scan.ts";
import type { ScanRun, ScanValue } from "../../lib/metrics/scan_points.ts";
import { summarize } from "../../lib/metrics/summary.ts";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import { acceleratorWith, epochWith, MIB, summaryInputWith } from "./epoch_records.ts";

const COMPUTE_NS = 0.8e9;

interface RunChanges extends Partial<SummaryInput> {
  readonly waitsFor?: "storageWaitNs" | "windowWaitNs";
  /** Of the 110 MiB that were asked for. */
  readonly deviceBytes?: number;
}

/** Returns a run whose accelerators had this AU and waited for storage, or for what `waits` says. */
export function scanRun(
  value: ScanValue,
  auPercent: number,
  {
    numAccelerators = typeof value === "number" ? value : 1,
    waitsFor = "storageWaitNs",
    deviceBytes = 110 * MIB,
    ...changes
  }: RunChanges = {},
): ScanRun {
  const measuredNs = COMPUTE_NS / (auPercent / 100);
  const accelerator = acceleratorWith({
    computeNs: COMPUTE_NS,
    measuredNs,
    storageWaitNs: 0,
    decodeWaitNs: 0,
    barrierWaitNs: 0,
    [waitsFor]: measuredNs - COMPUTE_NS,
  });
  return {
    value,
    folder: `results/small/${value}`,
    summary: summarize(summaryInputWith({
      numAccelerators,
      epochs: [epochWith({ deviceBytes, accelerators: Array(numAccelerators).fill(accelerator) })],
      ...changes,
    })),
  };
}

/** Returns the AU that a storage gives which feeds `capacity` accelerators at 70 %. */
export function auOf(capacity: number, numAccelerators: number): number {
  return Math.min(100, 70 * capacity / numAccelerators);
}

/** Returns the runs of a search on such a storage. */
export function searchRuns(capacity: number, numbers: readonly number[]): ScanRun[] {
  return numbers.map((number) => scanRun(number, auOf(capacity, number)));
}

/** Returns a scan; a search up to 256 accelerators unless said otherwise. */
export function scanWith(runs: readonly ScanRun[], changes: Partial<ScanInput> = {}) {
  return scanOf({
    status: "complete",
    startedAt: "2026-07-04T05:01:05.000Z",
    endedAt: "2026-07-04T05:03:05.000Z",
    workload: "small",
    commandLine: ["scan", "small"],
    secondsPerRun: 20,
    requiredAuPercent: 70,
    minRuns: 1,
    search: { max: 256, maxFrom: "flag" },
    runs,
    ...changes,
  });
}
