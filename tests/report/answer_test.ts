import assert from "node:assert/strict";
import { test } from "node:test";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import { answerOf } from "../../lib/report/answer.ts";
import {
  acceleratorWith,
  environmentWith,
  epochWith,
  hostWith,
  summaryInputWith,
  totalsWith,
} from "../helpers/epoch_records.ts";
import { summaryWith } from "../helpers/results.ts";

/** An epoch of two accelerators that wait for storage half of the time, with readers that are blocked in reads. */
const STARVED = epochWith({
  accelerators: [1, 2].map(() =>
    acceleratorWith({
      computeNs: 0.5e9,
      storageWaitNs: 0.5e9,
      barrierWaitNs: 0,
      decodeWaitNs: 0,
      measuredNs: 1e9,
    })
  ),
});
const cases: [
  name: string,
  changes: Partial<SummaryInput>,
  label: string,
  headline: RegExp,
  detail: RegExp,
][] = [
  [
    "a pass",
    {},
    "Pass",
    /^Yes: this storage feeds 1 accelerator$/,
    /80\.0 % of the time \(AU\), 70 % wanted\.$/,
  ],
  [
    "a fail",
    { numAccelerators: 2, epochs: [STARVED], requiredAuPercent: 90 },
    "Fail",
    /^No: this storage does not feed 2 accelerators/,
    /50\.0 %.*90 % wanted/,
  ],
  [
    "a fail of the client",
    {
      epochs: [epochWith({
        accelerators: [
          acceleratorWith({
            computeNs: 0.5e9,
            storageWaitNs: 0,
            windowWaitNs: 0.5e9,
            decodeWaitNs: 0,
            barrierWaitNs: 0,
          }),
        ],
      })],
    },
    "Client-limited",
    /^No verdict on the storage: the client kept 1 accelerator waiting$/,
    /the prefetch window, not the storage/,
  ],
  [
    "a run from memory, though it passed",
    { epochs: [epochWith({ deviceBytes: 0 })] },
    "READ FROM MEMORY",
    /memory served the reads/,
    /memory served 100.0 % of the bytes/,
  ],
  [
    "a pass on what may be memory",
    {
      environment: environmentWith({
        block_device: {
          name: "ram0",
          model: null,
          rotational: null,
          scheduler: null,
          read_ahead_kib: null,
          logical_block_bytes: null,
          queue_depth: null,
          memory: "ram0 is a RAM disk",
        },
      }),
    },
    "PERHAPS FROM MEMORY",
    /^No sure verdict/,
    /not known that storage/,
  ],
  [
    "a synthetic run",
    { dataset: { ...summaryInputWith().dataset, origin: "synthetic" } },
    "Synthetic",
    /^No storage was read$/,
    /mlps itself/,
  ],
  [
    "a run without an epoch",
    { epochs: [], status: "partial", error: "Interrupted by SIGINT" },
    "No verdict",
    /no epoch was completed/,
    /^Interrupted by SIGINT\.$/,
  ],
  [
    "a failed run",
    { epochs: [epochWith({ complete: false })], status: "failed", error: 'Cannot read "x": it is gone' },
    "Failed",
    /no epoch was completed/,
    /it is gone\.$/,
  ],
  [
    "a run that was cut short after an epoch",
    { numEpochs: 3, status: "partial", error: "Interrupted by SIGINT" },
    "Pass (cut short)",
    /^Yes/,
    /judged from 1 of 3 epochs/,
  ],
  [
    "a run that failed after an epoch that passed",
    { numEpochs: 3, status: "failed", error: 'Cannot read "a": EIO' },
    "Failed",
    /^No verdict: the run failed after 1 epoch$/,
    /EIO.*judged from 1 of 3 epochs/,
  ],
  [
    "steps without a computation",
    { demandSamplesPerSecond: undefined },
    "No verdict",
    /No accelerator was emulated/,
    /throughput does/,
  ],
];
for (const [name, changes, label, headline, detail] of cases) {
  test(`answerOf() answers for ${name}`, () => {
    const answer = answerOf(summaryWith(changes));
    assert.equal(answer.label, label);
    assert.match(answer.headline, headline);
    assert.match(answer.detail, detail);
  });
}

test("answerOf() never claims to feed as many as it says are not fed", () => {
  for (const numAccelerators of [1, 2, 7]) {
    // More samples than the demand times AU, as rounding or a wait for others may give.
    const answer = answerOf(summaryWith({
      numAccelerators,
      requiredAuPercent: 90,
      demandSamplesPerSecond: 10,
      epochs: [epochWith({ totals: totalsWith(), host: hostWith() })],
    }));
    const about = Number(/about (\d+)/.exec(answer.headline)?.[1] ?? 0);
    assert.ok(about < numAccelerators, answer.headline);
  }
});
