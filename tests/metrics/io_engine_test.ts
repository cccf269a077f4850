import assert from "node:assert/strict";
import { test } from "node:test";
import { describeIoEngine, type IoEngineInput } from "../../lib/metrics/io_engine.ts";
import { epochWith, totalsWith } from "../helpers/epoch_records.ts";

const AUTO: IoEngineInput = { requested: "auto", depth: 128, readsWholeFiles: false };

/** Returns an epoch of 50 row groups of which `ringExtents` went through a ring, with readers of these depths. */
function epochOf(ringExtents: number, depths: readonly number[] = []) {
  const totals = totalsWith({ ringExtents });
  return epochWith({ totals, readers: depths.map((deepestQueue) => totalsWith({ deepestQueue })) });
}

test("describeIoEngine() tells the engine that ran, and where it was not io_uring, why", () => {
  const cases: [changes: Partial<IoEngineInput>, ringExtents: number, used: string, reason: RegExp | null][] =
    [
      [{}, 50, "io_uring", null],
      [{}, 0, "psync", /memory/],
      [{}, 20, "both", /memory/],
      [{ requested: "io_uring" }, 50, "io_uring", null],
      [{ requested: "io_uring" }, 20, "both", /^row groups above 16 MiB/],
      [{ requested: "psync" }, 0, "psync", /asks for it/],
      [{ refusal: "the kernel is too old" }, 0, "psync", /^io_uring cannot be used: the kernel is too old$/],
      [{ readsWholeFiles: true }, 0, "psync", /^each file is fetched with one read$/],
    ];
  for (const [changes, ringExtents, used, reason] of cases) {
    const found = describeIoEngine({ ...AUTO, ...changes }, [epochOf(ringExtents)]);
    assert.equal(found.used, used);
    assert.equal(found.io_uring_percentage, ringExtents * 2);
    assert.equal(found.depth, 128);
    if (reason === null) assert.equal(found.reason, null);
    else assert.match(found.reason!, reason);
  }
});

test("describeIoEngine() tells the deepest queue of any reader and epoch", () => {
  const epochs = [epochOf(50, [3, 17, 4]), epochOf(50, [16, 2])];
  assert.equal(describeIoEngine(AUTO, epochs).deepest_queue, 17);
  assert.equal(describeIoEngine(AUTO, []).deepest_queue, 0);
});

test("describeIoEngine() tells of no engine where nothing was read", () => {
  const epoch = epochWith({ totals: totalsWith({ requestedBytes: 0 }) });
  const { used, reason } = describeIoEngine(AUTO, [epoch]);
  assert.deepEqual([used, reason], ["none", null]);
});
