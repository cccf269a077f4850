// The keys that a page of docs/ tells of, and those that a document has.
import assert from "node:assert/strict";
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

/** Asserts that a document has the keys of a section of a page and no others; null stands for what is below it. */
export function assertDocumented(document: unknown, heading: string, page: string): void {
  const keys = keysOf(document), documented = documentedKeys(heading, page);
  const isBelow = (entry: string, key: string) => entry.startsWith(`${key}.`) || entry.startsWith(`${key}[]`);
  const isTold = (key: string) =>
    documented.some((entry) => isDocumentedBy(key, entry) || isBelow(entry, key));
  const isThere = (entry: string) => keys.some((key) => isDocumentedBy(key, entry) || isBelow(entry, key));
  const undocumented = keys.filter((key) => !isTold(key)),
    missing = documented.filter((key) => !isThere(key));
  assert.deepEqual({ undocumented, missing }, { undocumented: [], missing: [] }, `${page}, ${heading}`);
}
