// What the kernel says this process read and how busy the host was: the evidence beside our own counts.
import { ptr } from "bun:ffi";
import { libc } from "../base/libc.ts";
import type { DeviceSource } from "../metrics/epoch_record.ts";
import type { HostCounters } from "../metrics/host_counters.ts";
import type { ProcessUse } from "../metrics/series.ts";
import { readBlockDeviceCounters } from "./block_device.ts";
import { readThrottledNs } from "./cgroups.ts";
import { readKernelText } from "./kernel_files.ts";
import type { MountFacts } from "./mounts.ts";
import { readInterfaceCounters } from "./network.ts";
import { readNfsCounters } from "./nfs.ts";

/** Returns the counters as they stand now; `mount` is that of the data. */
export function readHostCounters(mount?: MountFacts): HostCounters {
  const { user, system } = process.cpuUsage();
  return {
    ...parseProcessIo(readKernelText("/proc/self/io") ?? ""),
    userSeconds: user / 1e6,
    systemSeconds: system / 1e6,
    ...parseHostTicks(readKernelText("/proc/stat") ?? ""),
    throttledNs: readThrottledNs(),
    blockDevice: mount && readBlockDeviceCounters(mount),
    nfs: mount && readNfsCounters(mount),
    interfaces: readInterfaceCounters(),
    ...readClocks(),
  };
}

/** Returns what a time series shows each second, at the cost of one or two small files. */
export function readProcessUse(mount?: MountFacts): ProcessUse {
  const { user, system } = process.cpuUsage();
  const io = parseProcessIo(readKernelText("/proc/self/io") ?? "");
  const { deviceBytes } = deviceReadsOf(mount, { ...io, nfs: mount && readNfsCounters(mount) });
  return { cpuSeconds: (user + system) / 1e6, deviceBytes };
}

/** Returns rchar and read_bytes in the text of /proc/self/io (Documentation/filesystems/proc.rst). */
export function parseProcessIo(text: string): Pick<HostCounters, "readCallBytes" | "deviceReadBytes"> {
  const field = (name: string) => {
    const match = text.match(new RegExp(`^${name}: (\\d+)$`, "m"));
    return match ? Number(match[1]) : undefined;
  };
  return { readCallBytes: field("rchar"), deviceReadBytes: field("read_bytes") };
}

type HostTicks = Pick<HostCounters, "hostTicks" | "hostBusyTicks" | "ioWaitTicks" | "stealTicks">;

/** Returns the sums in the text of /proc/stat: user nice system idle iowait irq softirq steal; guest time is part of user. */
export function parseHostTicks(text: string): HostTicks {
  const ticks = text.match(/^cpu +(.*)$/m)?.[1].split(" ").slice(0, 8).map(Number);
  if (!ticks || ticks.length < 5) return {};
  const [, , , idle, ioWaitTicks] = ticks, stealTicks = ticks.at(7);
  const hostTicks = ticks.reduce((sum, value) => sum + value, 0);
  return { hostTicks, hostBusyTicks: hostTicks - idle - ioWaitTicks, ioWaitTicks, stealTicks };
}

const CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_BOOTTIME = 7; // linux/time.h

/** One after the other, so that they lie a microsecond apart. */
function readClocks(): Pick<HostCounters, "monotonicNs" | "realtimeNs" | "boottimeNs"> {
  return {
    monotonicNs: readClock(CLOCK_MONOTONIC),
    realtimeNs: readClock(CLOCK_REALTIME),
    boottimeNs: readClock(CLOCK_BOOTTIME),
  };
}

const timespec = new BigInt64Array(2), timespecAddress = ptr(timespec);

function readClock(clock: number): number {
  libc.clock_gettime(clock, timespecAddress);
  return Number(timespec[0]) * 1e9 + Number(timespec[1]);
}

/**
 * Filesystems whose every read of a device is a read of this process: they submit it in its name (block/blk-core.c,
 * submit_bio), read-ahead included. Or they are memory, and there are none.
 *
 * Others account in ways that prove nothing: 9p, AFS and Ceph may count in a kernel thread's name, ZFS counts what its
 * own cache served, FUSE leaves the device to the server. NFS counted no buffered reads from Linux 5.18 to 6.3.
 */
const ACCOUNTING_FILESYSTEMS = new Set([
  "ext2",
  "ext3",
  "ext4",
  "xfs",
  "btrfs",
  "f2fs",
  "overlay",
  "tmpfs",
  "ramfs",
]);

/** What was read from a device or a server, and who counted it. */
export interface DeviceReads {
  readonly deviceBytes?: number;
  readonly deviceSource: DeviceSource;
}

/**
 * Returns what the counters tell of reads from the device or server under a mount. NFS mounts have counters of their
 * own, which count for all processes.
 */
export function deviceReadsOf(
  mount: MountFacts | undefined,
  { nfs, deviceReadBytes }: Pick<HostCounters, "nfs" | "deviceReadBytes">,
): DeviceReads {
  if (nfs !== undefined) return { deviceBytes: nfs.serverReadBytes, deviceSource: "nfs" };
  const isAccounted = mount !== undefined && ACCOUNTING_FILESYSTEMS.has(mount.fstype);
  if (!isAccounted || deviceReadBytes === undefined) return { deviceSource: "unknown" };
  return { deviceBytes: deviceReadBytes, deviceSource: "process" };
}
