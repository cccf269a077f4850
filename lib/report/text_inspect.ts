// A Parquet file as a person reads it. Hundreds of columns are shown by kind, hundreds of row groups by their range.
import { formatBytes, formatInteger } from "../base/units.ts";
import type { ColumnReport, FileReport } from "../format/parquet/inspect_file.ts";
import { type SchemaRow, typeText } from "../format/parquet/inspect_schema.ts";
import { printable, renderTable, shortenMiddle, TEXT_COLUMNS } from "./text_table.ts";

/** Up to how many columns are shown one by one unless each is asked for. */
const MAX_SINGLE_COLUMNS = 24;

export interface InspectView {
  /** Whether each column is shown however many there are. */
  readonly columns: boolean;
  readonly rowGroups: boolean;
}

/** Returns the file as lines of at most 80 columns. */
export function renderInspection(file: FileReport, view: InspectView): string[] {
  const isGrouped = !view.columns && file.columns.length > MAX_SINGLE_COLUMNS;
  return [
    printable(file.path),
    ...renderHead(file),
    "",
    ...renderSchema(file.schema, isGrouped),
    "",
    ...renderColumns(file.columns, isGrouped),
    ...(file.columns.some(({ pages }) => pages !== null)
      ? ["", ...renderPages(file.columns, isGrouped)]
      : []),
    ...(view.rowGroups ? ["", ...renderRowGroups(file)] : []),
    ...(isGrouped ? ["", "  Columns of one kind are shown together: --columns lists each"] : []),
  ];
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(12)}${text}`;
}

function renderHead(file: FileReport): string[] {
  const { num_row_groups, min_row_group_rows: least, max_row_group_rows: most, created_by } = file;
  const range = least === most ? formatInteger(most) : `${formatInteger(least)} to ${formatInteger(most)}`;
  const sizes = file.row_groups.map(({ compressed_bytes }) => compressed_bytes);
  const small = formatBytes(Math.min(...sizes)), large = formatBytes(Math.max(...sizes));
  const by = created_by === null ? "an unnamed writer" : printable(created_by);
  const metadata = Object.entries(file.key_value_metadata);
  return [
    line(
      "file",
      `${formatBytes(file.file_bytes)}, of which ${formatBytes(file.footer_bytes)} are the footer`,
    ),
    line("writer", shorten(`${by} (format version ${file.format_version})`)),
    line("rows", formatInteger(file.num_rows)),
    line(
      "row groups",
      num_row_groups === 0
        ? "none"
        : `${formatInteger(num_row_groups)} of ${range} rows, ${
          small === large ? small : `${small} to ${large}`
        }` +
          (num_row_groups > 1 ? " each" : ""),
    ),
    line(
      "columns",
      `${formatInteger(file.num_columns)}: ${formatBytes(file.compressed_bytes)} stored, ` +
        `${formatBytes(file.uncompressed_bytes)} uncompressed` +
        (file.compressed_bytes > 0
          ? `, ratio ${(file.uncompressed_bytes / file.compressed_bytes).toFixed(2)}`
          : ""),
    ),
    ...metadata.map(([key, value], index) => {
      return line(
        index === 0 ? "metadata" : "",
        shorten(`${printable(key)} = ${printable(value.slice(0, 200))}`),
      );
    }),
  ];
}

function shorten(text: string): string {
  return shortenMiddle(text, TEXT_COLUMNS - 14);
}

function renderSchema(schema: readonly SchemaRow[], isGrouped: boolean): string[] {
  const trees = splitTrees(schema);
  const kinds = isGrouped ? groupBy(trees, treeKind) : trees.map((tree) => [tree]);
  const rows = kinds.flatMap((same) => {
    return same[0].map((row, index) => [
      "  ".repeat(row.depth) + printable(row.name) +
      (index === 0 && same.length > 1 ? ` and ${formatInteger(same.length - 1)} more` : ""),
      row.repetition,
      typeText(row),
    ]);
  });
  return renderTable([{ title: "schema", fit: "shorten" }, { title: "" }, { title: "type" }], rows);
}

/** Returns the rows of each column of the file with what is nested in it. */
function splitTrees(schema: readonly SchemaRow[]): SchemaRow[][] {
  const trees: SchemaRow[][] = [];
  for (const row of schema) {
    if (row.depth === 0) trees.push([row]);
    else trees.at(-1)!.push(row);
  }
  return trees;
}

function treeKind(tree: readonly SchemaRow[]): string {
  return tree.map((row, index) =>
    `${row.depth} ${index > 0 ? row.name : ""} ${row.repetition} ${typeText(row)}`
  )
    .join("\n");
}

function groupBy<T>(items: readonly T[], kindOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const kind = kindOf(item);
    const group = groups.get(kind);
    if (group === undefined) groups.set(kind, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** Returns columns that are shown as one. */
function columnKinds(columns: readonly ColumnReport[], isGrouped: boolean): ColumnReport[][] {
  if (!isGrouped) return columns.map((column) => [column]);
  return groupBy(
    columns,
    (column) =>
      JSON.stringify([
        column.repetition,
        typeOf(column),
        column.codecs,
        column.encodings,
        column.page_types,
      ]),
  );
}

function typeOf({ physical_type, type_length_bytes, logical_type }: ColumnReport): string {
  return `${physical_type}${type_length_bytes === null ? "" : `(${type_length_bytes})`}${
    logical_type === null ? "" : ` ${logical_type}`
  }`;
}

function nameOf(same: readonly ColumnReport[], isGrouped: boolean): string {
  if (!isGrouped) return printable(same[0].path);
  return `${formatInteger(same.length)} x ${typeOf(same[0]).replace("FIXED_LEN_BYTE_ARRAY", "FIXED")}`;
}

function renderColumns(columns: readonly ColumnReport[], isGrouped: boolean): string[] {
  const rows = columnKinds(columns, isGrouped).map((same) => {
    const [{ codecs, encodings, page_types }] = same;
    const stored = total(same, "compressed_bytes"), plain = total(same, "uncompressed_bytes");
    return [
      nameOf(same, isGrouped),
      codecs.map((codec) => codec === "UNCOMPRESSED" ? "none" : codec).join(" "),
      encodings.join(" "),
      page_types === null ? "" : page_types.map((type) => PAGE_NAMES[type] ?? type).join(" "),
      formatBytes(stored),
      formatBytes(plain),
      stored > 0 ? (plain / stored).toFixed(2) : "-",
    ];
  });
  return renderTable([
    { title: "columns", fit: "shorten" },
    { title: "codec", fit: "wrap" },
    { title: "encodings", fit: "wrap" },
    { title: "pages", fit: "wrap" },
    { title: "stored", align: "right" },
    { title: "plain", align: "right" },
    { title: "ratio", align: "right" },
  ], rows);
}

const PAGE_NAMES: Readonly<Record<string, string>> = {
  DATA_PAGE: "V1",
  DATA_PAGE_V2: "V2",
  DICTIONARY_PAGE: "dict",
  INDEX_PAGE: "index",
};

function total(columns: readonly ColumnReport[], key: "compressed_bytes" | "uncompressed_bytes"): number {
  return columns.reduce((sum, column) => sum + column[key], 0);
}

function renderPages(columns: readonly ColumnReport[], isGrouped: boolean): string[] {
  const rows = columnKinds(columns, isGrouped).map((same) => {
    const pages = same.flatMap((column) => column.pages ?? []);
    const count = (key: "num_data_pages_v1" | "num_data_pages_v2" | "num_dictionary_pages") => {
      const sum = pages.reduce((sum, page) => sum + page[key], 0);
      return sum === 0 ? "" : formatInteger(sum);
    };
    const range = (
      least: "min_values_per_page" | "min_compressed_page_bytes",
      most: "max_values_per_page" | "max_compressed_page_bytes",
      format: (value: number) => string,
    ) => {
      const low = format(Math.min(...pages.map((page) => page[least] ?? Infinity)));
      const high = format(Math.max(...pages.map((page) => page[most] ?? 0)));
      return low === high ? high : `${low} - ${high}`;
    };
    const hasData = pages.some((page) => page.max_values_per_page !== null);
    return [
      nameOf(same, isGrouped),
      count("num_dictionary_pages"),
      count("num_data_pages_v1"),
      count("num_data_pages_v2"),
      hasData ? range("min_values_per_page", "max_values_per_page", formatInteger) : "-",
      hasData ? range("min_compressed_page_bytes", "max_compressed_page_bytes", formatBytes) : "-",
    ];
  });
  return renderTable([
    { title: "pages", fit: "shorten" },
    { title: "dict", align: "right" },
    { title: "V1", align: "right" },
    { title: "V2", align: "right" },
    { title: "values a page", align: "right" },
    { title: "stored a page", align: "right" },
  ], rows);
}

function renderRowGroups({ row_groups }: FileReport): string[] {
  const rows = row_groups.map(({ row_group, rows, start_byte, compressed_bytes, uncompressed_bytes }) => [
    formatInteger(row_group),
    formatInteger(rows),
    formatInteger(start_byte),
    formatBytes(compressed_bytes),
    formatBytes(uncompressed_bytes),
    compressed_bytes > 0 ? (uncompressed_bytes / compressed_bytes).toFixed(2) : "-",
  ]);
  return renderTable(
    ["row group", "rows", "from byte", "stored", "plain", "ratio"].map((title) => ({
      title,
      align: "right",
    })),
    rows,
  );
}
