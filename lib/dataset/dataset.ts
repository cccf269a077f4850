// A dataset that is ready to be read, its training or its evaluation files: all that plan and workers need to know of
// it. Plain values, so that it can be posted to workers as it is.
import type { SchemaElement } from "hyparquet";
import type { FileLayout } from "../plan/file_layout.ts";
import type { DatasetPart, PartNames } from "./file_names.ts";

export interface Dataset {
  /** Whether mlps generated it (there is a manifest) or another tool, or there are no files at all. */
  readonly origin: "mlps" | "foreign" | "synthetic";
  readonly dataFolder: string;
  /** The hash of its specification; for a foreign dataset, of the names, sizes and row groups of its files. */
  readonly id: string;
  readonly names: PartNames;
  readonly numFiles: number;
  readonly samplesPerFile: number;
  readonly layouts: readonly FileLayout[];
  /** Which of `layouts` a file has; absent when all have the first. */
  readonly layoutOfFile: Uint16Array | undefined;
  /** From the footer of the first file; the wanted columns of all files agree with it. */
  readonly schema: readonly SchemaElement[];
  readonly fileBytes: Float64Array;
  readonly totalBytes: number;
  readonly warnings: readonly string[];
}

export interface OpenOptions {
  /** Which files are opened; those for training unless given. */
  readonly part?: DatasetPart;
  /** The command that generates the dataset; errors that it would mend name it. */
  readonly generateCommand: string;
  /** Ends the opening, which takes a while with many files, by its reason. */
  readonly signal: AbortSignal;
  /** Called now and then with the number of files that were looked at. */
  readonly onProgress?: (doneFiles: number, numFiles: number) => void;
}
