import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import { test, type TestContext } from "node:test";
import {
  describeCgroup,
  findCgroup,
  parseQuotaCores,
  parseThrottledNs,
  readThrottledNs,
} from "../../lib/storage/cgroups.ts";
import { parseMounts } from "../../lib/storage/mounts.ts";

const V2 = "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate";
const V1 = `31 22 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 31 0:32 /docker/c0ffee /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`;

test("findCgroup() finds the groups of both versions, and those above that are to be seen", () => {
  const table: [string, string, string, ReturnType<typeof findCgroup>][] = [
    ["cpu", "0::/user.slice/run.scope", V2, {
      version: 2,
      folders: ["/sys/fs/cgroup/user.slice/run.scope", "/sys/fs/cgroup/user.slice", "/sys/fs/cgroup"],
    }],
    ["cpu", "0::/", V2, { version: 2, folders: ["/sys/fs/cgroup"] }],
    // A namespace that began below shows the group as outside of it.
    ["cpu", "0::/../other", V2, { version: 2, folders: ["/sys/fs/cgroup"] }],
    ["cpu", "5:cpu,cpuacct:/a\n0::/b", V1, {
      version: 1,
      folders: ["/sys/fs/cgroup/cpu,cpuacct/a", "/sys/fs/cgroup/cpu,cpuacct"],
    }],
    // A container without a namespace: the path is the host's, the mount shows its own part.
    ["memory", "4:memory:/docker/c0ffee", V1, { version: 1, folders: ["/sys/fs/cgroup/memory"] }],
    ["memory", "4:memory:/docker/c0ffee/x", V1, {
      version: 1,
      folders: ["/sys/fs/cgroup/memory/x", "/sys/fs/cgroup/memory"],
    }],
    ["memory", "4:memory:/elsewhere", V1, { version: 1, folders: ["/sys/fs/cgroup/memory"] }],
    // The controller is bound to neither version 1 nor a version 2 group that is mounted.
    ["cpu", "1:name=systemd:/", V1, undefined],
    ["cpu", "0::/", "", undefined],
    ["cpu", "", V2, undefined],
  ];
  for (const [controller, ownGroups, mountinfo, wanted] of table) {
    assert.deepEqual(
      findCgroup(controller, ownGroups, parseMounts(mountinfo)),
      wanted,
      `${controller} ${ownGroups}`,
    );
  }
});

test("parseThrottledNs() reads both versions, and knows nothing where no quota can be", () => {
  const table: [string, number | undefined][] = [
    ["nr_periods 7\nnr_throttled 3\nthrottled_time 1234567\n", 1234567],
    ["usage_usec 9\nuser_usec 5\nsystem_usec 4\nnr_throttled 2\nthrottled_usec 1500\n", 1500e3],
    ["nr_periods 0\nnr_throttled 0\nthrottled_time 0\n", 0],
    ["usage_usec 9\nuser_usec 5\nsystem_usec 4\n", undefined],
    ["", undefined],
  ];
  for (const [text, throttledNs] of table) assert.equal(parseThrottledNs(text), throttledNs, text);
});

test("parseQuotaCores() divides quota by period; no quota is undefined", () => {
  const table: [string, number | undefined][] = [
    ["150000 100000", 1.5],
    ["10000 20000", 0.5],
    ["max 100000", undefined],
    ["-1 100000", undefined],
    ["undefined undefined", undefined],
  ];
  for (const [text, cores] of table) assert.equal(parseQuotaCores(text), cores, text);
});

test("describeCgroup() names the CPUs that this process may use, and limits that are some", (t: TestContext) => {
  const { cpu_quota_cores, memory_limit_bytes, cpuset } = describeCgroup();
  assert.ok(cpu_quota_cores === null || cpu_quota_cores > 0);
  assert.ok(memory_limit_bytes === null || memory_limit_bytes > 0);
  assert.match(cpuset!, /^\d+([-,]\d+)*$/);
  const cpu = cpuset!.split(/[-,]/).at(-1)!;
  const module = new URL("../../lib/storage/cgroups.ts", import.meta.url).href;
  const script = `import { describeCgroup } from "${module}"; console.log(describeCgroup().cpuset)`;
  const bound = spawnSync("taskset", ["-c", cpu, process.execPath, "-e", script], { encoding: "utf8" });
  if (bound.error !== undefined) return t.skip("there is no taskset");
  assert.equal(bound.stdout.trim(), cpu, bound.stderr);
});

const CPU_GROUPS = "/sys/fs/cgroup/cpu";

/** Moves this process to a new group with a quota and back; version 1, as version 2 asks for controllers to be handed down. */
function inThrottledGroup(use: () => void): boolean {
  const folder = `${CPU_GROUPS}/mlps-test-${process.pid}`;
  const [, own] = fs.readFileSync("/proc/self/cgroup", "utf8").match(/^\d+:cpu(?:,cpuacct)?:(.*)$/m) ?? [];
  if (own === undefined) return false;
  try {
    fs.mkdirSync(folder);
  } catch {
    return false;
  }
  try {
    fs.writeFileSync(`${folder}/cpu.cfs_period_us`, "10000");
    fs.writeFileSync(`${folder}/cpu.cfs_quota_us`, "1000"); // little enough on a busy machine too
    fs.writeFileSync(`${folder}/cgroup.procs`, String(process.pid));
    use();
  } finally {
    fs.writeFileSync(`${CPU_GROUPS}${own}/cgroup.procs`, String(process.pid));
    fs.rmdirSync(folder);
  }
  return true;
}

test("readThrottledNs() counts what a quota took, and describeCgroup() tells the quota", (t: TestContext) => {
  const isDone = inThrottledGroup(() => {
    assert.equal(describeCgroup().cpu_quota_cores, 0.1);
    const beforeNs = readThrottledNs()!, endMs = performance.now() + 200;
    let work = 0;
    while (performance.now() < endMs) work++;
    const throttledNs = readThrottledNs()! - beforeNs;
    assert.ok(work > 0 && throttledNs > 20e6 && throttledNs < 1e9 * os.cpus().length, `${throttledNs} ns`);
  });
  if (!isDone) t.skip("no cgroup of version 1 can be made here");
});
