// The decoded values of one column chunk, as whoever asks for them sees them, and the memory that they lie in.
import type { DecodedArray } from "hyparquet";
import type { WantedColumn } from "./columns.ts";
import { DecodeBuffer, grow } from "./decode_buffer.ts";

/** The values of a column in one row group. */
export interface ColumnValues {
  readonly rows: number;
  /**
   * One value a row, or for lists one an element; null has a place and is zero there.
   *
   * A typed array of the physical type; bytes for BOOLEAN (0 or 1), for FIXED_LEN_BYTE_ARRAY and INT96 (each its
   * length) and for BYTE_ARRAY (see `offsets`). For lists in lists, what hyparquet makes of each row.
   */
  readonly values: DecodedArray;
  /** For BYTE_ARRAY: value `i` is at `offsets[i]` <= byte < `offsets[i + 1]`. */
  readonly offsets?: Int32Array;
  /** A byte for each value: 0 for null, else 1. Absent when there is no null. */
  readonly validity?: Uint8Array;
  /** For lists: the elements of row `r` are the values from `listOffsets[r]` to `listOffsets[r + 1]`. */
  readonly listOffsets?: Int32Array;
  /** A byte for each row: 0 where the list itself is null. Absent when there is no such row. */
  readonly listValidity?: Uint8Array;
  /** The number of elements of every row, where all rows have as many. */
  readonly listLength?: number;
}

/** The memory of one column: values, and what tells which of them are null and where lists begin. */
export class ColumnOutput {
  readonly buffer = new DecodeBuffer();
  numRows = 0;
  /** Values so far, nulls included: what `validity` has a byte for. */
  numValues = 0;
  /** Bytes of byte arrays so far. */
  numBytes = 0;
  /** Whether `validity` and `listValidity` mean anything: without a null they are not even filled. */
  hasNulls = false;
  hasNullLists = false;
  validity = new Uint8Array(0);
  listValidity = new Uint8Array(0);
  /** Where each list begins. */
  listOffsets = new Int32Array(1);
  /** Values that hyparquet gathered in the place of all the rest. */
  nested: DecodedArray | undefined;

  /** Forgets the values, keeps the memory. */
  clear(): void {
    this.numRows = this.numValues = this.numBytes = 0;
    this.hasNulls = this.hasNullLists = false;
    this.buffer.offsets[0] = 0;
    this.nested = undefined;
  }

  /** Makes room for the validity of `count` more values and marks those before as present. */
  beginNulls(count: number): void {
    this.validity = grow(this.validity, this.hasNulls ? this.numValues : 0, this.numValues + count);
    if (!this.hasNulls) this.validity.fill(1, 0, this.numValues);
    this.hasNulls = true;
  }

  /** Marks the next `count` values as present. */
  markPresent(count: number): void {
    if (!this.hasNulls) return;
    this.validity = grow(this.validity, this.numValues, this.numValues + count);
    this.validity.fill(1, this.numValues, this.numValues + count);
  }

  /** Makes room for `count` more lists. */
  reserveLists(count: number): void {
    this.listOffsets = grow(this.listOffsets, this.numRows, this.numRows + count + 1);
  }

  /** Makes room for the validity of `count` more lists and marks those before as present. */
  beginNullLists(count: number): void {
    this.listValidity = grow(this.listValidity, this.hasNullLists ? this.numRows : 0, this.numRows + count);
    if (!this.hasNullLists) this.listValidity.fill(1, 0, this.numRows);
    this.hasNullLists = true;
  }

  /** Marks the next `count` lists as present. */
  markListsPresent(count: number): void {
    if (!this.hasNullLists) return;
    this.listValidity = grow(this.listValidity, this.numRows, this.numRows + count);
    this.listValidity.fill(1, this.numRows, this.numRows + count);
  }

  /** Returns views of what the column holds; they change with the next row group. */
  view(column: WantedColumn): ColumnValues {
    const { numRows: rows, numValues, buffer } = this;
    if (this.nested !== undefined) return { rows, values: this.nested };
    return {
      rows,
      values: viewValues(column, buffer.bytes.buffer, numValues, this.numBytes),
      ...(column.physicalType === "BYTE_ARRAY" && { offsets: buffer.offsets.subarray(0, numValues + 1) }),
      ...(this.hasNulls && { validity: this.validity.subarray(0, numValues) }),
      ...(column.maxRepetition > 0 && this.#viewLists()),
    };
  }

  #viewLists(): Pick<ColumnValues, "listOffsets" | "listLength" | "listValidity"> {
    const rows = this.numRows;
    this.listOffsets[rows] = this.numValues;
    const listOffsets = this.listOffsets.subarray(0, rows + 1);
    const length = rows > 0 ? this.numValues / rows : 0;
    const isConstant = listOffsets.every((offset, row) => offset === row * length);
    return {
      listOffsets,
      ...(isConstant && { listLength: length }),
      ...(this.hasNullLists && { listValidity: this.listValidity.subarray(0, rows) }),
    };
  }
}

function viewValues(
  { physicalType, valueBytes }: WantedColumn,
  buffer: ArrayBuffer,
  count: number,
  numBytes: number,
): DecodedArray {
  switch (physicalType) {
    case "INT32":
      return new Int32Array(buffer, 0, count);
    case "INT64":
      return new BigInt64Array(buffer, 0, count);
    case "FLOAT":
      return new Float32Array(buffer, 0, count);
    case "DOUBLE":
      return new Float64Array(buffer, 0, count);
    case "BOOLEAN":
      return new Uint8Array(buffer, 0, count);
    case "BYTE_ARRAY":
      return new Uint8Array(buffer, 0, numBytes);
    default:
      return new Uint8Array(buffer, 0, count * valueBytes);
  }
}
