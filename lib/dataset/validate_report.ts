// The result of a validation. The keys are those of `mlps validate --json` (docs/validate.md).
import type { Finding } from "./validate_finding.ts";
import type { DamagedRange } from "./validate_ranges.ts";

/** How a dataset is read, and from where the bytes came. */
interface ReadFacts {
  readonly read_bytes: number;
  /** Null where the kernel or the filesystem does not account them. */
  readonly device_read_bytes: number | null;
  readonly direct: boolean;
  /** Whether the files' pages were dropped before they were read. */
  readonly page_cache_dropped: boolean;
  /** What lay in the page cache before; null where the kernel does not tell, and without --deep. */
  readonly cached_bytes_before: number | null;
}

/** What a validation found. */
export interface ValidationReport extends ReadFacts {
  readonly workload: string;
  readonly data_folder: string;
  /** Null where another tool made it. */
  readonly generator: string | null;
  readonly deep: boolean;
  readonly status: "valid" | "different" | "unreadable" | "interrupted";
  readonly num_files: number;
  readonly num_files_checked: number;
  readonly num_values_compared: number;
  readonly elapsed_seconds: number;
  /** Those that are not listed included: of one file a thousand are. */
  readonly num_differences: number;
  readonly num_files_unreadable: number;
  /** Where files do not hold what was written, as far as that is known to the byte or the page. */
  readonly damaged_ranges: readonly DamagedRange[];
  readonly differences: readonly Finding[];
}
