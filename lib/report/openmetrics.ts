// Results as OpenMetrics text, which is Prometheus' older text format as well (no other types than both know): for the
// textfile collector of node_exporter, or any other that reads files.
import type { Summary } from "../metrics/summary.ts";
import { FAMILIES, type Sample } from "./openmetrics_families.ts";

/** What every metric is labelled with: two results of one workload on one host are one series. */
type RunLabels = { readonly workload: string; readonly host: string };

/** Returns those that the text tells, of each workload and host the newest, and those that are left out. */
export function newestOfEach(summaries: readonly Summary[]): { newest: Summary[]; others: Summary[] } {
  const byTime = summaries.toSorted((a, b) => Date.parse(b.start) - Date.parse(a.start));
  const groups = Map.groupBy(byTime, (summary) => JSON.stringify(labelsOf(summary)));
  const newest = [...groups.values()].map(([first]) => first);
  return { newest, others: summaries.filter((summary) => !newest.includes(summary)) };
}

/** Returns the text; of several results of one workload and host it tells the newest alone. */
export function renderOpenMetrics(summaries: readonly Summary[]): string {
  const { newest } = newestOfEach(summaries);
  const lines = FAMILIES.flatMap(({ name, type, unit, help, samplesOf }) => {
    const samples = newest.flatMap((summary) =>
      samplesOf(summary).map((sample) => renderSample(name, labelsOf(summary), sample))
    );
    if (samples.length === 0) return [];
    return [
      `# TYPE ${name} ${type}`,
      ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
      `# HELP ${name} ${escape(help)}`,
      ...samples,
    ];
  });
  return [...lines, "# EOF", ""].join("\n");
}

/** Returns whether a text was made by {@link renderOpenMetrics}. */
export function isOwnOpenMetrics(text: string): boolean {
  return text === "# EOF\n" || text.startsWith(`# TYPE ${FAMILIES[0].name} `);
}

function labelsOf({ mlps, hostname }: Summary): RunLabels {
  return { workload: mlps.workload.name, host: hostname };
}

function renderSample(name: string, run: RunLabels, { suffix = "", labels, value }: Sample): string {
  const all = Object.entries({ ...run, ...labels }).map(([key, text]) => `${key}="${escape(text)}"`);
  return `${name}${suffix}{${all.join(",")}} ${value}`;
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
