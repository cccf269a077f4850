// The workloads inside the binary as a table.
import { formatBytes, formatBytesPerSecond, formatCount, formatInteger } from "../base/units.ts";
import type { PlanSummary } from "../dataset/plan_summary.ts";
import { renderTable } from "./text_table.ts";

/** What a list of workloads says of one, keys as they are printed. */
export function describeWorkload(plan: PlanSummary) {
  return {
    name: plan.workload,
    format: plan.format,
    num_files: plan.num_files,
    num_samples: plan.num_samples,
    dataset_bytes: plan.dataset_bytes,
    samples_per_second_per_accelerator: plan.samples_per_second_per_accelerator,
    read_bytes_per_second_per_accelerator: plan.read_bytes_per_second_per_accelerator,
    required_au_percentage: plan.required_au_percentage,
  };
}

export type WorkloadDescription = ReturnType<typeof describeWorkload>;

/** Returns the table as lines of text. */
export function renderWorkloads(workloads: readonly WorkloadDescription[]): string[] {
  const right = { align: "right" } as const;
  return [
    ...renderTable(
      [
        { title: "name" },
        { title: "format" },
        { title: "files", ...right },
        { title: "dataset", ...right },
        { title: "samples/s", ...right },
        { title: "bytes/s", ...right },
      ],
      workloads.map((workload) => [
        workload.name,
        workload.format,
        formatInteger(workload.num_files),
        formatBytes(workload.dataset_bytes),
        formatRate(workload.samples_per_second_per_accelerator, formatCount),
        formatRate(workload.read_bytes_per_second_per_accelerator, formatBytesPerSecond),
      ]),
    ),
    "",
    "One accelerator demands these rates. `mlps workloads show NAME` prints a file",
  ];
}

function formatRate(rate: number | null, format: (rate: number) => string): string {
  return rate === null ? "-" : format(rate);
}
