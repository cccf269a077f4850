// The size that a dataset has to have, as a person reads it.
import { formatBytes, formatInteger } from "../base/units.ts";
import { MIN_MEMORY_RATIO, MIN_STEPS } from "../plan/datasize.ts";

/** What `mlps datasize` found out, keys as they are printed. */
export interface DatasizeReport {
  readonly workload: string;
  readonly num_accelerators: number;
  readonly num_hosts: number;
  readonly host_memory_bytes: number;
  readonly min_samples_for_steps: number;
  readonly min_samples_for_memory: number;
  readonly decided_by: "steps" | "memory";
  readonly num_files_train: number;
  readonly num_samples_per_file: number;
  readonly num_samples: number;
  readonly num_subfolders_train: number;
  /** All columns, as they lie on disk. */
  readonly dataset_bytes: number;
  /** The columns that an epoch reads. */
  readonly read_bytes: number;
  readonly data_folder: string;
  /** Null where the filesystem does not say. */
  readonly free_bytes: number | null;
  readonly fits: boolean | null;
  readonly datagen_command: string;
}

/** Returns the report as lines of at most some 80 columns, but for the command. */
export function renderDatasize(report: DatasizeReport): string[] {
  const line = (label: string, text: string) => `  ${label.padEnd(12)}${text}`;
  const memoryBytes = report.num_hosts * report.host_memory_bytes;
  const because = report.decided_by === "memory"
    ? `${MIN_MEMORY_RATIO} x ${formatBytes(memoryBytes)}, the memory of ${count(report.num_hosts, "host")}`
    : `${MIN_STEPS} steps of ${count(report.num_accelerators, "accelerator")}`;
  return [
    `${report.workload}: ${count(report.num_accelerators, "accelerator")}, ${
      count(report.num_hosts, "host")
    } of ${formatBytes(report.host_memory_bytes)}`,
    "",
    line(
      "files",
      `${formatInteger(report.num_files_train)} of ${count(report.num_samples_per_file, "sample")}`,
    ),
    line("samples", `${formatInteger(report.num_samples)}; ${because} decides`),
    line(
      "subfolders",
      report.num_subfolders_train === 0 ? "none" : formatInteger(report.num_subfolders_train),
    ),
    line("size", formatBytes(report.dataset_bytes)),
    line(
      "",
      `of which an epoch reads ${formatBytes(report.read_bytes)}, ${
        ratio(report.read_bytes / memoryBytes)
      } x memory`,
    ),
    line("free", freeText(report)),
    line("generate", report.datagen_command),
  ];
}

function freeText({ free_bytes: freeBytes, fits, data_folder: folder }: DatasizeReport): string {
  if (freeBytes === null) return `unknown in ${folder}`;
  return `${formatBytes(freeBytes)} in ${folder}${fits ? "" : ": TOO LITTLE"}`;
}

function count(value: number, what: string): string {
  return `${formatInteger(value)} ${what}${value === 1 ? "" : "s"}`;
}

function ratio(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}
