// Tables and names for a terminal of 80 columns.

/** The width that all text output keeps to. */
export const TEXT_COLUMNS = 80;

const GAP = "  ";

/** A column of a table; one that is neither wrapped nor shortened is as wide as its widest cell. */
export interface TableColumn {
  readonly title: string;
  readonly align?: "right";
  /** What becomes of cells that are too wide: broken at spaces, or shortened in the middle. */
  readonly fit?: "wrap" | "shorten";
}

/** Returns the lines of a table, indented by two spaces; columns of empty cells are left out. */
export function renderTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const used = columns.map((_, index) => index).filter((index) => rows.some((row) => row[index] !== ""));
  const widths = columns.map(({ title, fit }, index) => {
    const cells = [title, ...rows.map((row) => row[index])];
    const parts = fit === "wrap" ? cells.flatMap((cell) => cell.split(" ")) : cells;
    return Math.max(...parts.map((part) => part.length));
  });
  const flexible = used.find((index) => columns[index].fit === "shorten");
  if (flexible !== undefined) {
    const others = used.reduce(
      (sum, index) => index === flexible ? sum : sum + widths[index] + GAP.length,
      0,
    );
    widths[flexible] = Math.max(8, Math.min(widths[flexible], TEXT_COLUMNS - GAP.length - others));
  }
  const renderRow = (row: readonly string[]): string[] => {
    const cells = used.map((index) => fitCell(row[index], widths[index], columns[index].fit));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) => {
      const parts = used.map((index, place) => {
        const text = cells[place][line] ?? "";
        return columns[index].align === "right" ? text.padStart(widths[index]) : text.padEnd(widths[index]);
      });
      return (GAP + parts.join(GAP)).trimEnd();
    });
  };
  return [columns.map(({ title }) => title), ...rows].flatMap(renderRow);
}

function fitCell(text: string, width: number, fit: TableColumn["fit"]): string[] {
  if (fit === "shorten") return [shortenMiddle(text, width)];
  return fit === "wrap" ? wrapText(text, width) : [text];
}

/** Returns the text in lines of at most `width` characters, broken at spaces; a longer word keeps its length. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%)/)) { // "12 %" is one word
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

/** Where the texts behind labels begin. */
export const LABEL_COLUMNS = 14;

/** Returns texts behind a label, each on lines of its own; nothing for no texts. */
export function renderLabelled(label: string, texts: readonly string[]): string[] {
  return texts
    .flatMap((text) => wrapText(text, TEXT_COLUMNS - LABEL_COLUMNS))
    .map((line, index) => (index === 0 ? `  ${label}` : "").padEnd(LABEL_COLUMNS) + line);
}

/** Returns the text in at most `width` characters, with dots for what is left out of its middle. */
export function shortenMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const kept = width - 3, head = Math.ceil(kept / 2);
  return `${text.slice(0, head)}...${text.slice(text.length - (kept - head))}`;
}

/** Returns a text of a file with everything escaped that a terminal might take for a command. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
