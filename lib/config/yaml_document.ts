// YAML text as a tree that remembers where each value stands. YAML 1.2, as `yaml` reads it by default, with the two
// things of YAML 1.1 that DLIO's files may use: the words yes, no, on and off as booleans, and merge keys (`<<`).
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  type ScalarTag,
  visit,
  type YAMLError,
} from "yaml";
import type { KeyPath } from "./describe.ts";

/** A place in a YAML text; both count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Something that keeps a text from being YAML. */
export interface SyntaxProblem extends TextPosition {
  readonly message: string;
}

/** A YAML text and its tree; `doc` has errors where `problems` is not empty. */
export interface YamlDocument {
  readonly doc: Document.Parsed;
  readonly problems: readonly SyntaxProblem[];
  /** Returns the place of a node of the text; undefined for a node made later. */
  readonly positionOf: (node: Node) => TextPosition | undefined;
}

const YES_NO_TAG: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$/,
  resolve: (text) => new Scalar(/^(?:y|on)/i.test(text)),
};

/** How every YAML text of ours is read and written. */
export const YAML_OPTIONS = { merge: true, customTags: [YES_NO_TAG] };

/** Returns the tree of a YAML text together with what is wrong with the text. */
export function parseYaml(text: string): YamlDocument {
  const lineCounter = new LineCounter();
  const doc = parseDocument(text, { ...YAML_OPTIONS, lineCounter, prettyErrors: false });
  const positionAt = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  const problems: SyntaxProblem[] = [...doc.errors, ...doc.warnings].map((error) => ({
    ...positionAt(error.pos[0]),
    message: explainError(error, text),
  }));
  const positionOf = (node: Node) => node.range ? positionAt(node.range[0]) : undefined;
  for (const alias of problems.length > 0 ? [] : findUnknownAliases(doc)) {
    const message = `unknown alias *${alias.source}, expected an anchor &${alias.source} before it`;
    problems.push({ ...positionOf(alias)!, message });
  }
  return { doc, problems, positionOf };
}

/** Returns the node at `path`, or the nearest one above it that is in the tree, and how long its path is. */
export function findNode(doc: Document, path: KeyPath): { node: Node | null; depth: number } {
  let node = doc.contents as Node | null;
  for (const [depth, part] of path.entries()) {
    const child = childNode(doc, node, part);
    if (!child) return { node, depth };
    node = child;
  }
  return { node, depth: path.length };
}

/** Returns the node of the key at `path`, for a problem with the key itself; a key set later has none. */
export function findKeyNode(doc: Document, path: KeyPath): Node | undefined {
  const { node } = findNode(doc, path.slice(0, -1));
  const key = findPair(node, path.at(-1)!)?.key;
  return isNode(key) ? key : undefined;
}

/** Returns the pair of a mapping that has the key `part`; a key set later is a bare string. */
export function findPair(node: Node | null, part: string | number): Pair<unknown, Node | null> | undefined {
  if (!isMap<unknown, Node | null>(node)) return undefined;
  return node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
}

function childNode(doc: Document, node: Node | null, part: string | number): Node | null | undefined {
  const child = isSeq<Node>(node) ? node.items[Number(part)] : findPair(node, part)?.value;
  return isAlias(child) ? child.resolve(doc) : child;
}

function explainError({ code, message, pos }: YAMLError, text: string): string {
  switch (code) {
    case "DUPLICATE_KEY":
      return `duplicate key "${/^[^:\s,}]*/.exec(text.slice(pos[0]))![0]}", expected each key once`;
    case "MULTIPLE_DOCS":
      return "a second YAML document begins here, expected one workload in a file";
    default:
      return message;
  }
}

function findUnknownAliases(doc: Document): Alias[] {
  const unknown: Alias[] = [];
  visit(doc, { Alias: (_, alias) => void (alias.resolve(doc) ?? unknown.push(alias)) });
  return unknown;
}
