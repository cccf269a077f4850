// The schema of workload files as a JSON Schema (draft 7), for editors that complete and check YAML. It is made from the
// valibot schema alone; what only code can check (sums over several keys) is left to mlps.
import * as v from "valibot";
import { effectiveSchema, entriesOf, metadataOf, ROOT, type SchemaNode, unwrap } from "./schema_node.ts";

type JsonSchema = Record<string, unknown>;

/** Returns the JSON Schema of a workload file. */
export function makeJsonSchema(): JsonSchema {
  const { properties, ...root } = schemaOf(ROOT);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A workload of mlps",
    description: "A workload file of DLIO, as mlps reads it. Printed by `mlps workloads schema`.",
    ...root,
    properties: {
      ...properties as JsonSchema,
      data_reader: { $ref: "#/properties/reader", description: "DLIO's other name of reader." },
    },
  };
}

function schemaOf(optional: SchemaNode): JsonSchema {
  const node = unwrap(optional);
  const description = v.getDescription(node as unknown as v.GenericSchema);
  const { effect, why, unit, default: defaultOfDlio } = metadataOf(node);
  const byDefault = optional.default ?? defaultOfDlio;
  const sentences = [
    description,
    unit && `Unit: ${unit}.`,
    effect === "none" && `Has no effect in mlps. ${why}`,
  ];
  return {
    ...(description && { description: sentences.filter(Boolean).join(" ") }),
    ...(effect === "refused" ? { enum: [null, 0, {}, []] } : typeSchemaOf(effectiveSchema(node))),
    ...(optional.type === "nullish" && { type: ["object", "null"] }),
    ...(description && byDefault !== undefined && effect !== "refused" && { default: byDefault }),
  };
}

function typeSchemaOf(node: SchemaNode): JsonSchema {
  switch (node.type) {
    case "number":
      return numberSchemaOf(node);
    case "string":
      return stringSchemaOf(node);
    case "boolean":
      return { type: "boolean" };
    case "literal":
      return { const: node.literal };
    case "picklist":
      return { enum: node.options };
    case "union":
      return { anyOf: node.options!.map((option) => schemaOf(option as SchemaNode)) };
    case "array":
      return { type: "array", items: elementSchemaOf(node.item!) };
    case "strict_object":
      return mappingSchemaOf(node);
    case "unknown":
      return {};
    default:
      throw new Error(`Cannot write a ${node.type} of valibot as JSON Schema`);
  }
}

function mappingSchemaOf(node: SchemaNode): JsonSchema {
  const properties = Object.entries(entriesOf(node)).map(([key, child]) => [key, schemaOf(child)]);
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

/** An element of a list stands alone; a key of a mapping may come from the workload that a file builds on. */
function elementSchemaOf(node: SchemaNode): JsonSchema {
  const required = Object.entries(entriesOf(node)).filter(([, child]) => !child.wrapped).map(([key]) => key);
  return { ...schemaOf(node), required };
}

function numberSchemaOf({ pipe = [] }: SchemaNode): JsonSchema {
  const bounds = { min_value: "minimum", gt_value: "exclusiveMinimum", max_value: "maximum" } as const;
  const limits = pipe.flatMap(({ type, requirement }) => {
    const isLimit = Object.hasOwn(bounds, type) && requirement !== Number.MAX_SAFE_INTEGER;
    return isLimit ? [[bounds[type as keyof typeof bounds], requirement]] : [];
  });
  const isInteger = pipe.some(({ type }) => type === "safe_integer");
  return { type: isInteger ? "integer" : "number", ...Object.fromEntries(limits) };
}

function stringSchemaOf({ pipe = [] }: SchemaNode): JsonSchema {
  const pattern = pipe.find(({ type }) => type === "regex")?.requirement as RegExp | undefined;
  return {
    type: "string",
    ...(pipe.some(({ type }) => type === "non_empty") && { minLength: 1 }),
    ...(pattern && { pattern: pattern.source }),
  };
}
