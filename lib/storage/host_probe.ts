// What a host and its limits allow this process.
import { setTimeout as sleep } from "node:timers/promises";
import type { HostChecks } from "../metrics/doctor_facts.ts";
import { differenceOf } from "../metrics/host_counters.ts";
import { readHostCounters } from "./accounting.ts";
import { probeClock, probeTimer } from "./clock_probe.ts";
import { readKernelText } from "./kernel_files.ts";
import { findMpiLaunchers, findMpiLibraries } from "./mpi_libraries.ts";
import { checkMayDropCaches } from "./page_cache.ts";
import { probeUring } from "./uring_probe.ts";

/** Long enough for the kernel's ticks of 10 ms to tell percents on two cores. */
const QUIET_MS = 500;

/** Returns what there is to know of the host; takes some 0.6 s, most of it idle. */
export async function probeHost(signal: AbortSignal): Promise<HostChecks> {
  const limits = readKernelText("/proc/self/limits") ?? "";
  const load = await measureLoad(signal);
  return {
    available_memory_bytes: parseAvailableBytes(readKernelText("/proc/meminfo") ?? ""),
    huge_pages: readKernelText("/sys/kernel/mm/transparent_hugepage/enabled")?.match(/\[(\w+)\]/)?.[1] ??
      null,
    open_files_hard_limit: parseLimit(limits, "Max open files").hard,
    locked_memory_limit_bytes: parseLimit(limits, "Max locked memory").soft,
    ...load,
    clock: probeClock(),
    timer: probeTimer(),
    io_uring_refusal: probeUring() ?? null,
    is_root: process.geteuid?.() === 0,
    may_drop_caches: mayDropCaches(),
    mpi_libraries: findMpiLibraries(),
    mpi_launchers: findMpiLaunchers(),
  };
}

/** Returns the bytes in the text of /proc/meminfo that a program can have without swapping; null where it does not tell. */
export function parseAvailableBytes(text: string): number | null {
  const kibibytes = text.match(/^MemAvailable:\s+(\d+) kB$/m)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

/** Returns a limit in the text of /proc/self/limits; null for none. */
export function parseLimit(
  text: string,
  name: string,
): { readonly soft: number | null; readonly hard: number | null } {
  const [, soft, hard] = text.match(new RegExp(`^${name}\\s+(\\S+)\\s+(\\S+)`, "m")) ?? [];
  const value = (word?: string) => word === undefined || word === "unlimited" ? null : Number(word);
  return { soft: value(soft), hard: value(hard) };
}

/** Measures how busy the host is while mlps only waits. */
async function measureLoad(
  signal: AbortSignal,
): Promise<Pick<HostChecks, "busy_percentage" | "steal_percentage">> {
  const before = readHostCounters();
  await sleep(QUIET_MS, undefined, { signal });
  const { hostTicks, hostBusyTicks, stealTicks } = differenceOf(before, readHostCounters());
  const percent = (ticks?: number) =>
    ticks === undefined || hostTicks === undefined || hostTicks === 0 ? null : ticks / hostTicks * 100;
  return { busy_percentage: percent(hostBusyTicks), steal_percentage: percent(stealTicks) };
}

function mayDropCaches(): boolean {
  try {
    checkMayDropCaches();
    return true;
  } catch {
    return false;
  }
}
