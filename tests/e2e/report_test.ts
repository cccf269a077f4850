// mlps report, and what a browser makes of its HTML.
import assert from "node:assert/strict";
import fs from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { assertExit, runMlps } from "../helpers/binary.ts";
import { startBrowser } from "../helpers/chromium.ts";
import { resultFolders, setting, testInFolder } from "../helpers/runs.ts";

/** Two accelerators, three epochs of half a second or so. */
const RUN = [
  "run",
  "small.yaml",
  "-n",
  "2",
  ...setting("train.epochs=3", "train.computation_time=0.02", "reader.page_cache=keep"),
];

async function makeResult(folder: string, ...args: readonly string[]): Promise<string> {
  assertExit(await runMlps([...RUN, ...args], { cwd: folder }), 0);
  return resultFolders(join(folder, "results")).at(-1)!;
}

testInFolder(
  "mlps report writes every format to stdout, and a file that it does not overwrite",
  async (folder) => {
    const result = await makeResult(folder);
    const begins: Record<string, RegExp> = {
      text: /^small: 2 accelerators, 3 epochs/,
      markdown: /^## small, 2 accelerators/,
      csv: /^result,workload,status/,
      html: /^<!doctype html>/,
      openmetrics: /^# TYPE mlps_run_info gauge/,
      fio: /^\{\n {2}"fio version": "mlps-/,
      json: /^\{\n {2}"results": \[/,
    };
    for (const [format, begin] of Object.entries(begins)) {
      const printed = await runMlps(["report", result, "--format", format], { cwd: folder });
      assertExit(printed, 0);
      assert.ok(begin.test(printed.stdout), `${format}: ${printed.stdout.slice(0, 200)}`);
      assert.equal(printed.stderr, "");
    }
    const again = await runMlps(["report", join(result, "summary.json"), "--json"], { cwd: folder });
    const [{ summary, series }] = JSON.parse(again.stdout).results;
    assert.deepEqual(summary, JSON.parse(fs.readFileSync(join(result, "summary.json"), "utf8")));
    assert.ok(series.length > 0);

    // `results/small/*` names what `mlps ceiling` stored there as well.
    const ceiling = join(result, "..", "ceiling.json");
    fs.writeFileSync(ceiling, "{}");
    const all = await runMlps(["report", ceiling, result], { cwd: folder });
    assertExit(all, 0);
    assert.match(all.stdout, begins.text);
    assert.equal(all.stderr, "Left out ceiling.json: it is no result of a run\n");

    const write = ["report", result, "--output", "report.csv"]; // whose name says that it is CSV
    const written = await runMlps(write, { cwd: folder });
    assertExit(written, 0);
    assert.equal(written.stdout, "");
    assert.match(written.stderr, /Wrote report\.csv/);
    const before = fs.readFileSync(join(folder, "report.csv"), "utf8");
    assert.match(before, begins.csv);
    const refused = await runMlps([...write, "--quiet"], { cwd: folder });
    assertExit(refused, 2);
    assert.match(refused.stderr, /report\.csv": it exists/);
    assert.equal(fs.readFileSync(join(folder, "report.csv"), "utf8"), before);
  },
);

/** A page, and what it must not do. */
interface Opened {
  readonly page: Page;
  readonly complaints: string[];
}

async function open(
  browser: Browser,
  path: string,
  { width, isDark }: { width: number; isDark: boolean },
): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme: isDark ? "dark" : "light",
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== `file://${path}` && request.url() !== "data:,") {
      complaints.push(`request: ${request.url()}`);
    }
  });
  await page.goto(`file://${path}`);
  return { page, complaints };
}

/** Returns the points of each chart that is drawn: those that it has drawn, and those that are in the data. */
function countPoints(
  page: Page,
): Promise<{ title: string; drawn: number; wanted: number; pixels: number }[]> {
  return page.evaluate(() => {
    const charts = JSON.parse(document.getElementById("charts")!.textContent!);
    return [...document.querySelectorAll<HTMLElement>("[data-chart]")].filter(({ dataset }) =>
      dataset.points !== undefined
    )
      .map((element) => {
        const { title, lines } = charts[Number(element.dataset.chart)];
        const canvas = element.querySelector("canvas");
        const { data } = canvas!.getContext("2d")!.getImageData(0, 0, canvas!.width, canvas!.height);
        return {
          title,
          drawn: Number(element.dataset.points),
          wanted: lines.flatMap(({ values }: { values: (number | null)[] }) => values)
            .filter((value: number | null) => value !== null).length,
          pixels: data.filter((value, index) => index % 4 === 3 && value > 0).length,
        };
      });
  });
}

testInFolder(
  "the HTML report draws its charts, asks for nothing, fits a phone and prints",
  async (folder, t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    try {
      const result = await makeResult(folder);
      const path = join(folder, "report.html");
      assertExit(await runMlps(["report", result, "-f", "html", "-o", path], { cwd: folder }), 0);
      for (const width of [1280, 390]) {
        for (const isDark of [false, true]) {
          const { page, complaints } = await open(browser, path, { width, isDark });
          const charts = await countPoints(page);
          assert.deepEqual(charts.map(({ title }) => title), [
            "AU by epoch",
            "Samples per second",
            "Bytes per second",
            "Latency of reads",
            "CPU cores used by the run",
          ]);
          for (const { title, drawn, wanted, pixels } of charts) {
            assert.ok(wanted > 0 && drawn === wanted, `${title}: ${drawn} of ${wanted} points`);
            assert.ok(pixels > 500, `${title}: ${pixels} pixels`);
          }
          assert.equal(
            charts[0].wanted,
            3 * (2 + 2),
            "two accelerators, their mean and what is wanted, of three epochs",
          );
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `at ${width} pixels the page is ${overflow} too wide`);
          assert.match(await page.locator("h2").first().innerText(), /memory served the reads/);
          if (width === 1280 && isDark) {
            const pdf = await page.pdf({ format: "A4", printBackground: true });
            assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
            assert.ok(pdf.length > 20_000, `${pdf.length} bytes`);
          }
          assert.deepEqual(complaints, []);
          await page.context().close();
        }
      }
    } finally {
      await browser.close();
    }
  },
);

/** Returns the texts of a column of the table of results. */
function columnOf(page: Page, index: number): Promise<string[]> {
  return page.locator(`table.sortable`).first().locator(`tbody tr td:nth-child(${index})`).allInnerTexts();
}

testInFolder(
  "the HTML report of several results sorts its table by keyboard and opens what is chosen",
  async (folder, t) => {
    const browser = await startBrowser(t);
    if (browser === undefined) return;
    try {
      await makeResult(folder);
      await makeResult(folder, "-n", "1", ...setting("train.epochs=1"));
      await makeResult(folder, "-n", "3", ...setting("train.epochs=1"));
      const path = join(folder, "all.html");
      const folders = resultFolders(join(folder, "results"));
      assertExit(await runMlps(["report", ...folders, "-f", "html", "-o", path], { cwd: folder }), 0);
      const { page, complaints } = await open(browser, path, { width: 1280, isDark: false });
      const titles = await page.locator("table.sortable").first().locator("th").allInnerTexts();
      const accelerators = titles.findIndex((title) => title.startsWith("accelerators")) + 1;
      assert.deepEqual(await columnOf(page, accelerators), ["2", "1", "3"]);
      const head = page.locator("th", { hasText: "accelerators" }).first();
      await head.locator("button").focus();
      await page.keyboard.press("Enter");
      assert.deepEqual(await columnOf(page, accelerators), ["1", "2", "3"]);
      assert.equal(await head.getAttribute("aria-sort"), "ascending");
      await page.keyboard.press("Space");
      assert.deepEqual(await columnOf(page, accelerators), ["3", "2", "1"]);
      assert.equal(await head.getAttribute("aria-sort"), "descending");

      assert.deepEqual(await countPoints(page), [], "what is closed is not drawn");
      await page.locator("tbody a").last().click(); // the run of one accelerator and one epoch has no chart of AU
      await page.waitForFunction(() => document.querySelector("details.result[open] [data-points]") !== null);
      assert.equal(await page.locator("details.result[open]").count(), 1);
      const charts = await countPoints(page);
      assert.equal(charts.length, 4);
      for (const { title, drawn, wanted } of charts) assert.equal(drawn, wanted, title);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
    }
  },
);
