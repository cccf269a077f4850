// What passes between the source of values and those that write or check them.

/** Which values of a generated file are meant: rows of one column in one row group. */
export interface ValuePlace {
  readonly rowGroup: number;
  /** Place of the column in the specification. */
  readonly column: number;
  /** Row within the row group. */
  readonly rowStart: number;
  readonly rows: number;
}

/** Values as a PLAIN page holds them, without levels. */
export interface ColumnData {
  readonly bytes: Uint8Array;
  /** Values in `bytes`: rows times the values of a row. */
  readonly numValues: number;
  /**
   * Bits that each value takes: 1 for bool, else a multiple of 8. Strings and binary have one length in a column, so
   * that value `i` begins with its four bytes of length at byte `i * valueBits / 8`.
   */
  readonly valueBits: number;
}
