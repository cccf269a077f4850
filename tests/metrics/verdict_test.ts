import assert from "node:assert/strict";
import { test } from "node:test";
import { verdictOf } from "../../lib/metrics/verdict.ts";
import { type VerdictFacts, verdictFacts, type VerdictInput } from "../../lib/metrics/verdict_facts.ts";
import { blockedPercent, type Limit, limitOf, lossPercent } from "../../lib/metrics/verdict_limit.ts";
import { adviceFor, evidenceFor } from "../../lib/metrics/verdict_text.ts";
import { acceleratorWith, epochWith, hostWith, MIB, totalsWith } from "../helpers/epoch_records.ts";
import { randomSource } from "../helpers/random_source.ts";

/** Returns the facts of a run that waited half of the time for a device that did all the delivering. */
function factsWith(changes: Partial<VerdictFacts> = {}): VerdictFacts {
  return {
    storageWaitPercent: 50,
    decodeWaitPercent: 0,
    preprocessWaitPercent: 0,
    windowWaitPercent: 0,
    barrierWaitPercent: 0,
    numAccelerators: 1,
    hasDemand: true,
    isSynthetic: false,
    avoidsCache: false,
    readThreads: 4,
    windowBatches: 4,
    batchesInHand: 4,
    fedAccelerators: 0.7,
    workNs: 8e9,
    decodePercent: 10,
    cpuPercent: 10,
    runDelayPercent: 0,
    windowIdlePercent: 0,
    readsInFlight: 3.6,
    availableCores: 8,
    usedCores: 1,
    hostBusyPercent: 15,
    stealPercent: 0,
    throttledPercent: 0,
    memoryPercent: 0,
    requestedBytesPerSecond: 100 * MIB,
    deliveredBytesPerSecond: 100 * MIB,
    ...changes,
  };
}

const UNTOLD = { cpuPercent: undefined, runDelayPercent: undefined };
const LINK = { name: "eth0", receivedBytesPerSecond: 90, linkBytesPerSecond: 100 };

// Why, the facts, the limit.
const LIMITS: readonly (readonly [why: string, changes: Partial<VerdictFacts>, limit: Limit])[] = [
  ["readers were blocked", {}, "storage"],

  ["4.9 % of the time was lost", { storageWaitPercent: 4.9 }, "none"],
  ["5 % of the time was lost", { storageWaitPercent: 5 }, "storage"],
  ["the whole time was lost, as steps take none", { storageWaitPercent: 100, hasDemand: false }, "storage"],
  ["steps take no time, and none was measured", { storageWaitPercent: 0, hasDemand: false }, "storage"],
  [
    "each of 8 accelerators was late in its turn and the others waited for it",
    { storageWaitPercent: 4, barrierWaitPercent: 28, numAccelerators: 8 },
    "storage",
  ],
  [
    "steps differ in length, and hardly any batch was late",
    { storageWaitPercent: 0.5, barrierWaitPercent: 28, numAccelerators: 8 },
    "none",
  ],
  [
    "a single accelerator waits for no other",
    { storageWaitPercent: 4, barrierWaitPercent: 0 },
    "none",
  ],

  [
    "most waits were for the window, but no core was left to fetch with",
    { storageWaitPercent: 20, windowWaitPercent: 30, usedCores: 7.2, cpuPercent: 80 },
    "client_cpu",
  ],
  [
    "… as others had the cores",
    {
      storageWaitPercent: 20,
      windowWaitPercent: 30,
      hostBusyPercent: 90,
      cpuPercent: 20,
      runDelayPercent: 70,
    },
    "client_cpu",
  ],
  [
    "… some of a core was",
    { storageWaitPercent: 20, windowWaitPercent: 30, usedCores: 7.1, cpuPercent: 80 },
    "prefetch_window",
  ],
  ["half of the waits were for the window", { storageWaitPercent: 25, windowWaitPercent: 25 }, "storage"],
  [
    "more than half were for the window",
    { storageWaitPercent: 24.9, windowWaitPercent: 25 },
    "prefetch_window",
  ],
  [
    "half were for preprocessing",
    { storageWaitPercent: 25, preprocessWaitPercent: 25 },
    "storage",
  ],
  [
    "more than half were for preprocessing",
    { storageWaitPercent: 24.9, preprocessWaitPercent: 25 },
    "preprocessing",
  ],

  ["readers were on a core half of the time", { cpuPercent: 50 }, "storage"],
  ["readers were on a core for more than half", { cpuPercent: 50.1 }, "client_cpu"],
  ["readers had no core", { cpuPercent: 20, runDelayPercent: 31 }, "client_cpu"],
  ["long reads while on a core are copies", { storageWaitPercent: 50, cpuPercent: 95 }, "client_cpu"],
  ["memory served most of the bytes, a slow device the others", { memoryPercent: 98.9 }, "storage"],
  ["memory served all but 1 %", { memoryPercent: 99 }, "client_cpu"],
  ["it is not known what served them", { memoryPercent: undefined }, "storage"],

  ["the kernel does not tell of threads", UNTOLD, "storage"],
  ["… and the host was busy", { ...UNTOLD, hostBusyPercent: 90 }, "client_cpu"],
  ["… and it is not known how busy", { ...UNTOLD, hostBusyPercent: undefined }, "storage"],
  [
    "… and decode took as long as reading",
    { ...UNTOLD, storageWaitPercent: 25, decodeWaitPercent: 25 },
    "storage",
  ],
  ["… and longer", { ...UNTOLD, storageWaitPercent: 25, decodeWaitPercent: 26 }, "client_cpu"],
  ["… and memory served half of the bytes", { ...UNTOLD, memoryPercent: 50 }, "storage"],
  ["… and memory served more", { ...UNTOLD, memoryPercent: 50.1 }, "client_cpu"],
  ["single reads were not measured", { workNs: 0 }, "storage"],

  ["nothing was read", { isSynthetic: true }, "client_cpu"],
  ["nothing was read, and nothing waited", { isSynthetic: true, storageWaitPercent: 1 }, "none"],
  ["… or waited for the window", { isSynthetic: true, windowWaitPercent: 51 }, "prefetch_window"],

  ["a link was full", { link: LINK }, "network"],
  ["a link was nearly full", { link: { ...LINK, receivedBytesPerSecond: 89.9 } }, "storage"],
  [
    "a link was full of this run's bytes, half of them",
    { link: LINK, deliveredBytesPerSecond: 45 },
    "network",
  ],
  ["a link was full of the bytes of others", { link: LINK, deliveredBytesPerSecond: 44 }, "storage"],
  ["a link was full, but the readers were not blocked", { link: LINK, cpuPercent: 80 }, "client_cpu"],
];

test("limitOf() names the limit at each border", () => {
  for (const [why, changes, limit] of LIMITS) {
    assert.equal(limitOf(factsWith(changes)), limit, why);
  }
});

test("lossPercent() counts as many waits for others as late batches can have caused", () => {
  const table: [waits: number, barrier: number, accelerators: number, loss: number][] = [
    [10, 0, 1, 10],
    [10, 30, 4, 40],
    [10, 31, 4, 40],
    [10, 20, 4, 30],
    [0, 20, 4, 0],
  ];
  for (const [storageWaitPercent, barrierWaitPercent, numAccelerators, loss] of table) {
    assert.equal(lossPercent(factsWith({ storageWaitPercent, barrierWaitPercent, numAccelerators })), loss);
  }
});

test("evidenceFor() and adviceFor() have figures and keys for each limit", () => {
  const table: [Limit, Partial<VerdictFacts>, evidence: RegExp, advice: RegExp][] = [
    [
      "storage",
      {},
      /blocked for 90 % .* on a core for 10 %.*100 MiB\/s came with 3\.6 readers fetching/s,
      /^reader\.read_threads=8: /,
    ],
    ["storage", UNTOLD, /^50 % of the time lost to reads, 0\.0 % to decode/, /70 % of what one accelerator/],
    [
      "storage",
      { fedAccelerators: 2.9, numAccelerators: 4 },
      /1\.00 of 8 cores used/,
      /-n 2: .* 2 accelerators/,
    ],
    ["storage", { fedAccelerators: undefined }, /blocked/, /^reader\.read_threads=8: [^|]*$/],
    ["storage", { windowWaitPercent: 20 }, /blocked/, /reader\.prefetch_size=8: part/],
    ["storage", { memoryPercent: 60 }, /memory, not storage, served 60 %/, /^reader\.page_cache=evict/],
    [
      "storage",
      { link: LINK, deliveredBytesPerSecond: 1 },
      /eth0 was 90 % full, with bytes of others/,
      /^reader\.read_threads=8/,
    ],
    [
      "client_cpu",
      { cpuPercent: 60, usedCores: 7, decodePercent: 70 },
      /7\.00 of 8 cores.*decoding took 70 %/s,
      /^a client with more.*decode=none/s,
    ],
    [
      "client_cpu",
      { cpuPercent: 60 },
      /on a core for 60 %/,
      /^reader\.read_threads=8: cores were free.*mlps ceiling/s,
    ],
    ["client_cpu", { memoryPercent: 99 }, /memory, not storage, served 99 %/, /^reader\.page_cache=evict/],
    [
      "client_cpu",
      { cpuPercent: 60, stealPercent: 20, throttledPercent: 30 },
      /hypervisor took 20 %.*quota .* 30 %/s,
      /./,
    ],
    ["none", { isSynthetic: true, storageWaitPercent: 1 }, /^nothing was read/, /^-n 2/],
    ["client_cpu", { isSynthetic: true }, /^nothing was read/, /^(?!.*page_cache).*$/s],
    [
      "prefetch_window",
      { windowWaitPercent: 60, batchesInHand: 30 },
      /^55 % of the waits/,
      /^reader\.prefetch_size=60 /,
    ],
    ["prefetch_window", { windowWaitPercent: 60 }, /the window is 4 batches/, /^reader\.prefetch_size=8 /],
    ["preprocessing", { preprocessWaitPercent: 60 }, /^55 % of the waits/, /^reader\.read_threads=8/],
    [
      "network",
      { link: LINK, fedAccelerators: 3, numAccelerators: 8 },
      /^eth0 received 90\.0 B\/s, 90 % of its link rate/,
      /^a faster link.*\n-n 3: /s,
    ],
    ["none", { storageWaitPercent: 1 }, /^accelerators waited 1\.0 %/, /^-n 2: /],
    ["none", { storageWaitPercent: 1, memoryPercent: 100 }, /memory/, /^reader\.page_cache=evict.*-n 2/s],
    [
      "none",
      { storageWaitPercent: 1, memoryPercent: 100, avoidsCache: true },
      /memory/,
      /^another data folder/,
    ],
    [
      "none",
      { storageWaitPercent: 0, barrierWaitPercent: 20, numAccelerators: 4 },
      /20 % went to accelerators/,
      /-n 8/,
    ],
    ["storage", { hasDemand: false }, /steps take no time/, /./],
  ];
  for (const [limit, changes, evidence, advice] of table) {
    const facts = factsWith(changes);
    assert.equal(limitOf(facts), limit);
    assert.match(evidenceFor(limit, facts).join("|\n"), evidence);
    assert.match(adviceFor(limit, facts).join("|\n"), advice);
  }
});

test("adviceFor() asks for free cores where a full client makes readers late for the window", () => {
  const facts = factsWith({ windowWaitPercent: 60, hostBusyPercent: 96 });
  assert.match(evidenceFor("prefetch_window", facts).at(-1)!, /host CPU 96 % busy/);
  assert.match(adviceFor("prefetch_window", facts)[1], /^free cores on the client/);
  assert.equal(adviceFor("prefetch_window", { ...facts, hostBusyPercent: 20 }).length, 1);
});

function inputWith(changes: Partial<VerdictInput> = {}): VerdictInput {
  return {
    epochs: [epochWith()],
    numAccelerators: 1,
    readThreads: 4,
    windowBatches: 4,
    batchSize: 1000,
    demandSamplesPerSecond: 125_000,
    requiredAuPercent: 70,
    availableCores: 2,
    isSynthetic: false,
    ...changes,
  };
}

test("verdictFacts() reduces the epochs to shares", () => {
  const reader = totalsWith({
    readNs: 1e9,
    decodeNs: 0.5e9,
    footerNs: 0.5e9,
    cpuNs: 0.5e9,
    runDelayNs: 0.2e9,
  });
  const readers = [{ ...reader, hasThreadTimes: 1 }, { ...reader, hasThreadTimes: 1 }];
  const totals = totalsWith({
    readNs: 2e9,
    decodeNs: 1e9,
    footerNs: 1e9,
    cpuNs: 1e9,
    runDelayNs: 0.4e9,
    windowWaitNs: 0.5e9,
    extents: 50,
    samples: 100_000,
  });
  const host = hostWith({
    userSeconds: 2,
    systemSeconds: 1,
    hostTicks: 400,
    hostBusyTicks: 100,
    stealTicks: 20,
    throttledNs: 0.4e9,
    interfaces: [
      { name: "eth0", receivedBytes: 1000, linkBytesPerSecond: 10_000 },
      { name: "eth1", receivedBytes: 8000, linkBytesPerSecond: 10_000 },
      { name: "eth2", receivedBytes: 10_000 },
    ],
  });
  const epoch = epochWith({ readers, totals, host, deviceBytes: 55 * MIB });
  const facts = verdictFacts(inputWith({ epochs: [epoch, epoch] }))!;
  const rounded = Object.fromEntries(
    Object.entries(facts).map((
      [name, fact],
    ) => [name, typeof fact === "number" ? Math.round(fact * 1e6) / 1e6 : fact]),
  );
  assert.deepEqual(rounded, {
    storageWaitPercent: 12.5,
    decodeWaitPercent: 5,
    preprocessWaitPercent: 0,
    windowWaitPercent: 0,
    barrierWaitPercent: 2.5,
    numAccelerators: 1,
    hasDemand: true,
    isSynthetic: false,
    avoidsCache: false,
    readThreads: 4,
    windowBatches: 4,
    batchesInHand: 8, // 4 readers with 2,000 samples each
    fedAccelerators: 1.142857, // 100,000 of 87,500 samples/s
    workNs: 8e9,
    decodePercent: 25,
    cpuPercent: 25,
    runDelayPercent: 16.25, // 10, and of what was stolen of 25 as much as of all 20 that were given
    windowIdlePercent: 12.5,
    readsInFlight: 1,
    availableCores: 2,
    usedCores: 1.5,
    hostBusyPercent: 25,
    stealPercent: 5,
    throttledPercent: 10,
    memoryPercent: 50,
    requestedBytesPerSecond: 55 * MIB,
    deliveredBytesPerSecond: 27.5 * MIB,
    link: { name: "eth1", receivedBytesPerSecond: 4000, linkBytesPerSecond: 10_000 },
  });
  assert.equal(Math.round(blockedPercent(facts)!), 59);
});

test("verdictFacts() does not take stolen time for waiting for storage, nor more for work than there was", () => {
  // cpu, delay, and of 100 busy ticks those stolen; on a core, without one, blocked: in percent of 10 s of work.
  const table: [cpuNs: number, runDelayNs: number, stealTicks: number | undefined, shares: number[]][] = [
    [3e9, 1e9, undefined, [30, 10, 60]],
    [3e9, 1e9, 0, [30, 10, 60]],
    [3e9, 1e9, 50, [30, 40, 30]],
    [0, 0, 100, [0, 0, 100]],
    [10e9, 30e9, 0, [25, 75, 0]],
    [3e9, 1e9, 95, [3e9 / 61e9 * 100, 58e9 / 61e9 * 100, 0]],
  ];
  for (const [cpuNs, runDelayNs, stealTicks, shares] of table) {
    const work = { readNs: 10e9, decodeNs: 0, footerNs: 0, cpuNs, runDelayNs, hasThreadTimes: 1 };
    const host = hostWith({ hostTicks: 200, hostBusyTicks: 100, stealTicks });
    const facts = verdictFacts(inputWith({ epochs: [epochWith({ totals: totalsWith(work), host })] }))!;
    const found = [facts.cpuPercent!, facts.runDelayPercent!, blockedPercent(facts)!];
    found.forEach((share, index) => assert.ok(Math.abs(share - shares[index]) < 1e-9, `${found}: ${shares}`));
  }
});

test("verdictFacts() leaves out what one epoch or one reader does not tell", () => {
  const told = { ...totalsWith(), hasThreadTimes: 1 };
  const { cpuPercent, runDelayPercent } = verdictFacts(
    inputWith({ epochs: [epochWith({ readers: [told, totalsWith()] })] }),
  )!;
  assert.deepEqual([cpuPercent, runDelayPercent], [undefined, undefined]);
  const facts = verdictFacts(inputWith({
    epochs: [epochWith({ deviceBytes: undefined, host: hostWith() }), epochWith()],
    demandSamplesPerSecond: undefined,
  }))!;
  assert.deepEqual([facts.memoryPercent, facts.hostBusyPercent, facts.stealPercent], [
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual([facts.link, facts.fedAccelerators, facts.hasDemand], [undefined, undefined, false]);
});

test("verdictFacts() does not let read-ahead of one epoch make up for memory in another", () => {
  const epochs = [300 * MIB, 0].map((deviceBytes) => epochWith({ deviceBytes }));
  assert.equal(verdictFacts(inputWith({ epochs }))!.memoryPercent, 50);
});

test("verdictOf() has no verdict where nothing was measured", () => {
  assert.equal(verdictOf(inputWith({ epochs: [] })), undefined);
  const uncounted = acceleratorWith({ countedSteps: 0 });
  assert.equal(verdictOf(inputWith({ epochs: [epochWith({ accelerators: [uncounted] })] })), undefined);
  const judged = verdictOf(
    inputWith({ epochs: [epochWith({ accelerators: [uncounted, acceleratorWith()] })] }),
  );
  assert.equal(judged!.limit, "storage");
});

test("limitOf() never names storage where memory served the bytes, and always has figures and advice", () => {
  const random = randomSource(5).fraction;
  const limits = new Set<Limit>();
  const maybe = (value: number) => random() < 0.2 ? undefined : value;
  for (let round = 0; round < 5000; round++) {
    const cuts = Array.from({ length: 5 }, () => random() ** 3);
    const total = cuts.reduce((sum, cut) => sum + cut, random());
    const [storage, decode, preprocess, window, barrier] = cuts.map((cut) => cut / total * 100);
    const facts = factsWith({
      storageWaitPercent: storage,
      decodeWaitPercent: decode,
      preprocessWaitPercent: preprocess,
      windowWaitPercent: window,
      barrierWaitPercent: barrier,
      numAccelerators: 1 + Math.floor(random() * 4),
      hasDemand: random() < 0.8,
      isSynthetic: random() < 0.1,
      workNs: random() < 0.1 ? 0 : 1e9,
      cpuPercent: maybe(random() * 120),
      runDelayPercent: maybe(random() * 50),
      decodePercent: random() * 100,
      hostBusyPercent: maybe(random() * 100),
      memoryPercent: maybe(random() * 100),
      fedAccelerators: maybe(random() * 4),
      link: random() < 0.3 ? { ...LINK, receivedBytesPerSecond: random() * 120 } : undefined,
    });
    const limit = limitOf(facts);
    limits.add(limit);
    if (facts.memoryPercent !== undefined && facts.memoryPercent > 99) {
      assert.ok(limit !== "storage" && limit !== "network");
    }
    for (const texts of [evidenceFor(limit, facts), adviceFor(limit, facts)]) {
      assert.ok(texts.length > 0);
      for (const text of texts) assert.doesNotMatch(text, /NaN|undefined|Infinity/);
    }
  }
  assert.deepEqual([...limits].sort(), [
    "client_cpu",
    "network",
    "none",
    "prefetch_window",
    "preprocessing",
    "storage",
  ]);
});
