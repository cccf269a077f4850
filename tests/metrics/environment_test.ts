import assert from "node:assert/strict";
import { test } from "node:test";
import { type Environment, environmentDifferences } from "../../lib/metrics/environment.ts";

const BEFORE: Environment = {
  mlps_version: "1.0.0",
  kernel: "Linux 6.18.0 x64",
  virtualization: null,
  cpu: { model: "A Processor", count: 8, governor: "performance" },
  memory: { total_bytes: 2 ** 34, swap_bytes: 0 },
  filesystem: {
    type: "xfs",
    mount_point: "/mnt",
    source: "/dev/sda",
    mount_options: "rw,noatime",
    read_ahead_kib: 128,
  },
  block_device: {
    name: "sda",
    model: "A Disk",
    rotational: false,
    scheduler: "none",
    read_ahead_kib: 128,
    logical_block_bytes: 512,
    queue_depth: 64,
    memory: null,
  },
  network_interfaces: [
    { name: "eth0", speed_bits_per_second: 10e9, mtu_bytes: 1500, driver: "ixgbe" },
    { name: "eth1", speed_bits_per_second: 10e9, mtu_bytes: 1500, driver: "ixgbe" },
  ],
  cgroup: { cpu_quota_cores: null, memory_limit_bytes: null, cpuset: "0-7" },
  limits: { open_files: 1024 },
};

test("environmentDifferences() is empty for equal environments, interfaces in another order too", () => {
  assert.deepEqual(environmentDifferences(BEFORE, structuredClone(BEFORE)), []);
  const network_interfaces = BEFORE.network_interfaces.toReversed();
  assert.deepEqual(environmentDifferences(BEFORE, { ...BEFORE, network_interfaces }), []);
});

test("environmentDifferences() names each figure that differs", () => {
  const after: Environment = {
    ...BEFORE,
    kernel: "Linux 6.19.0 x64",
    cpu: { ...BEFORE.cpu, governor: null },
    block_device: { ...BEFORE.block_device!, scheduler: "mq-deadline", rotational: true },
    network_interfaces: [{ ...BEFORE.network_interfaces[0], mtu_bytes: 9000 }, BEFORE.network_interfaces[1]],
    cgroup: { ...BEFORE.cgroup, cpu_quota_cores: 2 },
  };
  assert.deepEqual(environmentDifferences(BEFORE, after), [
    { key: "kernel", before: "Linux 6.18.0 x64", after: "Linux 6.19.0 x64" },
    { key: "cpu.governor", before: "performance", after: null },
    { key: "block_device.rotational", before: false, after: true },
    { key: "block_device.scheduler", before: "none", after: "mq-deadline" },
    { key: "network_interfaces.eth0.mtu_bytes", before: 1500, after: 9000 },
    { key: "cgroup.cpu_quota_cores", before: null, after: 2 },
  ]);
});

test("environmentDifferences() lists what only one of them has, as null of the other", () => {
  const [eth0] = BEFORE.network_interfaces;
  const after: Environment = {
    ...BEFORE,
    block_device: null,
    network_interfaces: [eth0, { ...eth0, name: "ib0", driver: null }],
  };
  const differences = environmentDifferences(BEFORE, after);
  const of = (key: string) => {
    const found = differences.find((difference) => difference.key === key);
    return found && [found.before, found.after];
  };
  assert.deepEqual(of("block_device.name"), ["sda", null]);
  assert.deepEqual(of("block_device.rotational"), [false, null]);
  assert.deepEqual(of("network_interfaces.eth1.driver"), ["ixgbe", null]);
  assert.deepEqual(of("network_interfaces.ib0.mtu_bytes"), [null, 1500]);
  assert.equal(of("network_interfaces.ib0.driver"), undefined); // null as before
  assert.equal(differences.length, 7 + 4 + 3);
  const back = environmentDifferences(after, BEFORE);
  const asPair = ({ key, before, after }: typeof back[number]) => JSON.stringify([key, before, after]);
  const swapped = differences.map(({ key, before, after }) => ({ key, before: after, after: before }));
  assert.deepEqual(new Set(back.map(asPair)), new Set(swapped.map(asPair)));
});
