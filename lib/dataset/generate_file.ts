// Generates one file of a dataset: `<name>.partial` first, its final name only when its bytes are on the device.
// Synchronous, as each generating thread writes one file at a time.
import fs from "node:fs";
import { dirname } from "node:path";
import { FileError, reasonOf } from "../base/errors.ts";
import { MIB } from "../base/units.ts";
import { ValueSource } from "../format/parquet/values.ts";
import { ParquetFileWriter } from "../format/parquet/write_file.ts";
import { regularLayout } from "../plan/file_layout.ts";
import { syncFolder } from "./durable.ts";
import { filePath, patternNames } from "./file_names.ts";
import { type DatasetSpecification, pageFormatOf, specificationHash } from "./specification.ts";

/** The keys of a generated file's key-value metadata. */
export const SPECIFICATION_KEY = "mlps.specification";
export const FILE_INDEX_KEY = "mlps.file_index";

/** Returns the key-value metadata of a generated file. */
export function fileKeyValues(specificationHash: string, fileIndex: number): Record<string, string> {
  return { [SPECIFICATION_KEY]: specificationHash, [FILE_INDEX_KEY]: String(fileIndex) };
}

export const PARTIAL_SUFFIX = ".partial";

/** How much of a row group is written between two reports. */
const PROGRESS_BYTES = 16 * MIB;

export interface GenerateFileOptions {
  readonly dataFolder: string;
  readonly spec: DatasetSpecification;
  readonly fileIndex: number;
  /** Called after each row group, and within a large one, with the bytes of the file so far; false stops the generation. */
  readonly onProgress: (writtenBytes: number) => boolean;
}

/**
 * Writes a file of the dataset and returns its bytes, or "stopped".
 *
 * @throws {FileError} When a file has the final or the partial name already (nothing is overwritten), or a write fails.
 * After an error and after a stop no partial file is left.
 */
export function generateFile(options: GenerateFileOptions): { readonly bytes: number } | "stopped" {
  const path = filePath(patternNames(options.dataFolder, options.spec), options.fileIndex);
  const partial = path + PARTIAL_SUFFIX;
  const fd = createPartial(path, partial);
  let bytes: number | undefined;
  try {
    try {
      bytes = writeRows(fd, partial, options);
      if (bytes !== undefined) fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    if (bytes !== undefined) {
      publish(partial, path);
      syncFolder(dirname(path));
    }
  } catch (cause) {
    fs.rmSync(partial, { force: true });
    if (cause instanceof FileError) throw cause;
    throw new FileError({ action: "write", path: partial, reason: reasonOf(cause) }, { cause });
  }
  if (bytes === undefined) {
    fs.rmSync(partial, { force: true });
    return "stopped";
  }
  return { bytes };
}

/** Thrown through the writer to end a generation that was told to stop. */
class StopSignal extends Error {}

/** Writes all row groups and the footer; returns the bytes of the file, or undefined when told to stop. */
function writeRows(fd: number, path: string, options: GenerateFileOptions): number | undefined {
  const { spec, fileIndex, onProgress } = options;
  const { columns, seed } = spec;
  const writer = new ParquetFileWriter(fd, {
    ...pageFormatOf(spec),
    path,
    columns,
    keyValues: fileKeyValues(specificationHash(spec), fileIndex),
  });
  const values = new ValueSource({ seed, fileIndex, columns });
  const { rows } = regularLayout(spec.num_samples_per_file, spec.row_group_size);
  let reportedBytes = 0;
  const report = () => {
    reportedBytes = writer.fileBytes;
    if (!onProgress(reportedBytes)) throw new StopSignal();
  };
  try {
    for (let rowGroup = 0; rowGroup < rows.length; rowGroup++) {
      writer.writeRowGroup(rows[rowGroup], (column, rowStart, pageRows) => {
        if (writer.fileBytes - reportedBytes >= PROGRESS_BYTES) report();
        return values.chunk({ rowGroup, column, rowStart, rows: pageRows });
      });
      report();
    }
  } catch (cause) {
    if (cause instanceof StopSignal) return undefined;
    throw cause;
  }
  return writer.finish();
}

/** Creates the partial file, which must not be there: it may be another mlps that writes it. */
function createPartial(path: string, partial: string): number {
  try {
    fs.mkdirSync(dirname(path), { recursive: true });
    refuseExisting(path);
    return fs.openSync(partial, "wx");
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    const reason = code === "EEXIST" ? "it exists already, another mlps may be writing it" : reasonOf(cause);
    throw new FileError({ action: "create", path: partial, reason }, { cause });
  }
}

/** What a filesystem without hard links answers: FAT, some network and user-space filesystems. */
const NO_LINKS: readonly (string | undefined)[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Gives a partial file its final name. A link, unlike a rename, never replaces a file that has appeared meanwhile. */
function publish(partial: string, path: string): void {
  try {
    fs.linkSync(partial, path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EEXIST") throw existsAlready(path);
    if (!NO_LINKS.includes(code)) throw cause;
    refuseExisting(path);
    fs.renameSync(partial, path);
    return;
  }
  fs.unlinkSync(partial);
}

function refuseExisting(path: string): void {
  if (fs.existsSync(path)) throw existsAlready(path);
}

function existsAlready(path: string): FileError {
  const reason = "it exists already, and nothing is ever overwritten";
  return new FileError({ action: "generate", path, reason });
}
