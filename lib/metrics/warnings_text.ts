// Figures within warnings.

/** Returns a share as "12 %", or "1.2 %" below a tenth. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** Returns the sum of a figure of each item. */
export function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
