// docs/results.md tells of every key that is written, and of no other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { repeatsOf } from "../../lib/metrics/repeats.ts";
import { summarize } from "../../lib/metrics/summary.ts";
import { documentedKeys, isDocumentedBy, keysOf } from "../helpers/documented_keys.ts";
import {
  environmentWith,
  epochWith,
  evaluationWith,
  GIB,
  hostWith,
  summaryInputWith,
} from "../helpers/epoch_records.ts";
import { scanRun, scanWith } from "../helpers/scans.ts";

/** Returns a summary in which nothing is null or empty. */
function fullSummary() {
  const slowRead = { file: 0, path: "a", offsetBytes: 1, bytes: 2, elapsedNs: 3, atNs: 4 };
  const host = hostWith({
    blockDevice: { name: "vda", readBytes: 1, writtenBytes: 2, busyNs: 3 },
    interfaces: [{ name: "eth0", receivedBytes: 1 }],
  });
  const epochs = [1, 2, 3, 4].map((epoch) =>
    epochWith({ epoch, host, slowestReads: [slowRead], durationNs: epoch === 4 ? 9e9 : 2e9 })
  );
  epochs[3] = { ...epochs[3], accelerators: [{ ...epochs[3].accelerators[0], auPercent: 1 }] };
  const environment = environmentWith({
    filesystem: { type: "ext4", mount_point: "/", source: "a", mount_options: "rw", read_ahead_kib: 1 },
    block_device: {
      name: "vda",
      model: null,
      rotational: null,
      scheduler: null,
      read_ahead_kib: null,
      logical_block_bytes: null,
      queue_depth: null,
      memory: null,
    },
    network_interfaces: [{ name: "eth0", speed_bits_per_second: null, mtu_bytes: null, driver: null }],
  });
  const { dataset } = summaryInputWith();
  return summarize(summaryInputWith({
    epochs,
    environment,
    dataset: { ...dataset, totalBytes: GIB },
    pageCache: "keep",
    previous: { folder: "a", environment: environmentWith() },
    ceiling: { samplesPerSecond: 1, measuredAt: "2026" },
    evaluation: evaluationWith(),
  }));
}

function assertSameKeys(written: readonly string[], documented: readonly string[]): void {
  assert.ok(documented.length > 10);
  assert.equal(new Set(documented).size, documented.length, "a key is documented twice");
  const isKnown = (key: string) => documented.some((entry) => isDocumentedBy(key, entry));
  assert.deepEqual(written.filter((key) => !isKnown(key)), [], "not documented");
  const isWritten = (entry: string) => written.some((key) => isDocumentedBy(key, entry));
  assert.deepEqual(documented.filter((entry) => !isWritten(entry)), [], "documented and never written");
}

test("docs/results.md tells of each key of summary.json", () => {
  assertSameKeys(keysOf(fullSummary()), documentedKeys("summary.json"));
});

test("docs/results.md tells of each key of repeats.json", () => {
  const run = { folder: "a", summary: fullSummary() };
  const repeats = repeatsOf({
    status: "complete",
    numMeasured: 2,
    runs: [run, run, run],
    sharesFilesystem: true,
  });
  assertSameKeys(keysOf(repeats), documentedKeys("repeats.json"));
});

test("docs/results.md tells of each key of scan.json", () => {
  const runs = [[1, 90], [2, 80], [4, 30], [3, 50], [3, 80]].map(([value, au]) => scanRun(value, au));
  const scan = scanWith([...runs, { ...runs[0], summary: fullSummary() }]);
  const full = {
    ...scan,
    answer: { ...scan.answer!, failing_below: [1] },
    knee: { value: 1, share_percentage: 96, best_value: 2 },
    points: scan.points.filter(({ warnings }) => warnings.length > 0),
  };
  assertSameKeys(keysOf(full), documentedKeys("scan.json"));
});
