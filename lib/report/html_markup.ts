// HTML that is safe by construction: what is put into a template is escaped unless it came out of one.

/** A piece of HTML. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | null | undefined | readonly Part[];

/** Returns the template with its parts escaped; nothing for null and undefined, lists joined. */
export function markup(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.reduce((all, text, index) => all + renderPart(parts[index - 1]) + text));
}

function renderPart(part: Part): string {
  if (part === null || part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(renderPart).join("");
  return escapeHtml(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char]);
}

/** Returns a sentence whose numbers are not parted from their units at the end of a line. */
export function joinUnits(text: string): string {
  return text.replaceAll(/(\d) (?=(?:%|[num]?s|min|[KMGTP]iB|B|[kMGT])(?:[^\w]|$))/g, "$1\u00a0");
}

/** Returns a value as JSON that can stand in a script element: no text in it can end the element. */
export function renderScriptJson(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll("<", "\\u003c"));
}

/** A cell of a table: a text, or one with the value to sort by. */
export type Cell = string | Html | { readonly content: string | Html; readonly value: number | string };

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Whether its texts may be broken anywhere: paths. */
  readonly isPath?: boolean;
  /** Whether its texts are sentences. */
  readonly isText?: boolean;
}

/** Returns a table that scrolls by itself where it is too wide. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { caption, isSortable = false }: { readonly caption: string; readonly isSortable?: boolean },
): Html {
  const classOf = ({ isNumber, isPath, isText }: Column) =>
    isNumber ? "number" : isPath ? "path" : isText ? "text" : "";
  const head = columns.map((column) =>
    markup`<th scope="col" class="${classOf(column)}">${
      isSortable ? markup`<button type="button">${column.title}</button>` : column.title
    }</th>`
  );
  const body = rows.map((cells) =>
    markup`<tr>${
      cells.map((cell, index) => {
        const isPlain = typeof cell === "string" || cell instanceof Html;
        const value = isPlain ? null : markup`
          data-value="${cell.value}"
        `;
        return markup`
          <td class="${classOf(columns[index])}" ${value}>${isPlain ? cell : cell.content}</td>
        `;
      })
    }</tr>`
  );
  return markup`
    <div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table${
    isSortable
      ? markup`
          class="sortable"
        `
      : null
  }>
        <caption>${caption}</caption>
        <thead>
          <tr>${head}</tr>
        </thead>
        <tbody>${body}</tbody>
        </table>
        </div>
  `;
}

/** Returns names and values as a list. */
export function renderFacts(facts: readonly (readonly [name: string, value: string | Html])[]): Html {
  return markup`<dl class="facts">${
    facts.map(([name, value]) =>
      markup`
        <div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>`;
}
