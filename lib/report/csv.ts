// Results as CSV (RFC 4180): a line for each accelerator of each epoch, with what holds for the epoch and the run repeated on
// each, so that a spreadsheet or a data frame needs no joins.
import type { Summary } from "../metrics/summary.ts";
import type { LoadedResult } from "./load_result.ts";

type EpochSummary = Summary["mlps"]["epochs"][number];
type AcceleratorSummary = EpochSummary["accelerators"][number];

/** What a line is made from; a run without an epoch has one line that says so. */
interface Line {
  readonly result: LoadedResult;
  readonly phase?: "training" | "evaluation";
  readonly epoch?: EpochSummary;
  readonly accelerator?: AcceleratorSummary;
  /** From 0. */
  readonly rank?: number;
}

type Cell = string | number | boolean | null | undefined;

const COLUMNS: readonly (readonly [name: string, of: (line: Line) => Cell])[] = [
  ["result", ({ result }) => result.path],
  ["workload", ({ result }) => result.summary.mlps.workload.name],
  ["status", ({ result }) => result.summary.status],
  ["start", ({ result }) => result.summary.start],
  ["hostname", ({ result }) => result.summary.hostname],
  ["num_accelerators", ({ result }) => result.summary.num_accelerators],
  ["required_au_percentage", ({ result }) => result.summary.mlps.required_au_percentage],
  ["limit", ({ result }) => result.summary.mlps.verdict?.limit],
  ["warnings", ({ result }) => result.summary.mlps.warnings.map(({ code }) => code).join(" ")],
  ["phase", ({ phase }) => phase],
  ["epoch", ({ epoch }) => epoch?.epoch],
  ["complete", ({ epoch }) => epoch?.complete],
  ["epoch_seconds", ({ epoch }) => epoch?.duration_seconds],
  ["epoch_au_percentage", ({ epoch }) => epoch?.au_percentage],
  ["epoch_samples_per_second", ({ epoch }) => epoch?.samples_per_second],
  ["epoch_useful_bytes_per_second", ({ epoch }) => epoch?.useful_bytes_per_second],
  ["epoch_requested_bytes_per_second", ({ epoch }) => epoch?.requested_bytes_per_second],
  ["epoch_device_bytes_per_second", ({ epoch }) => epoch?.device_bytes_per_second],
  ["accelerator", ({ rank }) => rank],
  ["au_percentage", ({ accelerator }) => accelerator?.au_percentage],
  ["samples_per_second", ({ accelerator }) => accelerator?.samples_per_second],
  ["steps", ({ accelerator }) => accelerator?.steps],
  ["counted_steps", ({ accelerator }) => accelerator?.counted_steps],
  ["measured_seconds", ({ accelerator }) => accelerator?.measured_seconds],
  ["storage_wait_percentage", ({ accelerator }) => accelerator?.storage_wait_percentage],
  ["decode_wait_percentage", ({ accelerator }) => accelerator?.decode_wait_percentage],
  ["preprocess_wait_percentage", ({ accelerator }) => accelerator?.preprocess_wait_percentage],
  ["window_wait_percentage", ({ accelerator }) => accelerator?.window_wait_percentage],
  ["barrier_wait_percentage", ({ accelerator }) => accelerator?.barrier_wait_percentage],
  ["stalls", ({ accelerator }) => accelerator?.stalls?.count],
  ["stall_seconds", ({ accelerator }) => accelerator?.stalls?.total_seconds],
];

/** Returns the names of the columns. */
export function listCsvColumns(): string[] {
  return COLUMNS.map(([name]) => name);
}

/** Returns results as CSV, its first line the names of the columns. */
export function renderCsv(results: readonly LoadedResult[]): string {
  const rows = results.flatMap(linesOf).map((line) => COLUMNS.map(([, of]) => of(line)));
  return [listCsvColumns(), ...rows].map((cells) => cells.map(renderCell).join(",") + "\r\n").join("");
}

function linesOf(result: LoadedResult): Line[] {
  const { epochs, evaluation } = result.summary.mlps;
  const linesOfPhase = (phase: "training" | "evaluation", all: readonly EpochSummary[]): Line[] =>
    all.flatMap((epoch) =>
      epoch.accelerators.map((accelerator, rank) => ({ result, phase, epoch, accelerator, rank }))
    );
  const lines = [
    ...linesOfPhase("training", epochs),
    ...linesOfPhase("evaluation", evaluation?.epochs ?? []),
  ];
  return lines.length > 0 ? lines : [{ result }];
}

function renderCell(cell: Cell): string {
  const text = cell === null || cell === undefined ? "" : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
