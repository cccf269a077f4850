// mlps report: results in another form, for people and for other programs.
import { basename } from "node:path";
import { Command, Option } from "commander";
import { CEILING_NAME } from "../report/ceiling_file.ts";
import { type LoadedSource, loadSource, resultsOf } from "../report/load_results.ts";
import { newestOfEach } from "../report/openmetrics.ts";
import { formatOfFile, renderReport, REPORT_FORMATS, type ReportFormat } from "../report/render_report.ts";
import { writeReport } from "../report/report_file.ts";
import type { Context } from "./options.ts";
import { Messages, print } from "./output.ts";

interface ReportFlags {
  readonly format?: ReportFormat;
  readonly output?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const EXAMPLES = `Examples:
  mlps report results/dlrm/20260704_050105
  mlps report results/dlrm/* --output dlrm.html
  mlps report results/dlrm/* --format csv > dlrm.csv
  mlps report results/dlrm/20260704_050105 --output /srv/metrics/mlps.prom
`;

/** Returns the command. */
export function reportCommand(context: Context): Command {
  return new Command("report")
    .summary("rewrite results as text, Markdown, CSV, HTML and more")
    .description(
      "Rewrites results, each the folder of a run, its summary.json, or the folder of repeated runs. HTML is one file " +
        "that needs no network; several results make one page with a table that sorts.",
    )
    .addHelpText("before", EXAMPLES)
    .argument("<RESULT...>", "folders of runs or of repeats, or summary.json files")
    .addOption(
      new Option(
        "-f, --format <form>",
        "the form of the report (default: by the name of --output, else text)",
      )
        .choices(REPORT_FORMATS),
    )
    .option(
      "-o, --output <report>",
      "the file to write, in place of stdout; it must not exist, but metrics replace those that mlps wrote",
    )
    .addOption(
      new Option("--json", "the same as --format json: all results as one document").conflicts("format"),
    )
    .option("-q, --quiet", "no messages on stderr")
    .action((paths: string[], flags: ReportFlags) => report(paths, flags, context));
}

async function report(
  paths: readonly string[],
  flags: ReportFlags,
  { version, signal }: Context,
): Promise<void> {
  const messages = new Messages({ quiet: flags.quiet ?? false, signal });
  const format = flags.json ? "json" : flags.format ?? formatOfFile(flags.output ?? "") ?? "text";
  // `results/dlrm/*` names the ceiling as well.
  const named = paths.length === 1 ? paths : paths.filter((path) => basename(path) !== CEILING_NAME);
  if (named.length < paths.length) messages.say(`Left out ${CEILING_NAME}: it is no result of a run`);
  const sources = named.map((path): LoadedSource => {
    signal.throwIfAborted();
    return loadSource(path);
  });
  if (format === "openmetrics") {
    const { others } = newestOfEach(resultsOf(sources).map(({ summary }) => summary));
    if (others.length > 0) {
      messages.say(
        `Of each workload and host the newest result is told, ${others.length} older left out: ` +
          "metrics have one value at a time",
      );
    }
  }
  const text = renderReport(sources, { format, version });
  if (flags.output === undefined) return await print(text);
  writeReport(flags.output, text, format);
  messages.say(`Wrote ${flags.output} as ${format}`);
}
