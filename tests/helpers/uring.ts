// What tests of io_uring share.
import fs from "node:fs";
import { test, type TestContext } from "node:test";
import { ReadRanges } from "../../lib/plan/read_ranges.ts";
import { probeUring } from "../../lib/storage/uring_probe.ts";

/** Declares a test that is skipped, with the reason, where io_uring cannot be used. */
export function uringTest(name: string, run: (t: TestContext) => void | Promise<void>): void {
  test(name, (t: TestContext) => {
    const reason = probeUring();
    if (reason === undefined) return run(t);
    t.skip(`io_uring cannot be used here: ${reason}`);
  });
}

export function rangesOf(
  ...ranges: readonly (readonly [fileOffset: number, bytes: number, bufferOffset: number])[]
): ReadRanges {
  const all = new ReadRanges(ranges.length);
  ranges.forEach(([fileOffset, bytes, bufferOffset], range) => {
    all.fileOffset[range] = fileOffset;
    all.bytes[range] = bytes;
    all.bufferOffset[range] = bufferOffset;
  });
  all.count = ranges.length;
  return all;
}

/** Returns how many rings this process has open; other files come and go. */
export function countOpenRings(): number {
  const targets = fs.readdirSync("/proc/self/fd").map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // closed by now
    }
  });
  return targets.filter((target) => target.includes("io_uring")).length;
}
