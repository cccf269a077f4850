// Gate: imports point one way (DESIGN §3). A folder may import from folders below it, never from its own rank; plan and
// metrics are pure, so they import nothing that does I/O or reads a clock; only main.ts exits.
import fs from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const RANKS: Record<string, number> = {
  base: 0,
  config: 1,
  plan: 2,
  metrics: 2,
  storage: 3,
  format: 4,
  dataset: 5,
  worker: 6,
  run: 7,
  report: 7,
  cli: 8,
};
const PURE = new Set(["plan", "metrics"]);
const BUN_ALLOWED = new Set(["base", "storage"]);

const root = fileURLToPath(new URL("../..", import.meta.url).href);
const problems: string[] = [];
for (const file of fs.readdirSync(join(root, "lib"), { recursive: true, encoding: "utf8" })) {
  if (file.endsWith(".ts")) checkFile(join("lib", file));
}
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log("imports point one way");

function checkFile(path: string): void {
  const text = fs.readFileSync(join(root, path), "utf8");
  const folder = path.split("/")[1];
  if (RANKS[folder] === undefined) {
    problems.push(`${path}: lib/${folder} has no place in the order of layers`);
  }
  for (const [, from] of text.matchAll(/(?:from|import)\s+"([^"]+)"/g)) {
    if (from.startsWith(".")) checkImport(path, folder, from);
    else if (PURE.has(folder)) problems.push(`${path}: a pure layer imports "${from}"`);
    else if (from.startsWith("bun:") && !BUN_ALLOWED.has(folder)) {
      problems.push(`${path}: "${from}" outside base, storage`);
    }
  }
  if (/\bprocess\.exit\(/.test(text)) problems.push(`${path}: only main.ts may exit`);
  if (/\bBun\./.test(stripComments(text)) && !BUN_ALLOWED.has(folder)) {
    problems.push(`${path}: Bun's own API outside base, storage`);
  }
  if (PURE.has(folder) && /\b(nowNs|Date\.now|performance\.now|Math\.random)\b/.test(stripComments(text))) {
    problems.push(`${path}: a pure layer reads a clock or a random number`);
  }
}

function checkImport(path: string, folder: string, from: string): void {
  const target = relative(join(root, "lib"), resolve(root, dirname(path), from)).split("/")[0];
  if (target === folder || target === ".." || RANKS[target] < RANKS[folder]) return;
  problems.push(`${path}: lib/${folder} may not import from lib/${target}`);
}

function stripComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}
