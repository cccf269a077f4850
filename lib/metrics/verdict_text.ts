// The verdict in words: the figures behind it, and what to change or to measure next.
import { formatBytesPerSecond } from "../base/units.ts";
import type { VerdictFacts } from "./verdict_facts.ts";
import {
  batchWaitPercent,
  blockedPercent,
  isFromMemory,
  isLinkFull,
  type Limit,
  linkPercent,
  lossPercent,
} from "./verdict_limit.ts";

type Text = (facts: VerdictFacts) => string[];

/** Shares below these are not worth a sentence. */
const NOTABLE_BARRIER_PERCENT = 5,
  NOTABLE_STEAL_PERCENT = 5,
  NOTABLE_THROTTLE_PERCENT = 1,
  NOTABLE_DECODE_PERCENT = 20;
/** From here on the cores are taken for used up. */
const FULL_CORES_SHARE = 0.85, LONG_RUN_DELAY_PERCENT = 10, BUSY_HOST_PERCENT = 90;

const EVIDENCE: Readonly<Record<Limit, Text>> = {
  none: (facts) => [
    `accelerators waited ${percent(batchWaitPercent(facts))} of the time for a batch`,
    ...barrierText(facts),
    ...memoryText(facts),
    `readers were ahead, and idle, for ${percent(facts.windowIdlePercent)} of their time`,
  ],
  prefetch_window: (facts) => [
    `${percent(shareOfWaits(facts, facts.windowWaitPercent))} of the waits were for batches that no reader ` +
    `was allowed to fetch yet`,
    `the window is ${plural(facts.windowBatches, "batch", "batches")}, readers hold ` +
    `${facts.batchesInHand.toFixed(1)} at once`,
    `readers waited for the window for ${percent(facts.windowIdlePercent)} of their time`,
    coresText(facts),
  ],
  preprocessing: (facts) => [
    `${percent(shareOfWaits(facts, facts.preprocessWaitPercent))} of the waits were for preprocessing`,
  ],
  client_cpu: (facts) => [
    ...(facts.isSynthetic ? [] : [workText(facts)]),
    coresText(facts),
    ...memoryText(facts),
    ...decodeText(facts),
    ...hostTexts(facts),
  ],
  network: (facts) => [
    `${facts.link!.name} received ${formatBytesPerSecond(facts.link!.receivedBytesPerSecond)}, ` +
    `${percent(linkPercent(facts))} of its link rate`,
    workText(facts),
  ],
  storage: (facts) => [
    workText(facts),
    deliveryText(facts),
    ...memoryText(facts),
    ...linkText(facts),
    coresText(facts),
    ...hostTexts(facts),
  ],
};

const ADVICE: Readonly<Record<Limit, Text>> = {
  none: (facts) => [
    ...measureStorage(facts),
    `-n ${2 * facts.numAccelerators}: more accelerators, to find how many can be fed`,
  ],
  prefetch_window: (facts) => [
    `reader.prefetch_size=${wantedWindow(facts)} (MLPerf's CLOSED allows up to 2)`,
    ...(areCoresFull(facts) ? ["free cores on the client: readers without one fetch late"] : []),
  ],
  preprocessing: ({ readThreads }) => [
    `reader.read_threads=${2 * readThreads}: each reader preprocesses what it has read`,
    "a shorter reader.preprocess_time",
  ],
  client_cpu: (facts) => [
    ...measureStorage(facts),
    ...(areCoresFull(facts)
      ? ["a client with more or faster cores, or more clients; nothing else running on this one"]
      : [`reader.read_threads=${2 * facts.readThreads}: cores were free`]),
    ...(facts.decodePercent > 50
      ? ["reader.decode=none: the same reads without decoding show what storage can do"]
      : []),
    ...(facts.isSynthetic ? [] : ["mlps ceiling: how many accelerators this client can feed at most"]),
  ],
  network: (facts) => [
    "a faster link, more links, or more clients",
    ...fewerAccelerators(facts),
  ],
  storage: (facts) => [
    ...measureStorage(facts),
    `reader.read_threads=${
      2 * facts.readThreads
    }: more reads at a time; no faster means storage is at its limit`,
    ...(shareOfWaits(facts, facts.windowWaitPercent) > 25
      ? [`reader.prefetch_size=${wantedWindow(facts)}: part of the waits were for the window`]
      : []),
    ...fewerAccelerators(facts),
  ],
};

/** Returns the figures behind a limit, the strongest first. */
export function evidenceFor(limit: Limit, facts: VerdictFacts): string[] {
  return [
    ...(facts.isSynthetic ? ["nothing was read: this is the rate of mlps itself"] : []),
    ...EVIDENCE[limit](facts),
    ...(facts.hasDemand ? [] : ["steps take no time, so that AU says nothing and the rate all"]),
  ];
}

/** Returns what to change or to measure next, in order. */
export function adviceFor(limit: Limit, facts: VerdictFacts): string[] {
  return ADVICE[limit](facts);
}

/** Of what the readers' working time consisted. */
function workText(facts: VerdictFacts): string {
  const { storageWaitPercent, decodeWaitPercent, cpuPercent, runDelayPercent } = facts;
  const blocked = blockedPercent(facts);
  return blocked === undefined
    ? `${percent(storageWaitPercent)} of the time lost to reads, ${percent(decodeWaitPercent)} to decode`
    : `readers at work were blocked for ${percent(blocked)} of the time, on a core for ` +
      `${percent(cpuPercent!)}, without a free one for ${percent(runDelayPercent!)}`;
}

/** Steps of drawn length make accelerators wait for each other without any late batch. */
function barrierText(facts: VerdictFacts): string[] {
  const ownPercent = facts.barrierWaitPercent - (lossPercent(facts) - batchWaitPercent(facts));
  return ownPercent >= NOTABLE_BARRIER_PERCENT
    ? [`${percent(facts.barrierWaitPercent)} went to accelerators with longer steps`]
    : [];
}

function coresText({ usedCores, availableCores, hostBusyPercent }: VerdictFacts): string {
  const host = hostBusyPercent === undefined ? "" : `, host CPU ${percent(hostBusyPercent)} busy`;
  return `${usedCores.toFixed(2)} of ${plural(availableCores, "core")} used${host}`;
}

function deliveryText({ requestedBytesPerSecond, readsInFlight }: VerdictFacts): string {
  return `${formatBytesPerSecond(requestedBytesPerSecond)} came with ${
    readsInFlight.toFixed(1)
  } readers fetching`;
}

function memoryText(facts: VerdictFacts): string[] {
  return isFromMemory(facts)
    ? [`memory, not storage, served ${percent(facts.memoryPercent!)} of the bytes`]
    : [];
}

function linkText(facts: VerdictFacts): string[] {
  return isLinkFull(facts)
    ? [`${facts.link!.name} was ${percent(linkPercent(facts))} full, with bytes of others for the most part`]
    : [];
}

function decodeText({ decodePercent }: VerdictFacts): string[] {
  return decodePercent >= NOTABLE_DECODE_PERCENT
    ? [`decoding took ${percent(decodePercent)} of the readers' working time`]
    : [];
}

function hostTexts({ stealPercent = 0, throttledPercent = 0 }: VerdictFacts): string[] {
  return [
    ...(stealPercent > NOTABLE_STEAL_PERCENT
      ? [`the hypervisor took ${percent(stealPercent)} of the host's CPU time`]
      : []),
    ...(throttledPercent > NOTABLE_THROTTLE_PERCENT
      ? [`a CPU quota stood in the way for ${percent(throttledPercent)} of the time`]
      : []),
  ];
}

function measureStorage(facts: VerdictFacts): string[] {
  if (!isFromMemory(facts) || facts.isSynthetic) return [];
  return facts.avoidsCache
    ? [
      "another data folder: this filesystem serves from memory, page cache or not; storage has not been measured yet",
    ]
    : ["reader.page_cache=evict or reader.odirect=true: storage has not been measured yet"];
}

function areCoresFull(facts: VerdictFacts): boolean {
  const { usedCores, availableCores, runDelayPercent = 0, hostBusyPercent = 0 } = facts;
  return usedCores >= availableCores * FULL_CORES_SHARE || runDelayPercent >= LONG_RUN_DELAY_PERCENT ||
    hostBusyPercent >= BUSY_HOST_PERCENT;
}

function fewerAccelerators({ numAccelerators, fedAccelerators: fed }: VerdictFacts): string[] {
  if (fed === undefined || fed >= numAccelerators) return [];
  const whole = Math.floor(fed);
  return whole >= 1
    ? [`-n ${whole}: the rate measured is enough for ${plural(whole, "accelerator")} at the wanted AU`]
    : [`the rate measured is ${percent(fed * 100)} of what one accelerator needs for the wanted AU`];
}

/** Returns a window that leaves each reader one extent in hand and one to come, at least twice the one there is. */
function wantedWindow({ windowBatches, batchesInHand, readThreads }: VerdictFacts): number {
  const batches = Math.max(2 * windowBatches, Math.ceil(2 * batchesInHand));
  return Math.ceil(batches / readThreads) * readThreads; // as prefetchWindowBatches() rounds
}

/** Returns a share of the waits for batches, in percent. */
function shareOfWaits(facts: VerdictFacts, sharePercent: number): number {
  const waitPercent = batchWaitPercent(facts);
  return waitPercent > 0 ? sharePercent / waitPercent * 100 : 0;
}

function percent(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
