// mlps inspect: what Parquet files are made of.
import { Command, Option } from "commander";
import { FileError } from "../base/errors.ts";
import { type FileReport, inspectParquet } from "../format/parquet/inspect_file.ts";
import { renderInspection } from "../report/text_inspect.ts";
import type { Context } from "./options.ts";
import { Messages, print } from "./output.ts";

interface InspectFlags {
  readonly footerOnly?: boolean;
  readonly pages?: boolean;
  readonly columns?: boolean;
  readonly rowGroups?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `Examples:
  mlps inspect data/dlrm/train/img_0_of_8.parquet
  mlps inspect --pages --row-groups part-00000.snappy.parquet
  mlps inspect data/dlrm/train/*.parquet --json | jq '.files[].num_rows'
`;

/** Returns the command. */
export function inspectCommand(context: Context): Command {
  return new Command("inspect")
    .summary("show what Parquet files are made of")
    .description(
      "Shows schema, row groups, sizes, codecs, encodings and key-value metadata of Parquet files of any writer.",
    )
    .addHelpText("before", EXAMPLES)
    .argument("<FILE...>", "Parquet files")
    .option("--footer-only", "read the footer alone, by at most two reads (the default)")
    .addOption(
      new Option("--pages", "read all page headers too: kinds, values and bytes of pages").conflicts(
        "footerOnly",
      ),
    )
    .option("--columns", "show each column, however many there are")
    .option("--row-groups", "show each row group")
    .option("--json", "print everything as JSON on stdout")
    .action((paths: string[], flags: InspectFlags) => inspect(paths, flags, context));
}

/** A file that could not be inspected, as JSON. */
interface Refusal {
  readonly path: string;
  readonly error: string;
}

async function inspect(paths: readonly string[], flags: InspectFlags, { signal }: Context): Promise<void> {
  const messages = new Messages({ quiet: false, signal });
  const reports: (Partial<FileReport> | Refusal)[] = [];
  const failures: FileError[] = [];
  for (const [index, path] of paths.entries()) {
    signal.throwIfAborted();
    try {
      const report = await inspectParquet(path, { pages: flags.pages ?? false, signal });
      if (flags.json) {
        const { row_groups: _, ...rest } = report;
        reports.push(flags.rowGroups ? report : rest);
      } else {
        const view = { columns: flags.columns ?? false, rowGroups: flags.rowGroups ?? false };
        await print([...(index > 0 ? [""] : []), ...renderInspection(report, view)]);
      }
    } catch (cause) {
      if (!(cause instanceof FileError)) throw cause;
      failures.push(cause);
      reports.push({ path, error: cause.message });
      if (paths.length > 1) messages.say(`mlps: ${cause.message}`);
    }
  }
  if (flags.json) await print(JSON.stringify({ files: reports }, null, 2) + "\n");
  if (failures.length === 0) return;
  if (paths.length === 1) throw failures[0];
  throw new FileError(`Cannot inspect ${failures.length} of ${paths.length} files, for the reasons above`);
}
