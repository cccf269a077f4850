// What the kernel says this process read and how busy the host was: the evidence beside our own counts.
import fs from "node:fs";
import type { HostCounters } from "../metrics/host_counters.ts";

/** Returns the counters as they stand now. */
export function readHostCounters(): HostCounters {
  const { user, system } = process.cpuUsage();
  return { ...readProcessIo(), ...readHostTicks(), userSeconds: user / 1e6, systemSeconds: system / 1e6 };
}

/** /proc/self/io: rchar and read_bytes (Documentation/filesystems/proc.rst). */
function readProcessIo(): Pick<HostCounters, "readCallBytes" | "deviceReadBytes"> {
  const text = readText("/proc/self/io");
  const field = (name: string) => {
    const match = text?.match(new RegExp(`^${name}: (\\d+)$`, "m"));
    return match ? Number(match[1]) : undefined;
  };
  return { readCallBytes: field("rchar"), deviceReadBytes: field("read_bytes") };
}

/** /proc/stat, first line: user nice system idle iowait irq softirq steal; guest time is part of user. */
function readHostTicks(): Pick<HostCounters, "hostTicks" | "hostBusyTicks"> {
  const ticks = readText("/proc/stat")?.match(/^cpu +(.*)$/m)?.[1].split(" ").slice(0, 8).map(Number);
  if (!ticks || ticks.length < 5) return {};
  const hostTicks = ticks.reduce((sum, value) => sum + value, 0);
  return { hostTicks, hostBusyTicks: hostTicks - ticks[3] - ticks[4] };
}

function readText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** Filesystems of which the kernel accounts what it reads from a device or a server, or which are memory (linux/magic.h). */
const ACCOUNTING_FILESYSTEMS = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x6969, // NFS
  0x794c7630, // overlayfs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
]);

/** Returns whether no bytes read from a device means just that, for a file of this path. */
export function accountsReads(path: string): boolean {
  return ACCOUNTING_FILESYSTEMS.has(fs.statfsSync(path).type);
}
