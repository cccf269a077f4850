import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { ptr } from "bun:ffi";
import { differenceOf } from "../../lib/metrics/host_counters.ts";
import { accountsReads, readHostCounters } from "../../lib/storage/accounting.ts";
import { alignedBuffer } from "../../lib/storage/aligned_buffer.ts";
import { readHostFacts } from "../../lib/storage/host_facts.ts";

test("readHostCounters() counts what reads return", (t: TestContext) => {
  const before = readHostCounters();
  if (before.readCallBytes === undefined) return t.skip("the kernel does not account reads of this process");
  const bytes = fs.readFileSync(import.meta.filename!).length;
  const { readCallBytes } = differenceOf(before, readHostCounters());
  // Reading the counters is reading as well.
  assert.ok(
    readCallBytes! >= bytes && readCallBytes! < bytes + 100_000,
    `${readCallBytes} of ${bytes} bytes`,
  );
});

test("readHostCounters() counts the CPU time of this process and of the host", () => {
  const before = readHostCounters();
  const endMs = performance.now() + 60;
  let work = 0;
  while (performance.now() < endMs) work++;
  const { userSeconds, systemSeconds, hostTicks, hostBusyTicks } = differenceOf(before, readHostCounters());
  assert.ok(work > 0 && userSeconds + systemSeconds > 0.005, `${userSeconds} + ${systemSeconds} s`);
  assert.ok(hostTicks! > 0 && hostBusyTicks! >= 0 && hostBusyTicks! <= hostTicks!);
});

test("accountsReads() trusts the filesystems of which the kernel accounts reads, and no others", () => {
  const accounting = [0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x6969, 0x794c7630, 0x01021994, 0x858458f6];
  assert.equal(accountsReads(tmpdir()), accounting.includes(fs.statfsSync(tmpdir()).type));
  assert.equal(accountsReads("/proc"), false);
});

test("readHostFacts() describes this host", () => {
  const { hostname, processorName, cpuCount, memoryBytes, kernel, memoryInfo } = readHostFacts();
  assert.ok(hostname.length > 0 && processorName.length > 0);
  assert.ok(cpuCount >= 1);
  assert.match(kernel, /^Linux \d+\.\d+/);
  assert.ok(memoryBytes > 2 ** 20);
  assert.match(memoryInfo.MemTotal, /^\d+ kB$/);
});

test("alignedBuffer() begins on a page boundary and is large enough", () => {
  for (const bytes of [0, 1, 4096, 65_536, 65_537, 1_000_000]) {
    const buffer = alignedBuffer(bytes);
    assert.ok(buffer.length >= bytes && buffer.length > 0, `${bytes}`);
    assert.equal(ptr(buffer) % 4096, 0, `${bytes}`);
  }
});
