import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceOf, type HostCounters } from "../../lib/metrics/host_counters.ts";

const BEFORE: HostCounters = {
  readCallBytes: 10,
  deviceReadBytes: 5,
  userSeconds: 1,
  systemSeconds: 2,
  hostTicks: 100,
  stealTicks: 3,
  throttledNs: 1000,
  blockDevice: { name: "sda", readBytes: 4096, writtenBytes: 512, busyNs: 7e6 },
  nfs: { serverReadBytes: 100 },
  interfaces: [
    { name: "eth0", receivedBytes: 50, linkBytesPerSecond: 1.25e9 },
    { name: "eth1", receivedBytes: 60 },
    { name: "gone", receivedBytes: 70 },
  ],
  monotonicNs: 5e9,
  realtimeNs: 1000e9,
  boottimeNs: 6e9,
};

const AFTER: HostCounters = {
  readCallBytes: 30,
  userSeconds: 4,
  systemSeconds: 2.5,
  hostTicks: 150,
  hostBusyTicks: 7,
  stealTicks: 5,
  ioWaitTicks: 1,
  throttledNs: 4000,
  blockDevice: { name: "sda", readBytes: 12_288, writtenBytes: 512, busyNs: 9e6 },
  nfs: { serverReadBytes: 175 },
  interfaces: [
    { name: "new", receivedBytes: 1 },
    { name: "eth1", receivedBytes: 66 },
    { name: "eth0", receivedBytes: 150, linkBytesPerSecond: 1.25e9 },
  ],
  monotonicNs: 7e9,
  realtimeNs: 999e9,
  boottimeNs: 18e9,
};

test("differenceOf() subtracts what both readings have", () => {
  assert.deepEqual(differenceOf(BEFORE, AFTER), {
    userSeconds: 3,
    systemSeconds: 0.5,
    readCallBytes: 20,
    deviceReadBytes: undefined,
    hostTicks: 50,
    hostBusyTicks: undefined,
    stealTicks: 2,
    ioWaitTicks: undefined,
    throttledNs: 3000,
    blockDevice: { name: "sda", readBytes: 8192, writtenBytes: 0, busyNs: 2e6 },
    nfs: { serverReadBytes: 75 },
    interfaces: [
      { name: "eth1", receivedBytes: 6, linkBytesPerSecond: undefined },
      { name: "eth0", receivedBytes: 100, linkBytesPerSecond: 1.25e9 },
    ],
    monotonicNs: 2e9,
    realtimeNs: -1e9,
    boottimeNs: 12e9,
  });
});

test("differenceOf() compares no two devices, and knows that busy time begins anew after 32 bits of ms", () => {
  const device = BEFORE.blockDevice!;
  const differenceTo = (blockDevice: HostCounters["blockDevice"]) =>
    differenceOf(BEFORE, { ...BEFORE, blockDevice }).blockDevice;
  assert.equal(differenceTo({ ...device, name: "sdb" }), undefined);
  assert.equal(differenceTo(undefined), undefined);
  const late = { ...BEFORE, blockDevice: { ...device, busyNs: (2 ** 32 - 1) * 1e6 } };
  assert.equal(differenceOf(late, BEFORE).blockDevice?.busyNs, 8e6);
});
