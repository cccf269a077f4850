// How a workload asks for direct I/O, and how it can do without.
import type { Workload } from "./schema.ts";

/** Returns the setting that turns direct I/O off: storage_type direct_fs stands above the two keys. */
export function directOffSetting({ storage }: Workload, section: "reader" | "dataset"): string {
  return storage.storage_type === "direct_fs" ? "storage.storage_type=local_fs" : `${section}.odirect=false`;
}
