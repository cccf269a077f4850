import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ptr } from "bun:ffi";
import { differenceOf, type HostCounters } from "../../lib/metrics/host_counters.ts";
import {
  deviceReadsOf,
  parseHostTicks,
  parseProcessIo,
  readHostCounters,
} from "../../lib/storage/accounting.ts";
import { alignedBuffer } from "../../lib/storage/aligned_buffer.ts";
import { readHostFacts } from "../../lib/storage/host_facts.ts";
import { type MountFacts, mountOf } from "../../lib/storage/mounts.ts";
import { evictFiles } from "../../lib/storage/page_cache.ts";
import { hostWith } from "../helpers/epoch_records.ts";
import { withFolder } from "../helpers/datasets.ts";

test("parseProcessIo() reads rchar and read_bytes, each absent where it is missing", () => {
  const text =
    "rchar: 123\nwchar: 5\nsyscr: 1\nsyscw: 2\nread_bytes: 4096\nwrite_bytes: 7\ncancelled_write_bytes: 8\n";
  assert.deepEqual(parseProcessIo(text), { readCallBytes: 123, deviceReadBytes: 4096 });
  assert.deepEqual(parseProcessIo("rchar: 1\n"), { readCallBytes: 1, deviceReadBytes: undefined });
  assert.deepEqual(parseProcessIo(""), { readCallBytes: undefined, deviceReadBytes: undefined });
});

test("parseHostTicks() sums up the CPUs' line, guest time once; what an old kernel lacks is absent", () => {
  const table: [string, ReturnType<typeof parseHostTicks>][] = [
    ["cpu  10 20 30 400 50 6 7 8 9 1\ncpu0 1 2 3 4 5 6 7 8 9 1\nintr 5\n", {
      hostTicks: 531,
      hostBusyTicks: 81,
      ioWaitTicks: 50,
      stealTicks: 8,
    }],
    ["cpu  10 20 30 400 50\n", { hostTicks: 510, hostBusyTicks: 60, ioWaitTicks: 50, stealTicks: undefined }],
    ["cpu  10 20 30 400\n", {}],
    ["", {}],
  ];
  for (const [text, ticks] of table) assert.deepEqual(parseHostTicks(text), ticks, text);
});

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
  const difference = differenceOf(before, readHostCounters());
  const { userSeconds, systemSeconds, hostTicks, hostBusyTicks, stealTicks, ioWaitTicks } = difference;
  assert.ok(work > 0 && userSeconds + systemSeconds > 0.005, `${userSeconds} + ${systemSeconds} s`);
  assert.ok(hostTicks! > 0 && hostBusyTicks! >= 0 && hostBusyTicks! <= hostTicks!);
  assert.ok(stealTicks! >= 0 && stealTicks! <= hostBusyTicks!);
  assert.ok(ioWaitTicks! <= hostTicks! - hostBusyTicks!);
});

test("readHostCounters() reads three clocks that go alike", async () => {
  const before = readHostCounters(), beginMs = performance.now();
  await Bun.sleep(30);
  const { monotonicNs, boottimeNs, realtimeNs } = differenceOf(before, readHostCounters());
  const elapsedMs = performance.now() - beginMs;
  assert.ok(monotonicNs >= 29e6 && monotonicNs <= (elapsedMs + 5) * 1e6, `${monotonicNs} ns`);
  assert.ok(Math.abs(boottimeNs - monotonicNs) < 5e6, `${boottimeNs - monotonicNs} ns`);
  assert.ok(Number.isFinite(realtimeNs)); // which may be set at any moment
  assert.ok(Math.abs(readHostCounters().realtimeNs - Date.now() * 1e6) < 1e9);
});

test("readHostCounters() counts what the device under a mount did", async (t: TestContext) => {
  await withFolder(async (folder) => {
    const mount = mountOf(folder)!, path = join(folder, "file"), bytes = 8 * 2 ** 20;
    fs.writeFileSync(path, randomBytes(bytes));
    let beginNs = 0, blockDevice: HostCounters["blockDevice"], deviceReadBytes: number | undefined = 0;
    // The kernel may keep pages that it has just been told to drop: then they are dropped once more.
    for (let attempt = 0; attempt < 5 && deviceReadBytes! < bytes; attempt++) {
      await evictFiles([path]);
      const before = readHostCounters(mount);
      if (before.blockDevice === undefined) return t.skip("the temporary folder is on no block device");
      beginNs = performance.now() * 1e6;
      fs.readFileSync(path);
      // The process counts what it asks for, the device what is done: read-ahead may still be under way.
      await Bun.sleep(200);
      ({ blockDevice, deviceReadBytes } = differenceOf(before, readHostCounters(mount)));
    }
    assert.ok(deviceReadBytes! >= bytes, `${deviceReadBytes} bytes of the process`);
    // The process may have read of other devices besides: its own program, where its pages were dropped.
    assert.ok(blockDevice!.readBytes >= bytes, `${blockDevice!.readBytes} bytes of the device`);
    assert.ok(blockDevice!.writtenBytes >= 0);
    // The kernel counts whole ticks of up to 10 ms: it may have missed this one.
    assert.ok(blockDevice!.busyNs <= performance.now() * 1e6 - beginNs + 20e6);
  });
});

function mountWith(fstype: string): MountFacts {
  return { mountPoint: "/mnt", root: "/", fstype, source: "source", options: "rw", majorMinor: "0:99" };
}

test("deviceReadsOf() trusts the filesystems that read in the name of the process, NFS by its own count, and no others", () => {
  const own: Partial<HostCounters> = { deviceReadBytes: 500 };
  const table: [string, Partial<HostCounters>, ReturnType<typeof deviceReadsOf>][] = [
    ["ext4", own, { deviceBytes: 500, deviceSource: "process" }],
    ["xfs", { deviceReadBytes: 0 }, { deviceBytes: 0, deviceSource: "process" }],
    ["overlay", own, { deviceBytes: 500, deviceSource: "process" }],
    ["tmpfs", { deviceReadBytes: 0 }, { deviceBytes: 0, deviceSource: "process" }],
    ["ext4", {}, { deviceSource: "unknown" }],
    ["nfs4", { ...own, nfs: { serverReadBytes: 700 } }, { deviceBytes: 700, deviceSource: "nfs" }],
    ["nfs", own, { deviceSource: "unknown" }],
  ];
  for (const [fstype, counters, reads] of table) {
    assert.deepEqual(deviceReadsOf(mountWith(fstype), hostWith(counters)), reads, fstype);
  }
  // The pages of mlps itself are read from a disk too: a number above 0 proves nothing.
  for (const fstype of ["fuse", "fuse.sshfs", "9p", "virtiofs", "cifs", "lustre", "zfs", "ceph"]) {
    assert.deepEqual(deviceReadsOf(mountWith(fstype), hostWith(own)), { deviceSource: "unknown" }, fstype);
  }
  assert.deepEqual(deviceReadsOf(undefined, hostWith(own)), { deviceSource: "unknown" });
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
