import assert from "node:assert/strict";
import { test } from "node:test";
import type { SummaryInput } from "../../lib/metrics/summary_input.ts";
import { summarize } from "../../lib/metrics/summary.ts";
import { nextSteps, sharedArguments } from "../../lib/report/next_steps.ts";
import { acceleratorWith, epochWith, hostWith, summaryInputWith } from "../helpers/epoch_records.ts";

function commandsOf(changes: Partial<SummaryInput>, folder?: string): string[] {
  const summary = summarize(summaryInputWith({ commandLine: ["run", "small", "-n", "1"], ...changes }));
  return nextSteps(summary, folder).filter((step) => /^mlps \w+ [\w/.-]+/.test(step));
}

const EASY = [
  acceleratorWith({ computeNs: 0.99e9, storageWaitNs: 0.005e9, decodeWaitNs: 0, barrierWaitNs: 0 }),
];
const SLOW = [acceleratorWith({ computeNs: 0.2e9, storageWaitNs: 0.775e9 })];
const FROM_MEMORY = { host: hostWith({ deviceReadBytes: 0 }), deviceBytes: 0 };

test("nextSteps() measures what the verdict advises, then what the answer leaves open", () => {
  const rows: readonly [changes: Partial<SummaryInput>, commands: readonly string[]][] = [
    [{}, ["mlps run small -n 1 --set reader.read_threads=8", "mlps scan small"]], // fed, limited by storage
    [
      { commandLine: ["run", "small", "-q", "--json"] },
      ["mlps run small --set reader.read_threads=8", "mlps scan small"],
    ],
    [
      {
        epochs: [
          epochWith({ accelerators: EASY }),
        ],
      },
      ["mlps run small -n 2", "mlps scan small"], // fed with ease
    ],
    [
      { epochs: [epochWith({ accelerators: SLOW })] },
      ["mlps run small -n 1 --set reader.read_threads=8", "mlps doctor data/small"],
    ],
    [
      { epochs: [epochWith(FROM_MEMORY)], pageCache: "keep" },
      ["mlps run small -n 1 --set reader.page_cache=evict"],
    ],
    [
      {
        status: "failed",
        error: "no",
        commandLine: ["run", "small", "--results-dir", "out", "--set", "a=1"],
      },
      ["mlps validate small --set a=1"],
    ],
    [{ epochs: [], status: "partial", error: "no" }, []],
    [{ commandLine: ["scan", "small"] }, []],
    [{ commandLine: [] }, []],
  ];
  for (const [at, [changes, commands]] of rows.entries()) {
    assert.deepEqual(commandsOf(changes), commands, `row ${at}`);
  }
});

test("nextSteps() offers a report of a result that lies somewhere", () => {
  const report = "mlps report results/a/b --output report.html";
  assert.equal(commandsOf({}, "results/a/b").at(-1), report);
  assert.deepEqual(
    commandsOf({ epochs: [], status: "partial", error: "no" }, "results/a/b"),
    [],
    "nothing to show",
  );
});

test("sharedArguments() keeps workload, overrides and folders, and nothing that only a run takes", () => {
  const args =
    "run dlrm ++workload.train.epochs=2 --set a=1 -n 4 --repeat 5 --bare --set=b=2 --data-dir /mnt " +
    "--num-accelerators=8 --require-au --results-dir=out -q --json";
  assert.deepEqual(
    sharedArguments(args.split(" ")).join(" "),
    "dlrm ++workload.train.epochs=2 --set a=1 --set=b=2 --data-dir /mnt --results-dir=out",
  );
});
