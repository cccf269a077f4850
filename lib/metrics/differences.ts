// In what two documents differ, figure by figure: configurations, environments.

type Scalar = string | number | boolean | null;

/** A figure in which two documents differ; null where one has none. */
export interface Difference {
  /** As in "block_device.scheduler" or "network_interfaces.eth0.mtu_bytes". */
  readonly key: string;
  readonly before: Scalar;
  readonly after: Scalar;
}

/** Returns what differs, in the order of the keys of `before`, those that only `after` has last. */
export function differencesOf(before: unknown, after: unknown): Difference[] {
  const first = new Map(flatten(before, "")), second = new Map(flatten(after, ""));
  return [...new Set([...first.keys(), ...second.keys()])]
    .map((key) => ({ key, before: first.get(key) ?? null, after: second.get(key) ?? null }))
    .filter((difference) => difference.before !== difference.after);
}

/** Yields each figure with its path; an item of a list is named by its `name`, else by its place. */
function* flatten(value: unknown, key: string): Generator<[string, Scalar]> {
  if (typeof value !== "object" || value === null) return yield [key, value as Scalar];
  for (const [property, item] of Object.entries(value)) {
    const name = Array.isArray(value) ? nameOf(item) ?? property : property;
    yield* flatten(item, key === "" ? name : `${key}.${name}`);
  }
}

function nameOf(item: unknown): string | undefined {
  const name = (item as { name?: unknown } | null)?.name;
  return typeof name === "string" ? name : undefined;
}
