import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDoctorReport } from "../../lib/metrics/doctor.ts";
import { type DoctorLevel, worstLevel } from "../../lib/metrics/doctor_check.ts";
import type { DoctorFacts } from "../../lib/metrics/doctor_facts.ts";
import { judgeFolder } from "../../lib/metrics/doctor_folder.ts";
import { countCpus, isKernelSince, judgeHost } from "../../lib/metrics/doctor_host.ts";
import { documentedKeys } from "../helpers/documented_keys.ts";
import { type Changes, factsWith, GOOD_FACTS } from "../helpers/doctor_facts.ts";

const MIB = 2 ** 20, GIB = 2 ** 30;

type Row = readonly [check: string, level: DoctorLevel, changes: Changes<DoctorFacts>, remedy?: RegExp];

const host = (changes: Changes<DoctorFacts["host"]>) => ({ host: changes });
const folder = (changes: Changes<DoctorFacts["folder"]>) => ({ folder: changes });
const environment = (changes: Changes<DoctorFacts["environment"]>) => ({ environment: changes });
const mounted = (type: string, mount_options: string) => environment({ filesystem: { type, mount_options } });
const read = (changes: Changes<NonNullable<DoctorFacts["folder"]["read_test"]>>) =>
  folder({ read_test: changes });

/** Less than a link of 1 Gbit/s carries. */
const slowly = (changes: Changes<DoctorFacts["environment"]>) => ({
  ...environment(changes),
  ...read({ bytes_per_second: 105 * MIB }),
});

/** Both sides of every border. */
const ROWS: readonly Row[] = [
  ["kernel", "watch", environment({ kernel: "Linux 6.4.9 x64" }), /6\.5/],
  ["kernel", "good", environment({ kernel: "Linux 6.5.0-rc1 x64" })],
  ["kernel", "good", environment({ kernel: "Linux 7.0.0 x64", virtualization: "QEMU" })],
  ["cpu", "watch", environment({ cgroup: { cpu_quota_cores: 7.5 } }), /quota/],
  ["cpu", "good", environment({ cgroup: { cpu_quota_cores: 8 } })],
  ["cpu", "good", environment({ cgroup: { cpu_quota_cores: 2, cpuset: "0-1" } })],
  ["cpu", "watch", environment({ cpu: { governor: "powersave" } }), /cpupower/],
  ["cpu", "good", environment({ cpu: { governor: null } })],
  ["load", "watch", host({ busy_percentage: 10.1 }), /Other processes/],
  ["load", "good", host({ busy_percentage: 10 })],
  ["load", "watch", host({ busy_percentage: 12, steal_percentage: 3 }), /^The hypervisor/], // 9 of others
  ["load", "good", host({ busy_percentage: null, steal_percentage: null })],
  ["memory", "watch", host({ available_memory_bytes: 2 * GIB - 1 }), /read_threads/],
  ["memory", "good", host({ available_memory_bytes: 2 * GIB })],
  ["memory", "watch", environment({ cgroup: { memory_limit_bytes: GIB } }), /limit/],
  ["open_files", "bad", environment({ limits: { open_files: 255 } }), /ulimit -n 65536/],
  ["open_files", "watch", environment({ limits: { open_files: 256 } }), /ulimit -n 65536/],
  ["open_files", "good", environment({ limits: { open_files: 4096 } })],
  ["open_files", "good", environment({ limits: { open_files: null } })],
  ["locked_memory", "good", host({ locked_memory_limit_bytes: 65536 })],
  [
    "locked_memory",
    "watch",
    { ...environment({ kernel: "Linux 5.11.0 x64" }), ...host({ locked_memory_limit_bytes: 65536 }) },
    /ulimit -l/,
  ],
  ["clock", "bad", host({ clock: { source: "hpet", call_ns: 1500 } }), /clocksource/],
  ["clock", "bad", host({ clock: { resolution_ns: 4e6 } }), /clocksource/],
  ["clock", "good", host({ clock: { call_ns: 1000 } })],
  ["timer", "watch", host({ timer: { late_p50_ns: 0.31e6 } }), /prefetch_size/],
  ["timer", "good", host({ timer: { late_p50_ns: 0.3e6, late_max_ns: 5e6 } })],
  ["io_uring", "watch", host({ io_uring_refusal: "a filter of system calls forbids it" }), /read_threads/],
  ["privileges", "good", host({ is_root: true, may_drop_caches: true })],
  ["mpi", "good", host({ mpi_libraries: [], mpi_launchers: [] })],
  ["filesystem", "bad", mounted("tmpfs", "rw"), /memory/],
  ["filesystem", "watch", mounted("overlay", "rw"), /volume/],
  ["filesystem", "watch", mounted("ext4", "rw,strictatime"), /noatime/],
  ["filesystem", "watch", mounted("nfs4", "rw,rsize=65536,nconnect=8"), /^Reads are cut .*rsize=1048576/],
  ["filesystem", "watch", mounted("nfs4", "rw,rsize=1048576"), /^All reads share .*nconnect/],
  ["filesystem", "good", mounted("nfs4", "rw,rsize=1048576,nconnect=16")],
  ["filesystem", "good", environment({ filesystem: null })],
  ["device", "watch", environment({ block_device: { rotational: true } }), /rotating/],
  ["device", "good", environment({ block_device: { rotational: true }, virtualization: "QEMU" })],
  ["device", "watch", environment({ block_device: { scheduler: "bfq" } }), /nvme0n1\/queue\/scheduler/],
  ["device", "good", environment({ block_device: { scheduler: "mq-deadline" } })],
  [
    "device",
    "watch",
    environment({ block_device: { memory: "ram0 keeps its data in memory" } }),
    /on a disk/,
  ],
  ["device", "watch", environment({ filesystem: { read_ahead_kib: 0 } }), /setra/],
  ["device", "good", environment({ block_device: null, filesystem: { type: "zfs" } })],
  ["device", "good", environment({ block_device: null, filesystem: { type: "btrfs" } })],
  ["network", "good", environment({ block_device: null })],
  [
    "network",
    "watch",
    slowly({
      block_device: null,
      network_interfaces: [{ name: "eth0", speed_bits_per_second: 10e9, mtu_bytes: 1500, driver: null }],
    }),
    /MTU 9000/,
  ],
  [
    "network",
    "good",
    slowly({
      block_device: null,
      network_interfaces: [{ name: "eth0", speed_bits_per_second: 1e9, mtu_bytes: 1500, driver: null }],
    }),
  ],
  ["space", "bad", folder({ free_bytes: GIB - 1 }), /make room/],
  ["space", "watch", folder({ free_bytes: 80 * GIB - 1 }), /80\.0 GiB/],
  ["space", "good", folder({ free_bytes: 80 * GIB })],
  ["space", "watch", folder({ free_inodes: 9999 }), /inodes/],
  ["space", "good", folder({ free_inodes: 10_000 })],
  ["space", "watch", folder({ writable: false }), /may write/],
  ["probe", "watch", folder({ probe: null }), /write to/],
  ["direct_io", "watch", folder({ probe: { direct_refusal: "not here" } }), /evict/],
  ["page_cache", "good", folder({ probe: { page_cache_source: "mincore" } })],
  ["page_cache", "watch", folder({ probe: { page_cache_source: null } }), /odirect/],
  [
    "accounting",
    "watch",
    folder({ probe: { accounting: { source: "unknown", counted_bytes: null } } }),
    /own counters/,
  ],
  ["accounting", "watch", folder({ probe: { accounting: { counted_bytes: MIB / 2 - 1 } } }), /odirect/],
  ["accounting", "good", folder({ probe: { accounting: { counted_bytes: MIB / 2 } } })],
  ["accounting", "good", folder({ probe: { accounting: { source: "nfs", counted_bytes: MIB } } })],
  ["read_rate", "bad", folder({ read_test: null, read_test_error: 'Cannot read "x"' }), /dmesg/],
  ["read_rate", "watch", folder({ read_test: null, read_test_refusal: "there is nothing" }), /mlps datagen/],
  ["read_rate", "watch", read({ device_bytes: 9 * GIB - 1 }), /memory served/],
  ["read_rate", "good", read({ device_bytes: 9 * GIB })],
  ["read_rate", "good", read({ device_bytes: null, host_busy_percentage: null, files: "temporary" })],
  ["read_rate", "watch", read({ host_busy_percentage: 96 }), /CPUs/],
  ["read_rate", "watch", read({ bytes_per_second: 99 * MIB }), /hard disk/],
  [
    "read_rate",
    "watch",
    {
      ...environment({
        block_device: null,
        filesystem: { type: "nfs4", mount_options: "rw,rsize=1048576,nconnect=8" },
      }),
      ...read({ bytes_per_second: 11.5e9 }),
    }, // of 12.5
    /link is full/,
  ],
  ["read_rate", "good", { ...environment({ block_device: null }), ...read({ bytes_per_second: 11e9 }) }],
  // A link says nothing of what is not on it.
  ["read_rate", "good", { ...environment({ block_device: null }), ...read({ bytes_per_second: 11.5e9 }) }],
];

test("judgeHost() and judgeFolder() find each fault, and nothing else because of it", () => {
  for (const [name, level, changes, remedy] of ROWS) {
    const facts = factsWith(changes), label = `${name} ${JSON.stringify(changes)}`;
    const checks = [...judgeHost(facts), ...judgeFolder(facts)];
    const check = checks.find((one) => one.name === name);
    assert.equal(check?.level, level, label);
    if (remedy === undefined) assert.equal(check?.remedy, null, label);
    else assert.match(check?.remedy ?? "", remedy, label);
    const others = checks.filter((one) => one.name !== name && one.level !== "good").map((one) => one.name);
    assert.deepEqual(others, name === "locked_memory" && level === "watch" ? ["kernel"] : [], label);
  }
});

test("judgeHost() and judgeFolder() have a row for each documented check", () => {
  assert.deepEqual([...new Set(ROWS.map(([name]) => name))], documentedKeys("Checks", "doctor.md"));
});

test("makeDoctorReport() is good when everything is, and leaves out a read test that was not wanted", () => {
  const about = { hostname: "client", examinedAt: new Date(0) };
  const report = makeDoctorReport(GOOD_FACTS, about);
  assert.equal(report.level, "good");
  assert.deepEqual(report.checks.filter(({ remedy }) => remedy !== null), []);
  const untested = makeDoctorReport(factsWith({ folder: { read_test: null } }), about);
  assert.deepEqual(untested.checks, report.checks.filter(({ name }) => name !== "read_rate"));
  const refused = makeDoctorReport(factsWith({ host: { io_uring_refusal: "no" } }), about);
  assert.equal(refused.level, "watch");
});

test("worstLevel() is the worst there is", () => {
  const levels = (...all: DoctorLevel[]) => worstLevel(all.map((level) => ({ level })));
  assert.equal(levels(), "good");
  assert.equal(levels("good", "watch", "good"), "watch");
  assert.equal(levels("watch", "bad", "good"), "bad");
});

test("isKernelSince() compares numbers, not texts", () => {
  assert.equal(isKernelSince("Linux 5.10.0 x64", [5, 6]), true);
  assert.equal(isKernelSince("Linux 5.4.0-100-generic x64", [5, 6]), false);
  assert.equal(isKernelSince("Linux 10.0 arm64", [6, 5]), true);
  assert.equal(isKernelSince("something else", [6, 5]), false);
});

test("countCpus() counts ranges and single CPUs", () => {
  assert.equal(countCpus("0"), 1);
  assert.equal(countCpus("0-3,8,10-11"), 7);
});
