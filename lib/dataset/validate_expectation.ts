// What the files of a dataset must be. Plain values, so that it can be posted to workers as it is.
import type { SchemaElement } from "hyparquet";
import { schemaOf } from "../format/parquet/dtypes.ts";
import { describeSchema, typeText } from "../format/parquet/inspect_schema.ts";
import { regularLayout } from "../plan/file_layout.ts";
import { type FileNames, patternNames } from "./file_names.ts";
import { decodeRuns, type Manifest } from "./manifest.ts";
import type { DatasetSpecification } from "./specification.ts";

export interface DatasetExpectation {
  readonly names: FileNames;
  readonly samplesPerFile: number;
  /** A line for each element of the schema. */
  readonly schema: readonly string[];
  /** Where the schema is from, for messages. */
  readonly schemaOrigin: string;
  /** What only a manifest tells. */
  readonly own?: OwnExpectation;
}

export interface OwnExpectation {
  readonly specification: DatasetSpecification;
  readonly specificationHash: string;
  /** By index of the file; absent while the dataset is being generated. */
  readonly fileBytes?: Float64Array;
  /** Rows of each row group. */
  readonly rowGroupRows: readonly number[];
}

/** Returns what a generated dataset must be, by its manifest. */
export function expectationOf(dataFolder: string, manifest: Manifest): DatasetExpectation {
  const { specification, specification_hash, status, file_bytes } = manifest;
  return {
    names: patternNames(dataFolder, specification),
    samplesPerFile: specification.num_samples_per_file,
    schema: schemaLines(schemaOf(specification.columns)),
    schemaOrigin: "the manifest",
    own: {
      specification,
      specificationHash: specification_hash,
      ...(status === "complete" && { fileBytes: decodeRuns(file_bytes) }),
      rowGroupRows: regularLayout(specification.num_samples_per_file, specification.row_group_size).rows,
    },
  };
}

/** Returns a schema as lines that are equal where a reader finds the same in both. */
export function schemaLines(schema: readonly SchemaElement[]): string[] {
  return describeSchema(schema).map((row) => `${row.repetition} ${typeText(row)} "${row.path}"`);
}
