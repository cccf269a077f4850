// How fine and how costly this host's clock is, and how late timed waits end: the two that step times rest on.
import { ptr } from "bun:ffi";
import { nowNs } from "../base/clock.ts";
import { libc } from "../base/libc.ts";
import { sharpenTimers } from "../base/scheduling.ts";
import { NS_PER_MS } from "../base/units.ts";
import { readKernelText } from "./kernel_files.ts";
import type { HostChecks } from "../metrics/doctor_facts.ts";

const CLOCK_MONOTONIC = 1; // linux/time.h
const CLOCK_SOURCE = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
/** What a busy host takes of one round it does not take of all. */
const CLOCK_ROUNDS = 20, CLOCK_CALLS = 1000;
const NUM_WAITS = 100, WAIT_NS = NS_PER_MS;

/** Returns what the clock is, what it can tell apart and what a call of ours takes; takes some milliseconds. */
export function probeClock(): HostChecks["clock"] {
  let stepNs = Infinity, callNs = Infinity;
  for (let round = 0; round < CLOCK_ROUNDS; round++) {
    const beginNs = nowNs();
    let lastNs = beginNs;
    for (let call = 0; call < CLOCK_CALLS; call++) {
      const atNs = nowNs();
      if (atNs > lastNs) stepNs = Math.min(stepNs, atNs - lastNs);
      lastNs = atNs;
    }
    callNs = Math.min(callNs, (lastNs - beginNs) / CLOCK_CALLS);
  }
  return {
    source: readKernelText(CLOCK_SOURCE) ?? null,
    resolution_ns: readResolutionNs(),
    step_ns: Math.round(stepNs),
    call_ns: callNs,
  };
}

function readResolutionNs(): number {
  const timespec = new BigInt64Array(2);
  libc.clock_getres(CLOCK_MONOTONIC, ptr(timespec));
  return Number(timespec[0]) * 1e9 + Number(timespec[1]);
}

/** Returns how late waits of 1 ms end that readers wait with; takes some 0.1 s. */
export function probeTimer(): HostChecks["timer"] {
  sharpenTimers();
  const word = new Int32Array(new SharedArrayBuffer(4));
  const lateNs = Array.from({ length: NUM_WAITS }, () => {
    const beginNs = nowNs();
    Atomics.wait(word, 0, 0, WAIT_NS / NS_PER_MS);
    return nowNs() - beginNs - WAIT_NS;
  }).sort((a, b) => a - b);
  return {
    wait_ns: WAIT_NS,
    late_p50_ns: Math.round(lateNs[NUM_WAITS >> 1]),
    late_max_ns: Math.round(lateNs[NUM_WAITS - 1]),
  };
}
