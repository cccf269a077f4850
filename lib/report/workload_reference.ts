// What the keys of a workload file mean, from the schema: docs/workload.md, and `mlps help workload`.
import { describeOptions, type OptionDescription } from "../config/describe.ts";
import { findNearest } from "../config/suggest.ts";
import { UsageError } from "../base/errors.ts";
import { renderTable, TEXT_COLUMNS, wrapText } from "./text_table.ts";

const HEAD = `<!-- deno-fmt-ignore-file -->
<!-- Made from the schema by scripts/docs.ts. A test compares. Edit lib/config instead. -->

# Keys of a workload file

A workload file is DLIO's YAML. A key that is not in this list is an error. DLIO's other name of the section \`reader\`,
\`data_reader\`, is accepted. \`mlps help workload KEY\` prints what stands here; \`mlps workloads schema\` prints a JSON
Schema, which editors complete and check workload files with: workloads of mlps name it in their first line.

Keys marked † are mlps' own; DLIO ignores them. The last column says what DLIO does otherwise.
`;

const INERT_HEAD = `
## Without effect

These keys of DLIO are accepted with any value and change nothing; \`mlps plan\` names those that a file has.
`;

const REFUSED_HEAD = `
## Not supported

A run without these keys of DLIO would measure something else, so they are refused unless they are empty.
`;

/** Returns docs/workload.md. */
export function renderReference(): string {
  const options = describeOptions();
  const used = options.filter(({ effect }) => effect === undefined);
  const sections = [...new Set(used.map(sectionOf))];
  return [
    HEAD,
    ...sections.map((section) =>
      renderSection(section, used.filter((option) => sectionOf(option) === section))
    ),
    INERT_HEAD,
    renderRows(
      ["key", "type", "unit", "DLIO's default", "meaning for DLIO", "why it has no effect"],
      options.filter(({ effect, isSection }) => effect === "none" && !isSection).map((option) => [
        `\`${option.key}\``,
        option.type,
        option.unit ?? "",
        formatDefault(option.default),
        option.description,
        option.why!,
      ]),
    ),
    REFUSED_HEAD,
    renderRows(
      ["key", "meaning"],
      options.filter(({ effect }) => effect === "refused").map((
        { key, description },
      ) => [`\`${key}\``, description]),
    ),
  ].join("\n");
}

/** Returns what is known of one key, or of all keys of a section, as lines of text. @throws {UsageError} */
export function renderKeyHelp(key: string): string[] {
  const wanted = key.replace(/^workload\./, "").replace(/^data_reader\b/, "reader").replace(/\[\d*\]/g, "[]");
  const options = describeOptions();
  const option = options.find((candidate) => candidate.key === wanted);
  if (option !== undefined && !option.isSection) return describeOption(option);
  const below = options.filter((candidate) => candidate.key.startsWith(`${wanted}.`) && !candidate.isSection);
  if (below.length > 0) return listOptions(below);
  const sameName = options.filter((candidate) => candidate.key.split(".").at(-1) === wanted);
  if (sameName.length > 0) {
    return sameName.flatMap((one, at) => at === 0 ? describeOption(one) : ["", ...describeOption(one)]);
  }
  const nearest = findNearest(wanted, options.flatMap(({ key }) => [key, key.split(".").at(-1)!]));
  throw new UsageError(
    `Cannot explain "${key}": it is no key of a workload file. ${
      nearest ? `Did you mean ${nearest}? ` : ""
    }` +
      "`mlps help workload` lists all keys",
  );
}

/** Returns all keys that have an effect with their types and defaults, as lines of text. */
export function renderKeyList(): string[] {
  const used = describeOptions().filter(({ effect, isSection }) => effect === undefined && !isSection);
  return [...listOptions(used), "", "`mlps help workload KEY` explains one; * has to be given"];
}

function listOptions(options: readonly OptionDescription[]): string[] {
  const [, ...rows] = renderTable(
    [{ title: "" }, { title: "" }, { title: "", fit: "shorten" }],
    options.map((option) => [option.key, formatTextDefault(option), option.unit ?? option.type]),
  );
  return rows;
}

function describeOption(option: OptionDescription): string[] {
  const { key, type, unit, description, source, effect, why, dlio } = option;
  const rows = [
    ["type", type],
    ["unit", unit ?? ""],
    [effect === "none" ? "DLIO's default" : "default", formatTextDefault(option)],
    ["no effect", effect === "none" ? why! : ""],
    [
      "DLIO",
      source === "mlps" ? "ignores it: a key of mlps" : effect === undefined ? dlio ?? "does the same" : "",
    ],
  ].filter(([, text]) => text !== "");
  const labelWidth = Math.max(...rows.map(([label]) => label.length)) + 2;
  return [
    key,
    ...wrapText(description, TEXT_COLUMNS - 2).map((line) => `  ${line}`),
    "",
    ...rows.flatMap(([label, text]) =>
      wrapText(text, TEXT_COLUMNS - 2 - labelWidth).map((line, at) =>
        `  ${(at === 0 ? label : "").padEnd(labelWidth)}${line}`
      )
    ),
  ];
}

function formatTextDefault(option: OptionDescription): string {
  if (option.default === undefined) return isRequired(option) ? "*" : "none";
  return typeof option.default === "string" ? option.default : JSON.stringify(option.default);
}

function sectionOf({ key }: OptionDescription): string {
  const parts = key.split(".");
  return parts.length === 1 ? "" : parts.slice(0, -1).join(".");
}

function renderSection(section: string, options: readonly OptionDescription[]): string {
  const rows = options.filter(({ isSection }) => !isSection).map((option) => [
    `\`${option.key}\`${option.source === "mlps" ? " †" : ""}`,
    option.type,
    option.unit ?? "",
    isRequired(option) ? "*required*" : formatDefault(option.default),
    option.description,
    option.source === "mlps" ? "" : option.dlio ?? "",
  ]);
  const title = section === "" ? "The file as a whole" : `\`${section}\``;
  return `\n## ${title}\n\n${renderRows(["key", "type", "unit", "default", "meaning", "DLIO"], rows)}`;
}

/** The keys without a default that may not be left out; others without one are absent where the file is silent. */
function isRequired({ isOptional }: OptionDescription): boolean {
  return !isOptional;
}

function formatDefault(value: unknown): string {
  return value === undefined ? "" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function renderRows(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line), ""].join("\n");
}
