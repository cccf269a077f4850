// The host as it describes itself: recorded with every result, so that two results can be compared.
import os from "node:os";
import type { HostFacts } from "../metrics/summary_input.ts";
import { readKernelText } from "./kernel_files.ts";

/** Returns what there is to know of this host. */
export function readHostFacts(): HostFacts {
  return {
    hostname: os.hostname(),
    processorName: os.cpus()[0]?.model ?? "unknown",
    cpuCount: os.cpus().length,
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    memoryInfo: readMemoryInfo(),
  };
}

/** /proc/meminfo as names and texts, as DLIO records it. */
function readMemoryInfo(): Record<string, string> {
  const text = readKernelText("/proc/meminfo") ?? "";
  return Object.fromEntries(
    [...text.matchAll(/^([^:]+):\s+(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
}
