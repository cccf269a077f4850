// A report: results in one of the forms that people and other programs read.
import { extname } from "node:path";
import { renderCsv } from "./csv.ts";
import { describeAsFio } from "./fio_json.ts";
import { renderHtml } from "./html_page.ts";
import { type LoadedSource, resultsOf } from "./load_results.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderOpenMetrics } from "./openmetrics.ts";
import { renderRepeats } from "./text_repeats.ts";
import { renderResult } from "./text_result.ts";
import { renderScan } from "./text_scan.ts";
import { renderLabelled } from "./text_table.ts";

export const REPORT_FORMATS = ["text", "markdown", "csv", "html", "openmetrics", "fio", "json"] as const;

export type ReportFormat = typeof REPORT_FORMATS[number];

/** What a file's name says of its form; `fio` has none of its own. */
const FORMAT_OF: Readonly<Record<string, ReportFormat>> = {
  ".txt": "text",
  ".md": "markdown",
  ".csv": "csv",
  ".html": "html",
  ".htm": "html",
  ".prom": "openmetrics",
  ".json": "json",
};

/** Returns the form that the name of a file asks for; undefined where it says nothing. */
export function formatOfFile(path: string): ReportFormat | undefined {
  return FORMAT_OF[extname(path).toLowerCase()];
}

/** Returns the report, with a line end at its end. */
export function renderReport(
  sources: readonly LoadedSource[],
  { format, version }: { readonly format: ReportFormat; readonly version: string },
): string {
  switch (format) {
    case "text":
      return sources.map(renderText).join("\n");
    case "markdown":
      return renderMarkdown(sources);
    case "csv":
      return renderCsv(resultsOf(sources));
    case "html":
      return renderHtml(sources, { version });
    case "openmetrics":
      return renderOpenMetrics(resultsOf(sources).map(({ summary }) => summary));
    case "fio":
      return renderJson(describeAsFio(resultsOf(sources)));
    case "json":
      return renderJson(describeSources(sources));
  }
}

function renderText(source: LoadedSource): string {
  return [...renderLines(source), ""].join("\n");
}

function renderLines(source: LoadedSource): string[] {
  switch (source.kind) {
    case "run":
      return renderResult(source.results[0].summary, source.results[0].path);
    case "repeats":
      return [...renderRepeats(source.document), "", ...renderLabelled("results", [source.path])];
    case "scan":
      return [...renderScan(source.document), "", ...renderLabelled("results", [source.path])];
  }
}

/** Returns everything that was read, as one document. */
function describeSources(sources: readonly LoadedSource[]) {
  return {
    results: resultsOf(sources),
    groups: sources.flatMap((source) =>
      source.kind === "run" ? [] : [{ kind: source.kind, path: source.path, document: source.document }]
    ),
  };
}

function renderJson(document: unknown): string {
  return JSON.stringify(document, null, 2) + "\n";
}
