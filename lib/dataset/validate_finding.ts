// What a validation found: one plain object for each difference, whose keys are those of `mlps validate --json`.
import { FileError } from "../base/errors.ts";

/** In what a dataset differs; "unreadable" is what could not be checked. */
export type FindingKind =
  | "specification"
  | "incomplete"
  | "file_count"
  | "missing_file"
  | "unexpected_file"
  | "file_size"
  | "footer"
  | "identity"
  | "row_count"
  | "row_groups"
  | "schema"
  | "page"
  | "values"
  | "unreadable";

/** Bytes in a row that differ, save for gaps of a few equal ones. */
export interface DamageRun {
  readonly offset_bytes: number;
  readonly extent_bytes: number;
}

/** How far the values of a column chunk differ from what the seed says. */
export interface DamageReport {
  /** "bytes": the runs are exactly the bytes that differ; "pages": the pages that hold the values which differ. */
  readonly precision: "bytes" | "pages";
  readonly runs: readonly DamageRun[];
  /** How many runs there are; the first of them are listed. */
  readonly num_runs: number;
  readonly differing_bytes: number;
  readonly differing_values: number;
  readonly num_values: number;
  /** The bytes from the first difference on, at most 8 of them. */
  readonly first_expected_hex: string;
  readonly first_found_hex: string;
}

export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
  readonly path?: string;
  readonly row_group?: number;
  readonly column?: string;
  /** Where in the file. */
  readonly offset_bytes?: number;
  readonly damage?: DamageReport;
}

/**
 * Returns what an error says about a file: that it is not there, that it could not be read, or that what it holds is
 * not what `kind` says it should be.
 */
export function findingOf(cause: unknown, kind: FindingKind, path: string): Finding {
  if (!(cause instanceof FileError)) throw cause;
  const { code } = (cause.cause ?? {}) as NodeJS.ErrnoException;
  const offset = cause.failure?.offsetBytes;
  const message = cause.failure?.reason ?? cause.message;
  return {
    kind: code === "ENOENT" || code === "ENOTDIR"
      ? "missing_file"
      : isSystemError(code)
      ? "unreadable"
      : kind,
    path,
    message,
    ...(offset !== undefined && { offset_bytes: offset }),
  };
}

/** Whether a code is one of the operating system and not of a library, as zlib's are. */
function isSystemError(code: string | undefined): boolean {
  return code !== undefined && /^E[A-Z0-9]+$/.test(code);
}
