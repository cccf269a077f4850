// The column types that DLIO's Parquet generator knows, and how many different values a generated column has of each.

/** The column types, as workload files name them. */
export const COLUMN_DTYPES = [
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "int8",
  "int16",
  "int32",
  "int64",
  "float16",
  "float32",
  "float64",
  "bool",
  "string",
  "binary",
  "list",
] as const;

export type ColumnDtype = typeof COLUMN_DTYPES[number];

/** The bits that differ between generated values of a dtype, 31 where nothing is said; floats are in [1, 2). */
const DISTINCT_BITS: Readonly<Record<string, number>> = {
  bool: 1,
  int8: 8,
  uint8: 8,
  int16: 16,
  uint16: 16,
  float16: 10,
  float32: 23,
  list: 23,
};

/** Returns the bits that differ between generated values of a narrow dtype, undefined where there are 32 or more. */
export function distinctBits(dtype: string): number | undefined {
  return DISTINCT_BITS[dtype];
}

/** The characters of a string whose size is 1: what DLIO's strings, "s_" and a number below 2^31, mostly have. */
const DEFAULT_STRING_CHARACTERS = 12;

/** Returns the characters of a generated string column's values, each of them one byte. */
export function stringCharacters(size: number): number {
  return size === 1 ? DEFAULT_STRING_CHARACTERS : size;
}

/** Returns the largest cardinality of a column of this dtype; `size` is the bytes of a string or of binary. */
export function maxCardinality({ dtype, size }: { dtype: string; size: number }): number {
  if (dtype === "binary" && size < 4) return 256 ** size;
  const bits = DISTINCT_BITS[dtype];
  return bits === undefined ? 2 ** 31 - 1 : 2 ** bits;
}
