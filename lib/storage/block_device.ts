// The block device that a filesystem lies on, a partition or a mapped device too: its counters and its settings.
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Environment } from "../metrics/environment.ts";
import type { BlockDeviceCounters } from "../metrics/host_counters.ts";
import { readKernelNumber, readKernelText } from "./kernel_files.ts";
import type { MountFacts } from "./mounts.ts";

/** Documentation/block/stat.rst: sectors are of 512 bytes, whatever the device's are. */
const SECTOR_BYTES = 512, NS_PER_MS = 1e6;

/** Returns the counters of the device that a mount names; undefined where it names none. A Btrfs may lie on more of them. */
export function readBlockDeviceCounters(mount: MountFacts): BlockDeviceCounters | undefined {
  const folder = findDeviceFolder(mount);
  const stat = folder && readKernelText(join(folder, "stat"));
  return stat === undefined ? undefined : parseBlockStat(basename(folder!), stat);
}

/** Returns the counters in the text of a `stat` file (Documentation/block/stat.rst). */
export function parseBlockStat(name: string, text: string): BlockDeviceCounters | undefined {
  const fields = text.trim().split(/\s+/).map(Number);
  if (fields.length < 11 || !fields.every(Number.isFinite)) return undefined;
  return {
    name,
    readBytes: fields[2] * SECTOR_BYTES,
    writtenBytes: fields[6] * SECTOR_BYTES,
    busyNs: fields[9] * NS_PER_MS,
  };
}

/** Returns what is to be recorded of the device of a mount; null where it lies on none. */
export function describeBlockDevice(mount: MountFacts): Environment["block_device"] {
  const folder = findDeviceFolder(mount);
  if (folder === undefined) return null;
  // A partition has no queue of its own: it is that of the disk, whose folder holds the partition's.
  const disk = fs.existsSync(join(folder, "queue")) ? folder : dirname(folder);
  const queueText = (name: string) => readKernelText(join(disk, "queue", name));
  const queueNumber = (name: string) => readKernelNumber(join(disk, "queue", name)) ?? null;
  const rotational = queueText("rotational"), scheduler = queueText("scheduler");
  return {
    name: basename(folder),
    model: readKernelText(join(disk, "device/model")) ?? readKernelText(join(disk, "dm/name")) ?? null,
    rotational: rotational === undefined ? null : rotational === "1",
    scheduler: scheduler?.match(/\[(.+)\]/)?.[1] ?? scheduler ?? null, // the one in use of those that there are
    read_ahead_kib: queueNumber("read_ahead_kb"),
    logical_block_bytes: queueNumber("logical_block_size"),
    queue_depth: queueNumber("nr_requests"),
  };
}

/** Returns the device's folder in /sys: by its number, or by its name where the filesystem (Btrfs) has a number of its own. */
function findDeviceFolder({ majorMinor, source }: MountFacts): string | undefined {
  const byNumber = !majorMinor.startsWith("0:");
  if (!byNumber && !source.startsWith("/dev/")) return undefined;
  try {
    return fs.realpathSync(
      byNumber ? `/sys/dev/block/${majorMinor}` : `/sys/class/block/${basename(fs.realpathSync(source))}`,
    );
  } catch {
    return undefined;
  }
}
