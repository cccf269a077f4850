// The network interfaces that are up, the loopback aside: what they received, and how fast their links are.
import fs from "node:fs";
import { basename, join } from "node:path";
import type { Environment } from "../metrics/environment.ts";
import type { InterfaceCounters } from "../metrics/host_counters.ts";
import { readKernelNumber, readKernelText } from "./kernel_files.ts";

const INTERFACES = "/sys/class/net";
const LOOPBACK = "lo";
const IFF_UP = 1; // linux/if.h
const BITS_PER_MEGABIT = 1e6, BITS_PER_BYTE = 8;

/** Returns what each interface received since it came up. */
export function readInterfaceCounters(): InterfaceCounters[] {
  return listInterfaces().flatMap((name) => {
    const receivedBytes = readKernelNumber(join(INTERFACES, name, "statistics/rx_bytes"));
    if (receivedBytes === undefined) return [];
    const speed = readLinkBits(name);
    return [{ name, receivedBytes, ...(speed !== null && { linkBytesPerSecond: speed / BITS_PER_BYTE }) }];
  });
}

/** Returns what is to be recorded of the interfaces. */
export function describeInterfaces(): Environment["network_interfaces"] {
  return listInterfaces().map((name) => ({
    name,
    speed_bits_per_second: readLinkBits(name),
    mtu_bytes: readKernelNumber(join(INTERFACES, name, "mtu")) ?? null,
    driver: readDriver(name),
  }));
}

function listInterfaces(): string[] {
  try {
    return fs.readdirSync(INTERFACES).filter((name) => name !== LOOPBACK && isUp(name)).sort();
  } catch {
    return [];
  }
}

/** A virtual interface may not know whether its link is up: it is when it was switched on. */
function isUp(name: string): boolean {
  const state = readKernelText(join(INTERFACES, name, "operstate"));
  if (state !== "unknown") return state === "up";
  return (Number(readKernelText(join(INTERFACES, name, "flags"))) & IFF_UP) !== 0;
}

/** The kernel says -1, 0 or nothing where the driver does not tell. */
function readLinkBits(name: string): number | null {
  const megabits = readKernelNumber(join(INTERFACES, name, "speed")) ?? 0;
  return megabits > 0 ? megabits * BITS_PER_MEGABIT : null;
}

function readDriver(name: string): string | null {
  try {
    return basename(fs.readlinkSync(join(INTERFACES, name, "device/driver")));
  } catch {
    return null; // a bridge, a tunnel
  }
}
