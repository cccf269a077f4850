// A Parquet schema as plain rows: one for each element, in the order of the file, with types as text.
import type { LogicalType, SchemaElement } from "hyparquet";

/** An element of a schema as `mlps inspect --json` prints it. */
export interface SchemaRow {
  /** Names from below the root, joined by dots. */
  readonly path: string;
  readonly name: string;
  /** 0 for a column of the file, more for what is nested in one. */
  readonly depth: number;
  readonly repetition: "required" | "optional" | "repeated";
  /** Null for a group. */
  readonly physical_type: string | null;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY, else null. */
  readonly type_length_bytes: number | null;
  /** As the writer annotated it, with the converted type where there is no logical one; null for none. */
  readonly logical_type: string | null;
}

/** Returns a row for each element but the root. */
export function describeSchema(schema: readonly SchemaElement[]): SchemaRow[] {
  const rows: SchemaRow[] = [];
  let index = 1;
  const visit = (depth: number, parents: readonly string[]) => {
    const element = schema[index++];
    const path = [...parents, element.name];
    rows.push({
      path: path.join("."),
      name: element.name,
      depth,
      repetition: (element.repetition_type ?? "REQUIRED").toLowerCase() as SchemaRow["repetition"],
      physical_type: element.num_children ? null : element.type ?? null,
      type_length_bytes: element.type === "FIXED_LEN_BYTE_ARRAY" ? element.type_length ?? null : null,
      logical_type: describeLogicalType(element),
    });
    for (let child = 0; child < (element.num_children ?? 0); child++) visit(depth + 1, path);
  };
  while (index < schema.length) visit(0, []);
  return rows;
}

/** Returns the leaves of a schema: the columns that have chunks. */
export function leavesOf(rows: readonly SchemaRow[]): SchemaRow[] {
  return rows.filter((row) => row.physical_type !== null);
}

/** Returns a leaf's or group's type in one word or two: "INT32 INT(8, signed)", "group LIST". */
export function typeText({ physical_type, type_length_bytes, logical_type }: SchemaRow): string {
  const physical = physical_type ?? "group";
  const length = type_length_bytes === null ? "" : `(${type_length_bytes})`;
  return `${physical}${length}${logical_type === null ? "" : ` ${logical_type}`}`;
}

function describeLogicalType(element: SchemaElement): string | null {
  const { logical_type, converted_type, precision, scale } = element;
  const type = logical_type as LogicalType | undefined;
  if (type?.type === undefined) {
    if (converted_type === "DECIMAL") return `DECIMAL(${precision}, ${scale ?? 0})`;
    return converted_type ?? null;
  }
  switch (type.type) {
    case "DECIMAL":
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case "INTEGER":
      return `INT(${type.bitWidth}, ${type.isSigned ? "signed" : "unsigned"})`;
    case "TIME":
    case "TIMESTAMP":
      return `${type.type}(${type.unit}, ${type.isAdjustedToUTC ? "UTC" : "local"})`;
    default:
      return type.type;
  }
}
