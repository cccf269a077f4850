// What a whole Parquet file says of itself: the schema, the key-value metadata, the rows of each row group.
// hyparquet parses all but the row groups. Those are the bulk (7 MB in a DLRM file) and are only stepped over here;
// scan_chunks.ts takes the wanted column chunks out of them.
import type { SchemaElement } from "hyparquet";
import { parquetMetadata } from "hyparquet/src/metadata.js";
import { FileError } from "../../base/errors.ts";
import { CompactCursor, CompactType } from "./compact.ts";
import { CorruptionError } from "./corruption.ts";
import { readRows } from "./scan_chunks.ts";

/** The bytes at a file's end that tell the footer's length: a little-endian u32 and the magic bytes. */
export const FOOTER_TAIL_BYTES = 8;

const MIN_FILE_BYTES = 12;
const MAGIC = "PAR1";
const ENCRYPTED_MAGIC = "PARE";
const ACTION = "read the Parquet footer of";
const EMPTY_STRUCT_LIST = CompactType.STRUCT;
const FILE_META_DATA = { ROW_GROUPS: 4 } as const;
const ROW_GROUP = { NUM_ROWS: 3 } as const;
// hyparquet walks the schema by recursion and copies the path at each level.
const MAX_SCHEMA_DEPTH = 64;

/** A file's footer without its column chunks. */
export interface FileSummary {
  /** Of the format, as the writer states it. */
  readonly version: number;
  readonly schema: SchemaElement[];
  readonly numRows: number;
  readonly keyValues: Record<string, string>;
  readonly createdBy?: string;
  readonly rowGroupRows: Int32Array;
}

/** Returns the size of the footer's metadata, which ends where `tail`, the last 8 bytes of the file, begins. */
export function parseFooterTail(tail: Uint8Array, path: string, fileBytes: number): number {
  const tailStart = Math.max(0, fileBytes - FOOTER_TAIL_BYTES);
  const refuse = (reason: string) => new FileError({ action: ACTION, path, offsetBytes: tailStart, reason });
  if (fileBytes < MIN_FILE_BYTES) {
    throw refuse(`it has ${fileBytes} bytes, a Parquet file has at least ${MIN_FILE_BYTES}`);
  }
  const magic = String.fromCharCode(...tail.subarray(4, FOOTER_TAIL_BYTES));
  if (magic === ENCRYPTED_MAGIC) throw refuse("its footer is encrypted, which is not supported");
  if (magic !== MAGIC) throw refuse(`it does not end with ${MAGIC}: it is truncated or no Parquet file`);
  const metadataBytes = new DataView(tail.buffer, tail.byteOffset, FOOTER_TAIL_BYTES).getUint32(0, true);
  if (metadataBytes === 0 || metadataBytes > fileBytes - MIN_FILE_BYTES) {
    throw refuse(`its footer claims ${metadataBytes} bytes, wanted 1 to ${fileBytes - MIN_FILE_BYTES}`);
  }
  return metadataBytes;
}

/** Returns what a file's footer says of the file as a whole; `metadata` is what precedes the footer's tail. */
export function readFileSummary(metadata: Uint8Array, path: string): FileSummary {
  try {
    return summarize(metadata);
  } catch (cause) {
    const { message } = cause as Error;
    const at = cause instanceof CorruptionError
      ? ` (byte ${cause.offset} of ${metadata.length} of the footer)`
      : ` (in the ${metadata.length} bytes of the footer)`;
    throw new FileError({ action: ACTION, path, reason: `it is damaged: ${message}${at}` }, { cause });
  }
}

function summarize(metadata: Uint8Array): FileSummary {
  const { listStart, listEnd, rowGroupRows } = findRowGroups(metadata);
  const { version, schema, num_rows, key_value_metadata, created_by } = parquetMetadata(
    withoutRowGroups(metadata, listStart, listEnd),
    { geoparquet: false },
  );
  checkSchema(schema);
  const numRows = Number(num_rows);
  const sum = rowGroupRows.reduce((total, rows) => total + rows, 0);
  if (sum !== numRows) throw new Error(`it counts ${numRows} rows, its row groups have ${sum}`);
  return {
    version,
    schema,
    numRows,
    keyValues: Object.fromEntries((key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""])),
    ...(created_by !== undefined && { createdBy: created_by }),
    rowGroupRows,
  };
}

interface RowGroupList {
  /** Offset of the list's header, behind the field's. */
  readonly listStart: number;
  readonly listEnd: number;
  readonly rowGroupRows: Int32Array;
}

/** Returns where the list of row groups lies, having walked the whole metadata: all of it is well-formed then. */
function findRowGroups(metadata: Uint8Array): RowGroupList {
  const cursor = new CompactCursor();
  cursor.reset(metadata, 0, metadata.length);
  let found: RowGroupList | undefined;
  while (cursor.nextField()) {
    if (cursor.fieldId === FILE_META_DATA.ROW_GROUPS && found === undefined) {
      const listStart = cursor.at;
      const rowGroupRows = readRowGroupRows(cursor);
      found = { listStart, listEnd: cursor.at, rowGroupRows };
      cursor.fieldId = FILE_META_DATA.ROW_GROUPS;
    } else {
      cursor.skipField();
    }
  }
  if (found === undefined) throw new CorruptionError(cursor.at, "the list of row groups is missing");
  return found;
}

function readRowGroupRows(cursor: CompactCursor): Int32Array {
  const rowGroupRows = new Int32Array(cursor.readStructListSize());
  for (let rowGroup = 0; rowGroup < rowGroupRows.length; rowGroup++) {
    let rows = -1;
    cursor.fieldId = 0;
    while (cursor.nextField()) {
      if (cursor.fieldId === ROW_GROUP.NUM_ROWS) rows = readRows(cursor);
      else cursor.skipField();
    }
    if (rows < 0) throw new CorruptionError(cursor.at, `row group ${rowGroup} lacks its number of rows`);
    rowGroupRows[rowGroup] = rows;
  }
  return rowGroupRows;
}

/** Returns a footer, tail included, with an empty list in the place of the row groups. */
function withoutRowGroups(metadata: Uint8Array, listStart: number, listEnd: number): Uint8Array {
  const metadataBytes = metadata.length - (listEnd - listStart) + 1;
  const footer = new Uint8Array(metadataBytes + FOOTER_TAIL_BYTES);
  footer.set(metadata.subarray(0, listStart));
  footer[listStart] = EMPTY_STRUCT_LIST;
  footer.set(metadata.subarray(listEnd), listStart + 1);
  new DataView(footer.buffer).setUint32(metadataBytes, metadataBytes, true);
  footer.set(new TextEncoder().encode(MAGIC), metadataBytes + 4);
  return footer;
}

/** Throws unless the elements form one tree whose leaves have types: hyparquet takes that for granted. */
function checkSchema(schema: readonly SchemaElement[]): void {
  const end = checkSubtree(schema, 0, 0);
  if (end !== schema.length) throw new Error(`its schema has ${schema.length} elements, its tree ${end}`);
}

function checkSubtree(schema: readonly SchemaElement[], index: number, depth: number): number {
  const element = schema[index];
  if (element === undefined) throw new Error("its schema ends early");
  if (depth > MAX_SCHEMA_DEPTH) throw new Error(`its schema nests deeper than ${MAX_SCHEMA_DEPTH} levels`);
  const { name, type, type_length, num_children = 0, repetition_type } = element;
  if (typeof name !== "string") throw new Error("a column has no name");
  if (!(num_children >= 0)) throw new Error(`column "${name}" has ${num_children} children`);
  if (depth > 0 && repetition_type === undefined) throw new Error(`column "${name}" has no repetition type`);
  if (depth > 0 && num_children === 0 && type === undefined) throw new Error(`column "${name}" has no type`);
  if (type === "FIXED_LEN_BYTE_ARRAY" && !(type_length! > 0)) {
    throw new Error(`column "${name}" has values of ${type_length} bytes`);
  }
  let next = index + 1;
  for (let child = 0; child < num_children; child++) next = checkSubtree(schema, next, depth + 1);
  return next;
}
