// Words and values in messages: what a slip was probably meant to be, and values as the user would write them.
import leven from "leven";

const MAX_VALUE_CHARACTERS = 60, MIN_BEGUN_CHARACTERS = 3;

/**
 * Returns the word of `known` that `word` is probably a slip of: the same letters in any order, a third of them wrong,
 * or the only word that begins so.
 */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const given = plain(word);
  const ranked = known.map((candidate) => ({ candidate, distance: countSlips(given, plain(candidate)) }))
    .toSorted((a, b) => a.distance - b.distance);
  if (ranked.length > 0 && ranked[0].distance <= Math.max(1, given.length / 3)) return ranked[0].candidate;
  const begun = known.filter((candidate) => plain(candidate).startsWith(given));
  return given.length >= MIN_BEGUN_CHARACTERS && begun.length === 1 ? begun[0] : undefined;
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** Counts swapped letters as one slip. */
function countSlips(a: string, b: string): number {
  const sorted = (text: string) => [...text].sort().join("");
  return a !== b && sorted(a) === sorted(b) ? 1 : leven(a, b);
}

/** Returns a value as the user would write it, shortened. */
export function formatValue(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length > MAX_VALUE_CHARACTERS ? `${text.slice(0, MAX_VALUE_CHARACTERS)}...` : text;
}
