import assert from "node:assert/strict";
import { test } from "node:test";
import { acceleratorsFed, ceilingFor, rateOf, timeShares } from "../../lib/metrics/ceiling.ts";
import { ceilingWith, PAGE_CACHE_RATE } from "../helpers/ceilings.ts";

test("ceilingFor() holds for the same key, host and version alone, and where nobody else used the CPU", () => {
  const { key, host } = ceilingWith(), stored = ceilingWith();
  assert.equal(ceilingFor({ key, host }, stored), stored);
  assert.equal(ceilingFor({ key, host }, undefined), undefined);
  assert.equal(ceilingFor({ key: "other", host }, stored), undefined);
  for (const name of Object.keys(host)) {
    assert.equal(ceilingFor({ key, host: { ...host, [name]: "other" } }, stored), undefined, name);
  }
  const withOthers = (percent: number | null) =>
    ceilingWith({ page_cache: { ...PAGE_CACHE_RATE, others_cpu_percentage: percent } });
  assert.ok(ceilingFor({ key, host }, withOthers(null)));
  assert.ok(ceilingFor({ key, host }, withOthers(10)));
  assert.equal(ceilingFor({ key, host }, withOthers(11)), undefined);
});

test("rateOf() is the median of the rounds, with the cores that it took", () => {
  const host = {
    userSeconds: 3,
    systemSeconds: 1,
    interfaces: [],
    monotonicNs: 0,
    realtimeNs: 0,
    boottimeNs: 0,
  };
  const counts = { elapsedSeconds: 2, host: { ...host, hostTicks: 800, hostBusyTicks: 600 }, cpuCount: 4 };
  assert.deepEqual(rateOf({ ...counts, roundsSamplesPerSecond: [300, 100, 200] }), {
    samples_per_second: 200,
    rounds_samples_per_second: [300, 100, 200],
    spread_percentage: 100,
    cores_used: 2,
    samples_per_second_per_core: 100,
    others_cpu_percentage: 25, // 75 % busy, half of all by this process
  });
  const even = rateOf({ ...counts, host, roundsSamplesPerSecond: [100, 200, 300, 400] });
  assert.deepEqual([even.samples_per_second, even.others_cpu_percentage], [250, null]);
});

test("timeShares() add up to 100 % and give the synthetic rate its part", () => {
  const rates = { syntheticRate: 1000, pageCacheRate: 100 };
  assert.deepEqual(timeShares(rates, { readNs: 50, decodeNs: 30, footerNs: 10 }), {
    hand_over_percentage: 10,
    read_percentage: 60,
    decode_percentage: 30,
  });
  assert.deepEqual(timeShares(rates, { readNs: 0, decodeNs: 0, footerNs: 0 }).read_percentage, 90);
});

test("acceleratorsFed() counts at full pace and at the AU wanted", () => {
  const demand = { demandSamplesPerSecond: 30, requiredAuPercent: 70 };
  assert.deepEqual(acceleratorsFed(90, demand), { accelerators: 3, accelerators_at_required_au: 4 });
  assert.deepEqual(acceleratorsFed(20, demand).accelerators_at_required_au, 0);
  assert.deepEqual(acceleratorsFed(90, { ...demand, demandSamplesPerSecond: undefined }), {
    accelerators: null,
    accelerators_at_required_au: null,
  });
});
