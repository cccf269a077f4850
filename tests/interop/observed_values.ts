// Reads a Parquet file by the classes that a run uses, and gives the values of its leaves.
import type { DecodedArray } from "hyparquet";
import type { WantedColumn } from "../../lib/format/parquet/columns.ts";
import { type ColumnValues, RowGroupDecoder } from "../../lib/format/parquet/decode.ts";
import { openFile, PATH } from "../format/parquet/read_file.ts";
import { LeafCollector, type LeafValues } from "./leaf_values.ts";

export interface ObservedFile {
  /** The leaves in the order of the schema, by name. */
  readonly leaves: readonly { readonly name: string; readonly values: LeafValues }[];
  readonly rows: number;
  readonly decoder: RowGroupDecoder;
}

/** Returns all values of a file that is in memory. */
export function observeFile(file: Uint8Array): ObservedFile {
  const { columns, table, numRowGroups, summary } = openFile(file);
  const decoder = new RowGroupDecoder({ columns, mode: "values" });
  const collectors = columns.map(({ physicalType }) => new LeafCollector(physicalType));
  for (let rowGroup = 0; rowGroup < numRowGroups; rowGroup++) {
    const starts = columns.map(({ slot }) => table.startByte[rowGroup * columns.length + slot]);
    decoder.decode(file, starts, { path: PATH, table, rowGroup });
    for (const { slot } of columns) {
      collectValues(decoder.column(slot), columns[slot], collectors[slot]);
    }
  }
  const leaves = columns.map(({ name }, slot) => ({ name, values: collectors[slot].finish() }));
  return { leaves, rows: summary.numRows, decoder };
}

/** Adds the values of a column of one row group to a collector. */
export function collectValues(found: ColumnValues, column: WantedColumn, collector: LeafCollector): void {
  const { rows, values, offsets, validity, listOffsets, listValidity } = found;
  if (isRowByRow(found, column)) return collectRows(values, column, collector);
  const valueAt = accessorOf(values, offsets, column);
  const numValues = listOffsets?.[rows] ?? rows;
  for (let index = 0; index < numValues; index++) {
    collector.add(validity === undefined || validity[index] === 1 ? valueAt(index) : undefined);
  }
  if (listOffsets === undefined) return;
  for (let row = 0; row < rows; row++) {
    const count = listOffsets[row + 1] - listOffsets[row];
    collector.addCount(listValidity === undefined || listValidity[row] === 1 ? count : -1);
  }
}

/** Returns whether the values are what hyparquet makes of each row, as they are for lists in lists. */
function isRowByRow({ values, listOffsets }: ColumnValues, { schemaPath }: WantedColumn): boolean {
  const isRepeated = schemaPath.some(({ element }) => element.repetition_type === "REPEATED");
  return Array.isArray(values) && isRepeated && listOffsets === undefined;
}

function accessorOf(
  values: DecodedArray,
  offsets: Int32Array | undefined,
  { physicalType, valueBytes }: WantedColumn,
): (index: number) => unknown {
  if (!(values instanceof Uint8Array) || physicalType === "BOOLEAN") return (index) => values[index];
  if (offsets !== undefined) return (index) => values.subarray(offsets[index], offsets[index + 1]);
  return (index) => values.subarray(index * valueBytes, (index + 1) * valueBytes);
}

/** Adds values as hyparquet gives them: one a row, nested where the column is. */
export function collectRows(
  values: DecodedArray,
  { schemaPath }: WantedColumn,
  collector: LeafCollector,
): void {
  const nodes = schemaPath.slice(1).map(({ element }) => element.repetition_type);
  const isList = nodes.filter((repetition) => repetition === "REPEATED").length === 1;
  for (const row of values) {
    const count = collectNested(row, nodes, 0, collector);
    if (isList) collector.addCount(count);
  }
}

/**
 * Adds the leaf values of a row and returns how many they are, -1 where the list or struct around them is null.
 *
 * hyparquet nests a row once for each optional group (empty where it is null) and once for each repeated one.
 */
function collectNested(
  value: unknown,
  nodes: readonly (string | undefined)[],
  depth: number,
  collector: LeafCollector,
): number {
  if (depth === nodes.length - 1) {
    collector.add(value);
    return 1;
  }
  if (nodes[depth] === "REQUIRED") return collectNested(value, nodes, depth + 1, collector);
  const items = (value ?? []) as unknown[];
  if (nodes[depth] === "REPEATED") {
    for (const item of items) collectNested(item, nodes, depth + 1, collector);
    return items.length;
  }
  if (items.length === 1) return collectNested(items[0], nodes, depth + 1, collector);
  if (!nodes.includes("REPEATED")) collector.add(undefined);
  return -1;
}
