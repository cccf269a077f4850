// The result of a validation as a person reads it: what was checked, how it was read, and what differs, by file.
import { formatBytes, formatBytesPerSecond, formatInteger, formatNs, NS_PER_SECOND } from "../base/units.ts";
import type { DamageReport, Finding } from "../dataset/validate_finding.ts";
import type { DamagedRange } from "../dataset/validate_ranges.ts";
import type { ValidationReport } from "../dataset/validate_report.ts";
import { printable, TEXT_COLUMNS, wrapText } from "./text_table.ts";

/** How many differences are listed, in all and of one file; --json has all of them. */
const MAX_LISTED = 24, MAX_LISTED_OF_FILE = 6;
const MAX_RANGES = 4;
/** From which share of bytes on the device is said to have delivered them: footers may come from the cache. */
const MOSTLY = 0.95;

/** Returns the result as lines of at most 80 columns. */
export function renderValidation(report: ValidationReport): string[] {
  return [
    `${report.workload}: ${STATUS_TEXT[report.status]}`,
    "",
    ...field("dataset", printable(report.data_folder)),
    ...field("made by", report.generator ?? "another tool: nothing tells which values it must have"),
    ...field("checked", describeChecks(report)),
    ...(report.deep ? field("values", `${formatInteger(report.num_values_compared)} compared`) : []),
    ...field("read", describeReading(report)),
    ...renderFindings(report),
  ];
}

const STATUS_TEXT: Readonly<Record<ValidationReport["status"], string>> = {
  valid: "the dataset is what the workload says",
  different: "the dataset DIFFERS from what it should be",
  unreadable: "the dataset COULD NOT BE READ whole",
  interrupted: "interrupted; this was checked so far",
};

function field(label: string, text: string): string[] {
  return wrapText(text, TEXT_COLUMNS - 12).map((line, index) =>
    `  ${(index === 0 ? label : "").padEnd(10)}${line}`
  );
}

function describeChecks({ num_files, num_files_checked, deep, generator }: ValidationReport): string {
  const parts = generator === null
    ? ["size", "footer", "rows", "schema"]
    : ["name", "size", "footer", "identity", "rows", "row groups", "schema"];
  if (deep) parts.push("page headers", "every value");
  return `${formatInteger(num_files_checked)} of ${formatInteger(num_files)} files: ${parts.join(", ")}`;
}

function describeReading(report: ValidationReport): string {
  const { read_bytes, elapsed_seconds, deep } = report;
  const amount = `${formatBytes(read_bytes)} in ${formatNs(elapsed_seconds * NS_PER_SECOND)}`;
  if (!deep) return amount;
  return `${amount}, ${formatBytesPerSecond(read_bytes / elapsed_seconds)}, ${describeSource(report)}`;
}

/** Returns where the bytes came from: a check of the page cache says nothing about the storage. */
function describeSource(report: ValidationReport): string {
  const { read_bytes, device_read_bytes, direct, page_cache_dropped, cached_bytes_before } = report;
  const how = direct
    ? "direct I/O"
    : page_cache_dropped
    ? "page cache dropped before"
    : "page cache not dropped";
  if (device_read_bytes === null) {
    const cached = cached_bytes_before === null ? "" : `, ${formatBytes(cached_bytes_before)} cached before`;
    return `from the device or memory: the filesystem does not account it (${how}${cached})`;
  }
  const share = read_bytes > 0 ? Math.min(1, device_read_bytes / read_bytes) : 0;
  if (share >= MOSTLY) return `from the device (${how})`;
  return `${
    Math.floor(share * 100)
  } % from the device, the rest from MEMORY, which was not the storage's answer (${how})`;
}

function renderFindings(report: ValidationReport): string[] {
  const lines: string[] = [];
  let listed = 0;
  for (const [path, findings] of Map.groupBy(report.differences, ({ path = "" }) => path)) {
    const room = Math.min(MAX_LISTED_OF_FILE, MAX_LISTED - listed);
    if (room === 0) break;
    const shown = findings.slice(0, room), left = findings.length - shown.length;
    listed += shown.length;
    const ranges = findings.length > 1 ? report.damaged_ranges.filter((range) => range.path === path) : [];
    lines.push("", printable(path), ...(ranges.length > 0 ? indent(describeRanges(ranges), 2) : []));
    lines.push(...shown.flatMap(renderFinding));
    if (left > 0) lines.push(`  and ${formatInteger(left)} more in this file`);
  }
  const total = report.num_differences + report.num_files_unreadable;
  return total > listed ? [...lines, "", `--json has all ${formatInteger(total)} findings`] : lines;
}

function describeRanges(ranges: readonly DamagedRange[]): string {
  const shown = ranges.slice(0, MAX_RANGES).map(({ offset_bytes, extent_bytes, num_column_chunks }) => {
    const chunks = num_column_chunks > 1 ? ` (${formatInteger(num_column_chunks)} column chunks)` : "";
    return `${countBytes(extent_bytes)} from ${formatInteger(offset_bytes)}${chunks}`;
  });
  const left = ranges.length - shown.length;
  return `damaged: ${shown.join(", ")}${left > 0 ? ` and ${formatInteger(left)} more places` : ""}`;
}

function countBytes(bytes: number): string {
  return bytes === 1 ? "1 byte" : `${formatInteger(bytes)} bytes`;
}

function renderFinding({ row_group, column, offset_bytes, message, damage, kind }: Finding): string[] {
  const place = [
    ...(row_group === undefined ? [] : [`row group ${row_group}`]),
    ...(column === undefined ? [] : [`column "${printable(column)}"`]),
    ...(offset_bytes === undefined ? [] : [`byte ${formatInteger(offset_bytes)}`]),
  ];
  const what = kind === "unreadable" ? `not checked: ${message}` : message;
  const head = place.length > 0 ? `${place.join(", ")}: ${what}` : what;
  return [
    ...indent(printable(head), 2),
    ...(damage === undefined ? [] : indent(describeDamage(damage), 4)),
  ];
}

function indent(text: string, columns: number): string[] {
  return wrapText(text, TEXT_COLUMNS - columns).map((line) => " ".repeat(columns) + line);
}

function describeDamage(damage: DamageReport): string {
  const { precision, runs, num_runs, differing_bytes, differing_values, num_values } = damage;
  const extents = runs.slice(0, 3).map(({ offset_bytes, extent_bytes }) =>
    `${countBytes(extent_bytes)} from ${formatInteger(offset_bytes)}`
  );
  if (num_runs > extents.length) extents.push(`${formatInteger(num_runs - extents.length)} more places`);
  const where = precision === "bytes"
    ? `${extents.join(", ")}${
      differing_bytes > 1 ? ` (${formatInteger(differing_bytes)} of them differ)` : ""
    }`
    : `pages of ${extents.join(", ")}`;
  return `${where}; first expected 0x${damage.first_expected_hex}, found 0x${damage.first_found_hex}; ` +
    `${formatInteger(differing_values)} of ${formatInteger(num_values)} values`;
}
