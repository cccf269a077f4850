// The answer to the question that mlps exists for, in a sentence that needs no knowledge of storage: does this storage feed
// that many accelerators? Where a result cannot answer it, the sentence says so.
import { formatInteger } from "../base/units.ts";
import type { Summary } from "../metrics/summary.ts";
import { CLIENT_LIMITS, type Limit } from "../metrics/verdict_limit.ts";

export interface Answer {
  /** "none" is no answer: the result says nothing of the storage, or not enough. */
  readonly kind: "yes" | "no" | "none" | "failed";
  /** In a word or two. */
  readonly label: string;
  readonly headline: string;
  readonly detail: string;
}

/** What limited a run, by the code of its verdict. */
export const LIMIT_NAMES: Readonly<Record<Limit, string>> = {
  storage: "storage",
  client_cpu: "the client's CPU",
  prefetch_window: "the prefetch window",
  network: "the network",
  preprocessing: "preprocessing",
  none: "none",
};

/** What is said behind a verdict on the epochs that were completed. */
const ENDINGS: Readonly<Record<Summary["status"], string>> = {
  complete: "",
  partial: " (cut short)",
  failed: " (run failed)",
};

/** Returns what a result answers. */
export function answerOf(summary: Summary): Answer {
  const { mlps, metric, num_accelerators: numAccelerators } = summary;
  const done = mlps.epochs.filter(({ complete }) => complete).length;
  const many = countOf(numAccelerators, "accelerator");
  if (mlps.dataset.origin === "synthetic") {
    const detail = "The dataset is synthetic: these figures are what mlps itself reaches on this host.";
    return { kind: "none", label: "Synthetic", headline: "No storage was read", detail };
  }
  if (done === 0) {
    const detail = sentence(mlps.error ?? "The run ended before its first epoch did");
    const headline = "No verdict: no epoch was completed";
    return summary.status === "failed"
      ? { kind: "failed", label: "Failed", headline, detail }
      : { kind: "none", label: "No verdict", headline, detail };
  }
  const achieved = mlps.demand_samples_per_second === null
    ? "Steps take no time"
    : `Accelerators were in use ${formatPercent(metric.train_au_mean_percentage)} of the time (AU), ` +
      `${mlps.required_au_percentage.toFixed(0)} % wanted`;
  const extent = done < summary.epochs ? ` This is judged from ${done} of ${summary.epochs} epochs.` : "";
  const ending = ENDINGS[summary.status];
  if (hasWarning(summary, "served_from_memory")) {
    const share = memoryPercent(summary);
    const detail = `${achieved}, but memory served ${formatPercent(share)} of the bytes.${extent}`;
    const headline = `No verdict on the storage: memory served ${share < 50 ? "part of " : ""}the reads`;
    return { kind: "none", label: `READ FROM MEMORY${ending}`, headline, detail };
  }
  if (mlps.demand_samples_per_second === null) {
    const headline = "No accelerator was emulated: computation takes no time";
    return {
      kind: "none",
      label: "No verdict",
      headline,
      detail: `AU says nothing here; throughput does.${extent}`,
    };
  }
  if (summary.status === "failed") {
    const headline = `No verdict: the run failed after ${countOf(done, "epoch")}`;
    const detail = `${sentence(mlps.error ?? "The run failed")} ${achieved}.${extent}`;
    return { kind: "failed", label: "Failed", headline, detail };
  }
  if (metric.train_au_meet_expectation === "success") {
    if (hasWarning(summary, "memory_device") || hasWarning(summary, "source_unknown")) {
      const detail = `${achieved}, but it is not known that storage delivered what was read.${extent}`;
      const headline = `No sure verdict: memory may have served ${many}`;
      return { kind: "none", label: `PERHAPS FROM MEMORY${ending}`, headline, detail };
    }
    const headline = `Yes: this storage feeds ${many}`;
    return { kind: "yes", label: `Pass${ending}`, headline, detail: `${achieved}.${extent}` };
  }
  const limit = mlps.verdict?.limit;
  if (limit !== undefined && CLIENT_LIMITS.has(limit)) {
    const detail = `${achieved}. What limited the run was ${LIMIT_NAMES[limit]}, not the storage.${extent}`;
    const headline = `No verdict on the storage: the client kept ${many} waiting`;
    return { kind: "none", label: `Client-limited${ending}`, headline, detail };
  }
  const needed = mlps.demand_samples_per_second * mlps.required_au_percentage / 100;
  const fed = Math.min(
    numAccelerators - 1,
    Math.floor(metric.train_throughput_mean_samples_per_second / needed),
  );
  const others = fed > 0 ? `, but about ${formatInteger(fed)}` : "";
  const headline = `No: this storage does not feed ${many}${others}`;
  return { kind: "no", label: `Fail${ending}`, headline, detail: `${achieved}.${extent}` };
}

/** Returns whether a summary has a warning of this code. */
export function hasWarning({ mlps }: Summary, wanted: string): boolean {
  return mlps.warnings.some(({ code }) => code === wanted);
}

/** Returns a count with its noun. */
export function countOf(count: number, noun: string): string {
  return `${formatInteger(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns a percentage with one decimal. */
export function formatPercent(percent: number): string {
  return `${percent.toFixed(1)} %`;
}

/** Returns what no device delivered of the bytes that were asked for. */
function memoryPercent({ mlps: { epochs } }: Summary): number {
  const requestedBytes = epochs.reduce((sum, { bytes }) => sum + bytes.requested, 0);
  const deliveredBytes = epochs.reduce(
    (sum, { bytes }) => sum + Math.min(bytes.device ?? 0, bytes.requested),
    0,
  );
  return requestedBytes > 0 ? (1 - deliveredBytes / requestedBytes) * 100 : 100;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
