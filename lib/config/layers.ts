// A workload may build on another (`extends: dlrm_b200`), which may build on a third. Each text is a layer that keeps
// its own tree, so that a value that is wrong is found where it was written.
import { type Document, isMap, isScalar, isSeq, type Node } from "yaml";
import { UsageError } from "../base/errors.ts";
import type { KeyPath } from "./describe.ts";
import { adviseName, findBase, type WorkloadText } from "./find_workload.ts";
import { unaliasKey } from "./override.ts";
import { formatValue } from "./suggest.ts";
import { mergeTrees, type Tree } from "./tree.ts";
import { childNode, findPair, parseYaml, type TextPosition, type YamlDocument } from "./yaml_document.ts";

/** One text of a workload. */
export interface Layer {
  /** How the text is named in messages. */
  readonly label: string;
  readonly yaml: YamlDocument;
  /** What the text says, aliases and merge keys resolved. */
  readonly tree: Tree;
}

/** A place in the text of a layer. */
export interface LayerPosition extends TextPosition {
  readonly label: string;
}

const MAX_LAYERS = 10;

/**
 * Returns the layers of a workload, the given text first, what it builds on behind it.
 *
 * @throws {UsageError} With all problems of a text that is not YAML, or if what it builds on cannot be had.
 */
export function readLayers(workload: WorkloadText): Layer[] {
  const layers: Layer[] = [];
  let current: WorkloadText | undefined = workload;
  while (current !== undefined) {
    const layer = readLayer(current);
    layers.push(layer);
    current = findBaseOf(layer, current, layers);
  }
  return layers;
}

/** Returns what the layers say together: the first one's values take the place of those behind it. */
export function mergeLayers(layers: readonly Layer[]): Tree {
  const { extends: _, ...merged } = layers.reduceRight<Tree>(
    (base, { tree }) => mergeTrees(base, tree),
    {},
  );
  return merged;
}

/**
 * Returns where the value at `path` stands (with `isKey`, its key), in the first layer that has it; for a value that
 * no layer has, where the nearest one above it stands.
 */
export function findPosition(
  layers: readonly Layer[],
  path: KeyPath,
  { isKey }: { isKey: boolean },
): LayerPosition | undefined {
  let places = layers.map((layer) => ({
    layer,
    node: layer.yaml.doc.contents as Node | null,
    key: null as Node | null,
  }));
  let position: LayerPosition | undefined;
  for (const [depth, part] of path.entries()) {
    places = places.flatMap(({ layer, node }) => {
      const child = childNode(layer.yaml.doc, node, part);
      return child ? [{ layer, node: child, key: (findPair(node, part)?.key ?? null) as Node | null }] : [];
    });
    if (places.length === 0) break;
    // An empty value adds nothing to a mapping; any other that is no mapping hides what stands behind it.
    const filled = places.filter(({ node }) => !(isScalar(node) && node.value === null));
    if (isMap(filled[0]?.node)) places = filled;
    const hiding = places.findIndex(({ node }) => !isMap(node));
    if (hiding >= 0) places = places.slice(0, hiding === 0 ? 1 : hiding);
    const [{ layer, node, key }] = places;
    const wanted = isKey && depth === path.length - 1 && key !== null ? key : node!;
    position = positionIn(layer, wanted) ?? position;
  }
  return position ?? positionIn(layers[0], layers[0].yaml.doc.contents as Node);
}

/** Throws a UsageError with the problems of a workload, one line for each. */
export function refuse(label: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new UsageError(`Cannot use workload "${label}": ${count}\n  ${problems.join("\n  ")}`);
}

/** Returns a place as text: file:line:column. */
export function formatPosition({ label, line, column }: LayerPosition): string {
  return `${label}:${line}:${column}`;
}

function positionIn({ label, yaml }: Layer, node: Node): LayerPosition | undefined {
  const position = yaml.positionOf(node);
  return position && { label, ...position };
}

function readLayer({ label, text }: WorkloadText): Layer {
  const yaml = parseYaml(text);
  refuse(
    label,
    yaml.problems.map((problem) => `${formatPosition({ label, ...problem })}: ${problem.message}`),
  );
  requireMapping(label, yaml.doc);
  renameSection(label, yaml);
  return { label, yaml, tree: resolveTree(label, yaml.doc) };
}

function findBaseOf(
  layer: Layer,
  { label, folder }: WorkloadText,
  layers: readonly Layer[],
): WorkloadText | undefined {
  const pair = findPair(layer.yaml.doc.contents, "extends");
  if (pair === undefined) return undefined;
  const place = findPosition([layer], ["extends"], { isKey: false })!;
  const name: unknown = layer.tree.extends;
  const refuseName = (expected: string) =>
    refuse(label, [`${formatPosition(place)}: extends: found ${formatValue(name)}, expected ${expected}`]);
  if (typeof name !== "string" || name === "") {
    return void refuseName("the name of a workload or the path of a file");
  }
  const base = findBase(name, folder);
  if (base === undefined) return void refuseName(`a workload that is there. ${adviseName(name)}`);
  const chain = [...layers.map((above) => above.label), base.label];
  if (chain.indexOf(base.label) < layers.length) {
    return void refuseName(`a workload that does not build on this one (${chain.join(" -> ")})`);
  }
  if (layers.length === MAX_LAYERS) {
    return void refuseName(
      `at most ${MAX_LAYERS} workloads that build on each other (${chain.join(" -> ")})`,
    );
  }
  return base;
}

function requireMapping(label: string, { contents }: Document): void {
  if (isMap(contents)) return;
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  const found = isEmpty ? "it is empty" : isSeq(contents) ? "it is a list" : "it is a single value";
  throw new UsageError(
    `Cannot use workload "${label}": ${found}, a mapping of sections wanted (dataset, reader, train, ...)`,
  );
}

/** Renames DLIO's other name of the section `reader`, so that problems keep their place in the text. */
function renameSection(label: string, { doc, positionOf }: YamlDocument): void {
  const pair = findPair(doc.contents, "data_reader");
  if (!isScalar(pair?.key)) return;
  if (findPair(doc.contents, "reader")) {
    const place = formatPosition({ label, ...positionOf(pair.key)! });
    refuse(label, [`${place}: data_reader: found beside reader, expected one name of the section`]);
  }
  pair.key.value = unaliasKey("data_reader", 0);
}

/** Returns what a text says; refuses aliases of aliases that multiply without bound. */
function resolveTree(label: string, doc: Document): Tree {
  try {
    return doc.toJS();
  } catch (cause) {
    throw new UsageError(`Cannot use workload "${label}": ${(cause as Error).message}`, { cause });
  }
}
