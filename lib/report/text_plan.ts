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

/** Returns the plan as lines of at most some 80 columns. */
export function renderPlan(plan: PlanSummary): string[] {
  const line = (label: string, text: string) => `  ${label.padEnd(12)}${text}`;
  const percentRead = plan.num_columns > 0
    ? `${plan.num_columns_read} of ${plan.num_columns} columns, ${plan.read_sample_bytes} of ${plan.sample_bytes} bytes a sample`
    : "all columns of the files";
  return [
    `${plan.workload} (${plan.source}): ${plan.num_accelerators} accelerator${
      plan.num_accelerators === 1 ? "" : "s"
    }`,
    "",
    line(
      "dataset",
      `${formatInteger(plan.num_files)} files of ${countOf(plan.samples_per_file, "sample")}`,
    ),
    line(
      "",
      `${formatBytes(plan.file_bytes)} each, ${
        formatBytes(plan.dataset_bytes)
      } in all in ${plan.data_folder}`,
    ),
    line(
      "",
      `${plan.format}, compression ${plan.compression}, ${
        countOf(plan.row_groups_per_file, "row group")
      } of ` +
        `${countOf(plan.row_group_rows, "row")} a file`,
    ),
    ...(plan.sizes_from_sample
      ? [line("", `encoding ${plan.encoding}; the sizes are estimates, made by encoding the first values`)]
      : []),
    line("reads", percentRead),
    line(
      "epoch",
      `${formatInteger(plan.steps_per_epoch)} steps of ${
        formatInteger(plan.batch_size)
      } samples an accelerator`,
    ),
    line(
      "",
      `at least ${formatNs(plan.shortest_epoch_seconds * NS_PER_SECOND)} each, ${plan.epochs} epoch${
        plan.epochs === 1 ? "" : "s"
      }, ` +
        `${formatInteger(plan.dropped_samples_per_epoch)} samples left over`,
    ),
    line("demand", demandText(plan)),
    line("", `AU of ${plan.required_au_percentage.toFixed(0)} % wanted`),
    line(
      "readers",
      `${plan.read_threads} thread${
        plan.read_threads === 1 ? "" : "s"
      } an accelerator, at most ${plan.window_batches} batches ahead`,
    ),
    line("memory", `about ${formatBytes(plan.memory_bytes)}`),
    ...(plan.notes.length > 0 ? ["", "Without effect here:", ...plan.notes.map((note) => `  ${note}`)] : []),
  ];
}

function demandText(plan: PlanSummary): string {
  const rate = plan.samples_per_second_per_accelerator;
  if (rate === null) return "as fast as it can: train.computation_time is 0";
  const stored = plan.num_columns > 0
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
