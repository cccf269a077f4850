// The schema as a tree that can be walked: what describe.ts and json_schema.ts are built on.
import * as v from "valibot";
import type { OptionMetadata } from "./fields.ts";
import { WorkloadSchema } from "./schema.ts";

/** What the schemas used here have in common; valibot offers no such type, as each schema has one of its own. */
export interface SchemaNode {
  readonly type: string;
  readonly wrapped?: SchemaNode;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly item?: SchemaNode;
  readonly pipe?: readonly { readonly kind: string; readonly type: string; readonly requirement?: unknown }[];
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly default?: unknown;
}

/** The schema of a workload file. */
export const ROOT = WorkloadSchema as unknown as SchemaNode;

/** Returns the schemas of a mapping's keys, none for what is no mapping. */
export function entriesOf(node: SchemaNode): Readonly<Record<string, SchemaNode>> {
  return effectiveSchema(node).entries ?? {};
}

/** Returns a schema without what makes its key optional. */
export function unwrap(node: SchemaNode): SchemaNode {
  return node.wrapped ? unwrap(node.wrapped) : node;
}

/** Returns what is known of an option beside its type. */
export function metadataOf(node: SchemaNode): OptionMetadata {
  return v.getMetadata(node as unknown as v.GenericSchema);
}

/** Returns the last schema of a pipe: the one that a value has to satisfy after the transformations. */
export function effectiveSchema(node: SchemaNode): SchemaNode {
  const schemas = node.pipe?.filter((item) => item.kind === "schema") ?? [];
  const last = schemas.at(-1) as unknown as SchemaNode | undefined;
  return last === undefined || (schemas.length === 1 && !last.pipe) ? node : effectiveSchema(last);
}
