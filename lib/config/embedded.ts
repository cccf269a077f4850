// The workloads inside the binary: `mlps run dlrm` works where no file was copied along.
import dlrm from "../../workloads/dlrm.yaml" with { type: "text" };
import dlrmB200 from "../../workloads/dlrm_b200.yaml" with { type: "text" };
import dlrmCriteo from "../../workloads/dlrm_criteo.yaml" with { type: "text" };
import dlrmMi355 from "../../workloads/dlrm_mi355.yaml" with { type: "text" };
import dlrmParquetH100 from "../../workloads/dlrm_parquet_h100.yaml" with { type: "text" };
import fluxB200 from "../../workloads/flux_b200.yaml" with { type: "text" };
import fluxMi355 from "../../workloads/flux_mi355.yaml" with { type: "text" };
import parquetSelectiveRead from "../../workloads/parquet_selective_read.yaml" with { type: "text" };

const EMBEDDED_WORKLOADS: ReadonlyMap<string, string> = new Map([
  ["dlrm", dlrm],
  ["dlrm_b200", dlrmB200],
  ["dlrm_criteo", dlrmCriteo],
  ["dlrm_mi355", dlrmMi355],
  ["dlrm_parquet_h100", dlrmParquetH100],
  ["flux_b200", fluxB200],
  ["flux_mi355", fluxMi355],
  ["parquet_selective_read", parquetSelectiveRead],
]);

/** Returns the names of the embedded workloads in alphabetical order. */
export function listEmbeddedWorkloads(): string[] {
  return [...EMBEDDED_WORKLOADS.keys()];
}

/** Returns the YAML text of an embedded workload, undefined for an unknown name. */
export function readEmbeddedWorkload(name: string): string | undefined {
  return EMBEDDED_WORKLOADS.get(name);
}
