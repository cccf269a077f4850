// Generates files of a dataset: `<name>.partial` first, the final name only when the bytes are on the device, which is
// asked for with several small files at once. The names themselves are durable when their folders are synced, which the
// generation does before its manifest says that the dataset is complete. Synchronous: each thread has one generator.
import fs from "node:fs";
import { dirname } from "node:path";
import { FileError, reasonOf } from "../base/errors.ts";
import { MIB } from "../base/units.ts";
import { ValueSource } from "../format/parquet/values.ts";
import { ParquetFileWriter } from "../format/parquet/write_file.ts";
import { regularLayout } from "../plan/file_layout.ts";
import { type FileNames, filePath, patternNames } from "./file_names.ts";
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

/**
 * How many files, and how many bytes of them, wait for the device together: one commit of the filesystem's journal
 * serves all files that wait, which are open until then.
 */
const MAX_WAITING_FILES = 32, MAX_WAITING_BYTES = MIB;

export interface FileGeneratorOptions {
  readonly dataFolder: string;
  readonly spec: DatasetSpecification;
  /** Whether files are written around the page cache (O_DIRECT). */
  readonly direct?: boolean;
  /** Called after each row group, within a large one and after each file, with the bytes since; false stops. */
  readonly onProgress: (bytes: number) => boolean;
  /** Hears of each file that has got its final name. */
  readonly onFile: (fileIndex: number, fileBytes: number) => void;
}

/** A file that is written but for the device's word, under its partial name. */
interface WaitingFile {
  readonly fileIndex: number;
  readonly path: string;
  readonly fd: number;
  readonly bytes: number;
}

/** Generates one file of a dataset after another, for one thread, with memory that it keeps. */
export class FileGenerator {
  readonly #options: FileGeneratorOptions;
  readonly #names: FileNames;
  readonly #hash: string;
  readonly #rowGroupRows: readonly number[];
  readonly #writer: ParquetFileWriter;
  readonly #folders = new Set<string>();
  #waiting: WaitingFile[] = [];
  #waitingBytes = 0;

  constructor(options: FileGeneratorOptions) {
    const { dataFolder, spec, direct } = options;
    this.#options = options;
    this.#names = patternNames(dataFolder, spec);
    this.#hash = specificationHash(spec);
    this.#rowGroupRows = regularLayout(spec.num_samples_per_file, spec.row_group_size).rows;
    this.#writer = new ParquetFileWriter({ ...pageFormatOf(spec), columns: spec.columns, direct });
  }

  /**
   * Writes a file, which gets its final name now or with a later one; returns false, and the file is not there, when it
   * was told to stop.
   *
   * @throws {FileError} When a file has the final or the partial name already (nothing is overwritten), or a write fails.
   * After an error no partial file is left.
   */
  write(fileIndex: number): boolean {
    const path = filePath(this.#names, fileIndex), partial = path + PARTIAL_SUFFIX;
    return this.#orDiscard(partial, () => {
      const fd = this.#createPartial(path, partial);
      let bytes: number | undefined;
      try {
        bytes = this.#writeRows(fd, partial, fileIndex);
      } finally {
        if (bytes === undefined) removePartial(fd, partial);
      }
      if (bytes === undefined) return false;
      this.#waiting.push({ fileIndex, path, fd, bytes });
      this.#waitingBytes += bytes;
      const isEnough = this.#waiting.length >= MAX_WAITING_FILES || this.#waitingBytes >= MAX_WAITING_BYTES;
      if (isEnough) this.finish();
      return true;
    });
  }

  /** Gives the files that wait their final names, when their bytes are on the device. @throws {FileError} */
  finish(): void {
    for (const { fd, path } of this.#waiting) {
      this.#orDiscard(path + PARTIAL_SUFFIX, () => fs.fsyncSync(fd));
    }
    while (this.#waiting.length > 0) {
      const { fileIndex, path, fd, bytes } = this.#waiting.shift()!;
      const partial = path + PARTIAL_SUFFIX;
      this.#orDiscard(partial, () => {
        try {
          fs.closeSync(fd); // a name that is removed while its file is open goes on as .nfs<number> on NFS
          publish(partial, path);
        } catch (cause) {
          fs.rmSync(partial, { force: true });
          throw cause;
        }
      });
      this.#options.onFile(fileIndex, bytes);
    }
    this.#waitingBytes = 0;
  }

  /** Does a step of writing `partial`; when it fails, removes all files that wait. */
  #orDiscard<T>(partial: string, step: () => T): T {
    try {
      return step();
    } catch (cause) {
      for (const { fd, path } of this.#waiting) removePartial(fd, path + PARTIAL_SUFFIX);
      this.#waiting = [];
      this.#waitingBytes = 0;
      if (cause instanceof FileError) throw cause;
      throw new FileError({ action: "write", path: partial, reason: reasonOf(cause) }, { cause });
    }
  }

  /** Writes all row groups and the footer; returns the bytes of the file, or undefined when told to stop. */
  #writeRows(fd: number, path: string, fileIndex: number): number | undefined {
    const { spec: { columns, seed }, onProgress } = this.#options;
    const writer = this.#writer, rowGroupRows = this.#rowGroupRows;
    const values = new ValueSource({ seed, fileIndex, columns });
    let reportedBytes = 0;
    const report = (): boolean => {
      const bytes = writer.fileBytes - reportedBytes;
      reportedBytes += bytes;
      return onProgress(bytes);
    };
    writer.begin({ fd, path, keyValues: fileKeyValues(this.#hash, fileIndex) });
    try {
      for (let rowGroup = 0; rowGroup < rowGroupRows.length; rowGroup++) {
        writer.writeRowGroup(rowGroupRows[rowGroup], (column, rowStart, rows) => {
          if (writer.fileBytes - reportedBytes >= PROGRESS_BYTES && !report()) throw new StopSignal();
          return values.chunk({ rowGroup, column, rowStart, rows });
        });
        if (!report()) return undefined;
      }
    } catch (cause) {
      if (cause instanceof StopSignal) return undefined;
      throw cause;
    }
    const bytes = writer.finish();
    report();
    return bytes;
  }

  /** Creates the partial file, which must not be there: it may be another mlps that writes it. */
  #createPartial(path: string, partial: string): number {
    const folder = dirname(path);
    try {
      if (!this.#folders.has(folder)) fs.mkdirSync(folder, { recursive: true });
      this.#folders.add(folder);
      refuseExisting(path);
      const { O_WRONLY, O_CREAT, O_EXCL, O_DIRECT } = fs.constants;
      return fs.openSync(partial, O_WRONLY | O_CREAT | O_EXCL | (this.#options.direct ? O_DIRECT : 0), 0o666);
    } catch (cause) {
      if (cause instanceof FileError) throw cause;
      const { code } = cause as NodeJS.ErrnoException;
      const reason = code === "EEXIST"
        ? "it exists already, another mlps may be writing it"
        : reasonOf(cause);
      throw new FileError({ action: "create", path: partial, reason }, { cause });
    }
  }
}

/** Thrown through the writer to end a generation that was told to stop. */
class StopSignal extends Error {}

function removePartial(fd: number, partial: string): void {
  try {
    fs.closeSync(fd);
  } catch { /* what is removed need not be whole */ }
  fs.rmSync(partial, { force: true });
}

/** What a filesystem without hard links answers: FAT, some network and user-space filesystems. */
const NO_LINKS: readonly (string | undefined)[] = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/** Gives a partial file its final name. A link, unlike a rename, never replaces a file that has appeared meanwhile. */
function publish(partial: string, path: string): void {
  try {
    fs.linkSync(partial, path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (NO_LINKS.includes(code) && !fs.existsSync(path)) return fs.renameSync(partial, path);
    if (NO_LINKS.includes(code) || code === "EEXIST") throw existsAlready(path);
    throw cause;
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
