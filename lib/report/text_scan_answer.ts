// What a search found, in words: how many accelerators, what ended it, how sure that is, what to try next.
import { formatInteger } from "../base/units.ts";
import type { Scan, ScanAnswer } from "../metrics/scan.ts";
import { countOf, formatPercent, LIMIT_NAMES } from "./answer.ts";

/** An epoch of fewer steps is little but its beginning. */
export const FEW_STEPS = 50;

/** Returns how many accelerators are fed. */
export function answerText(
  { num_accelerators: count, final, ended_by, served_from_memory }: ScanAnswer,
  scan: Scan,
): string {
  const wanted = `at an AU of ${scan.required_au_percentage.toFixed(0)} %`;
  if (count === 0) {
    return final ? `not even 1 accelerator ${wanted}` : `no number of accelerators has passed yet`;
  }
  const fromMemory = served_from_memory && scan.dataset_origin !== "synthetic"
    ? ", BUT READ FROM MEMORY"
    : "";
  const isOpen = !final || ended_by === "flag" || ended_by === "dataset";
  return `${isOpen ? "at least " : ""}${countOf(count, "accelerator")} ${wanted}${fromMemory}`;
}

/** Returns how many the rate of the first number that failed would feed. */
export function rateTexts({ accelerators_by_rate: fed }: ScanAnswer): string[] {
  return fed === null ? [] : [`the rate at the first that failed would feed ${fed.toFixed(2)}`];
}

/** Returns what ended the search. */
export function endTexts(answer: ScanAnswer, { points, dataset_origin }: Scan): string[] {
  const { ended_by: end, num_accelerators: count, client_ended } = answer;
  if (end === null) return ["nothing yet"];
  if (end === "flag") return [`--max ${count}: larger numbers were not tried`];
  if (end === "dataset") return [`the dataset: for more than ${count} an epoch has too few steps`];
  const failing = points.find(({ value }) => typeof value === "number" && value > count);
  const limit = LIMIT_NAMES[end];
  if (dataset_origin === "synthetic") {
    return [`${limit}: NO STORAGE WAS READ, this is what mlps itself can do`];
  }
  if (client_ended) {
    const named = end === "storage" || end === "network" ? "the client, which is near its ceiling" : limit;
    return [`${named}, NOT THE STORAGE: it may feed more`];
  }
  if (end === "none") return ["no single cause: little time was lost, but more than the AU wanted allows"];
  const wanted = failing?.au_percentage;
  return [
    `${limit}${wanted ? `: with ${failing.num_accelerators} AU was ${formatPercent(wanted.mean)}` : ""}`,
  ];
}

/** Returns how many the client feeds at most. */
export function clientTexts(
  { client_ceiling: ceiling, num_accelerators: count, client_ended }: ScanAnswer,
): string[] {
  if (ceiling !== null) return [`feeds at most ${formatInteger(ceiling)} (mlps ceiling)`];
  return client_ended || count > 0 ? ["unknown; `mlps ceiling` measures how many it feeds at most"] : [];
}

/** Returns how far the answer can be believed, with the figures that decide. */
export function sureTexts(answer: ScanAnswer, { points, status }: Scan): string[] {
  const { num_accelerators: count, failing_below: below } = answer;
  const failing = points.find(({ value, state }) => state === "fail" && Number(value) > count);
  const deciding = [...points.filter(({ value }) => value === count), ...(failing ? [failing] : [])];
  if (deciding.length === 0) return [];
  const verdict = status !== "complete"
    ? "no: the search did not come to its end"
    : deciding.some(({ steps_per_epoch: steps }) => steps < FEW_STEPS)
    ? "no: the epochs are so short that their beginning weighs much"
    : answer.runs_agree
    ? "yes: the runs agree"
    : "NO: the runs disagree, so that the next scan may find another number";
  return [
    verdict,
    ...deciding.map(({ value, au_percentage: au, runs }) =>
      `${value}: AU ${formatPercent(au!.mean)}${spreadText(au!)} in ${countOf(runs.length, "run")}`
    ),
    ...(below.length === 0
      ? []
      : [`AU IS NOT MONOTONE: ${below.join(", ")} failed, although ${count} passed`]),
  ];
}

/** Returns what to change or to measure next. */
export function tryTexts({ ended_by: end, num_accelerators: count, advice }: ScanAnswer): string[] {
  if (end === "flag") return [`--max ${2 * count}`];
  if (end === "dataset") return ["more files: dataset.num_files_train"];
  return advice.slice(0, 1);
}

function spreadText({ min, max }: { readonly min: number; readonly max: number }): string {
  return max - min < 0.05 ? "" : ` (${min.toFixed(1)} to ${max.toFixed(1)})`;
}
