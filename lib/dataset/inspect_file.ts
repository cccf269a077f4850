// What a dataset's file says about itself, for checks before a run. Every failure is a PreflightError that names it.
import fs from "node:fs";
import { FileError, PreflightError, reasonOf } from "../base/errors.ts";
import { type FileSummary, readFileSummary } from "../format/parquet/footer.ts";
import { schemaSection } from "../format/parquet/schema_section.ts";
import { readFooter } from "../format/parquet/read_footer.ts";
import { kindOfNonFile } from "../storage/file_kind.ts";

export interface InspectedFile extends FileSummary {
  readonly fileBytes: number;
  /** The schema as the bytes that the footer holds. */
  readonly schemaSection: Uint8Array;
}

const REPLACE_IT = "Delete this file yourself, or put a whole one in its place";

/** Returns the size of a file and the summary of its footer. @throws {PreflightError} */
export function inspectFile(path: string): InspectedFile {
  const kind = kindOfNonFile(path);
  if (kind !== undefined) {
    throw new PreflightError(`Cannot read "${path}": it is a ${kind}, a file is wanted. ${REPLACE_IT}`);
  }
  let fd: number | undefined;
  try {
    fd = fs.openSync(path, "r");
    const fileBytes = fs.fstatSync(fd).size;
    const metadata = readFooter(fd, fileBytes, path);
    return { fileBytes, schemaSection: schemaSection(metadata).slice(), ...readFileSummary(metadata, path) };
  } catch (cause) {
    if (cause instanceof FileError) throw new PreflightError(`${cause.message}. ${REPLACE_IT}`, { cause });
    throw new PreflightError(`Cannot read "${path}": ${reasonOf(cause)}`, { cause });
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}

/** Returns the size of a file, or undefined when it is not there. @throws {PreflightError} */
export function findFileBytes(path: string): number | undefined {
  let stat: fs.Stats | undefined;
  try {
    stat = fs.statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new PreflightError(`Cannot read "${path}": ${reasonOf(cause)}`, { cause });
  }
  if (stat?.isDirectory()) {
    throw new PreflightError(`Cannot read "${path}": it is a folder, not a file. ${REPLACE_IT}`);
  }
  return stat?.size;
}
