// How DLIO's dtypes are stored in Parquet. Parquet has no integer of less than 32 bits: int8 and uint8 take 4 bytes
// on disk, with a converted type that makes readers give back the narrow type. Only scalar numbers are written.
import type { ConvertedType, LogicalType, ParquetType, SchemaElement } from "hyparquet";
import { UsageError } from "../../base/errors.ts";

/** A column as a dataset's specification names it. */
export interface StoredColumn {
  readonly name: string;
  readonly dtype: string;
  readonly size: number;
}

/** The Parquet types of a dtype, and the bytes that one value takes in a PLAIN page. */
export interface ParquetStorage {
  readonly physicalType: ParquetType;
  readonly convertedType?: ConvertedType;
  readonly logicalType?: LogicalType;
  readonly valueBytes: number;
}

const STORAGE_OF_DTYPE: Readonly<Record<string, ParquetStorage>> = {
  int8: { physicalType: "INT32", convertedType: "INT_8", valueBytes: 4 },
  uint8: { physicalType: "INT32", convertedType: "UINT_8", valueBytes: 4 },
  int16: { physicalType: "INT32", convertedType: "INT_16", valueBytes: 4 },
  uint16: { physicalType: "INT32", convertedType: "UINT_16", valueBytes: 4 },
  int32: { physicalType: "INT32", valueBytes: 4 },
  uint32: { physicalType: "INT32", convertedType: "UINT_32", valueBytes: 4 },
  int64: { physicalType: "INT64", valueBytes: 8 },
  uint64: { physicalType: "INT64", convertedType: "UINT_64", valueBytes: 8 },
  float16: { physicalType: "FIXED_LEN_BYTE_ARRAY", logicalType: { type: "FLOAT16" }, valueBytes: 2 },
  float32: { physicalType: "FLOAT", valueBytes: 4 },
  float64: { physicalType: "DOUBLE", valueBytes: 8 },
};

/** The dtypes that can be generated. */
export const WRITABLE_DTYPES: readonly string[] = Object.keys(STORAGE_OF_DTYPE);

/**
 * The most bytes of one column in one row group. A page's size is a signed 32-bit number in Parquet; half of that leaves
 * room for data that grows in compression.
 */
const MAX_CHUNK_BYTES = 2 ** 30;

/** Throws a UsageError that names the first column which cannot be generated. */
export function checkWritable(columns: readonly StoredColumn[], rowGroupRows = 1): void {
  if (columns.length === 0) {
    throw new UsageError(
      'Cannot generate the dataset: "dataset.parquet.columns" is empty, at least one column is wanted',
    );
  }
  for (const { name, dtype, size } of columns) {
    const storage = STORAGE_OF_DTYPE[dtype];
    if (storage === undefined) {
      throw new UsageError(
        `Cannot generate column "${name}": its dtype is ${dtype}, one of ${
          WRITABLE_DTYPES.join(", ")
        } is wanted. ` +
          "Generate the dataset with another tool and set workflow.generate_data=false to read it",
      );
    }
    if (size !== 1) {
      throw new UsageError(
        `Cannot generate column "${name}": its size is ${size}, 1 is wanted. ` +
          "Generate the dataset with another tool and set workflow.generate_data=false to read it",
      );
    }
    if (rowGroupRows * storage.valueBytes > MAX_CHUNK_BYTES) {
      throw new UsageError(
        `Cannot generate column "${name}": dataset.parquet.row_group_size is ${rowGroupRows}, ` +
          `at most ${
            Math.floor(MAX_CHUNK_BYTES / storage.valueBytes)
          } rows of ${dtype} fit in one row group. ` +
          "Set a smaller row_group_size",
      );
    }
  }
}

/** Returns how a value of `dtype` is stored; the dtype has passed `checkWritable`. */
export function storageOf(dtype: string): ParquetStorage {
  const storage = STORAGE_OF_DTYPE[dtype];
  if (storage === undefined) throw new UsageError(`Cannot generate values of dtype ${dtype}`);
  return storage;
}

/** Returns the flat schema of a generated file: the root and one REQUIRED element for each column. */
export function schemaOf(columns: readonly StoredColumn[]): SchemaElement[] {
  const elements = columns.map(({ name, dtype }): SchemaElement => {
    const { physicalType, convertedType, logicalType, valueBytes } = storageOf(dtype);
    return {
      name,
      type: physicalType,
      repetition_type: "REQUIRED",
      ...(physicalType === "FIXED_LEN_BYTE_ARRAY" && { type_length: valueBytes }),
      ...(convertedType && { converted_type: convertedType }),
      ...(logicalType && { logical_type: logicalType }),
    };
  });
  return [{ name: "schema", num_children: columns.length }, ...elements];
}
