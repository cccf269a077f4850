// Command lines that a user may paste.

/** Returns words as a shell takes them, quoted where it would read something else. */
export function shellCommand(words: readonly string[]): string {
  return words.map(quoteForShell).join(" ");
}

function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
