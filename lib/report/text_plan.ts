// A plan as a person reads it.
import {
  formatBytes,
  formatBytesPerSecond,
  formatCount,
  formatInteger,
  formatNs,
  NS_PER_SECOND,
} from "../base/units.ts";
import type { PlanSummary } from "../dataset/plan_summary.ts";
import { TEXT_COLUMNS, wrapText } from "./text_table.ts";

/** Returns the plan as lines of at most some 80 columns. */
export function renderPlan(plan: PlanSummary): string[] {
  const line = (label: string, text: string) => `  ${label.padEnd(12)}${text}`;
  const percentRead = plan.num_columns > 0
    ? `${plan.num_columns_read} of ${plan.num_columns} columns, ${plan.read_sample_bytes} of ${plan.sample_bytes} bytes a sample`
    : "all columns of the files";
  const isSynthetic = plan.format === "synthetic";
  const shortestNs = plan.shortest_epoch_seconds * NS_PER_SECOND;
  const shortest = shortestNs > 0 ? `at least ${formatNs(shortestNs)} each, ` : "";
  return [
    `${plan.workload} (${plan.source}): ${countOf(plan.num_accelerators, "accelerator")}`,
    "",
    line(
      "dataset",
      `${countOf(plan.num_files, "file")} of ${countOf(plan.samples_per_file, "sample")}`,
    ),
    ...(isSynthetic
      ? [line("", "synthetic: no file is generated, none is read")]
      : [...storedTexts(plan).map((text) => line("", text)), line("reads", percentRead)]),
    line(
      "epoch",
      `${formatInteger(plan.steps_per_epoch)} steps of ${
        formatInteger(plan.batch_size)
      } samples an accelerator`,
    ),
    line(
      "",
      `${shortest}${countOf(plan.epochs, "epoch")}, ${
        countOf(plan.dropped_samples_per_epoch, "sample")
      } left over`,
    ),
    ...(plan.num_files_eval > 0
      ? evaluationTexts(plan).map((text, at) => line(at === 0 ? "evaluation" : "", text))
      : []),
    line("demand", demandText(plan)),
    line("", `AU of ${plan.required_au_percentage.toFixed(0)} % wanted`),
    line(
      "readers",
      `${countOf(plan.read_threads, "thread")} an accelerator, at most ${
        plan.window_batches === 1 ? "1 batch" : `${formatInteger(plan.window_batches)} batches`
      } ahead`,
    ),
    ...(plan.preprocess_samples_per_second_per_accelerator === null ? [] : [
      line(
        "",
        `preprocessing lets them deliver at most ${
          formatCount(plan.preprocess_samples_per_second_per_accelerator)
        } samples/s`,
      ),
    ]),
    line("memory", `about ${formatBytes(plan.memory_bytes)}`),
    ...(plan.notes.length > 0 ? ["", "Without effect here:", ...plan.notes.flatMap(renderNote)] : []),
  ];
}

function storedTexts(plan: PlanSummary): string[] {
  const rowGroups = `${countOf(plan.row_groups_per_file, "row group")} of ${
    countOf(plan.row_group_rows, "row")
  }`;
  return [
    `${formatBytes(plan.file_bytes)} each, ${formatBytes(plan.dataset_bytes)} in all in ${plan.data_folder}`,
    `${plan.format}, compression ${plan.compression}, ${rowGroups} a file`,
    ...(plan.sizes_from_sample
      ? [`encoding ${plan.encoding}; sizes estimated by encoding the first values`]
      : []),
  ];
}

function evaluationTexts({ num_files_eval, samples_per_file, evaluation, epochs }: PlanSummary): string[] {
  const files = `${countOf(num_files_eval, "file")} of ${countOf(samples_per_file, "sample")}`;
  if (evaluation === null) return [`${files}, not read: workflow.evaluation is false`];
  const { steps, batch_size, computation_seconds } = evaluation, count = evaluation.epochs.length;
  return [
    `${files}, read after ${formatInteger(count)} of ${countOf(epochs, "epoch")}`,
    `${countOf(steps, "step")} of ${countOf(batch_size, "sample")} an accelerator, at least ` +
    `${formatNs(steps * computation_seconds * NS_PER_SECOND)} each`,
  ];
}

function renderNote(note: string): string[] {
  return wrapText(note, TEXT_COLUMNS - 4).map((text, index) => (index === 0 ? "  " : "    ") + text);
}

function demandText(plan: PlanSummary): string {
  const rate = plan.samples_per_second_per_accelerator;
  if (rate === null) return "as fast as it can: train.computation_time is 0";
  const stored = plan.num_columns > 0 && plan.format !== "synthetic"
    ? `, ${formatBytesPerSecond(plan.stored_bytes_per_second_per_accelerator!)} as stored`
    : "";
  return `${formatCount(rate)} samples/s, ${
    formatBytesPerSecond(plan.read_bytes_per_second_per_accelerator!)
  }` +
    `${stored}, an accelerator`;
}

function countOf(count: number, what: string): string {
  return `${formatInteger(count)} ${what}${count === 1 ? "" : "s"}`;
}
