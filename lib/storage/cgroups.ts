// The control groups of this process, version 1 and 2: what they limit, and how long they kept it from running. A limit
// of any group above counts as well, so all are asked; of those outside this container's view nothing is known.
import { dirname, join } from "node:path";
import type { Environment } from "../metrics/environment.ts";
import { readKernelNumber, readKernelText } from "./kernel_files.ts";
import { type MountFacts, parseMounts } from "./mounts.ts";

/** The folders of a controller's groups of this process, its own first. */
export interface CgroupFolders {
  readonly version: 1 | 2;
  readonly folders: readonly string[];
}

/** Version 1 says 2^63 rounded down to a page where there is no limit. */
const UNLIMITED_BYTES = 2 ** 62;

/** Returns the limits of this process. */
export function describeCgroup(): Environment["cgroup"] {
  const mounts = readMounts(), ownGroups = readKernelText("/proc/self/cgroup") ?? "";
  const cpu = findCgroup("cpu", ownGroups, mounts), memory = findCgroup("memory", ownGroups, mounts);
  const memoryName = memory?.version === 1 ? "memory.limit_in_bytes" : "memory.max";
  return {
    cpu_quota_cores: least(cpu?.folders.map((folder) => readQuotaCores(folder, cpu.version))),
    memory_limit_bytes: least(
      memory?.folders.map((folder) => readKernelNumber(join(folder, memoryName)))
        .map((bytes) => bytes !== undefined && bytes < UNLIMITED_BYTES ? bytes : undefined),
    ),
    // The list that the scheduler goes by: of cpuset groups and of taskset.
    cpuset: readKernelText("/proc/self/status")?.match(/^Cpus_allowed_list:\s*(.+)$/m)?.[1] ?? null,
  };
}

/** Returns how long CPU quotas have held back the groups of this process, summed over CPUs; undefined where not told. */
export function readThrottledNs(): number | undefined {
  const cpu = findCgroup("cpu", readKernelText("/proc/self/cgroup") ?? "", readMounts());
  const times = cpu?.folders.map((folder) => parseThrottledNs(readKernelText(join(folder, "cpu.stat")) ?? ""))
    .filter((time) => time !== undefined);
  return times === undefined || times.length === 0 ? undefined : times.reduce((sum, time) => sum + time, 0);
}

/** Returns the time in the text of a `cpu.stat` file: version 1 has nanoseconds, version 2 microseconds. */
export function parseThrottledNs(text: string): number | undefined {
  const [, unit, time] = text.match(/^throttled_(time|usec) (\d+)$/m) ?? [];
  return time === undefined ? undefined : Number(time) * (unit === "usec" ? 1000 : 1);
}

/**
 * Returns the groups of a controller that /proc/self/cgroup and the mounts tell of: version 1 where it has the
 * controller, else version 2.
 */
export function findCgroup(
  controller: string,
  ownGroups: string,
  mounts: readonly MountFacts[],
): CgroupFolders | undefined {
  const groups = ownGroups.split("\n").map((line) => line.match(/^\d+:([^:]*):(.*)$/) ?? []);
  const v1 = groups.find(([, controllers]) => controllers?.split(",").includes(controller));
  const version = v1 === undefined ? 2 : 1;
  const path = (v1 ?? groups.find(([, controllers]) => controllers === ""))?.[2];
  const mount = mounts.find(({ fstype, options }) =>
    version === 1 ? fstype === "cgroup" && options.split(",").includes(controller) : fstype === "cgroup2"
  );
  if (path === undefined || mount === undefined) return undefined;
  return { version, folders: foldersUp(mount, path) };
}

/** The mount shows the groups below its root; where the process's group is not among them, its top is all there is. */
function foldersUp({ mountPoint, root }: MountFacts, path: string): string[] {
  const base = root === "/" ? "" : root;
  const isBelow = (path === base || path.startsWith(`${base}/`)) && !path.startsWith("/..");
  let relative = isBelow ? path.slice(base.length) || "/" : "/";
  const folders = [join(mountPoint, relative)];
  while (relative !== "/") {
    relative = dirname(relative);
    folders.push(join(mountPoint, relative));
  }
  return folders.map((folder) => folder.replace(/(.)\/$/, "$1"));
}

function readQuotaCores(folder: string, version: 1 | 2): number | undefined {
  const text = version === 1
    ? `${readKernelText(join(folder, "cpu.cfs_quota_us"))} ${
      readKernelText(join(folder, "cpu.cfs_period_us"))
    }`
    : readKernelText(join(folder, "cpu.max")) ?? "";
  return parseQuotaCores(text);
}

/** Returns the cores of a quota as version 2 writes it, "quota period"; undefined for "max", or -1 of version 1. */
export function parseQuotaCores(text: string): number | undefined {
  const [, quota, period] = text.match(/^(\d+) (\d+)$/) ?? [];
  return quota === undefined ? undefined : Number(quota) / Number(period);
}

function least(limits: readonly (number | undefined)[] = []): number | null {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}

function readMounts(): MountFacts[] {
  return parseMounts(readKernelText("/proc/self/mountinfo") ?? "");
}
