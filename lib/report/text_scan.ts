// The result of a scan as a person reads it: the answer, what ended the search, how sure that is, the curve.
import { formatBytesPerSecond, formatCount, formatNs, NS_PER_US } from "../base/units.ts";
import { KNEE_SHARE, type Scan } from "../metrics/scan.ts";
import type { ScanPoint } from "../metrics/scan_points.ts";
import type { Limit } from "../metrics/verdict_limit.ts";
import { countOf } from "./answer.ts";
import {
  answerText,
  clientTexts,
  endTexts,
  FEW_STEPS,
  rateTexts,
  sureTexts,
  tryTexts,
} from "./text_scan_answer.ts";
import { renderLabelled, renderTable, shortenMiddle, TEXT_COLUMNS, wrapText } from "./text_table.ts";

const BAR_COLUMNS = 16, MAX_VALUE_CHARACTERS = 24;
/** Keys that decide how the page cache is used; where one is varied, no run speaks for the others. */
const CACHE_KEYS: ReadonlySet<string> = new Set(["reader.page_cache", "reader.odirect"]);

/** What limited a point, short enough for a column. */
const SHORT_LIMITS: Readonly<Record<Limit, string>> = {
  storage: "storage",
  client_cpu: "client",
  prefetch_window: "window",
  network: "network",
  preprocessing: "preproc.",
  none: "none",
};

/** Returns the result as lines of at most 80 columns. */
export function renderScan(scan: Scan): string[] {
  const { workload, key, answer, status } = scan;
  const subject = answer === null ? key : "how many accelerators does it feed?";
  const state = status === "complete" ? "" : `, ${status.toUpperCase()}`;
  return [
    ...wrapText(`${workload}: ${subject}${state}`, TEXT_COLUMNS),
    "",
    ...describeScan(scan).flatMap(([label, texts]) => renderLabelled(label, texts)),
    "",
    ...renderPoints(scan),
    ...renderDoubts(scan),
  ];
}

/** Returns what a scan tells, each with its name, the answer first; nothing behind a name that has nothing to tell. */
export function describeScan(scan: Scan): (readonly [label: string, texts: readonly string[]])[] {
  const { answer, error } = scan;
  return [
    ["stopped", error === null ? [] : [error]],
    ...(answer === null ? [["best", bestTexts(scan)] as const] : [
      ["answer", [answerText(answer, scan), ...rateTexts(answer)]],
      ["ended by", endTexts(answer, scan)],
      ["client", clientTexts(answer)],
      ["sure", sureTexts(answer, scan)],
      ["try", tryTexts(answer)],
    ] as const),
    ["knee", kneeTexts(scan)],
    ["runs", [runsText(scan)]],
  ];
}

const ALIKE_PERCENT = ((1 - KNEE_SHARE) * 100).toFixed(0);

function bestTexts({ points, key }: Scan): string[] {
  const measured = points.filter(({ samples_per_second: rate }) => rate !== null);
  if (measured.length === 0) return [];
  const best = measured.reduce((a, b) => b.samples_per_second!.mean > a.samples_per_second!.mean ? b : a);
  const alike = measured.filter((point) =>
    point !== best && point.samples_per_second!.mean >= best.samples_per_second!.mean * KNEE_SHARE
  );
  const nameOf = ({ value }: ScanPoint) => shortenMiddle(String(value), MAX_VALUE_CHARACTERS);
  return [
    `${key}=${nameOf(best)}: ${formatCount(best.samples_per_second!.mean)} samples/s`,
    ...(alike.length === 0
      ? []
      : [`as good, within ${ALIKE_PERCENT} % of it: ${alike.map(nameOf).join(", ")}`]),
  ];
}

function kneeTexts({ knee, points, answer }: Scan): string[] {
  if (knee !== null) {
    const share = `${knee.share_percentage.toFixed(0)} % of the best rate`;
    return [
      knee.value === knee.best_value ? `${knee.value}: the best rate` : `${knee.value}: ${share}`,
    ];
  }
  const isCurve = points.length > 2 && points.every(({ value }) => typeof value === "number");
  return isCurve && answer === null ? ["none: the rate still rises with the largest value"] : [];
}

function runsText({ seconds_per_run, page_cache, direct_io, points, key, answer }: Scan): string {
  const count = points.reduce((sum, { runs }) => sum + runs.length, 0);
  const load = answer === null ? `, ${countOf(points[0].num_accelerators, "accelerator")}` : "";
  const cache = CACHE_KEYS.has(key)
    ? ""
    : direct_io
    ? ", past the page cache"
    : `, reader.page_cache=${page_cache}`;
  return `${countOf(count, "run")} of ${formatNs(seconds_per_run * 1e9)} or more${load}${cache}`;
}

function renderPoints(scan: Scan): string[] {
  const { points, key, answer } = scan;
  const isSearch = answer !== null;
  const best = Math.max(...points.map(({ samples_per_second: rate }) => rate?.mean ?? 0));
  const barOf = ({ au_percentage: au, samples_per_second: rate }: ScanPoint) =>
    isSearch ? bar((au?.mean ?? 0) / 100) : bar(best > 0 ? (rate?.mean ?? 0) / best : 0);
  return renderTable(
    [
      isSearch
        ? { title: "n", align: "right" }
        : { title: key.split(".").at(-1)!, align: "right", fit: "shorten" },
      { title: "AU %", align: "right" },
      { title: "" },
      { title: "samples/s", align: "right" },
      { title: "read", align: "right" },
      { title: "p99", align: "right" },
      { title: isSearch ? "" : "limit" },
    ],
    points.map((point) => {
      const { value, au_percentage: au, samples_per_second: rate, read_p99_us: p99 } = point;
      const useful = point.useful_bytes_per_second;
      return [
        String(value),
        au === null || point.state === null ? "" : au.mean.toFixed(1),
        barOf(point),
        rate === null ? "" : formatCount(rate.mean),
        useful === null ? "" : formatBytesPerSecond(useful),
        p99 === null ? "" : formatNs(p99 * NS_PER_US),
        isSearch ? resultText(point) : limitText(point),
      ];
    }),
  );
}

function resultText(point: ScanPoint): string {
  if (point.state !== "fail") return point.state ?? "";
  return `FAIL, ${limitText(point)}`;
}

function limitText({ limit }: ScanPoint): string {
  return limit === null ? "" : SHORT_LIMITS[limit as Limit];
}

function bar(share: number): string {
  return "#".repeat(Math.round(Math.max(0, Math.min(1, share)) * BAR_COLUMNS));
}

/** What takes the figures their meaning. */
function renderDoubts({ answer, points, key, page_cache, direct_io, dataset_origin }: Scan): string[] {
  const fromMemory = points.filter(({ warnings, value }) =>
    warnings.includes("served_from_memory") && (answer === null || Number(value) >= answer.num_accelerators)
  );
  const isLeftOut = !CACHE_KEYS.has(key) && (direct_io || page_cache !== "keep");
  const judged = answer === null
    ? points
    : [points.find(({ value }) => Number(value) > answer.num_accelerators) ?? points[points.length - 1]];
  const fewestSteps = Math.min(...judged.map((point) => point.steps_per_epoch));
  return [
    ...(fromMemory.length > 0 && dataset_origin !== "synthetic"
      ? [
        `memory, not storage, served reads of the runs with ${answer === null ? key : "n"}=` +
        `${
          fromMemory.map(({ value }) => shortenMiddle(String(value), MAX_VALUE_CHARACTERS)).join(", ")
        }: the ` +
        "figures are not those of the storage" + (isLeftOut
          ? ", though the page cache had been left out. The results of each run tell how much"
          : ". Use reader.page_cache=evict or reader.odirect=true, or a dataset far larger than memory"),
      ]
      : []),
    ...(fewestSteps < FEW_STEPS
      ? [
        `an epoch of this dataset has only ${
          countOf(fewestSteps, "step")
        } for so many accelerators, so that ` +
        "its beginning weighs much: raise dataset.num_files_train",
      ]
      : []),
  ].flatMap((text) => ["", ...wrapText(`Warning: ${text}`, TEXT_COLUMNS - 2)]);
}
