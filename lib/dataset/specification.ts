// The specification of a generated dataset: all that decides its bytes, and nothing else. Two workloads that read
// different columns of the same files share one specification.
import { createHash } from "node:crypto";
import type { Workload } from "../config/schema.ts";
import { storageOf, type StoredColumn } from "../format/parquet/dtypes.ts";

/** A plain JSON object; its keys are those of the workload file. */
export interface DatasetSpecification {
  readonly format_version: 1;
  readonly format: string;
  readonly num_files_train: number;
  readonly num_samples_per_file: number;
  readonly num_subfolders_train: number;
  readonly file_prefix: string;
  readonly row_group_size: number;
  readonly compression: "none" | "snappy";
  readonly encoding: string;
  readonly seed: number;
  readonly columns: readonly StoredColumn[];
}

/** Returns the specification of the dataset that a workload reads or generates. */
export function specificationOf({ dataset }: Workload): DatasetSpecification {
  return {
    format_version: 1,
    format: dataset.format,
    num_files_train: dataset.num_files_train,
    num_samples_per_file: dataset.num_samples_per_file,
    num_subfolders_train: dataset.num_subfolders_train,
    file_prefix: dataset.file_prefix,
    row_group_size: dataset.parquet.row_group_size,
    compression: dataset.compression,
    encoding: dataset.parquet.encoding,
    seed: dataset.seed,
    columns: dataset.parquet.columns.map(({ name, dtype, size }) => ({ name, dtype, size })),
  };
}

/** Returns the names of the columns that training reads; undefined means all that the files have. */
export function columnsToRead({ dataset }: Workload): string[] | undefined {
  const { columns } = dataset.parquet;
  return columns.length === 0 ? undefined : columns.filter(({ read }) => read).map(({ name }) => name);
}

/** Returns the SHA-256 in hex of the specification's canonical JSON: keys sorted, no white space. */
export function specificationHash(specification: DatasetSpecification): string {
  return createHash("sha256").update(canonicalJson(specification)).digest("hex");
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

/** Returns whether reading `columns` (undefined: all) gives what is wanted although the specifications may differ. */
export function isReadableAs(
  found: DatasetSpecification,
  wanted: DatasetSpecification,
  columns: readonly string[] | undefined,
): boolean {
  return found.num_samples_per_file === wanted.num_samples_per_file &&
    found.num_files_train >= wanted.num_files_train && found.format === wanted.format &&
    hasColumns(found, wanted, columns);
}

function hasColumns(
  found: DatasetSpecification,
  wanted: DatasetSpecification,
  names: readonly string[] | undefined,
): boolean {
  if (names === undefined) return true;
  const columns = new Map(found.columns.map((column) => [column.name, column]));
  return wanted.columns.every(({ name, dtype, size }) => {
    const column = columns.get(name);
    return !names.includes(name) || (column?.dtype === dtype && column.size === size);
  });
}

const MAX_NAMED_COLUMNS = 3;

/** Returns one line for each key in which the dataset that was found differs from the one wanted. */
export function describeDifferences(found: DatasetSpecification, wanted: DatasetSpecification): string[] {
  const lines: string[] = [];
  for (const key of Object.keys(wanted) as (keyof DatasetSpecification)[]) {
    if (key === "columns" || found[key] === wanted[key]) continue;
    lines.push(`${key}: the dataset has ${found[key]}, the workload asks for ${wanted[key]}`);
  }
  return [...lines, ...describeColumnDifferences(found.columns, wanted.columns)];
}

function describeColumnDifferences(
  found: readonly StoredColumn[],
  wanted: readonly StoredColumn[],
): string[] {
  const lines: string[] = [];
  if (found.length !== wanted.length) {
    lines.push(`columns: the dataset has ${found.length}, the workload asks for ${wanted.length}`);
  }
  const differing: string[] = [];
  for (let i = 0; i < Math.min(found.length, wanted.length); i++) {
    const has = describeColumn(found[i]), asks = describeColumn(wanted[i]);
    if (has !== asks) differing.push(`columns[${i}]: the dataset has ${has}, the workload asks for ${asks}`);
  }
  lines.push(...differing.slice(0, MAX_NAMED_COLUMNS));
  if (differing.length > MAX_NAMED_COLUMNS) {
    lines.push(`and ${differing.length - MAX_NAMED_COLUMNS} more columns`);
  }
  return lines;
}

function describeColumn({ name, dtype, size }: StoredColumn): string {
  return `${name} (${dtype}${size === 1 ? "" : ` x ${size}`})`;
}

// The most that a column chunk (page header 38 and metadata 49, without its name), a row group and a file take besides
// values, so that an estimate is never too low.
const CHUNK_OVERHEAD_BYTES = 88;
const ROW_GROUP_OVERHEAD_BYTES = 32;
const FILE_OVERHEAD_BYTES = 512;
const SCHEMA_ELEMENT_BYTES = 32;

/**
 * Returns the bytes of one file and of all files: within 1 % above the truth for uncompressed data in row groups of
 * 1000 rows and more. Generated values hardly compress: snappy makes integers of 8 and 16 bits smaller, floats not.
 */
export function specificationBytes(
  specification: DatasetSpecification,
): { fileBytes: number; totalBytes: number } {
  const { columns, num_samples_per_file: rows, row_group_size, num_files_train } = specification;
  const rowBytes = columns.reduce((sum, { dtype }) => sum + storageOf(dtype).valueBytes, 0);
  const nameBytes = columns.reduce((sum, { name }) => sum + Buffer.byteLength(name), 0);
  const rowGroups = Math.ceil(rows / row_group_size);
  const fileBytes = FILE_OVERHEAD_BYTES + rows * rowBytes +
    rowGroups * (ROW_GROUP_OVERHEAD_BYTES + columns.length * CHUNK_OVERHEAD_BYTES + nameBytes) +
    columns.length * SCHEMA_ELEMENT_BYTES + nameBytes;
  return { fileBytes, totalBytes: fileBytes * num_files_train };
}
