// Reads the schema: which keys there are, what they accept, how they are described. Serves the documentation, the
// help texts and the error messages, so that none of them repeats what schema.ts says.
import * as v from "valibot";
import type { OptionMetadata } from "./fields.ts";
import { effectiveSchema, entriesOf, metadataOf, ROOT, type SchemaNode, unwrap } from "./schema_node.ts";

/** One option of a workload file; `key` is its dotted path, a list's elements are written `columns[]`. */
export interface OptionDescription extends Omit<OptionMetadata, "source"> {
  readonly key: string;
  /** Whether it is a mapping whose keys are options themselves. */
  readonly isSection: boolean;
  /** Whether it may be left out. */
  readonly isOptional: boolean;
  readonly type: string;
  /** The value where the file says nothing; undefined for a key without a default. */
  readonly default: unknown;
  readonly description: string;
  readonly source: "DLIO" | "mlps";
}

/** A path into the YAML tree: keys of mappings, indexes of lists. */
export type KeyPath = readonly (string | number)[];

/** Returns every option of a workload file in the order of the schema. */
export function describeOptions(): OptionDescription[] {
  return [...walkOptions(ROOT, "")];
}

function* walkOptions(node: SchemaNode, prefix: string): Generator<OptionDescription> {
  for (const [name, child] of Object.entries(entriesOf(node))) {
    const schema = unwrap(child), key = prefix + name;
    const description = v.getDescription(schema as unknown as v.GenericSchema);
    const metadata = metadataOf(schema);
    if (description !== undefined) {
      const isSection = effectiveSchema(schema).type === "strict_object";
      const about = { type: typeOf(schema), default: child.default, description, source: "DLIO" as const };
      yield { key, isSection, isOptional: child.wrapped !== undefined, ...about, ...metadata };
    }
    yield* walkOptions(schema, `${key}.`);
    if (schema.item) yield* walkOptions(schema.item, `${key}[].`);
  }
}

/** Returns what a value at `path` has to be, such as "integer >= 1"; undefined for an unknown path. */
export function describeType(path: KeyPath): string | undefined {
  const node = findSchema(path);
  return node && typeOf(node);
}

/** Returns the metadata of the option at `path`, empty for an unknown one. */
export function describeMetadata(path: KeyPath): OptionMetadata {
  const node = findSchema(path);
  return node ? metadataOf(node) : {};
}

/** Returns the keys that the mapping at `path` may have, and which of them change something. */
export function describeKeys(path: KeyPath): { key: string; hasEffect: boolean }[] {
  const node = findSchema(path);
  return Object.entries(node ? entriesOf(node) : {}).map(([key, child]) => ({
    key,
    hasEffect: metadataOf(unwrap(child)).effect === undefined,
  }));
}

/** Returns the words that an option at `path` accepts, empty where it is not a choice between words. */
export function describeChoices(path: KeyPath): string[] {
  const node = findSchema(path);
  return node ? choicesOf(effectiveSchema(node)) : [];
}

/** Returns a path as it is written in the documentation: `dataset.parquet.columns[3].name`. */
export function formatPath(path: KeyPath): string {
  return path.map((part, at) => typeof part === "number" ? `[${part}]` : at === 0 ? part : `.${part}`).join(
    "",
  );
}

/** Returns the schema of a key; of a choice between mappings, the first one's that has the key. */
function findEntry(node: SchemaNode, key: string): SchemaNode | undefined {
  const { type, options } = effectiveSchema(node);
  if (type === "union") return options!.map((option) => findEntry(option as SchemaNode, key)).find(Boolean);
  const entries = entriesOf(node);
  return Object.hasOwn(entries, key) ? entries[key] : undefined;
}

function findSchema(path: KeyPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = ROOT;
  for (const part of path) {
    node = typeof part === "number" ? node.item : findEntry(node, part);
    if (node === undefined) return undefined;
    node = unwrap(node);
  }
  return node;
}

function choicesOf(node: SchemaNode): string[] {
  return node.type === "picklist" ? node.options!.map(String) : [];
}

function typeOf(node: SchemaNode): string {
  const schema = effectiveSchema(node);
  switch (schema.type) {
    case "number":
      return numberType(schema);
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    case "literal":
      return String(schema.literal);
    case "picklist":
      return choicesOf(schema).join(" | ");
    case "union":
      return [...new Set(schema.options!.map((option) => typeOf(option as SchemaNode)))].join(" or ");
    case "array":
      return "a list";
    case "strict_object":
      return "a mapping";
    case "custom":
      return "nothing";
    default:
      return "anything";
  }
}

function numberType(node: SchemaNode): string {
  const requirementOf = (type: string) =>
    node.pipe?.findLast((item) => item.type === type)?.requirement as number | undefined;
  const isInteger = node.pipe?.some((item) => item.type === "safe_integer");
  const above = requirementOf("gt_value"),
    minimum = requirementOf("min_value"),
    maximum = requirementOf("max_value");
  const bounds: string[] = [];
  if (above !== undefined) bounds.push(`> ${above}`);
  if (minimum !== undefined) bounds.push(`>= ${minimum}`);
  if (maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER) bounds.push(`<= ${maximum}`);
  return `${isInteger ? "integer" : "number"} ${bounds.join(" and ")}`;
}
