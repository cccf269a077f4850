// The building blocks of the schema: a valibot schema together with what a reader of the documentation needs to
// know about the option (unit, description, origin). Names and values live in schema.ts.
import * as v from "valibot";

/** What a description of an option says beside its type and default. */
export interface OptionMetadata {
  readonly unit?: string;
  /** Who defined the key; DLIO where nothing is said. */
  readonly source?: "mlps";
  /** "none": accepted for the sake of DLIO's files, changes nothing. "refused": not supported, has to be empty. */
  readonly effect?: "none" | "refused";
  /** Why a key has no effect. */
  readonly why?: string;
  /** What DLIO takes a key without effect for: its type and default there. Nothing is checked by them. */
  readonly type?: string;
  readonly default?: unknown;
  /** What DLIO does otherwise; it does the same where nothing is said. */
  readonly dlio?: string;
  /** The way out, added to the error about a wrong value. */
  readonly hint?: string;
}

/** A schema that carries a description and metadata. */
type Described<S extends v.GenericSchema> = v.SchemaWithPipe<
  readonly [
    S,
    v.DescriptionAction<v.InferOutput<S>, string>,
    v.MetadataAction<v.InferOutput<S>, Record<string, unknown>>,
  ]
>;

/** Returns `schema` with a description and metadata that `lib/config/describe.ts` reads back. */
export function described<S extends v.GenericSchema>(
  schema: S,
  description: string,
  about: OptionMetadata = {},
): Described<S> {
  return v.pipe(schema, v.description(description), v.metadata({ ...about }));
}

/** Returns a key that may be left out and then has the value `byDefault`. */
export function option<S extends v.GenericSchema, const D extends v.Default<Described<S>, undefined>>(
  schema: S,
  byDefault: D,
  [description, about]: readonly [description: string, about?: OptionMetadata],
): v.OptionalSchema<Described<S>, D> {
  return v.optional(described(schema, description, about), byDefault);
}

/** Returns the schema of a mapping that has no other keys; valibot's own would take a list for one. */
export function mapping<const E extends v.ObjectEntries>(entries: E) {
  const schema = v.strictObject(entries);
  return v.pipe(v.custom<v.InferInput<typeof schema>>(isMapping), schema);
}

/** Returns the schema of a whole number from `minimum` to `maximum`; above 2^53 numbers are not exact. */
export function integer(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(minimum), v.maxValue(maximum));
}

/** Returns the schema of a text that is not empty. */
export function text() {
  return v.pipe(v.string(), v.nonEmpty());
}

/** Returns the schema of DLIO's shuffle modes; YAML 1.1 reads a bare `off` as false, so that is taken as "off". */
export function shuffleMode() {
  return v.pipe(
    v.unknown(),
    v.transform((value) => value === false ? "off" : value),
    v.picklist(["off", "seed", "random"]),
  );
}

/** What DLIO's documentation says of a key, and its type, default and unit there. */
export type DlioKey = readonly [
  description: string,
  about: { readonly type: string; readonly default?: unknown; readonly unit?: string },
];

/** Returns keys of DLIO that are accepted with any value and change nothing, for the reason `why`. */
export function inertKeys<const K extends string>(keys: Readonly<Record<K, DlioKey>>, why: string) {
  return Object.fromEntries(
    Object.entries<DlioKey>(keys).map(([key, [description, about]]) => {
      return [key, v.optional(described(v.unknown(), description, { ...about, effect: "none", why }))];
    }),
  ) as Record<K, v.OptionalSchema<Described<v.UnknownSchema>, undefined>>;
}

/** Returns a section of DLIO that may be there and changes nothing; its keys are known, so that slips are found. */
export function inertSection<const E extends v.ObjectEntries>(entries: E, description: string, why: string) {
  return v.nullish(described(mapping(entries), description, { effect: "none", why }));
}

/** Returns keys of DLIO that may only be empty (null, 0, {}, []): leaving them out would change the result. */
export function unsupportedKeys<const K extends string>(keys: readonly K[], what: string) {
  const description = `${what}; not supported, so it may only be empty.`;
  const hint = `mlps does not support it, and a run without it would measure something else. Remove the key`;
  return sameEntries(
    keys,
    v.optional(described(v.custom(isEmptyValue), description, { effect: "refused", hint })),
  );
}

/** Returns valibot's path to a key of a mapping in mappings, for an issue found there. */
export function pathTo(root: object, keys: readonly string[]): [v.IssuePathItem, ...v.IssuePathItem[]] {
  let input = root as Record<string, unknown>;
  const items = keys.map((key): v.IssuePathItem => {
    const item = { type: "object" as const, origin: "value" as const, input, key, value: input[key] };
    input = input[key] as Record<string, unknown>;
    return item;
  });
  return items as [v.IssuePathItem, ...v.IssuePathItem[]];
}

function sameEntries<K extends string, S>(keys: readonly K[], schema: S): Record<K, S> {
  return Object.fromEntries(keys.map((key) => [key, schema])) as Record<K, S>;
}

function isMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEmptyValue(value: unknown): boolean {
  if (value === null || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
