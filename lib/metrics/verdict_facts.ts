// The figures that a verdict rests on: what the epochs of a run tell, reduced to a handful of shares.
import type { EpochRecord } from "./epoch_record.ts";
import { meanOf } from "./epoch_result.ts";
import type { HostCounters } from "./host_counters.ts";
import { sumTotals } from "./read_counters.ts";

export interface VerdictInput {
  /** Complete ones; where there is none, what there is of one that was cut short. */
  readonly epochs: readonly EpochRecord[];
  readonly numAccelerators: number;
  readonly readThreads: number;
  readonly windowBatches: number;
  readonly batchSize: number;
  /** Of one accelerator; absent when a step takes no time. */
  readonly demandSamplesPerSecond?: number;
  readonly requiredAuPercent: number;
  /** That this process may use. */
  readonly availableCores: number;
  readonly isSynthetic: boolean;
  /** "keep" where the page cache may serve reads. */
  readonly pageCache?: string;
  /** Whether reads go around it. */
  readonly direct?: boolean;
}

/** Shares are in percent; those of the accelerators and their AU add up to 100. */
export interface VerdictFacts {
  readonly storageWaitPercent: number;
  readonly decodeWaitPercent: number;
  readonly preprocessWaitPercent: number;
  readonly windowWaitPercent: number;
  readonly barrierWaitPercent: number;
  readonly numAccelerators: number;
  readonly hasDemand: boolean;
  readonly isSynthetic: boolean;
  /** Whether the page cache was dropped or left out. */
  readonly avoidsCache: boolean;
  readonly readThreads: number;
  readonly windowBatches: number;
  /** What the readers of one accelerator hold when each has an extent in hand, in batches. */
  readonly batchesInHand: number;
  /** How many accelerators the rate would have fed at the required AU; absent when a step takes no time. */
  readonly fedAccelerators?: number;
  /** How long the readers read, decoded and loaded footers, together; and how much of it was decoding. */
  readonly workNs: number;
  readonly decodePercent: number;
  /** Of that time: on a core, and without one that was wanted. At most 100 together; absent where the kernel does not tell. */
  readonly cpuPercent?: number;
  readonly runDelayPercent?: number;
  /** Of all readers' time: waiting for the prefetch window. */
  readonly windowIdlePercent: number;
  /** Readers inside a read, on average. */
  readonly readsInFlight: number;
  readonly availableCores: number;
  readonly usedCores: number;
  readonly hostBusyPercent?: number;
  /** Of the host's CPU time: taken by the hypervisor for others. */
  readonly stealPercent?: number;
  /** Of the time of all available cores: forbidden by a CPU quota. */
  readonly throttledPercent?: number;
  /** Of the bytes asked for: not delivered by a device, so from memory. Absent where not accounted. */
  readonly memoryPercent?: number;
  readonly requestedBytesPerSecond: number;
  /** What a device or server delivered; where that is not accounted, what was asked for. */
  readonly deliveredBytesPerSecond: number;
  /** The network interface that came nearest to its link rate. */
  readonly link?: Link;
}

export interface Link {
  readonly name: string;
  readonly receivedBytesPerSecond: number;
  readonly linkBytesPerSecond: number;
}

/** Returns the facts; undefined when no step was counted, so that there is nothing to judge. */
export function verdictFacts(input: VerdictInput): VerdictFacts | undefined {
  const { epochs, numAccelerators, readThreads, windowBatches, batchSize, availableCores } = input;
  const accelerators = epochs.flatMap((epoch) => epoch.accelerators)
    .filter(({ totals }) => totals.countedSteps > 0);
  const durationNs = sumOf(epochs, (epoch) => epoch.durationNs);
  if (accelerators.length === 0 || durationNs <= 0) return undefined;

  const share = (of: (accelerator: typeof accelerators[number]) => number) => meanOf(accelerators.map(of));
  const totals = sumTotals(epochs.map((epoch) => epoch.totals));
  const readers = epochs.flatMap((epoch) => epoch.readers);
  const readerNs = sumOf(epochs, (epoch) => epoch.durationNs * epoch.readers.length);
  const workNs = totals.readNs + totals.decodeNs + totals.footerNs;
  const perSecond = (amount: number) => amount / (durationNs / 1e9);
  const percentOf = (part: number, whole: number) => whole > 0 ? part / whole * 100 : 0;
  const hostTicks = sumKnown(epochs, ({ hostTicks }) => hostTicks);
  const ofHost = (of: (host: HostCounters) => number | undefined) => {
    const ticks = sumKnown(epochs, of);
    return ticks === undefined || !hostTicks ? undefined : ticks / hostTicks * 100;
  };
  const stealPercent = ofHost((host) => host.stealTicks);
  const hostBusyPercent = ofHost((host) => host.hostBusyTicks);
  const isTold = workNs > 0 && readers.length > 0 && readers.every((reader) => reader.hasThreadTimes > 0);
  const cores = isTold ? coreShares({ ...totals, workNs }, { stealPercent, hostBusyPercent }) : undefined;
  const throttledNs = sumKnown(epochs, (host) => host.throttledNs);
  const deviceBytes = epochs.every((epoch) => epoch.deviceBytes !== undefined)
    ? sumOf(epochs, (epoch) => epoch.deviceBytes!)
    : undefined;
  const fromDevice = sumOf(epochs, (epoch) => Math.min(epoch.deviceBytes ?? 0, epoch.totals.requestedBytes)); // read-ahead is not more than all
  const samplesPerSecond = meanOf(
    epochs.map(({ accelerators: all }) => sumOf(all, (accelerator) => accelerator.samplesPerSecond)),
  );
  const demand = input.demandSamplesPerSecond;
  return {
    storageWaitPercent: share((accelerator) => accelerator.storageWaitPercent),
    decodeWaitPercent: share((accelerator) => accelerator.decodeWaitPercent),
    preprocessWaitPercent: share((accelerator) => accelerator.preprocessWaitPercent),
    windowWaitPercent: share((accelerator) => accelerator.windowWaitPercent),
    barrierWaitPercent: share((accelerator) => accelerator.barrierWaitPercent),
    numAccelerators,
    hasDemand: demand !== undefined,
    isSynthetic: input.isSynthetic,
    avoidsCache: input.direct === true || (input.pageCache ?? "keep") !== "keep",
    readThreads,
    windowBatches,
    batchesInHand: totals.extents > 0
      ? readThreads * totals.samples / totals.extents / Math.max(1, batchSize)
      : 0,
    fedAccelerators: demand === undefined || input.requiredAuPercent <= 0
      ? undefined
      : samplesPerSecond / (demand * input.requiredAuPercent / 100),
    workNs,
    decodePercent: percentOf(totals.decodeNs, workNs),
    cpuPercent: cores?.cpuPercent,
    runDelayPercent: cores?.runDelayPercent,
    windowIdlePercent: percentOf(totals.windowWaitNs, readerNs),
    readsInFlight: totals.readNs / durationNs,
    availableCores,
    usedCores: perSecond(sumOf(epochs, ({ host }) => host.userSeconds + host.systemSeconds)),
    hostBusyPercent,
    stealPercent,
    throttledPercent: throttledNs === undefined
      ? undefined
      : percentOf(throttledNs, durationNs * availableCores),
    memoryPercent: deviceBytes === undefined || totals.requestedBytes === 0
      ? undefined
      : 100 - percentOf(fromDevice, totals.requestedBytes),
    requestedBytesPerSecond: perSecond(totals.requestedBytes),
    deliveredBytesPerSecond: perSecond(deviceBytes ?? totals.requestedBytes),
    link: busiestLink(epochs, durationNs),
  };
}

/**
 * Returns of what share of their work the readers had a core, and lacked one.
 *
 * The kernel takes what a hypervisor stole from a thread's turn for neither (CONFIG_PARAVIRT_TIME_ACCOUNTING): left out,
 * it would look like waiting for storage. So it is estimated from what was stolen of all turns on this host. A thread uses
 * and wants cores between its reads as well: where all that exceeds the work, it stands for the whole.
 */
function coreShares(
  { cpuNs, runDelayNs, workNs }: {
    readonly cpuNs: number;
    readonly runDelayNs: number;
    readonly workNs: number;
  },
  { stealPercent = 0, hostBusyPercent = 0 }: Pick<VerdictFacts, "stealPercent" | "hostBusyPercent">,
) {
  const givenPercent = hostBusyPercent - stealPercent;
  const stolenNs = givenPercent > 0 ? cpuNs * stealPercent / givenPercent : 0;
  const wholeNs = Math.max(workNs, cpuNs + runDelayNs + stolenNs);
  return { cpuPercent: cpuNs / wholeNs * 100, runDelayPercent: (runDelayNs + stolenNs) / wholeNs * 100 };
}

/** Returns the interface that came nearest to its link rate over all epochs. */
function busiestLink(epochs: readonly EpochRecord[], durationNs: number): Link | undefined {
  const links = new Map<string, Link>();
  for (const { name, receivedBytes, linkBytesPerSecond } of epochs.flatMap(({ host }) => host.interfaces)) {
    if (!linkBytesPerSecond) continue;
    const before = links.get(name)?.receivedBytesPerSecond ?? 0;
    const receivedBytesPerSecond = before + receivedBytes / (durationNs / 1e9);
    links.set(name, { name, receivedBytesPerSecond, linkBytesPerSecond });
  }
  const load = (link: Link) => link.receivedBytesPerSecond / link.linkBytesPerSecond;
  return [...links.values()].sort((a, b) => load(b) - load(a)).at(0);
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}

/** Returns the sum over the epochs; undefined where one of them does not know. */
function sumKnown(
  epochs: readonly EpochRecord[],
  of: (host: HostCounters) => number | undefined,
): number | undefined {
  const values = epochs.map(({ host }) => of(host));
  return values.some((value) => value === undefined)
    ? undefined
    : values.reduce<number>((sum, value) => sum + value!, 0);
}
