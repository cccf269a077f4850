// How DLIO's dtypes are stored in Parquet (reference: dlio_benchmark/data_generator/parquet_generator.py of
// mlcommons/DLIO_local_changes). Parquet has no integer of less than 32 bits: int8 and uint8 take 4 bytes on disk, with
// a converted type that makes readers give back the narrow type.
import type { ConvertedType, LogicalType, ParquetType, SchemaElement } from "hyparquet";
import { UsageError } from "../../base/errors.ts";
import { MIB } from "../../base/units.ts";
import { stringCharacters } from "../../config/dtypes.ts";

/** A column as a dataset's specification names it. */
export interface StoredColumn {
  readonly name: string;
  readonly dtype: string;
  readonly size: number;
  /** How values are drawn from `cardinality` different ones; uniform unless given. */
  readonly distribution?: "zipf";
  /** The different values; without it each value is drawn from all that the dtype has. */
  readonly cardinality?: number;
  /** The k-th most frequent value is drawn in proportion to k ^ -exponent; given with zipf alone. */
  readonly exponent?: number;
}

/** The Parquet types of a column, and what its values take in a PLAIN page. */
export interface ColumnStorage {
  readonly physicalType: ParquetType;
  readonly convertedType?: ConvertedType;
  readonly logicalType?: LogicalType;
  /** Bits of a value; of strings and binary with the four bytes that hold its length. */
  readonly valueBits: number;
  /** Whether a row is a list, which the schema has three levels for. */
  readonly isList: boolean;
  readonly valuesPerRow: number;
}

type ScalarStorage = Omit<ColumnStorage, "isList" | "valuesPerRow">;

const FLOAT32: ScalarStorage = { physicalType: "FLOAT", valueBits: 32 };

const STORAGE_OF_DTYPE: Readonly<Record<string, ScalarStorage>> = {
  int8: { physicalType: "INT32", convertedType: "INT_8", valueBits: 32 },
  uint8: { physicalType: "INT32", convertedType: "UINT_8", valueBits: 32 },
  int16: { physicalType: "INT32", convertedType: "INT_16", valueBits: 32 },
  uint16: { physicalType: "INT32", convertedType: "UINT_16", valueBits: 32 },
  int32: { physicalType: "INT32", valueBits: 32 },
  uint32: { physicalType: "INT32", convertedType: "UINT_32", valueBits: 32 },
  int64: { physicalType: "INT64", valueBits: 64 },
  uint64: { physicalType: "INT64", convertedType: "UINT_64", valueBits: 64 },
  float16: { physicalType: "FIXED_LEN_BYTE_ARRAY", logicalType: { type: "FLOAT16" }, valueBits: 16 },
  float32: FLOAT32,
  float64: { physicalType: "DOUBLE", valueBits: 64 },
  bool: { physicalType: "BOOLEAN", valueBits: 1 },
  list: FLOAT32,
};

const LENGTH_BITS = 32;

/** The dtypes that can be generated: all of DLIO's. */
export const WRITABLE_DTYPES: readonly string[] = [...Object.keys(STORAGE_OF_DTYPE), "string", "binary"];

/**
 * Returns how a column is stored.
 *
 * `size` is the values of a row: above 1, and for the dtype list always, the row is a list. Of a string and of binary it
 * is the length in bytes; a string of size 1, the default, has 12.
 */
export function storageOf({ dtype, size }: Pick<StoredColumn, "dtype" | "size">): ColumnStorage {
  if (dtype === "string") {
    return { ...byteArray(stringCharacters(size)), convertedType: "UTF8", logicalType: { type: "STRING" } };
  }
  if (dtype === "binary") return byteArray(size);
  const storage = STORAGE_OF_DTYPE[dtype];
  if (storage === undefined) throw new UsageError(`Cannot generate values of dtype ${dtype}`);
  return { ...storage, isList: dtype === "list" || size > 1, valuesPerRow: size };
}

function byteArray(lengthBytes: number): ColumnStorage {
  const valueBits = LENGTH_BITS + lengthBytes * 8;
  return { physicalType: "BYTE_ARRAY", valueBits, isList: false, valuesPerRow: 1 };
}

/** Returns the bytes of a row in PLAIN pages, without levels; a bool takes an eighth. */
export function plainRowBytes(column: Pick<StoredColumn, "dtype" | "size">): number {
  const { valueBits, valuesPerRow } = storageOf(column);
  return valuesPerRow * valueBits / 8;
}

/** What the dictionary of a chunk may take in PLAIN bytes; the default of pyarrow, parquet-mr and Spark. */
export const MAX_DICTIONARY_BYTES = MIB;

/**
 * Returns the rows of a page that holds at most `pageBytes` bytes of values, 1 at least: pages hold whole rows. A bool
 * counts as a byte, so that a page has no more values than of any other dtype.
 */
export function rowsPerPage(column: Pick<StoredColumn, "dtype" | "size">, pageBytes: number): number {
  const { valueBits, valuesPerRow } = storageOf(column);
  return Math.max(1, Math.floor(pageBytes / (valuesPerRow * Math.max(8, valueBits) / 8)));
}

/**
 * The most PLAIN bytes and values of one column in one row group: a reader holds them in one buffer, at offsets that are
 * signed 32-bit numbers.
 */
const MAX_CHUNK_BYTES = 2 ** 30, MAX_CHUNK_VALUES = 2 ** 31 - 1;

/** Throws a UsageError that names the first column which cannot be generated. */
export function checkWritable(columns: readonly StoredColumn[], rowGroupRows = 1): void {
  for (const column of columns) {
    const { name, dtype, size } = column;
    const { valuesPerRow } = storageOf(column);
    const mostRows = Math.floor(
      Math.min(MAX_CHUNK_BYTES / plainRowBytes(column), MAX_CHUNK_VALUES / valuesPerRow),
    );
    if (mostRows === 0) {
      throw new UsageError(
        `Cannot generate column "${name}": a row of ${size} x ${dtype} takes ${
          plainRowBytes(column)
        } bytes, ` +
          `at most ${MAX_CHUNK_BYTES} are wanted. Set a smaller size`,
      );
    }
    if (rowGroupRows > mostRows) {
      throw new UsageError(
        `Cannot generate column "${name}": dataset.parquet.row_group_size is ${rowGroupRows}, ` +
          `at most ${mostRows} rows of ${size === 1 ? dtype : `${size} x ${dtype}`} fit in one row group. ` +
          "Set a smaller row_group_size",
      );
    }
  }
}

/** Returns the schema of a generated file, REQUIRED throughout: the root, then an element or a list for each column. */
export function schemaOf(columns: readonly StoredColumn[]): SchemaElement[] {
  const elements = columns.flatMap((column) => {
    const { physicalType, convertedType, logicalType, valueBits, isList } = storageOf(column);
    const leaf: SchemaElement = {
      name: isList ? "element" : column.name,
      type: physicalType,
      repetition_type: "REQUIRED",
      ...(physicalType === "FIXED_LEN_BYTE_ARRAY" && { type_length: valueBits / 8 }),
      ...(convertedType && { converted_type: convertedType }),
      ...(logicalType && { logical_type: logicalType }),
    };
    return isList ? [...listLevels(column.name), leaf] : [leaf];
  });
  return [{ name: "schema", num_children: columns.length }, ...elements];
}

/** Returns the two levels above a list's element, as LogicalTypes.md of parquet-format and pyarrow have them. */
function listLevels(name: string): SchemaElement[] {
  return [
    {
      name,
      repetition_type: "REQUIRED",
      num_children: 1,
      converted_type: "LIST",
      logical_type: { type: "LIST" },
    },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
  ];
}

/** Returns the path of the column's leaf from the root. */
export function leafPath(column: StoredColumn): string[] {
  return storageOf(column).isList ? [column.name, "list", "element"] : [column.name];
}
