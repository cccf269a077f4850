// Words and values in messages: what a slip was probably meant to be, and values as the user would write them.
import leven from "leven";

const MAX_VALUE_CHARACTERS = 60;

/** Returns the word of `known` that `word` is probably a slip of: the same letters, or a third of them wrong. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const ranked = known.map((candidate) => ({ candidate, distance: leven(plain(word), plain(candidate)) }))
    .toSorted((a, b) => a.distance - b.distance);
  return ranked.length > 0 && ranked[0].distance <= Math.max(1, plain(word).length / 3)
    ? ranked[0].candidate
    : undefined;
}

/** Returns a value as the user would write it, shortened. */
export function formatValue(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}...` : text;
}
