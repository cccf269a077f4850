import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { describeInterfaces, readInterfaceCounters } from "../../lib/storage/network.ts";

test("readInterfaceCounters() and describeInterfaces() name the interfaces that are up, not the loopback", () => {
  const counters = readInterfaceCounters(), described = describeInterfaces();
  const names = counters.map(({ name }) => name);
  assert.deepEqual(described.map(({ name }) => name), names);
  assert.ok(!names.includes("lo"));
  const table = fs.readFileSync("/proc/net/dev", "utf8");
  for (const { name, receivedBytes, linkBytesPerSecond } of counters) {
    const later = Number(table.match(new RegExp(`^\\s*${name}:\\s*(\\d+)`, "m"))![1]);
    assert.ok(receivedBytes <= later && receivedBytes > later - 100e6, `${name}: ${receivedBytes}, ${later}`);
    assert.ok(linkBytesPerSecond === undefined || linkBytesPerSecond > 0, name);
  }
  for (const { name, speed_bits_per_second: speed, mtu_bytes } of described) {
    const link = counters.find((other) => other.name === name)?.linkBytesPerSecond;
    assert.equal(speed, link === undefined ? null : link * 8);
    assert.ok(mtu_bytes! >= 68, name); // RFC 791
  }
});

test("readInterfaceCounters() leaves out interfaces that are down", () => {
  const names = readInterfaceCounters().map(({ name }) => name);
  for (const name of fs.readdirSync("/sys/class/net")) {
    const state = fs.readFileSync(`/sys/class/net/${name}/operstate`, "utf8").trim();
    if (state === "down") assert.ok(!names.includes(name), name);
    if (state === "up" && name !== "lo") assert.ok(names.includes(name), name);
  }
});
