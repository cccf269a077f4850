// Running totals of this process and its host, as the kernel keeps them.

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
  };
}
