// What limited a run, decided from its facts.
//
// Asked in this order, each question only where those before leave it open:
// 1. Did the accelerators wait at all? Below 5 % nothing limited. Where accelerators wait for each other, one of them
//    waited for its batch: with steps of equal length every wait for others is such a wait, seen from the side. So it
//    counts, up to the n - 1 times the waits for batches that those can have caused.
// 2. Were the batches late because the readers were not allowed to fetch them yet (window), or because they were being
//    preprocessed? More than half of the waits decides. A wider window helps only where a core is left to fetch with: where
//    all of them were in use, by this run or by others, the window is not the limit.
// 3. What did the readers do while they worked? For each thread the kernel counts the time on a core and the time that it
//    wanted one and had none; what is left of the time in which it read and decoded it was blocked, and what blocks a
//    thread that reads is storage, also where memory served most of the bytes and a slow device the others. How long read
//    calls took decides nothing where this is known: they may have copied from the page cache, or have had no core.
//    Where memory served all but 1 % it is never storage, nor where it served more than half and the kernel tells nothing.
// 4. Was it storage, or the wire to it? The wire, where one was full, and of this run's bytes.
import type { VerdictFacts } from "./verdict_facts.ts";

export type Limit = "storage" | "client_cpu" | "prefetch_window" | "network" | "preprocessing" | "none";

/** Limits that are neither of the storage nor of the way to it. */
export const CLIENT_LIMITS: ReadonlySet<Limit> = new Set(["client_cpu", "prefetch_window", "preprocessing"]);

const MAX_LOSS_PERCENT = 5;
const HALF_PERCENT = 50;
const BUSY_HOST_PERCENT = 90;
const ALL_PERCENT = 99;
const FULL_LINK_PERCENT = 90;

/** Returns what limited a run with these facts. */
export function limitOf(facts: VerdictFacts): Limit {
  const waitPercent = batchWaitPercent(facts);
  if (facts.hasDemand && lossPercent(facts) < MAX_LOSS_PERCENT) return "none";
  if (facts.windowWaitPercent > waitPercent / 2 && !areCoresTaken(facts)) return "prefetch_window";
  if (facts.preprocessWaitPercent > waitPercent / 2) return "preprocessing";
  if (facts.isSynthetic || !waitedForStorage(facts)) return "client_cpu";
  return isLinkFull(facts) && isLinkOurs(facts) ? "network" : "storage";
}

/** Returns the share of the measured time in which an accelerator waited for its batch, in percent. */
export function batchWaitPercent(facts: VerdictFacts): number {
  return facts.storageWaitPercent + facts.decodeWaitPercent + facts.preprocessWaitPercent +
    facts.windowWaitPercent;
}

/** Returns the share of the measured time that late batches cost, in percent (see the head of this file, 1). */
export function lossPercent(facts: VerdictFacts): number {
  const waitPercent = batchWaitPercent(facts);
  return waitPercent + Math.min(facts.barrierWaitPercent, (facts.numAccelerators - 1) * waitPercent);
}

/** Returns the share of the readers' work in which they were blocked, in percent; undefined where it is unknown. */
export function blockedPercent({ workNs, cpuPercent, runDelayPercent }: VerdictFacts): number | undefined {
  if (workNs <= 0 || cpuPercent === undefined || runDelayPercent === undefined) return undefined;
  return Math.max(0, 100 - cpuPercent - runDelayPercent);
}

/** Returns how full the fullest link was, in percent; 0 where no link rate is known. */
export function linkPercent({ link }: VerdictFacts): number {
  return link === undefined ? 0 : link.receivedBytesPerSecond / link.linkBytesPerSecond * 100;
}

/** Returns whether a link was full, whoever's bytes it carried. */
export function isLinkFull(facts: VerdictFacts): boolean {
  return linkPercent(facts) >= FULL_LINK_PERCENT;
}

/** A local disk is not limited by the download of somebody else. */
function isLinkOurs({ link, deliveredBytesPerSecond }: VerdictFacts): boolean {
  return link !== undefined && deliveredBytesPerSecond >= link.receivedBytesPerSecond / 2;
}

/** Returns whether memory served most of the bytes. */
export function isFromMemory({ memoryPercent = 0 }: VerdictFacts): boolean {
  return memoryPercent > HALF_PERCENT;
}

function areCoresTaken({ usedCores, availableCores, hostBusyPercent = 0 }: VerdictFacts): boolean {
  return usedCores / availableCores * 100 >= BUSY_HOST_PERCENT || hostBusyPercent >= BUSY_HOST_PERCENT;
}

function waitedForStorage(facts: VerdictFacts): boolean {
  const { memoryPercent = 0, hostBusyPercent = 0, decodeWaitPercent, storageWaitPercent } = facts;
  const blocked = blockedPercent(facts);
  if (blocked !== undefined) return blocked >= HALF_PERCENT && memoryPercent < ALL_PERCENT;
  return !isFromMemory(facts) && hostBusyPercent < BUSY_HOST_PERCENT &&
    decodeWaitPercent <= storageWaitPercent;
}
