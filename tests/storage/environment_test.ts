import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import { test } from "node:test";
import { environmentDifferences } from "../../lib/metrics/environment.ts";
import { parseOpenFiles, parseSwapBytes, readEnvironment } from "../../lib/storage/environment.ts";
import { mountOf } from "../../lib/storage/mounts.ts";

test("readEnvironment() describes this host and what the data lies on, as JSON", () => {
  const environment = readEnvironment({ version: "1.2.3", dataFolder: os.tmpdir() });
  assert.deepEqual(JSON.parse(JSON.stringify(environment)), environment);
  assert.equal(environment.mlps_version, "1.2.3");
  assert.match(environment.kernel, /^Linux \d+\.\d+/);
  assert.equal(environment.cpu.count, os.cpus().length);
  assert.ok(environment.memory.total_bytes > 2 ** 20 && environment.memory.swap_bytes! >= 0);
  assert.ok(environment.limits.open_files! >= 16);
  const mount = mountOf(os.tmpdir())!;
  assert.deepEqual([environment.filesystem?.type, environment.filesystem?.mount_point], [
    mount.fstype,
    mount.mountPoint,
  ]);
  const isGuest = /^flags\s*:.*\bhypervisor\b/m.test(fs.readFileSync("/proc/cpuinfo", "utf8"));
  assert.equal(environment.virtualization !== null, isGuest);
});

test("readEnvironment() says the same twice, and of another folder what differs", () => {
  const read = (dataFolder: string) => readEnvironment({ version: "1.2.3", dataFolder });
  assert.deepEqual(environmentDifferences(read("/"), read("/")), []);
  const differences = environmentDifferences(read("/proc"), read("/sys"));
  const isOfMount = ({ key }: { key: string }) => /^(filesystem|block_device)\b/.test(key);
  assert.ok(differences.every(isOfMount), JSON.stringify(differences));
  const type = differences.find(({ key }) => key === "filesystem.type");
  assert.deepEqual([type?.before, type?.after], ["proc", "sysfs"]);
});

test("parseSwapBytes() and parseOpenFiles() read the kernel's tables, and know nothing from others", () => {
  assert.equal(parseSwapBytes("MemTotal: 10 kB\nSwapCached:  1 kB\nSwapTotal:      2048 kB\n"), 2048 * 1024);
  assert.equal(parseSwapBytes("MemTotal: 10 kB\n"), null);
  const limits = "Limit                     Soft Limit           Hard Limit           Units     \n" +
    "Max processes             7                    7                    processes \n" +
    "Max open files            1024                 4096                 files     \n";
  assert.equal(parseOpenFiles(limits), 1024);
  assert.equal(parseOpenFiles(limits.replace("1024     ", "unlimited")), null);
  assert.equal(parseOpenFiles(""), null);
});
