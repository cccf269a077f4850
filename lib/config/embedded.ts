// The workloads inside the binary: `mlps run dlrm` works where no file was copied along.
import dlrm from "../../workloads/dlrm.yaml" with { type: "text" };
import dlrmB200 from "../../workloads/dlrm_b200.yaml" with { type: "text" };

const EMBEDDED_WORKLOADS: ReadonlyMap<string, string> = new Map([["dlrm", dlrm], ["dlrm_b200", dlrmB200]]);

/** Returns the names of the embedded workloads in alphabetical order. */
export function listEmbeddedWorkloads(): string[] {
  return [...EMBEDDED_WORKLOADS.keys()];
}

/** Returns the YAML text of an embedded workload, undefined for an unknown name. */
export function readEmbeddedWorkload(name: string): string | undefined {
  return EMBEDDED_WORKLOADS.get(name);
}
