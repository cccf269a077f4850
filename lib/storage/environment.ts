// Reads the environment of a run, once: the host, its limits, and what the data lies on.
import os from "node:os";
import type { Environment } from "../metrics/environment.ts";
import { describeBlockDevice } from "./block_device.ts";
import { describeCgroup } from "./cgroups.ts";
import { readKernelNumber, readKernelText } from "./kernel_files.ts";
import { mountOf } from "./mounts.ts";
import { describeInterfaces } from "./network.ts";

const GOVERNOR = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor";
const FIRMWARE = "/sys/class/dmi/id";

/** Returns what there is to know; `dataFolder` is where the dataset lies. */
export function readEnvironment(
  { version, dataFolder }: { readonly version: string; readonly dataFolder: string },
): Environment {
  const mount = mountOf(dataFolder);
  return {
    mlps_version: version,
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    virtualization: readVirtualization(),
    cpu: {
      model: os.cpus()[0]?.model ?? "unknown",
      count: os.cpus().length,
      governor: readKernelText(GOVERNOR) ?? null,
    },
    memory: {
      total_bytes: os.totalmem(),
      swap_bytes: parseSwapBytes(readKernelText("/proc/meminfo") ?? ""),
    },
    filesystem: mount === undefined ? null : {
      type: mount.fstype,
      mount_point: mount.mountPoint,
      source: mount.source,
      mount_options: mount.options,
      read_ahead_kib: readKernelNumber(`/sys/class/bdi/${mount.majorMinor}/read_ahead_kb`) ?? null,
    },
    block_device: mount === undefined ? null : describeBlockDevice(mount),
    network_interfaces: describeInterfaces(),
    cgroup: describeCgroup(),
    limits: { open_files: parseOpenFiles(readKernelText("/proc/self/limits") ?? "") },
  };
}

/** Returns the bytes in the text of /proc/meminfo; null where it does not tell. */
export function parseSwapBytes(text: string): number | null {
  const kibibytes = text.match(/^SwapTotal:\s+(\d+) kB$/m)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

/** Returns the soft limit in the text of /proc/self/limits; null where there is none. */
export function parseOpenFiles(text: string): number | null {
  const limit = text.match(/^Max open files\s+(\d+)\s/m)?.[1];
  return limit === undefined ? null : Number(limit);
}

/** x86 tells a guest by a flag of the CPU; the firmware's names are those of the hypervisor's machine then. */
function readVirtualization(): string | null {
  if (!/^flags\s*:.*\bhypervisor\b/m.test(readKernelText("/proc/cpuinfo") ?? "")) return null;
  const names = ["sys_vendor", "product_name"].map((name) => readKernelText(`${FIRMWARE}/${name}`)).filter(
    Boolean,
  );
  return names.length === 0 ? "virtual machine" : names.join(" ");
}
