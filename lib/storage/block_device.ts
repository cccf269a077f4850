// The block device that a filesystem lies on, a partition or a mapped device too: its counters and its settings.
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Environment } from "../metrics/environment.ts";
import type { BlockDeviceCounters } from "../metrics/host_counters.ts";
import { readKernelNumber, readKernelText } from "./kernel_files.ts";
import { isMemoryFilesystem, type MountFacts, mountOf } from "./mounts.ts";

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
  const disk = findDiskFolder(folder);
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
    memory: findMemoryBehind(folder) ?? null,
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

/** A partition has no queue of its own: it is that of the disk, whose folder holds the partition's. */
function findDiskFolder(folder: string): string {
  return fs.existsSync(join(folder, "queue")) ? folder : dirname(folder);
}

/** Devices that are memory (drivers/block/brd.c, zram). */
const MEMORY_DEVICE = /^z?ram\d+$/;

/**
 * Returns why memory, not a disk, may be what a device delivers from; undefined where nothing says so. A mapped device
 * (LVM, dm-crypt, md) is asked by those that it lies on. What a hypervisor keeps in its memory is not to be seen here.
 */
function findMemoryBehind(folder: string): string | undefined {
  const disk = findDiskFolder(folder), name = basename(disk);
  if (MEMORY_DEVICE.test(name)) return `${name} keeps its data in memory`;
  const file = readKernelText(join(disk, "loop/backing_file"));
  if (file === undefined) return listBelow(disk).map(findMemoryBehind).find((reason) => reason !== undefined);
  const mount = mountOf(file);
  if (mount !== undefined && isMemoryFilesystem(mount)) {
    return `${name} is the file "${file}", which lies in memory (${mount.fstype})`;
  }
  // Documentation/ABI/testing/sysfs-block-loop
  if (readKernelText(join(disk, "loop/dio")) === "0") {
    return `${name} is the file "${file}", read through the page cache of this host (losetup --direct-io=on does without)`;
  }
  const below = mount && findDeviceFolder(mount);
  return below === undefined ? undefined : findMemoryBehind(below);
}

/** Returns the folders of the devices that a mapped device lies on; none for others. */
function listBelow(disk: string): string[] {
  try {
    const slaves = join(disk, "slaves");
    return fs.readdirSync(slaves).map((name) => fs.realpathSync(join(slaves, name)));
  } catch {
    return [];
  }
}
