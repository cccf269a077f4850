// Running totals of this process and its host, as the kernel keeps them. What it does not tell is absent, never 0.

/** Running totals; take two and subtract. */
export interface HostCounters {
  /** Bytes that read calls returned, and bytes fetched from a device for them; absent where not accounted. */
  readonly readCallBytes?: number;
  readonly deviceReadBytes?: number;
  /** CPU seconds of this process. */
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Host CPU time in clock ticks since boot: all, and not idle. */
  readonly hostTicks?: number;
  readonly hostBusyTicks?: number;
  /** Taken by the hypervisor for others. */
  readonly stealTicks?: number;
  /** Idle while a thread waited for a block device. */
  readonly ioWaitTicks?: number;
  /** How long CPU quotas of cgroups kept this process, or others that share them, from running: summed over CPUs. */
  readonly throttledNs?: number;
  readonly blockDevice?: BlockDeviceCounters;
  /** Of the mount that the data lies on; what others read through it is in it. */
  readonly nfs?: { readonly serverReadBytes: number };
  /** The network interfaces that are up, the loopback aside. */
  readonly interfaces: readonly InterfaceCounters[];
  readonly monotonicNs: number;
  /** Wall-clock time: differs from the monotonic by the steps of the clock. */
  readonly realtimeNs: number;
  /** Differs from the monotonic by the time that the host was suspended. */
  readonly boottimeNs: number;
}

/** Of the block device that a filesystem lies on; what others do with it is in it. */
export interface BlockDeviceCounters {
  readonly name: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** While at least one request was under way. */
  readonly busyNs: number;
}

export interface InterfaceCounters {
  readonly name: string;
  readonly receivedBytes: number;
  /** Absent where the driver does not tell, as of most virtual machines. */
  readonly linkBytesPerSecond?: number;
}

/** Returns the differences of two readings; a figure that one of them lacks is absent. */
export function differenceOf(before: HostCounters, after: HostCounters): HostCounters {
  const minus = (a?: number, b?: number) => a === undefined || b === undefined ? undefined : a - b;
  return {
    readCallBytes: minus(after.readCallBytes, before.readCallBytes),
    deviceReadBytes: minus(after.deviceReadBytes, before.deviceReadBytes),
    userSeconds: after.userSeconds - before.userSeconds,
    systemSeconds: after.systemSeconds - before.systemSeconds,
    hostTicks: minus(after.hostTicks, before.hostTicks),
    hostBusyTicks: minus(after.hostBusyTicks, before.hostBusyTicks),
    stealTicks: minus(after.stealTicks, before.stealTicks),
    ioWaitTicks: minus(after.ioWaitTicks, before.ioWaitTicks),
    throttledNs: minus(after.throttledNs, before.throttledNs),
    blockDevice: blockDeviceDifference(before.blockDevice, after.blockDevice),
    nfs: after.nfs && before.nfs &&
      { serverReadBytes: after.nfs.serverReadBytes - before.nfs.serverReadBytes },
    interfaces: interfaceDifferences(before.interfaces, after.interfaces),
    monotonicNs: after.monotonicNs - before.monotonicNs,
    realtimeNs: after.realtimeNs - before.realtimeNs,
    boottimeNs: after.boottimeNs - before.boottimeNs,
  };
}

/** The kernel keeps busy time as 32 bits of milliseconds: it begins anew every 50 days. */
const BUSY_WRAP_NS = 2 ** 32 * 1e6;

function blockDeviceDifference(
  before: BlockDeviceCounters | undefined,
  after: BlockDeviceCounters | undefined,
): BlockDeviceCounters | undefined {
  if (before === undefined || after === undefined || before.name !== after.name) return undefined;
  const busyNs = after.busyNs - before.busyNs;
  return {
    name: after.name,
    readBytes: after.readBytes - before.readBytes,
    writtenBytes: after.writtenBytes - before.writtenBytes,
    busyNs: busyNs < 0 ? busyNs + BUSY_WRAP_NS : busyNs,
  };
}

/** Of the interfaces that were up at both times. */
function interfaceDifferences(
  before: readonly InterfaceCounters[],
  after: readonly InterfaceCounters[],
): InterfaceCounters[] {
  return after.flatMap((interfaceAfter) => {
    const { name, receivedBytes, linkBytesPerSecond } = interfaceAfter;
    const interfaceBefore = before.find((other) => other.name === name);
    if (interfaceBefore === undefined) return [];
    return [{ name, receivedBytes: receivedBytes - interfaceBefore.receivedBytes, linkBytesPerSecond }];
  });
}
