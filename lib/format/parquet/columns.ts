// Which leaves of a Parquet schema are read, and what each of them holds.
import type { ParquetType, SchemaElement, SchemaTree } from "hyparquet";
import { getMaxDefinitionLevel, getMaxRepetitionLevel, getSchemaPath } from "hyparquet/src/schema.js";
import leven from "leven";
import { FileError } from "../../base/errors.ts";

const NAMES_IN_MESSAGE = 5;

const FIXED_BYTES: Partial<Record<ParquetType, number>> = {
  INT32: 4,
  FLOAT: 4,
  INT64: 8,
  DOUBLE: 8,
  INT96: 12,
};

/** A leaf of the schema that is read. A plain object, which a message to a worker may carry. */
export interface WantedColumn {
  /** The path from the root, joined by dots. */
  readonly name: string;
  /** Place among all leaves of the schema: that of its chunk in each row group. */
  readonly leafIndex: number;
  /** Place among the wanted leaves: that of its chunk in a ChunkTable. */
  readonly slot: number;
  readonly physicalType: ParquetType;
  /** Bytes of each value, 0 where they are not whole bytes (BOOLEAN) or differ (BYTE_ARRAY). */
  readonly valueBytes: number;
  /** Whether each row holds exactly one value of `valueBytes`: then PLAIN pages are the column's bytes. */
  readonly isPlainBytes: boolean;
  /** The definition level of a value that is not null: the number of nodes on the path that may be absent. */
  readonly maxDefinition: number;
  /** How many lists are around a value: 0 for a column that has one value a row. */
  readonly maxRepetition: number;
  /** The least definition level that stands for an element of the innermost list, 0 without a list. */
  readonly elementDefinition: number;
  readonly element: SchemaElement;
  /** hyparquet's way to the leaf, the root first. */
  readonly schemaPath: SchemaTree[];
}

/**
 * Returns the leaves under the named top-level columns, all leaves without `names`, in the order of the schema.
 *
 * The order is that of the chunks in a file as well, so neighbours may be read at once.
 */
export function selectColumns(
  schema: SchemaElement[],
  names: readonly string[] | undefined,
  path: string,
): WantedColumn[] {
  const [root] = getSchemaPath(schema, []);
  const topLevel = root.children.map((child) => child.element.name);
  const missing = names?.find((name) => !topLevel.includes(name));
  if (missing !== undefined) throw missingColumn(missing, topLevel, path);
  const wanted = new Set(names ?? topLevel);
  return listLeaves(root).flatMap((schemaPath, leafIndex) =>
    wanted.has(schemaPath[1].element.name) ? [{ schemaPath, leafIndex }] : []
  ).map(({ schemaPath, leafIndex }, slot) => describeLeaf(schemaPath, leafIndex, slot));
}

/** Returns for each leaf of the schema its slot, -1 where it is not wanted. */
export function leafToSlot(schema: SchemaElement[], wanted: readonly WantedColumn[]): Int32Array {
  const slots = new Int32Array(listLeaves(getSchemaPath(schema, [])[0]).length).fill(-1);
  for (const { leafIndex, slot } of wanted) slots[leafIndex] = slot;
  return slots;
}

function listLeaves(root: SchemaTree): SchemaTree[][] {
  const leaves: SchemaTree[][] = [];
  const visit = (path: SchemaTree[]) => {
    const children = path[path.length - 1].children;
    if (children.length === 0) leaves.push(path);
    for (const child of children) visit([...path, child]);
  };
  for (const child of root.children) visit([root, child]);
  return leaves;
}

function describeLeaf(schemaPath: SchemaTree[], leafIndex: number, slot: number): WantedColumn {
  const { element, path } = schemaPath[schemaPath.length - 1];
  const physicalType: ParquetType = element.type!;
  const valueBytes = physicalType === "FIXED_LEN_BYTE_ARRAY"
    ? element.type_length!
    : FIXED_BYTES[physicalType] ?? 0;
  const maxDefinition = getMaxDefinitionLevel(schemaPath);
  const lastList = schemaPath.findLastIndex((node) => node.element.repetition_type === "REPEATED");
  return {
    name: path.join("."),
    leafIndex,
    slot,
    physicalType,
    valueBytes,
    // REPEATED raises the definition level as well, so that without one there is no list either.
    isPlainBytes: maxDefinition === 0 && valueBytes > 0,
    maxDefinition,
    maxRepetition: getMaxRepetitionLevel(schemaPath),
    elementDefinition: getMaxDefinitionLevel(schemaPath.slice(0, lastList + 1)),
    element,
    schemaPath,
  };
}

function missingColumn(name: string, known: readonly string[], path: string): FileError {
  const nearest = known.toSorted((a, b) => leven(name, a) - leven(name, b)).slice(0, NAMES_IN_MESSAGE);
  const list = nearest.map((other) => `"${other}"`).join(", ");
  return new FileError({
    action: `find column "${name}" in`,
    path,
    reason: `it has ${known.length} columns, the nearest names are ${list}. ` +
      "Change dataset.parquet.columns to columns of the dataset",
  });
}
