import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Chart, chartsOverTime, chartUtilization } from "../../lib/report/html_charts.ts";
import { Html, joinUnits, markup, renderScriptJson } from "../../lib/report/html_markup.ts";
import { renderHtml } from "../../lib/report/html_page.ts";
import {
  acceleratorWith,
  epochWith,
  evaluationWith,
  histogramOf,
  summaryInputWith,
} from "../helpers/epoch_records.ts";
import { resultWith, secondWith, sourcesOf, summaryWith } from "../helpers/results.ts";

const EVIL = `</script><script>alert(1)</script><img src=x onerror='alert("2")'>&amp;`;

test("markup() escapes texts and keeps what is markup", () => {
  const inner = markup`<b>${EVIL}</b>`;
  assert.equal(
    inner.text,
    "<b>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(&quot;2&quot;)&#39;&gt;&amp;amp;</b>",
  );
  assert.equal(
    markup`<p>${inner}${[1, new Html("<i>"), null]}${undefined}</p>`.text,
    `<p>${inner.text}1<i></p>`,
  );
});

test("renderScriptJson() ends no script element", () => {
  const { text } = renderScriptJson({ EVIL });
  assert.ok(!text.includes("<"));
  assert.deepEqual(JSON.parse(text), { EVIL });
});

test("joinUnits() keeps numbers and units together", () => {
  assert.equal(
    joinUnits("81 % of 2.86 MiB in 3 s, 4 files, 5 k"),
    "81\u00a0% of 2.86\u00a0MiB in 3\u00a0s, 4 files, 5\u00a0k",
  );
});

test("renderHtml() shows any text as text", () => {
  const { dataset, workload, host } = summaryInputWith();
  const result = {
    ...resultWith({
      workload: { ...workload, name: EVIL, source: EVIL, configuration: { [EVIL]: EVIL } },
      dataset: { ...dataset, folder: EVIL, warnings: [EVIL] },
      host: { ...host, hostname: EVIL },
      status: "failed",
      error: EVIL,
      commandLine: [EVIL],
    }),
    path: EVIL,
  };
  for (
    const page of [
      renderHtml(sourcesOf(result), { version: EVIL }),
      renderHtml(sourcesOf(result, result), { version: "1" }),
    ]
  ) {
    assert.ok(!page.includes("alert(1)</script>"));
    assert.ok(!page.includes("<img"));
    assert.equal(page.match(/<script/g)?.length, 3);
  }
});

test("renderHtml() names no address but its own anchors", () => {
  const page = renderHtml(sourcesOf(resultWith(), resultWith()), { version: "1.2.3" });
  for (const [, target] of page.matchAll(/\b(?:src|href)="([^"]*)"/g)) assert.match(target, /^(#|data:,$)/);
  assert.doesNotMatch(page, /url\(|@import|https?:\/\/(?!github\.com\/leeoniya\/uPlot)/);
});

test("renderHtml() leaves out what a result does not tell", () => {
  const titlesOf = (changes: Parameters<typeof summaryInputWith>[0], hasSeries = true) =>
    [
      ...renderHtml(sourcesOf(resultWith(changes, hasSeries ? undefined : [])), { version: "1" }).matchAll(
        /<h[23]>([^<]*)</g,
      ),
    ]
      .map(([, title]) => title);
  assert.deepEqual(titlesOf({}), [
    "Yes: this storage feeds 1 accelerator",
    "Where the time went",
    "Over the time of the run",
    "How long reads took",
    "Was it really storage?",
    "Did the client keep up?",
    "Environment",
  ]);
  assert.deepEqual(titlesOf({ epochs: [], status: "failed" }, false), [
    "No verdict: no epoch was completed",
    "Environment",
  ]);
  const synthetic = titlesOf({
    dataset: { ...summaryInputWith().dataset, origin: "synthetic" },
    epochs: [epochWith({ histograms: { ...epochWith().histograms, read: histogramOf() } })],
  });
  assert.ok(!synthetic.includes("Was it really storage?") && !synthetic.includes("How long reads took"));
});

/** Returns the relative luminance of "#rrggbb", as WCAG 2.2 defines it. */
function luminanceOf(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(one: string, other: string): number {
  const [dark, light] = [luminanceOf(one), luminanceOf(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test("the colours of the report have the contrast of WCAG AA on screens of both kinds and on paper", () => {
  const css = fs.readFileSync(join(import.meta.dirname!, "../../lib/report/html_style.css"), "utf8");
  const themes = [...css.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) =>
    Object.fromEntries(
      [...block.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, colour]) => [name, colour]),
    )
  );
  assert.equal(themes.length, 3);
  const fills = ["green", "blue", "orange", "teal", "purple", "grey", "red", "amber"];
  const pairs = [
    ...["ink", "soft", "blue"].flatMap((text) => [[text, "page"], [text, "card"]]),
    ...["green", "red", "amber"].map((tone) => [tone, `${tone}-tint`]),
    ...fills.map((fill) => ["card", fill]), // labels in bars
    ["ink", "line-strong"],
  ];
  for (const theme of themes) {
    for (const [text, ground] of pairs) {
      const contrast = contrastOf(theme[text], theme[ground]);
      assert.ok(
        contrast >= 4.5,
        `${text} ${theme[text]} on ${ground} ${theme[ground]}: ${contrast.toFixed(2)}`,
      );
    }
  }
});

/** Returns the values of a line of a chart. */
function lineOf(charts: readonly Chart[], title: string, label: string) {
  const line = charts.find((chart) => chart.title === title)?.lines.find((candidate) =>
    candidate.label === label
  );
  assert.ok(line !== undefined, `${title}: ${label}`);
  return line.values;
}

test("chartUtilization() has a dot for each accelerator and epoch; one alone is no chart", () => {
  const epochs = [1, 2, 3].map((epoch) =>
    epochWith({ epoch, accelerators: [acceleratorWith(), acceleratorWith({ computeNs: 0.5e9 })] })
  );
  const chart = chartUtilization(summaryWith({ numAccelerators: 2, epochs }))!;
  assert.deepEqual(chart.x, [1, 2, 3]);
  assert.deepEqual(chart.lines.map(({ label, values }) => [label, ...values]), [
    ["an accelerator", 80, 80, 80],
    ["an accelerator", 50, 50, 50],
    ["mean", 65, 65, 65],
    ["wanted", 70, 70, 70],
  ]);
  assert.equal(chartUtilization(summaryWith()), undefined);
});

test("chartsOverTime() lays the epochs one after another, evaluations between them, with gaps", () => {
  const at = (seconds: number) =>
    new Date(Date.parse("2026-07-04T05:01:06.000Z") + seconds * 1000).toISOString();
  const result = resultWith({
    epochs: [epochWith(), epochWith({ epoch: 2, startedAt: at(10) })],
    evaluation: { ...evaluationWith(), epochs: [epochWith({ startedAt: at(5) })] },
  }, [
    secondWith(),
    secondWith({ elapsed_seconds: 2 }),
    secondWith({ phase: "evaluation" }),
    secondWith({ epoch: 2 }),
  ]);
  const [chart] = chartsOverTime(result);
  assert.deepEqual(chart.x, [0, 0.5, 1.5, 5, 5.5, 10, 10.5]);
  assert.deepEqual(lineOf([chart], "Samples per second", "consumed"), [null, 5e4, 5e4, null, 5e4, null, 5e4]);
  assert.deepEqual(chart.marks, [{ at: 0, label: "epoch 1" }, { at: 5, label: "eval" }, {
    at: 10,
    label: "epoch 2",
  }]);
});

test("chartsOverTime() has ascending times whatever the clock of the host did", () => {
  const back = new Date(Date.parse("2026-07-04T05:01:06.000Z") - 3600e3).toISOString();
  const result = resultWith({ epochs: [epochWith(), epochWith({ epoch: 2, startedAt: back })] }, [
    secondWith(),
    secondWith({ epoch: 2 }),
    secondWith({ epoch: 3 }), // the summary of a run that was killed knows of two
  ]);
  const [{ x }] = chartsOverTime(result);
  assert.deepEqual(x, x.toSorted((a, b) => a - b));
});

test("chartsOverTime() thins a long run, keeping means of rates and the highest latencies", () => {
  const numSeconds = 7200;
  const series = Array.from({ length: numSeconds }, (_, index) =>
    secondWith({
      elapsed_seconds: index + 1,
      samples_per_second: index % 2 === 0 ? 100 : 300,
      read_max_us: index === 5000 ? 9999 : 100,
      read_p99_us: 90,
    }));
  const charts = chartsOverTime(resultWith({}, series));
  assert.ok(charts[0].x.length <= 1001, String(charts[0].x.length));
  const rates = lineOf(charts, "Samples per second", "consumed").filter((value) => value !== null);
  assert.ok(rates.every((rate) => rate === 200), "each point stands for as many seconds of each rate");
  assert.equal(Math.max(...lineOf(charts, "Latency of reads", "longest").map(Number)), 9999);
});

test("chartsOverTime() has no point where a second tells nothing", () => {
  const charts = chartsOverTime(resultWith({}, [
    secondWith({ device_bytes_per_second: null }),
    secondWith({ elapsed_seconds: 2, read_p50_us: 0, read_p99_us: 0, read_max_us: 0 }),
  ]));
  assert.deepEqual(lineOf(charts, "Bytes per second", "from the device"), [null, null, 2_097_000]);
  assert.deepEqual(lineOf(charts, "Latency of reads", "p50"), [null, 100, null]);
  assert.deepEqual(chartsOverTime(resultWith({}, [])), []);
});

test("renderHtml() says who told what the device delivered, and that nobody did", () => {
  const table = [["process", /kernel accounts for this process/], ["nfs", /counts for this mount/], [
    "unknown",
    /Nobody accounts what the device delivered/,
  ]] as const;
  for (const [deviceSource, said] of table) {
    const result = resultWith({ epochs: [epochWith({ deviceSource })] });
    assert.match(renderHtml(sourcesOf(result), { version: "1" }), said);
  }
});
