// The specification of a generated dataset: all that decides its bytes, and nothing else. Two workloads that read
// different columns of the same files share one specification.
import { createHash } from "node:crypto";
import type { Workload } from "../config/schema.ts";
import { CODEC_LEVELS, type CompressionName } from "../format/parquet/compress.ts";
import { rowsPerPage, type StoredColumn } from "../format/parquet/dtypes.ts";
import type { PageFormat } from "../format/parquet/write_file.ts";

/** A plain JSON object; its keys are those of the workload file. */
export interface DatasetSpecification {
  readonly format_version: 1;
  readonly format: string;
  readonly num_files_train: number;
  readonly num_samples_per_file: number;
  readonly num_subfolders_train: number;
  /** Both absent where there are no evaluation files. */
  readonly num_files_eval?: number;
  readonly num_subfolders_eval?: number;
  readonly file_prefix: string;
  readonly row_group_size: number;
  readonly compression: CompressionName;
  /** Absent where it is the codec's default, or the codec has none. */
  readonly compression_level?: number;
  readonly encoding: "plain" | "dictionary";
  /** The most bytes of a page's values; absent where each column chunk is one page. */
  readonly page_size?: number;
  readonly seed: number;
  readonly columns: readonly StoredColumn[];
}

/** Returns the specification of the dataset that a workload reads or generates. */
export function specificationOf({ dataset }: Workload): DatasetSpecification {
  const { parquet, compression, compression_level: level } = dataset;
  const columns = storedColumns(dataset);
  const rowGroupRows = Math.min(parquet.row_group_size, dataset.num_samples_per_file);
  const isCut = columns.some((column) => rowsPerPage(column, parquet.page_size) < rowGroupRows);
  return {
    format_version: 1,
    format: dataset.format,
    num_files_train: dataset.num_files_train,
    num_samples_per_file: dataset.num_samples_per_file,
    num_subfolders_train: dataset.num_subfolders_train,
    ...(dataset.num_files_eval > 0 && {
      num_files_eval: dataset.num_files_eval,
      num_subfolders_eval: dataset.num_subfolders_eval,
    }),
    file_prefix: dataset.file_prefix,
    row_group_size: parquet.row_group_size,
    compression,
    ...(level !== undefined && level !== (defaultLevel(compression) ?? level) &&
      { compression_level: level }),
    encoding: parquet.encoding,
    ...(isCut && { page_size: parquet.page_size }),
    seed: dataset.seed,
    columns,
  };
}

/** Returns how many files a dataset has, those for evaluation included. */
export function countFiles({ num_files_train, num_files_eval = 0 }: DatasetSpecification): number {
  return num_files_train + num_files_eval;
}

/** Returns how the values of a dataset become pages. */
export function pageFormatOf(specification: DatasetSpecification): PageFormat {
  const { compression, compression_level, encoding, page_size } = specification;
  return {
    compression,
    ...(compression_level !== undefined && { compressionLevel: compression_level }),
    encoding,
    pageBytes: page_size ?? Infinity,
  };
}

function defaultLevel(compression: CompressionName): number | undefined {
  return compression === "gzip" || compression === "zstd" ? CODEC_LEVELS[compression].default : undefined;
}

/**
 * Returns the columns of a dataset's files: without any in the workload, that of DLIO, a list of uint8. DLIO has it hold
 * the whole square next below record_length_bytes: 961 values for 1000 bytes.
 */
function storedColumns({ parquet, record_length_bytes }: Workload["dataset"]): StoredColumn[] {
  if (parquet.columns.length === 0) {
    const side = Math.max(1, Math.floor(Math.sqrt(record_length_bytes)));
    return [{ name: "data", dtype: "uint8", size: side ** 2 }];
  }
  return parquet.columns.map(({ name, dtype, size, distribution, cardinality, exponent = 1 }) => ({
    name,
    dtype,
    size,
    ...(distribution === "zipf" && { distribution, exponent }),
    ...(cardinality !== undefined && { cardinality }),
  }));
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

/** Returns the specification of the same dataset without its evaluation files. */
export function withoutEvaluation(specification: DatasetSpecification): DatasetSpecification {
  const { num_files_eval: _files, num_subfolders_eval: _folders, ...rest } = specification;
  return rest;
}

/** Returns whether reading `columns` (undefined: all) gives what is wanted although the specifications may differ. */
export function isReadableAs(
  found: DatasetSpecification,
  wanted: DatasetSpecification,
  columns: readonly string[] | undefined,
): boolean {
  return found.num_samples_per_file === wanted.num_samples_per_file &&
    found.num_files_train >= wanted.num_files_train &&
    (found.num_files_eval ?? 0) >= (wanted.num_files_eval ?? 0) && found.format === wanted.format &&
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
  for (
    const key of new Set([...Object.keys(wanted), ...Object.keys(found)]) as Set<keyof DatasetSpecification>
  ) {
    if (key === "columns" || found[key] === wanted[key]) continue;
    const absent = key.endsWith("_eval") ? "none" : "the default";
    const has = found[key] ?? absent, asks = wanted[key] ?? absent;
    lines.push(`${key}: the dataset has ${has}, the workload asks for ${asks}`);
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

function describeColumn({ name, dtype, size, cardinality, distribution, exponent }: StoredColumn): string {
  const list = size === 1 ? "" : ` x ${size}`;
  const drawn = cardinality === undefined ? "" : `, ${cardinality} different`;
  return `${name} (${dtype}${list}${drawn}${distribution === undefined ? "" : `, zipf ${exponent}`})`;
}
