// Where the text of a workload comes from: a file, or the binary.
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { reasonOf, UsageError } from "../base/errors.ts";
import { listEmbeddedWorkloads, readEmbeddedWorkload } from "./embedded.ts";
import { findNearest } from "./suggest.ts";

/** The text of a workload. */
export interface WorkloadText {
  /** How messages name it. */
  readonly label: string;
  readonly text: string;
  /** What `extends: <path>` is relative to; absent for a text of the binary, which builds on others of the binary. */
  readonly folder?: string;
}

/** A workload that was found, not yet parsed. */
export interface FoundWorkload extends WorkloadText {
  /** The file's base name without .yaml, or the embedded name. */
  readonly name: string;
  /** The path as given, or "embedded". */
  readonly source: string;
}

const MAX_WORKLOAD_BYTES = 16 * 1024 * 1024; // 200 columns take 12 KB; what is larger is another file
const YAML_EXTENSION = /\.ya?ml$/;

/** Returns the text of a file, or of the embedded workload of that name where no such file exists. @throws {UsageError} */
export function findWorkload(nameOrPath: string): FoundWorkload {
  const found = findFile(nameOrPath) ??
    findEmbedded(nameOrPath.replace(/^(?:\.\/)?workloads\//, "").replace(YAML_EXTENSION, ""));
  if (found !== undefined) return found;
  throw new UsageError(`Cannot find workload "${nameOrPath}": no such file found. ${adviseName(nameOrPath)}`);
}

/**
 * Returns the text of the workload that one in `folder` builds on, undefined if there is none: what has an extension or
 * a slash is a path relative to the folder, a bare word is a workload of the binary.
 *
 * @throws {UsageError} If the file cannot be read.
 */
export function findBase(nameOrPath: string, folder: string | undefined): WorkloadText | undefined {
  const isPath = nameOrPath.includes("/") || YAML_EXTENSION.test(nameOrPath);
  if (!isPath) return findEmbedded(nameOrPath);
  return folder === undefined ? undefined : findFile(resolve(folder, nameOrPath));
}

/** Returns which workload was probably meant, and the names of all that are inside the binary. */
export function adviseName(nameOrPath: string): string {
  const names = listEmbeddedWorkloads();
  const nearest = findNearest(basename(nameOrPath).replace(YAML_EXTENSION, ""), names);
  return `${nearest ? `Did you mean ${nearest}? ` : ""}Workloads in this program: ${names.join(", ")}`;
}

function findFile(path: string): FoundWorkload | undefined {
  const text = readWorkloadFile(path);
  if (text === undefined) return undefined;
  return {
    name: basename(path).replace(YAML_EXTENSION, ""),
    source: path,
    label: path,
    text,
    folder: dirname(path),
  };
}

/** Returns the text of an embedded workload, undefined for an unknown name. */
export function findEmbedded(name: string): FoundWorkload | undefined {
  const text = readEmbeddedWorkload(name);
  return text === undefined ? undefined : { name, source: "embedded", label: `${name} (embedded)`, text };
}

/** Returns the text of a file, undefined where there is no file of that name; a folder may bear a workload's name. */
function readWorkloadFile(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat || stat.isDirectory()) return undefined;
    if (stat.size > MAX_WORKLOAD_BYTES) {
      throw new Error(`${stat.size} bytes found, a YAML file of some KB wanted`);
    }
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new UsageError(`Cannot read workload "${path}": ${reasonOf(cause)}`, { cause });
  }
}
