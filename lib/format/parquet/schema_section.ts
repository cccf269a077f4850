// The schema of a file as the bytes that the footer holds: files of one writer have the same bytes, so that a reader
// can tell for each file, without parsing, that its columns are those of the dataset.
import { CompactCursor } from "./compact.ts";

const FILE_META_DATA = { SCHEMA: 2 } as const; // parquet.thrift

/** Returns the part of a footer's metadata that holds the schema; empty where there is none. */
export function schemaSection(metadata: Uint8Array): Uint8Array {
  const cursor = new CompactCursor();
  cursor.reset(metadata, 0, metadata.length);
  while (cursor.nextField()) {
    const start = cursor.at;
    const isSchema = cursor.fieldId === FILE_META_DATA.SCHEMA;
    cursor.skipField();
    if (isSchema) return metadata.subarray(start, cursor.at);
  }
  return metadata.subarray(0, 0);
}
