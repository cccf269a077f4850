// What of a folder and of what lies under it is as it should be for measurements that others are to believe.
import {
  formatBytes,
  formatBytesPerSecond,
  formatInteger,
  formatNs,
  formatSignificant,
  GIB,
  MIB,
  NS_PER_SECOND,
} from "../base/units.ts";
import { concern, type DoctorCheck, makeCheck } from "./doctor_check.ts";
import type { DoctorFacts, FolderProbe, ReadTest } from "./doctor_facts.ts";

const MEMORY_FILESYSTEMS = new Set(["tmpfs", "ramfs"]);
/** Layers that a container or a hypervisor puts in front of storage. */
const LAYERS = new Set(["overlay", "9p", "virtiofs", "aufs"]);
/** Local filesystems that spread over devices of their own choice. */
const POOLS = new Set(["zfs", "btrfs", "bcachefs"]);
/** MLPerf Storage wants datasets of at least five times the host's memory. */
const MEMORY_RATIO = 5;
const LITTLE_SPACE_BYTES = GIB;
const FEW_INODES = 10_000;
const NETWORK_FILESYSTEM = /^(nfs|cifs|smb|ceph|lustre|gpfs|beegfs|wekafs|afs|fuse\.)/;
/** NFS servers offer at least 1 MiB. */
const SMALL_RSIZE_BYTES = MIB;
const FAST_LINK_BITS = 10e9, SMALL_MTU_BYTES = 1500;
const COUNTED_SHARE = 0.5, LINK_SHARE = 0.9, BUSY_PERCENT = 95, FEW_BYTES_PER_SECOND = 100 * MIB;

/** Returns the lines about the folder. */
export function judgeFolder(facts: DoctorFacts): DoctorCheck[] {
  const { probe } = facts.folder;
  // Of memory nothing else is worth telling.
  if (isMemory(facts)) return [filesystemCheck(facts), spaceCheck(facts)];
  return [
    filesystemCheck(facts),
    deviceCheck(facts),
    spaceCheck(facts),
    ...(probe === null ? [unprobedCheck()] : [directCheck(probe), cacheCheck(probe), accountingCheck(probe)]),
    ...readCheck(facts),
  ];
}

function isMemory({ environment: { filesystem } }: DoctorFacts): boolean {
  return filesystem !== null && MEMORY_FILESYSTEMS.has(filesystem.type);
}

function filesystemCheck({ environment: { filesystem } }: DoctorFacts): DoctorCheck {
  if (filesystem === null) return makeCheck(["folder", "filesystem"], "the kernel does not tell");
  const { type, mount_point, source, mount_options } = filesystem;
  const options = mount_options.split(",");
  const rsize = Number(optionValue(options, "rsize") ?? NaN);
  const shown = options.filter((option) => /^(ro|rw|sync|vers|nconnect|rsize|proto|.*atime)/.test(option));
  const found = `${type}, ${source} on ${mount_point}, ${shown.join(",")}`;
  return makeCheck(["folder", "filesystem"], found, [
    ...concern(
      MEMORY_FILESYSTEMS.has(type),
      "bad",
      "This is memory: name a folder on the storage that is to be tested",
    ),
    ...concern(
      LAYERS.has(type),
      "watch",
      "A layer in front of the storage takes its share of the rate: mount the storage itself, in a container as a volume",
    ),
    ...concern(options.includes("strictatime"), "watch", "Each read is written down: mount with noatime"),
    ...concern(
      rsize < SMALL_RSIZE_BYTES,
      "watch",
      `Reads are cut into pieces of ${formatBytes(rsize)}: mount with rsize=1048576`,
    ),
    ...concern(
      type.startsWith("nfs") && optionValue(options, "nconnect") === undefined,
      "watch",
      "All reads share one connection: mount with nconnect=8 where one does not fill the link",
    ),
  ]);
}

function optionValue(options: readonly string[], name: string): string | undefined {
  return options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The device, or where there is none the links that the data may come by. */
function deviceCheck({ environment }: DoctorFacts): DoctorCheck {
  const { block_device: device, network_interfaces: interfaces, filesystem } = environment;
  if (device === null && filesystem !== null && (LAYERS.has(filesystem.type) || POOLS.has(filesystem.type))) {
    return makeCheck(
      ["folder", "device"],
      `${filesystem.type} does not tell on which devices it keeps its data`,
    );
  }
  if (device === null) {
    const links = interfaces.map(({ name, speed_bits_per_second: speed, mtu_bytes: mtu }) =>
      `${name} ${speed === null ? "of unknown speed" : linkText(speed)}, MTU ${mtu ?? "unknown"}`
    );
    return makeCheck(["folder", "network"], links.length === 0 ? "no interface is up" : links.join("; "), [
      ...concern(
        interfaces.some(({ speed_bits_per_second: speed, mtu_bytes: mtu }) =>
          (speed ?? 0) >= FAST_LINK_BITS && (mtu ?? Infinity) <= SMALL_MTU_BYTES
        ),
        "watch",
        "Small packets cost CPU on a fast link: MTU 9000, on the switches too",
      ),
    ]);
  }
  // Hypervisors seldom say that a disk does not turn.
  const isRotating = device.rotational === true && environment.virtualization === null;
  const readAhead = filesystem?.read_ahead_kib ?? device.read_ahead_kib;
  const found = [
    device.model === null ? device.name : `${device.name} (${device.model})`,
    ...(isRotating ? ["rotating"] : []),
    ...(device.scheduler === null ? [] : [`scheduler ${device.scheduler}`]),
    ...(readAhead === null ? [] : [`read-ahead ${readAhead} KiB`]),
    ...(device.queue_depth === null ? [] : [`queue ${device.queue_depth}`]),
    ...(device.memory === null ? [] : [device.memory]),
  ].join(", ");
  return makeCheck(["folder", "device"], found, [
    ...concern(
      device.memory !== null,
      "watch",
      "What it delivers may come from memory: name a folder on a disk",
    ),
    ...concern(
      isRotating,
      "watch",
      "A rotating disk, or one that says so: random reads are slow on it",
    ),
    ...concern(
      device.scheduler === "bfq" || device.scheduler === "cfq",
      "watch",
      `${device.scheduler} sorts reads at the cost of CPU: echo none > /sys/block/${device.name}/queue/scheduler`,
    ),
    ...concern(
      readAhead === 0,
      "watch",
      "Without read-ahead small buffered reads wait one by one: blockdev --setra 256",
    ),
  ]);
}

function linkText(bitsPerSecond: number): string {
  return `${formatSignificant(bitsPerSecond / 1e9)} Gbit/s`;
}

function spaceCheck({ environment: { memory }, folder }: DoctorFacts): DoctorCheck {
  const { free_bytes: free, total_bytes: total, free_inodes: inodes, writable } = folder;
  const wanted = MEMORY_RATIO * memory.total_bytes;
  const found = [
    free === null || total === null ? "unknown" : `${formatBytes(free)} free of ${formatBytes(total)}`,
    ...(inodes === null ? [] : [`room for ${formatInteger(inodes)} files`]),
    ...(writable ? [] : ["not writable for this user"]),
  ].join(", ");
  return makeCheck(["folder", "space"], found, [
    ...concern(
      free !== null && free < LITTLE_SPACE_BYTES,
      "bad",
      "No dataset fits: make room, or name another folder",
    ),
    ...concern(
      free !== null && free >= LITTLE_SPACE_BYTES && free < wanted,
      "watch",
      `A dataset of ${MEMORY_RATIO} times the memory, ${
        formatBytes(wanted)
      }, does not fit: read a smaller one with ` +
        "reader.odirect=true or reader.page_cache=evict",
    ),
    ...concern(
      inodes !== null && inodes < FEW_INODES,
      "watch",
      "Few more files fit: format with more inodes",
    ),
    ...concern(!writable, "watch", "Datasets are generated elsewhere, or as a user who may write there"),
  ]);
}

function unprobedCheck(): DoctorCheck {
  return makeCheck(["folder", "probe"], "no file to try direct I/O and the page cache with", [
    ...concern(true, "watch", "Name a folder that you may write to, or one with files of 1 MiB or more"),
  ]);
}

function directCheck({ direct_refusal: refusal, direct_block_bytes: blockBytes }: FolderProbe): DoctorCheck {
  const found = refusal === null
    ? `works, in blocks of ${formatBytes(blockBytes)}`
    : `does not work: ${refusal}`;
  return makeCheck(["folder", "direct_io"], found, [
    ...concern(refusal !== null, "watch", "Use reader.page_cache=evict to keep memory out of the result"),
  ]);
}

function cacheCheck({ page_cache_source: source }: FolderProbe): DoctorCheck {
  switch (source) {
    case "cachestat":
      return makeCheck(["folder", "page_cache"], "told by cachestat: what is cached, what is dirty");
    case "mincore":
      return makeCheck(["folder", "page_cache"], "told by mincore: what is cached, not what is dirty");
    case null:
      return makeCheck(["folder", "page_cache"], "nobody tells what of a file lies in memory", [
        ...concern(
          true,
          "watch",
          "Run as the owner of the files, whom the kernel may tell, or prove that storage was read: a dataset of 5 times the memory, or reader.odirect=true where that works",
        ),
      ]);
  }
}

function accountingCheck({ accounting }: FolderProbe): DoctorCheck {
  const { source, read_bytes: read, counted_bytes: counted } = accounting;
  const name = ["folder", "accounting"] as const;
  if (counted === null) {
    return makeCheck(name, "nobody here counts what the device or server delivers", [
      ...concern(true, "watch", "Compare a result with the storage system's own counters"),
    ]);
  }
  const counter = source === "nfs" ? "the NFS mount's counters" : "/proc/self/io";
  const share = `${formatBytes(counted)} of ${formatBytes(read)} that were read`;
  return makeCheck(name, `${counter} told of ${share}`, [
    ...concern(
      counted < COUNTED_SHARE * read,
      "watch",
      "What the device delivers is not all counted, or memory served it: trust results with reader.odirect=true alone",
    ),
  ]);
}

function readCheck(facts: DoctorFacts): DoctorCheck[] {
  const { read_test: test, read_test_refusal: refusal, read_test_error: error } = facts.folder;
  const name = ["folder", "read_rate"] as const;
  if (error !== null) {
    return [
      makeCheck(name, error, concern(true, "bad", "Reading failed: look into the kernel's log (dmesg)")),
    ];
  }
  if (refusal !== null) {
    return [
      makeCheck(
        name,
        `not measured: ${refusal}`,
        concern(true, "watch", "Generate a dataset there first: mlps datagen"),
      ),
    ];
  }
  if (test === null) return [];
  return [makeCheck(name, readText(test), readConcerns(test, facts))];
}

function readText(test: ReadTest): string {
  const files = test.files === "temporary"
    ? `a temporary file of ${formatBytes(test.file_bytes)}, removed again`
    : `${formatInteger(test.num_files)} file${test.num_files === 1 ? "" : "s"} of ${
      formatBytes(test.file_bytes)
    } in all`;
  const way = test.direct ? "around the page cache" : "dropped from the page cache before";
  return `${formatBytesPerSecond(test.bytes_per_second)} in ${
    formatNs(test.elapsed_seconds * NS_PER_SECOND)
  }: ` +
    `${test.threads} threads, reads of ${formatBytes(test.read_size_bytes)}, p50 ${formatNs(test.p50_ns)}, ` +
    `p99 ${formatNs(test.p99_ns)}; ${files}, ${way}`;
}

function readConcerns(test: ReadTest, { environment }: DoctorFacts) {
  const fromMemory = test.device_bytes !== null && test.device_bytes < COUNTED_SHARE * test.read_bytes;
  const linkBytesPerSecond = environment.network_interfaces
    .reduce((sum, { speed_bits_per_second: speed }) => sum + (speed ?? Infinity) / 8, 0);
  return [
    ...concern(
      fromMemory,
      "watch",
      `The device delivered ${formatBytes(test.device_bytes ?? 0)} of ${
        formatBytes(test.read_bytes)
      }: memory served the ` +
        "rest, or the files have holes",
    ),
    ...concern(
      NETWORK_FILESYSTEM.test(environment.filesystem?.type ?? "") && linkBytesPerSecond > 0 &&
        test.bytes_per_second > LINK_SHARE * linkBytesPerSecond,
      "watch",
      "The network's link is full: more comes by a faster one, or by several",
    ),
    ...concern(
      (test.host_busy_percentage ?? 0) > BUSY_PERCENT,
      "watch",
      "All CPUs were busy: the client may be slower than the storage",
    ),
    ...concern(
      test.bytes_per_second < FEW_BYTES_PER_SECOND,
      "watch",
      "Slower than a single hard disk reads: is something in the way, or is a quota set?",
    ),
  ];
}
