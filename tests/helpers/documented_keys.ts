// The keys that a page of docs/ tells of, and those that a document has.
import fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DOCS = fileURLToPath(new URL("../../docs", import.meta.url).href);

/** Returns the first column of the tables below the headings that begin so, of docs/results.md unless told otherwise. */
export function documentedKeys(heading: string, page = "results.md"): string[] {
  const sections = fs.readFileSync(join(DOCS, page), "utf8").split(/^## /m)
    .filter((section) => section.startsWith(heading));
  return sections.flatMap((section) => [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, key]) => key));
}

/** Returns the path of each value of a document, lists as `[]`; a list or an object without entries is a value. */
export function keysOf(document: unknown): string[] {
  const keys = new Set<string>();
  const collect = (value: unknown, path: string): void => {
    const entries: [string, unknown][] = Array.isArray(value)
      ? value.map((entry) => [`${path}[]`, entry])
      : typeof value === "object" && value !== null
      ? Object.entries(value).map(([key, entry]) => [path === "" ? key : `${path}.${key}`, entry])
      : [];
    if (entries.length === 0) keys.add(path);
    for (const [key, entry] of entries) collect(entry, key);
  };
  collect(document, "");
  return [...keys];
}

/** Returns whether a documented key tells of one: `*` stands for the rest, or within a key for one part of it. */
export function isDocumentedBy(key: string, documented: string): boolean {
  const pattern = documented
    .replace(/[.[\]]/g, "\\$&")
    .replace(/\*$/, ".*")
    .replace(/\*\\\./, "[^.]+\\.");
  return new RegExp(`^${pattern}$`).test(key);
}
