// YAML text as a tree that remembers where each value stands. YAML 1.2, as `yaml` reads it by default, with the things
// of YAML 1.1 that DLIO's files may use: the words yes, no, on and off as booleans, 1_000 for 1000, and merge keys (`<<`).
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
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
  /** Returns the place of a node of the text. */
  readonly positionOf: (node: Node) => TextPosition | undefined;
}

const YES_NO_TAG: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:[Yy]es|YES|[Nn]o|NO|[Oo]n|ON|[Oo]ff|OFF)$/,
  resolve: (text) => new Scalar(/^(?:y|on)/i.test(text)),
};

/** Whole numbers with underscores between their digits, which YAML 1.1 has. */
const GROUPED_INTEGER_TAG: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?[0-9]+(?:_[0-9]+)+$/,
  resolve: (text) => Number(text.replaceAll("_", "")),
};

/** How every YAML text of ours is read and written. */
export const YAML_OPTIONS = { merge: true, customTags: [YES_NO_TAG, GROUPED_INTEGER_TAG] };

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

/** Returns the pair of a mapping that has the key `part`. */
export function findPair(node: Node | null, part: string | number): Pair<unknown, Node | null> | undefined {
  if (!isMap<unknown, Node | null>(node)) return undefined;
  return node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
}

/** Returns the node under a key or index of a node, undefined where there is none; aliases are followed. */
export function childNode(doc: Document, node: Node | null, part: string | number): Node | null | undefined {
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
